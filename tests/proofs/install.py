"""Installs a fresh wheel with the probe extra alone: its commands must work, without anything of the hall."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("fieldapp", "checklists", "designs", "device_probe", "reports")
LEFT_OUT = shutil.ignore_patterns("node_modules", "__pycache__", "tablet", "*.pyc")
#: None of these may come with the probe, nor be imported by it.
HALL = ("flask", "sqlmodel", "sqlalchemy", "werkzeug", "weasyprint", "pandapower", "jinja2")
SECONDS = 300
WALK = (
    "import importlib.util, pkgutil, sys, device_probe\n"
    "for each in pkgutil.walk_packages(device_probe.__path__, 'device_probe.'):\n"
    "    if not each.name.endswith('__main__'): importlib.import_module(each.name)\n"
    f"found = [name for name in {HALL!r} if name in sys.modules or importlib.util.find_spec(name)]\n"
    "sys.exit('with the probe came ' + ', '.join(found) if found else 0)\n"
)
READ = """
import json, subprocess, sys
from device_probe.report import dump_plan, load_plan
from device_probe.simulator import simulate
with simulate(load_plan(json.load(open(sys.argv[1]))), "healthy") as site:
    device = site.plan.devices[0]
    asked = ["read", "--profile", device.profile, "--host", device.host, "--port", str(device.port), "--json"]
    done = subprocess.run([sys.argv[2], *asked, "--unit", str(device.unit)], capture_output=True, text=True)
    sys.stderr.write(done.stderr)
    print(sum(each["value"] is not None for each in json.loads(done.stdout)["readings"]))
    sys.exit(done.returncode)
"""


def run(command: Sequence[str | Path], **more: str) -> str:
    """Run a command; what it says on an error is the message."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=SECONDS, check=False,
        env={**environment, **more}, cwd=tempfile.gettempdir(),
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def build(folder: Path) -> Path:
    """Build the wheel from a copy, so that the tree stays clean."""
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=LEFT_OUT)
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    run([*pip, "-w", folder / "wheels", source])
    return next((folder / "wheels").glob("fieldapp-*.whl"))


def install(folder: Path, wheel: Path) -> Path:
    """Make a fresh environment from the lock of the probe alone; return its folder of commands."""
    fresh = folder / "fresh"
    run([sys.executable, "-m", "venv", fresh])
    commands = fresh / ("Scripts" if sys.platform == "win32" else "bin")
    pip = [commands / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    run([*pip, "--require-hashes", "-r", ROOT / "requirements" / "probe.txt"])
    run([*pip, "--no-deps", wheel])
    return commands


def check(commands: Path) -> dict[str, object]:
    """Use what was installed."""
    probe, python = commands / "device-probe", commands / "python"
    run([python, "-W", "error::DeprecationWarning:device_probe", "-c", WALK])
    profiles = json.loads(run([probe, "profiles", "--json"]))
    for words in (
        ["--help"],
        ["agent", "--help"],
        ["agent", "pair", "--help"],
        ["agent", "status", "--help"],
    ):
        assert "Usage:" in run([probe, *words])
    plan = ROOT / "tests" / "vectors" / "probe" / "site-plan.json"
    read = int(run([python, "-c", READ, plan, probe]))
    pages = "import device_probe.agent.page as p; print(len(p.asset('index.html')), len(p.words('de')))"
    sizes = [int(text) for text in run([python, "-c", pages]).split()]
    assert profiles
    assert read
    assert min(sizes)
    return {"profiles": len(profiles), "values_read": read}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.parse_args()
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wheel = build(folder)
        figures = check(install(folder, wheel))
        figures.update(wheel_kib=wheel.stat().st_size // 1024, seconds=round(time.perf_counter() - begin, 1))
    sys.stdout.write(json.dumps({"proof": "install", **figures}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
