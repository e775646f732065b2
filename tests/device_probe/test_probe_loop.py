"""The event loop under every command: fast where it can be, the usual one where it can't."""

import asyncio
import gc
import sys

import pytest

from device_probe import loop
from device_probe.loop import collecting_later


async def name_of_the_loop() -> str:
    return type(asyncio.get_running_loop()).__module__


@pytest.mark.skipif(sys.platform == "win32", reason="uvloop is not made for Windows")
def test_the_fast_loop_is_used_where_it_is_installed() -> None:
    assert loop.run(name_of_the_loop()).startswith("uvloop")
    assert loop.run(name_of_the_loop(), fast=False).startswith("asyncio")


def test_without_the_fast_loop_everything_runs_on_the_usual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop.util, "find_spec", lambda name: None)
    assert loop.run(name_of_the_loop()).startswith("asyncio")


def test_what_goes_wrong_inside_comes_out() -> None:
    async def fail() -> None:
        raise KeyError("inside")

    with pytest.raises(KeyError, match="inside"):
        loop.run(fail())


def test_a_process_may_hold_a_connection_to_every_device_of_a_large_site() -> None:
    assert loop.most_connections() >= 128
    if sys.platform.startswith("linux"):
        assert loop.most_connections() >= 500


def test_putting_off_the_collector_ends_with_the_last_of_those_who_asked() -> None:
    assert gc.isenabled()
    with collecting_later():
        with collecting_later():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError), collecting_later():
        _ = 1 // 0
    assert gc.isenabled()
    gc.disable()
    try:
        with collecting_later():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
