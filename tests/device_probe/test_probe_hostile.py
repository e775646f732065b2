"""Hostile input, broken places and impatient people: one sentence, the right exit code."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from device_probe.__main__ import main
from device_probe.problems import PlanFileError
from device_probe.read import read_site
from device_probe.report import dump_plan, dump_report, judge, load_plan
from device_probe.simulator import SimulatedSite

PROBE = [sys.executable, "-m", "device_probe"]


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def refused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def document_of(site: SimulatedSite) -> dict[str, Any]:
    return dump_plan(site.plan)


@pytest.mark.parametrize("text", ["[" * 200_000, '{"voltage_v": ' + "9" * 5000 + "}"], ids=["deep", "digits"])
@pytest.mark.parametrize("command", ["judge", "site", "simulate"])
def test_json_that_only_hurts_is_refused_in_one_sentence(command: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "evil.json"
    path.write_text(text, encoding="utf-8")
    result = call(command, path)
    assert result.exit_code == 2, result.exception
    assert "evil.json" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_file_saved_by_a_windows_editor_is_read(simulated: SimulatedSite, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text("\ufeff" + json.dumps(document_of(simulated)), encoding="utf-8")
    assert call("simulate", path, "--seconds", "0").exit_code == 0


@pytest.mark.parametrize("key", ["voltage_v", "frequency_hz", "demand_current_a"])
def test_numbers_no_site_can_have_are_refused(simulated: SimulatedSite, key: str) -> None:
    with pytest.raises(PlanFileError, match=key):
        load_plan(document_of(simulated) | {key: 1e308}, "plan.json")


@pytest.mark.parametrize("key", ["ct_primary_a", "ct_secondary_a", "design_current_a", "accuracy_percent"])
def test_numbers_no_device_can_have_are_refused(simulated: SimulatedSite, key: str) -> None:
    document = document_of(simulated)
    document["devices"][0][key] = 1e308
    with pytest.raises(PlanFileError, match=key):
        load_plan(document, "plan.json")


@pytest.mark.parametrize("option", ["--seconds", "--latency-ms", "--timeout"])
@pytest.mark.parametrize("value", ["nan", "inf", "1e300"])
def test_a_time_has_to_be_a_time(simulated: SimulatedSite, tmp_path: Path, option: str, value: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(document_of(simulated)), encoding="utf-8")
    command = ("site", path) if option == "--timeout" else ("simulate", path, "--seconds", "0")
    result = call(*command, option, value)
    assert result.exit_code == 2, result.exception
    assert option in result.stderr


@pytest.mark.parametrize("host", ["a" * 70 + ".example", "..", "meter\0", "é" * 100])
@pytest.mark.parametrize("command", [("identify",), ("read", "--profile", "eastron-sdm630")])
def test_a_host_that_is_no_name_ends_like_one_that_is_not_there(command: tuple[str, ...], host: str) -> None:
    result = call(*command, "--host", host)
    assert result.exit_code == 4, result.exception
    assert "no connection" in result.stderr


def test_a_refused_port_is_named_not_hidden_behind_what_followed() -> None:
    port = refused_port()
    result = call("read", "--profile", "eastron-sdm630", "--host", "127.0.0.1", "--port", port)
    assert result.exit_code == 4
    assert f"no connection to 127.0.0.1:{port}; check address, cable and power" in result.stderr


def test_a_site_name_is_shown_as_it_is_written(simulated: SimulatedSite, tmp_path: Path) -> None:
    plan = replace(simulated.plan, name="Depot [/red] [bold]")
    path = tmp_path / "report.json"
    path.write_text(json.dumps(dump_report(judge(plan, read_site(plan)))), encoding="utf-8")
    result = call("judge", path)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Depot [/red] [bold]" in result.stdout


@pytest.mark.parametrize("place", ["missing/simulated.json", "/dev/full"])
def test_a_place_that_takes_no_file_is_the_fault_of_the_environment(
    simulated: SimulatedSite, tmp_path: Path, place: str
) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(document_of(simulated)), encoding="utf-8")
    result = call("simulate", path, "--seconds", "0", "--plan-out", tmp_path / place)
    assert result.exit_code == 4
    assert place in result.stderr


def test_a_taken_port_is_one_sentence(simulated: SimulatedSite, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        devices = [device | {"host": "127.0.0.1", "port": taken.getsockname()[1]}
                   for device in document_of(simulated)["devices"][:1]]  # fmt: skip
        path = tmp_path / "plan.json"
        path.write_text(json.dumps(document_of(simulated) | {"devices": devices}), encoding="utf-8")
        done = subprocess.run(
            [*PROBE, "simulate", path, "--own-addresses", "--seconds", "0"],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 4
    assert len(done.stderr.splitlines()) == 1, done.stderr


@pytest.mark.parametrize("arguments", [["profiles"], ["profiles", "--json"], ["--help"]])
def test_a_full_disk_behind_stdout_is_one_sentence(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROBE, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert done.returncode == 4
    assert done.stderr.splitlines() == ["Error: The output can't be written: No space left on device."]


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_reader_that_leaves_early_got_no_answer(options: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as gone:
        done = subprocess.run(
            [*PROBE, "profiles", *options], stdout=gone, stderr=subprocess.PIPE, text=True,
            timeout=60, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (4, "")


def test_ctrl_c_while_reading_is_not_the_answer_no(simulated: SimulatedSite, tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        process = subprocess.Popen(
            [*PROBE, "read", "--profile", "eastron-sdm630", "--host", "127.0.0.1",
             "--port", str(silent.getsockname()[1]), "--timeout", "30"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        silent.settimeout(60)
        connection, _ = silent.accept()
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        connection.close()
    assert (process.returncode, out, err) == (130, "", "Stopped.\n")
