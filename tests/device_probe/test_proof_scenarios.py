"""Every scenario: what is wrong is named, nothing else is, and the report's file says the same again.

What the issue of the diagnosis names goes over real Modbus, the rest asks the simulated devices without
sockets; ``script/prove scenarios`` does both with all of them, under many seeds.
"""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from device_probe.report import dump_plan, dump_report, load_report, rejudge
from device_probe.simulator import simulate
from tests.device_probe.proof_cases import (
    CASES,
    Case,
    Outcome,
    blamed_besides,
    outcome,
    over_modbus,
    over_seed,
    problems,
)  # fmt: skip
from tests.device_probe.proof_site import SITE, World, scenario
from tests.proofs.scenario_parts.page import BEGIN, END, markdown, write

BY_NAME = {case.name: case for case in CASES}
OVER_MODBUS = (
    "right",  # meters of class 0.5, 1 and 2, and stations of none
    "phase missing", "fuse blown", "ct shorted", "wrong ratio", "register unlike plan",
    "addresses swapped, makes", "pv at noon",
    "charger lies in energy", "charger lies in state", "limit not respected",
)  # fmt: skip
WITHOUT_SOCKETS = tuple(case for case in CASES if case.name not in OVER_MODBUS)
PAGE = Path(__file__).parents[2] / "docs" / "scenarios.md"


@pytest.fixture(scope="module")
def worlds() -> dict[object, World]:
    """Sites with the same loads, which need to be worked out once."""
    return {}


def known(worlds: dict[object, World], case: Case, seed: int) -> World:
    key = seed, case.loads, case.real
    if key not in worlds:
        worlds[key] = World(seed, case.loads, case.real)
    return worlds[key]


@pytest.mark.parametrize("name", OVER_MODBUS)
def test_a_scenario_is_named_over_modbus_and_again_from_its_file(name: str) -> None:
    # One pause of a minute shows the ratio, too, and takes half the time.
    case = paused("CH1", "CH2", "CH3") if name == "wrong ratio" else BY_NAME[name]
    report = over_modbus(case)
    assert problems(case, report) == []
    again = rejudge(load_report(json.loads(json.dumps(dump_report(report)))))
    assert (again.verdicts, again.findings, again.reason) == (report.verdicts, report.findings, report.reason)


@pytest.mark.parametrize("case", WITHOUT_SOCKETS, ids=lambda case: case.name)
def test_a_scenario_is_named(case: Case, worlds: dict[object, World]) -> None:
    assert problems(case, over_seed(case, 0, known(worlds, case, 0))) == []


def paused(*tags: str) -> Case:
    """Return the wrong ratio with one pause instead of three."""
    case = BY_NAME["wrong ratio"]
    return replace(case, loads=replace(case.loads, parade=(tags,)))


def test_what_several_mistakes_explain_is_left_open_and_the_action_told_decides_it() -> None:
    case = paused("CH1", "CH2", "CH3")
    report = over_seed(case, 3)
    assert outcome(case, report) == "open"
    (told,) = (f for f in report.findings if f.code == "balance-ambiguous" and f.tag == "G1")
    assert "400/5 A instead of 200/5 A" in told.sentence
    assert "CH3 is fed from PM0" in told.sentence
    assert told.remedy == "Let CH3 pause for a minute, all others steady, then measure again."
    assert problems(paused("CH3"), over_seed(paused("CH3"), 3)) == []


@pytest.mark.parametrize(
    ("truth", "reported", "word"),
    [
        ("cts swapped", "ct reversed", "wrong"),  # the right meter, another mistake
        ("ct reversed, direct", "ct reversed", "blamed"),  # another meter
        ("right", "ct reversed", "blamed"),
        ("ct reversed", "right", "wrong"),  # a wrong pass
    ],
)
def test_the_proof_sees_a_report_that_is_wrong(
    truth: str, reported: str, word: Outcome, worlds: dict[object, World]
) -> None:
    case = BY_NAME[reported]
    report = over_seed(case, 0, known(worlds, case, 0))
    assert outcome(case, report) == "right"
    assert outcome(BY_NAME[truth], report) == word
    assert bool(blamed_besides(BY_NAME[truth], report)) == (word == "blamed")


def test_the_page_gets_its_table_and_keeps_its_words(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", "utf-8")
    counts: dict[str, Counter[Outcome]] = {
        "right": Counter({"right": 2}),
        "ct shorted": Counter(("open", "wrong")),
    }
    write(markdown(counts, {"right": "right"}, range(1, 3), ["ct shorted, seed 2: wrong"]), page)
    text = page.read_text("utf-8")
    assert text.startswith(f"before\n{BEGIN}\n2 seeds (1 to 2)")
    assert text.endswith(f"* ct shorted, seed 2: wrong\n{END}\nafter\n")
    assert "| Everything as planned | 2 | 0 | 0 | 0 | 0 | right |" in text
    assert "| A shorting link left in | 0 | 1 | 0 | 1 | 0 | – |" in text
    assert "| **together** | 2 | 1 | 0 | 1 | 0 | 1 of 1 right |" in text


def test_the_published_page_has_a_row_for_every_scenario() -> None:
    text = PAGE.read_text("utf-8")
    assert [case.title for case in CASES if f"| {case.title} |" not in text] == []


@pytest.mark.parametrize(("name", "code"), [("right", 0), ("ct reversed", 1), ("set to delta", 1)])
def test_the_command_line_says_it_in_json_and_by_its_exit_code(name: str, code: int, tmp_path: Path) -> None:
    case = BY_NAME[name]
    plan = tmp_path / "site.json"
    with simulate(SITE, scenario(0, replace(case.loads, moving=False), case.faults)) as site:
        plan.write_text(json.dumps(dump_plan(site.plan)), encoding="utf-8")
        command = [sys.executable, "-m", "device_probe", "site", str(plan), "--interval", "0.05", "--json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, done.stderr
    assert problems(case, load_report(json.loads(done.stdout))) == []
