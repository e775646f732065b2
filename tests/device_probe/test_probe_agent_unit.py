"""The systemd unit calls the command as it is, and systemd itself finds no fault in it."""

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from device_probe.cli import main

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy" / "device-probe-agent.service"


def exec_start() -> str:
    (line,) = [line for line in UNIT.read_text().splitlines() if line.startswith("ExecStart=")]
    return line.removeprefix("ExecStart=")


def test_the_unit_calls_the_command_as_it_is() -> None:
    words = shlex.split(exec_start().replace("%d", "/run/credentials/x"))
    assert words[0] == "/usr/local/bin/device-probe"
    assert CliRunner().invoke(main, [*words[1:], "--help"]).exit_code == 0
    told = CliRunner().invoke(main, ["agent", "--help"], terminal_width=200).output
    variables = [word.split("=")[0] for word in UNIT.read_text().split() if word.startswith("DEVICE_PROBE_")]
    assert variables
    assert all(name in told for name in variables)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_finds_no_fault_and_little_exposure(tmp_path: Path) -> None:
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace(shlex.split(exec_start())[0], "/bin/true"))
    for words in (["verify", "--man=no"], ["security", "--offline=true", "--threshold=20"]):
        done = subprocess.run(
            ["systemd-analyze", *words, str(copy)], capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, "Unknown" in done.stderr) == (0, False), done.stdout + done.stderr
