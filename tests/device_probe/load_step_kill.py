"""Load steps over Modbus that are killed at one very write, as a power cut would."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from click.testing import CliRunner

from device_probe.cli import main
from device_probe.schema import dump_plan
from device_probe.simulator import SimulatedSite
from device_probe.simulator.port import Port

When = Literal["before", "after"]
SHORT = ("--rounds", "4", "--interval", "0.2", "--follow", "2", "--passes", "1")
ENDED_S = 60.0


def limits(site: SimulatedSite) -> dict[str, float]:
    return {tag: line["limit_a"] for tag, line in site.state()["devices"].items() if "limit_a" in line}


@contextmanager
def killing(number: int, when: When, victim: list[int]) -> Iterator[threading.Event]:
    """Kill the process whose id comes into ``victim`` when its n-th write arrives, or was carried out."""
    original, count, killed = Port._write, [0], threading.Event()

    def write(port: Port, *arguments: Any) -> bytes:
        count[0] += 1
        hit = count[0] == number
        if hit and when == "before":
            os.kill(victim[0], signal.SIGKILL)
        answer = original(port, *arguments)
        if hit:
            if when == "after":
                os.kill(victim[0], signal.SIGKILL)
            killed.set()
        return answer

    Port._write = write  # type: ignore[method-assign]
    try:
        yield killed
    finally:
        Port._write = original  # type: ignore[method-assign]


def killed_at(site: SimulatedSite, folder: Path, number: int, when: When) -> bool:
    """Run a load step that is killed at a write; True when it came so far."""
    file = folder / "plan.json"
    file.write_text(json.dumps(dump_plan(site.plan)), encoding="utf-8")
    command = [
        sys.executable, "-m", "device_probe", "load-step", str(file), "--allow-writes", "--site-is-closed",
        "--journal", str(folder / "journals"), *SHORT,
    ]  # fmt: skip
    victim: list[int] = []
    with killing(number, when, victim) as killed:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        victim.append(process.pid)
        process.communicate(timeout=ENDED_S)
    return killed.is_set() and process.returncode == -signal.SIGKILL


def wrongs_after(site: SimulatedSite, folder: Path, number: int, when: When) -> list[str] | None:
    """Kill a run at a write, restore, and return what was wrong of it; None: it has fewer writes."""
    found = limits(site)
    if not killed_at(site, folder, number, when):
        return None
    left = limits(site)
    wrong = [f"{tag} stood at {left[tag]:g}, above its old value" for tag in found if left[tag] > found[tag]]
    journals = folder / "journals"
    if left != found and not list(journals.glob("*.json")):
        wrong.append("a value was lowered and no journal tells its old one")
    restored = CliRunner().invoke(main, ["load-step", "--restore", "--journal", str(journals)])
    if (restored.exit_code, limits(site), list(journals.glob("*.json"))) != (0, found, []):
        wrong.append(f"not all was restored: {limits(site)} {restored.output}")
    return [f"killed {when} write {number}: {words}" for words in wrong]
