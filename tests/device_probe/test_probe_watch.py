"""What is shown while devices are read: in a terminal of its own, so that it is what a person sees."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from device_probe.cli.site_progress import SiteProgress
from device_probe.model import PlannedDevice
from device_probe.profile_schema import load_profile
from device_probe.read import lines_of, read_site
from device_probe.report import dump_plan
from device_probe.simulator import SimulatedSite

CTRL_C = b"\x03"


class Terminal:
    """A command in a terminal: what it shows, and keys for it."""

    def __init__(self, *arguments: object) -> None:
        self._main, side = pty.openpty()
        command = [sys.executable, "-m", "device_probe", *map(str, arguments)]
        size = {**os.environ, "COLUMNS": "120", "LINES": "40", "TERM": "xterm"}
        self.process = subprocess.Popen(command, stdin=side, stdout=side, stderr=side, env=size)
        os.close(side)
        self.text = ""

    def see(self, words: str, seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while words not in self.text:
            assert time.monotonic() < end, self.text[-2000:]
            ready, _, _ = select.select([self._main], [], [], 0.1)
            if ready:
                self._take()

    def press(self, key: bytes) -> int:
        if key == CTRL_C:  # a terminal makes a signal of it for its own session only
            self.process.send_signal(signal.SIGINT)
        else:
            os.write(self._main, key)
        end = time.monotonic() + 20
        while self.process.poll() is None and time.monotonic() < end:
            if select.select([self._main], [], [], 0.1)[0]:
                self._take()
        return self.process.wait(1)

    def _take(self) -> None:
        try:
            self.text += re.sub(
                r"\x1b\[[0-9;?]*[A-Za-z]", "", os.read(self._main, 65536).decode("utf-8", "replace")
            )
        except OSError:  # the command has ended
            time.sleep(0.05)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._main)


@pytest.fixture
def meter(simulated: SimulatedSite) -> PlannedDevice:
    return next(d for d in simulated.plan.devices if d.tag == "PM1")


def place_of(device: PlannedDevice) -> tuple[object, ...]:
    return ("--profile", device.profile, "--host", device.host, "--port", device.port, "--unit", device.unit)


@pytest.mark.parametrize("key", [b"q", CTRL_C])
def test_one_device_is_watched_until_a_key_ends_it(meter: PlannedDevice, key: bytes) -> None:
    terminal = Terminal("read", *place_of(meter), "--watch", "0.2")
    try:
        for words in ("Quantity", "voltage_l1_n", "229.6", "▄▄▄", "q or Ctrl-C ends"):
            terminal.see(words)
        assert terminal.press(key) == 0
        assert "Traceback" not in terminal.text
    finally:
        terminal.close()


def test_a_site_is_watched_with_a_line_a_device_and_a_dead_one_says_why(
    simulated: SimulatedSite, meter: PlannedDevice, tmp_path: Path
) -> None:
    dead = replace(meter, tag="DEAD", port=1, parent=None)
    path = tmp_path / "plan.json"
    devices = (replace(meter, parent=None), dead)
    path.write_text(json.dumps(dump_plan(replace(simulated.plan, devices=devices))))
    terminal = Terminal("watch", path, "--interval", "0.3")
    try:
        for words in ("active_power_total", "PM1", "DEAD", "no connection"):
            terminal.see(words)
        assert terminal.press(b"q") == 0
    finally:
        terminal.close()


def test_the_progress_of_a_site_names_who_is_read_and_who_failed(simulated: SimulatedSite) -> None:
    gateway = [d for d in simulated.plan.devices if d.role == "group_meter"]
    dead = replace(gateway[0], tag="DEAD", port=1)
    plan = replace(simulated.plan, devices=(*gateway, dead))
    profiles = {device.tag: load_profile(device.profile) for device in plan.devices}
    shown = SiteProgress(lines_of(plan.devices, profiles))
    seen: list[tuple[str, str]] = []
    begins = shown.begins

    def begin(place: str, device: PlannedDevice) -> None:
        begins(place, device)
        seen.append((place, device.tag))

    shown.begins = begin
    with shown:
        read_site(plan, watcher=shown)
    place = f"{gateway[0].host}:{gateway[0].port}"
    assert [tag for where, tag in seen if where == place] == [d.tag for d in gateway]
    whole, *lines = shown._bar.tasks
    assert (whole.completed, whole.total, whole.fields["failures"]) == (4, 4, "failed: DEAD")
    assert sorted((line.completed, line.fields["failures"]) for line in lines) == [
        (1, "failed: DEAD"),
        (3, ""),
    ]
