"""What is typed, written to a file or given on the command line changes the simulated site."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from device_probe.__main__ import main
from device_probe.model import PlannedDevice
from device_probe.problems import PlanFileError, ProbeError
from device_probe.read import read_device
from device_probe.simulator import (
    SimulatedSite,
    list_scenarios,
    simulate,
)
from device_probe.simulator.commands import ControlFile, ScenarioFile, obey
from device_probe.simulator.example import example_plan
from device_probe.simulator.scenario_file import parse_scenario

PLAN = example_plan()


@pytest.fixture
def running() -> Iterator[SimulatedSite]:
    with simulate(PLAN, "healthy") as site:
        yield site


def test_lines_of_text_change_the_site(running: SimulatedSite) -> None:
    assert obey(running, "ramp") == "Scenario: Stations follow their set-points, which may be written"
    assert "thd-high" in obey(running, "help")
    obey(running, "healthy")
    obey(running, "set CH01 current 10")
    assert running.state()["devices"]["CH01"]["limit_a"] == 10
    obey(running, "set CH02 demand 7")
    assert running.state()["devices"]["CH02"]["demand_a"] == 7
    obey(running, "fault PM1 ct_swapped phase=1 other_phase=3")
    assert running.state()["faults"] == [{"kind": "ct_swapped", "tag": "PM1", "other_phase": 3}]
    assert "faults: 1" in obey(running, "state PM1")
    obey(running, "clear PM1")
    assert running.state()["faults"] == []
    assert obey(running, "advance 60").startswith("60 s")
    obey(running, "speed 1000")
    assert obey(running, "# a remark") == obey(running, "") == ""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("party", "There is no scenario 'party'"),
        ("make tea now", "is no command"),
        ("set CH99 current 5", "There is no CH99"),
        ("set CH01 colour 5", "can't be set"),
        ("set CH01 current much", "'much' is no number"),
        ("set CH01 current nan", "nan is not a number"),
        ("set CH01", "Say it like"),
        ("fault PM1", "Say it like"),
        ("fault PM9 dead", "the plan has no such device"),
        ("fault PM1 broken", "Must be one of"),
        ("fault PM1 ct_reversed phase=4", "phase"),
        ("fault PM1 currents_permuted order=[1,1,2]", "each of the phases"),
        ("fault PM1 address_swapped", "Give that one's tag"),
        ("fault PM1 other_device profile=none", "There is no profile 'none'"),
        ("advance -5", "Time only goes forward"),
        ("speed -1", "A speed of -1 is none"),
    ],
)
def test_a_wrong_line_is_refused_in_one_sentence_and_changes_nothing(
    running: SimulatedSite, line: str, words: str
) -> None:
    before = running.state()
    with pytest.raises(ProbeError, match=re.escape(words)) as caught:
        obey(running, line)
    assert "\n" not in str(caught.value)
    assert running.state() == before


def test_a_control_file_holds_what_is_wanted_now(running: SimulatedSite, tmp_path: Path) -> None:
    path = tmp_path / "control"
    watched = ControlFile(path, running)
    assert watched.look() == []
    path.write_text("fault PM1 dead\nset CH01 current 10\nnonsense\n")
    said = watched.look()
    assert said[:2] == ["PM1: dead", "CH01: current 10"]
    assert said[2].startswith("control, line 3: There is no scenario 'nonsense'")
    assert watched.look() == []
    path.write_text("set CH01 current 12\n")
    watched.look()
    assert running.state()["faults"] == []
    assert running.state()["devices"]["CH01"]["limit_a"] == 12
    path.unlink()
    watched.look()
    assert running.state()["devices"]["CH01"]["limit_a"] == 32


def test_a_scenario_file_begins_when_it_is_saved_and_a_mistake_changes_nothing(
    running: SimulatedSite, tmp_path: Path
) -> None:
    path = tmp_path / "mine.yaml"
    text = 'name: mine\ntitle: Mine\nstations: {"*": {current_a: 9}}\n'
    path.write_text(text)
    watched = ScenarioFile(path, running)
    assert watched.look() == []
    path.write_text(text.replace("9", "11"))
    assert watched.look() == ["Scenario: Mine"]
    assert running.state()["devices"]["CH01"]["demand_a"] == 11
    path.write_text(text.replace("9", "many"))
    assert watched.look()[0].startswith("Error: mine.yaml: stations")
    assert running.state()["devices"]["CH01"]["demand_a"] == 11


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: x\ntitle: y\n", "stations: Missing data"),
        ('name: x\ntitle: y\nstations: {"1": {current_a: 5}}\n', 'the entry "\\*"'),
        ('name: x\ntitle: y\nstations: {"*": {current_a: -5}}\n', "current_a"),
        ('name: x\ntitle: y\nstations: {"*": {current_a: 5}}\ntimeline: [{at_s: 1}]\n', "exactly one of"),
        ('name: x\ntitle: y\nstations: {"*": {current_a: 5}}\nfaults: [{kind: gone}]\n', "Must be one of"),
        ('name: x\ntitle: y\nstations: {"*": {current_a: 5}}\ncolour: red\n', "Unknown field"),
        (
            """{name: x, title: y, stations: {"*": {current_a: 5}},
            injections: [{name: P, kind: pv, power_w: 5, sunrise_s: 5}]}""",
            "sunrise_s and a later sunset_s",
        ),
        ("name: [", "line"),
    ],
)
def test_a_wrong_scenario_is_refused_in_one_sentence(text: str, words: str) -> None:
    with pytest.raises(PlanFileError, match=words) as caught:
        parse_scenario(text, "mine.yaml")
    assert str(caught.value).startswith("mine.yaml")
    assert "\n" not in str(caught.value)


def call(*arguments: object):
    return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)


def test_every_scenario_has_a_title_and_an_explanation_that_list_tells() -> None:
    told = json.loads(call("simulate", "--list", "--json").stdout)["scenarios"]
    assert [each["name"] for each in told] == list(list_scenarios())
    assert all(each["title"] and each["explanation"] for each in told)
    assert all(name in call("simulate", "--list").stdout for name in list_scenarios())


def test_without_a_plan_an_example_is_served(tmp_path: Path) -> None:
    out = tmp_path / "site.json"
    done = call("simulate", "--seconds", "0", "--plan-out", out)
    assert done.exit_code == 0
    assert "PM1" in done.stdout
    assert len(json.loads(out.read_text())["devices"]) == len(PLAN.devices)


def test_it_obeys_its_keyboard_and_ends_when_interrupted() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "device_probe", "simulate", "--json"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    document = json.loads(process.stdout.readline())
    meter = next(d for d in document["plan"]["devices"] if d["tag"] == "PM1")
    process.stdin.write("fault PM1 dead\n")
    process.stdin.flush()
    assert process.stderr.readline() == "PM1: dead\n"
    planned = PlannedDevice(
        "PM1", "eastron-sdm630", meter["host"], meter["port"], meter["unit"], "group_meter"
    )
    assert read_device(planned, quantities=["voltage_l1_n"]).problem
    process.stdin.write("no such thing\nclear\n")
    process.stdin.flush()
    assert process.stderr.readline().startswith("Error: 'no such thing' is no command")
    process.stderr.readline()
    assert read_device(planned, quantities=["voltage_l1_n"]).problem is None
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, "Ended.\n")
