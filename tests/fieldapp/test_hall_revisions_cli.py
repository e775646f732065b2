"""Revisions and deviations at the command line."""

from pathlib import Path
from typing import Any

import pytest

from designs.library import BUILT_IN, find_design
from tests.fieldapp.hall_cast import Hall
from tests.fieldapp.test_hall_cli import Outcome, _runner

METHOD = "key: station_method, help: As measured., kind: choice"
NEWEST = find_design("destination-ac")
DESIGN = BUILT_IN / "standard" / NEWEST.file


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], hall_home: Path) -> Any:
    monkeypatch.setenv("FIELDAPP_HOME", str(hall_home))
    return _runner(monkeypatch, capsys)


def edited(run: Any, site: str, folder: Path, before: str, after: str) -> Path:
    """Write the site's file, change it, and return where it is."""
    path = folder / "site.yaml"
    assert run("site", "file", site, "-o", str(path)).code == 0
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")
    return path


def test_a_site_is_extended_from_its_own_file(run: Any, hall: Hall, tmp_path: Path) -> None:
    path = edited(
        run, hall.site, tmp_path, "    4: {length: 23 m}", "    4: {length: 23 m}\n    5: {length: 26 m}"
    )
    path.write_text(path.read_text("utf-8").replace("stations: 4", "stations: 5"), "utf-8")
    assert f"design_revision: {NEWEST.revision}" in path.read_text("utf-8")
    look = run("site", "revise", hall.site, "--site", str(path), "--preview", "--json")
    assert (look.code, look.json["revision"]) == (0, None)
    status = {each["tag"]: each["status"] for each in look.json["tags"]}
    assert (status["F05"], status["F01"], status["MSB"]) == ("new", "affected", "untouched")
    assert {each["outcome"] for each in look.json["items"] if each["item"].endswith("@F05")} == {"new"}
    without = run("site", "revise", hall.site, "--site", str(path))
    assert (without.code, "--reason" in without.err) == (2, True)
    done = run("site", "revise", hall.site, "--site", str(path), "--reason", "One more.")
    assert (done.code, done.out.splitlines()[-1]) == (0, "The site is at revision 2.")
    again = run("site", "revise", hall.site, "--site", str(path), "--reason", "One more.")
    assert (again.code, again.err) == (2, "fieldapp: Site file: it says what the site is already.\n")


def test_a_file_that_the_study_refuses_is_shown_with_its_findings(
    run: Any, hall: Hall, tmp_path: Path
) -> None:
    path = edited(run, hall.site, tmp_path, "3: {length: 20 m}", "3: {length: 400 m, cable: cu-xlpe-5g4}")
    look: Outcome = run("site", "revise", hall.site, "--site", str(path), "--preview")
    assert look.code == 1
    assert "error: F03: " in look.out
    refused = run("site", "revise", hall.site, "--site", str(path), "--reason", "x")
    assert (refused.code, refused.err.partition(":")[2][:27]) == (1, " The study refuses this des")


def test_deviations_are_listed_accepted_and_refused(run: Any, hall: Hall) -> None:
    tablet, item = hall.tablet(), "insulation-resistance@F03"
    bodies = [
        {"tag": "F03", "property": "cable", "value": "cu-xlpe-5g16", "reason": "stock"},
        {"tag": "F02", "property": "length_m", "value": "40", "reason": "way round"},
    ]
    signed = [tablet.record(hall.site, item, "deviation", body=body) for body in bodies]
    assert {each["status"] for each in tablet.sync(*signed)} == {"applied"}
    ids = [each["op"]["id"] for each in signed]
    listed = run("site", "proposals", hall.site, "--json").json["proposals"]
    assert [(each["id"], each["present"], each["value"]) for each in listed] == [
        (ids[0], "cu-xlpe-5g10", "cu-xlpe-5g16"),
        (ids[1], "17 m", "40"),
    ]
    accepted = run("site", "accept", hall.site, ids[0])
    assert (accepted.code, accepted.out) == (0, "Accepted; the site is at revision 2.\n")
    refused = run("site", "refuse", hall.site, ids[1], "--reason", "Measure again.")
    assert (refused.code, refused.out) == (0, "Refused.\n")
    assert run("site", "refuse", hall.site, ids[1], "--reason", "x").code == 1
    assert "as_built:\n  F03:\n    cable: cu-xlpe-5g16" in run("site", "file", hall.site).out


def test_designs_are_compared_in_words(run: Any, tmp_path: Path) -> None:
    same = run("design", "diff", "destination-ac", str(DESIGN))
    assert (same.code, same.out) == (0, "Nothing differs.\n")
    newer = tmp_path / "newer.yaml"
    before, after = f"\nrevision: {NEWEST.revision}\n", f"\nrevision: {NEWEST.revision + 1}\n"
    text = DESIGN.read_text("utf-8").replace(before, after)
    newer.write_text(text.replace("key: station_method, kind: choice", METHOD), "utf-8")
    found = run("design", "diff", f"destination-ac@{NEWEST.revision}", str(newer), "--json").json["changes"]
    assert found == [
        f"revision: {NEWEST.revision} → {NEWEST.revision + 1}",
        "parameter station_method: help: nothing → As measured.",
    ]
    unknown = run("design", "diff", "destination-ac@99", "destination-ac")
    assert (unknown.code, "There is no standard design destination-ac revision 99" in unknown.err) == (
        2,
        True,
    )


def test_the_impact_of_a_design_names_each_site(run: Any, hall: Hall) -> None:
    found = run("design", "impact", "destination-ac", "--json").json["sites"]
    assert [(each["site"], each["status"], each["circuits"]) for each in found] == [(hall.site, "same", [])]
    assert run("design", "impact", "no-such-design").code == 2
