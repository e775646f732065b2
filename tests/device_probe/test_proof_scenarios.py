"""Every scenario over real Modbus: what is wrong is named, nothing else is, and its file says the same."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from device_probe.model import ProbeReport
from device_probe.report import dump_plan, dump_report, judge_rounds, load_report, rejudge
from device_probe.simulator import SimulatedSite, simulate
from tests.device_probe.proof_cases import CASES, Case, outcome, over_seed, problems
from tests.device_probe.proof_site import SITE, World, over_sockets, scenario

Sites = dict[str, SimulatedSite]
BY_NAME = {case.name: case for case in CASES}
WITH_PAUSES = {"wrong ratio"}
#: What the issue names; script/prove scenarios runs every one under many seeds.
SEEDED = ("phase missing", "ct shorted", "pv at noon", "charger lies in state", "charger lies in energy")
OVER_SOCKETS = [case for case in CASES if not case.loads.parade or case.name in WITH_PAUSES]


@pytest.fixture(scope="module")
def usual() -> Iterator[SimulatedSite]:
    with simulate(SITE, scenario(0, CASES[0].loads)) as site:
        yield site


def probed(case: Case, site: SimulatedSite) -> ProbeReport:
    site.set_scenario(scenario(0, case.loads, case.faults))
    places = {d.tag: (d.host, d.port) for d in site.plan.devices}
    told = replace(case.told, devices=tuple(
        replace(d, host=places[d.tag][0], port=places[d.tag][1]) for d in case.told.devices
    ))  # fmt: skip
    count = max(case.rounds, 5 + 8 * len(case.loads.parade))
    return judge_rounds(told, over_sockets(told, site, count))


@pytest.mark.parametrize("case", OVER_SOCKETS, ids=lambda case: case.name)
def test_a_scenario_is_named_over_modbus_and_again_from_its_file(case: Case, usual: SimulatedSite) -> None:
    if case.really or case.planned:
        with simulate(case.real, scenario(0, case.loads, case.faults)) as site:
            report = probed(case, site)
    else:
        report = probed(case, usual)
    assert problems(case, report) == []
    again = rejudge(load_report(json.loads(json.dumps(dump_report(report)))))
    assert (again.verdicts, again.findings, again.reason) == (report.verdicts, report.findings, report.reason)


@pytest.mark.parametrize("case", [BY_NAME[name] for name in SEEDED], ids=lambda case: case.name)
def test_another_seed_of_load_and_noise_says_the_same(case: Case, worlds: dict[object, World]) -> None:
    known = worlds.setdefault((case.loads, case.real), World(1, case.loads, case.real))
    assert outcome(case, over_seed(case, 1, known)) == "right"


@pytest.fixture(scope="module")
def worlds() -> dict[object, World]:
    return {}


@pytest.mark.parametrize(("name", "code"), [("ct reversed", 1), ("set to delta", 1)])
def test_the_command_line_says_it_in_json_and_by_its_exit_code(
    name: str, code: int, usual: SimulatedSite, tmp_path: Path
) -> None:
    case = BY_NAME[name]
    usual.set_scenario(scenario(0, replace(case.loads, moving=False), case.faults))
    plan = tmp_path / "site.json"
    plan.write_text(json.dumps(dump_plan(usual.plan)), encoding="utf-8")
    command = [sys.executable, "-m", "device_probe", "site", str(plan), "--interval", "0.05", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, done.stderr
    assert problems(case, load_report(json.loads(done.stdout))) == []
