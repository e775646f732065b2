"""A day without tablets: the sheet goes out, comes back filled, and is recorded like everything else."""

import io
import json
import sys
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from checklists.model import Item
from fieldapp import cli
from fieldapp.problems import Problem
from fieldapp.usecases import import_sheet, paper_sheet
from fieldapp.usecases.import_sheet import ImportedSheet
from tests.checklists.filled_sheets import file_of, rows_of, with_cells
from tests.fieldapp.hall_cast import INSTRUMENT_OF, PASSWORD, SITE_FILE, Hall, email_of, good_answer
from tests.reports.inspect_pdf import text_of


def item_of(hall: Hall, key: str) -> Item:
    return next(it for each in hall.view().checklists for it in each.items if it.key == key)


def cells_of(item: Item) -> dict[str, str]:
    """Return what somebody writes beside an item that is in order."""
    tool = {"instrument_id": INSTRUMENT_OF[item.instrument]} if item.instrument else {}
    return {"value": good_answer(item)["raw"], **tool}


def sheet_of(hall: Hall, filled: Mapping[str, dict[str, str]]) -> bytes:
    with hall.inside():
        blank = paper_sheet.export_sheet(hall.people["contractor"], hall.site)
    rows = rows_of(blank.content.decode("utf-8-sig"), ";")
    for key, cells in filled.items():
        rows = with_cells(rows, key, **cells)
    return file_of(rows, ";")


def brought(hall: Hall, content: bytes, who: str = "contractor", password: str = PASSWORD) -> ImportedSheet:
    with hall.inside():
        return import_sheet.import_sheet(email_of(who), password, hall.site, content, "filled.csv")


@pytest.fixture
def work(hall: Hall) -> dict[str, dict[str, str]]:
    keys = (hall.item("equals"), hall.item("range"))
    return {key: cells_of(item_of(hall, key)) for key in keys}


def test_a_filled_sheet_is_recorded_and_judged(hall, work):
    found = brought(hall, sheet_of(hall, work))
    assert [line.result for line in found.lines] == ["recorded", "recorded"]
    assert {key: hall.status(key) for key in work} == dict.fromkeys(work, "passed")


def test_the_same_sheet_again_records_nothing_anew(hall, work):
    content = sheet_of(hall, work)
    brought(hall, content)
    before = hall.view().states
    again = brought(hall, content)
    assert [line.result for line in again.lines] == ["on_record", "on_record"]
    assert hall.view().states == before


def test_a_look_before_says_the_verdict_and_records_nothing(hall, work):
    content = sheet_of(hall, work)
    with hall.inside():
        found = import_sheet.check_sheet(email_of("contractor"), hall.site, content, "filled.csv")
    assert [line.result for line in found.lines] == ["ready", "ready"]
    assert all(line.sentence.startswith("pass") for line in found.lines)
    assert {hall.status(key) for key in work} == {"open"}


def test_a_refused_row_comes_back_with_its_reason_and_the_others_are_taken(hall, work):
    good, bad = work
    found = brought(hall, sheet_of(hall, {**work, bad: {**work[bad], "value": "1.234,5,6"}}))
    assert {line.key: line.result for line in found.lines} == {good: "recorded", bad: "refused"}
    rows = rows_of(found.refused_csv)
    assert [row["key"] for row in rows] == [bad]
    assert "1.234,5,6" in rows[0]["problem"]
    rows[0]["value"] = work[bad]["value"]
    corrected = brought(hall, file_of(rows))
    assert [line.result for line in corrected.lines] == ["recorded"]
    assert hall.status(bad) == "passed"


def test_an_answer_in_place_of_one_that_failed_says_why(hall, work):
    key = next(iter(work))
    brought(hall, sheet_of(hall, {key: {"value": "no"}}))
    assert hall.status(key) == "failed"
    silent = brought(hall, sheet_of(hall, {key: {"value": "yes"}}))
    assert silent.count("refused") == 1
    assert "because" in silent.lines[0].sentence
    brought(hall, sheet_of(hall, {key: {"value": "yes", "because": "repaired"}}))
    assert hall.status(key) == "passed"


