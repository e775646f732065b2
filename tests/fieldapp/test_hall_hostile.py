"""Hostile names, places and people at the machine: one sentence, the right exit code."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from designs.library import EXAMPLE_SITES
from tests.fieldapp.test_hall_cli import _runner

HOTEL = EXAMPLE_SITES / "hotel-seeblick.yaml"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], hall_home: Path) -> Any:
    monkeypatch.setenv("FIELDAPP_HOME", str(hall_home))
    monkeypatch.setenv("COLUMNS", "200")
    return _runner(monkeypatch, capsys)


def test_a_name_is_shown_as_it_is_written(run: Any) -> None:
    name = "Elektro [/red] [bold] GmbH"
    assert run("org", "add", name, "--kind", "contractor").code == 0
    listed = run("org", "list")
    assert (listed.code, name in listed.out) == (0, True)


def test_half_a_character_in_an_argument_is_a_wrong_call(run: Any) -> None:
    found = run("site", "show", "\udcff")
    assert (found.code, found.err.count("\n")) == (2, 1)
    assert "argument" in found.err


@pytest.mark.parametrize("place", ["missing/one-line.svg", "/dev/full"])
def test_a_place_that_takes_no_file_is_named(run: Any, tmp_path: Path, place: str) -> None:
    path = str(tmp_path / place)
    found = run("design", "draw", "destination-ac", "--site", str(HOTEL), "-o", path)
    assert found.code == 4
    assert path in found.err
    assert "check folder, space and permissions" in found.err


def test_serve_says_that_its_port_is_taken(run: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        found = run("serve", "--port", port)
    assert (found.code, found.out) == (4, "")
    assert f"127.0.0.1:{port}" in found.err
    assert found.err.count("\n") == 1


@pytest.mark.parametrize("host", ["256.0.0.1", "192.0.2.1", "no-such-host.invalid", "a" * 70 + ".example"])
def test_serve_says_that_this_machine_has_no_such_address(run: Any, host: str) -> None:
    found = run("serve", "--host", host, "--port", "8123")
    assert (found.code, found.out) == (4, "")
    assert host in found.err
    assert "--host" in found.err
    assert found.err.count("\n") == 1


def test_a_log_level_that_does_not_exist_is_named(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDAPP_LOG_LEVEL", "loud")
    found = run("worker")
    assert (found.code, found.out) == (2, "")
    assert "FIELDAPP_LOG_LEVEL" in found.err
    assert "warning" in found.err


def test_two_who_set_up_at_once_get_the_same_instance(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "fieldapp", "init", "--demo-people", "--json"]
    environ = {"FIELDAPP_HOME": str(tmp_path / "var"), "PATH": "/usr/bin:/bin"}
    both = [
        subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    (first, said), (second, also_said) = (each.communicate(timeout=120) for each in both)
    assert [each.returncode for each in both] == [0, 0], said + also_said
    assert first == second


@pytest.mark.parametrize("command", [["journal", "verify", "--json"], ["config"]])
def test_a_reader_that_leaves_early_got_no_answer(hall_home: Path, command: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as gone:
        done = subprocess.run(
            [sys.executable, "-m", "fieldapp", *command],
            env=os.environ | {"FIELDAPP_HOME": str(hall_home)},
            stdout=gone, stderr=subprocess.PIPE, text=True, timeout=120, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (4, "")