@pytest.mark.parametrize("who", ["stranger", "reviewer", "service", "other_engineer"])
def test_nobody_else_records_by_paper(hall, work, who):
    with pytest.raises(Problem):
        brought(hall, sheet_of(hall, work), who)
    assert {hall.status(key) for key in work} == {"open"}


def test_a_wrong_password_is_told_even_where_nothing_is_left_to_record(hall):
    with pytest.raises(Problem) as refused:
        brought(hall, sheet_of(hall, {}), password="guessed it")
    assert refused.value.code == "bad_credentials"


def test_a_wrong_password_records_nothing(hall, work):
    with pytest.raises(Problem):
        brought(hall, sheet_of(hall, work), password="guessed it")
    assert {hall.status(key) for key in work} == {"open"}


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04 a workbook", b"\xff\xfe\x00", b"\0" * 99, b"a,b\n1,2\n", b"x" * (9 << 20), b'"' * 999],
    ids=["empty", "workbook", "utf-16", "zeros", "another table", "huge", "quotes"],
)
def test_what_is_no_sheet_is_refused_in_a_sentence(hall, content):
    with pytest.raises(Problem) as refused:
        brought(hall, content)
    assert "Traceback" not in str(refused.value)


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], hall_home: Path) -> Run:
    monkeypatch.setenv("FIELDAPP_HOME", str(hall_home))

    def call(*arguments: Any, typed: str = "") -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["fieldapp", "checklist", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        assert "Traceback" not in printed.out + printed.err
        return int(ended.value.code or 0), printed.out + printed.err

    return call


def test_the_command_line_does_it_all(hall, work, run, tmp_path):
    sheet, report = tmp_path / "filled.csv", tmp_path / "refused.csv"
    code, out = run("list", hall.site, "--json")
    assert code == 0
    assert {phase["section"] for phase in json.loads(out)["phases"]} >= {"dead_tests", "handover"}
    assert run("export", hall.site, "--phase", "dead-tests", "-o", sheet)[0] == 0
    assert {row["phase"] for row in rows_of(sheet.read_text("utf-8-sig"), ";")} == {"Dead tests"}
    good, bad = work
    sheet.write_bytes(sheet_of(hall, {**work, bad: {"value": "much"}}))
    email = ("--email", email_of("contractor"))
    assert run("import", hall.site, sheet, *email, "--check")[0] == 1
    assert hall.status(good) == "open"
    typed = f"{PASSWORD}\n"
    code, out = run("import", hall.site, sheet, *email, "--password-stdin", "--report", report, typed=typed)
    assert (code, hall.status(good), hall.status(bad)) == (1, "passed", "open")
    assert "1 recorded, 1 refused." in out
    assert rows_of(report.read_text("utf-8-sig"))[0]["key"] == bad


def test_a_phase_is_printed_as_a_pdf_with_its_items(hall, run, tmp_path):
    printed = tmp_path / "blank.pdf"
    assert run("print", hall.site, "--phase", "8", "-o", printed)[0] == 2  # an AC site has no DC charger
    assert run("print", hall.site, "--phase", "99", "-o", printed)[0] == 2
    assert not printed.exists()
    assert run("print", hall.site, "--phase", "5", "-o", printed)[0] == 0
    text = "".join(text_of(printed.read_bytes(), tmp_path, "-raw").split())
    items = [it for each in hall.view().checklists if each.section == "energisation" for it in each.items]
    assert items
    for item in items:
        assert "".join(f"{item.number}{item.tag}{item.title}".split()) in text
    assert hall.site in text


@pytest.mark.parametrize("command", ["list", "export", "print"])
def test_who_may_not_see_a_site_gets_nothing_of_it_on_paper(hall, run, tmp_path, command):
    file = tmp_path / "stolen"
    output = () if command == "list" else ("-o", file)
    code, out = run(command, hall.site, *output, "--as", email_of("stranger"))
    assert (code, "Parkhaus" in out, file.exists()) == (2, False, False)


def test_a_call_that_is_wrong_ends_with_two_and_records_nothing(hall, work, run, tmp_path):
    sheet, other = tmp_path / "filled.csv", tmp_path / "other.csv"
    content = sheet_of(hall, work)
    sheet.write_bytes(content)
    other.write_bytes(content.replace(hall.site.encode(), b"01900000-0000-7000-8000-000000000000"))
    email = ("--email", email_of("contractor"), "--password-stdin")
    for file, typed in ((sheet, "a guess\n"), (sheet, ""), (other, f"{PASSWORD}\n"), (tmp_path / "none", "")):
        assert run("import", hall.site, file, *email, typed=typed)[0] == 2, (file.name, typed)
    assert run("import", "no-site", sheet, *email, typed=f"{PASSWORD}\n")[0] == 2
    assert {hall.status(key) for key in work} == {"open"}


def test_a_formula_is_kept_as_it_was_written_and_no_spreadsheet_runs_it(hall):
    key, formula = hall.item("present"), '=HYPERLINK("http://example.org";"look")'
    found = brought(hall, sheet_of(hall, {key: {"value": formula}}))
    assert [(line.result, line.entry) for line in found.lines] == [("recorded", formula)]
    with hall.inside():
        again = paper_sheet.export_sheet(hall.people["contractor"], hall.site, filled=True)
    rows = rows_of(again.content.decode("utf-8-sig"), ";")
    assert next(row["value"] for row in rows if row["key"] == key) == f"'{formula}"
    assert [line.result for line in brought(hall, again.content).lines] == ["on_record"]


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(SITE_FILE, encoding="utf-8")
    return path


def test_a_preview_tells_items_and_limits_before_there_is_a_site(hall, run, site_file, tmp_path):
    code, out = run("preview", site_file, "--phase", "dead-tests")
    assert (code, "Dead tests: " in out, "Live tests: " in out) == (0, True, False)
    items = [it for each in hall.view().checklists if each.section == "dead_tests" for it in each.items]
    for item in items:
        assert f" {item.step}: {item.title}" in out
        assert item.limit_text in out
    written = tmp_path / "preview.txt"
    assert run("preview", site_file, "--phase", "4", "-o", written)[0] == 0
    assert written.read_text("utf-8").strip() == out.strip()
    told = json.loads(run("preview", site_file, "--phase", "4", "--json")[1])
    assert [each["key"] for each in told["phases"][0]["items"]] == [item.key for item in items]


def test_a_preview_takes_the_revision_that_the_site_file_names(run, site_file):
    for revision, code in ((1, 0), (99, 2)):
        site_file.write_text(f"{SITE_FILE}design_revision: {revision}\n", encoding="utf-8")
        assert run("preview", site_file, "--phase", "handover")[0] == code


def test_a_preview_knows_designs_of_ones_own(run, site_file, tmp_path, monkeypatch):
    standard = tmp_path / "designs" / "standard"
    standard.mkdir(parents=True)
    text = (files("designs") / "standard" / "destination-ac-2.yaml").read_text("utf-8")
    (standard / "own.yaml").write_text(text.replace("id: destination-ac", "id: own-design", 1), "utf-8")
    site_file.write_text(SITE_FILE.replace("design: destination-ac", "design: own-design"), encoding="utf-8")
    assert run("preview", site_file, "--phase", "handover")[0] == 2
    monkeypatch.setenv("FIELDAPP_DESIGNS_DIR", str(tmp_path / "designs"))
    code, out = run("preview", site_file, "--phase", "handover")
    assert (code, "Handover: " in out) == (0, True)


def test_what_is_no_site_file_is_refused_in_a_sentence(run, site_file, tmp_path):
    for text in ("x: [", "design: destination-ac\n", SITE_FILE.replace("TN-S", "none"), "\0"):
        site_file.write_text(text, encoding="utf-8")
        assert run("preview", site_file)[0] == 2, text
    assert run("preview", tmp_path / "none.yaml")[0] == 2
