"""What stands wrongly on a sheet comes back with a sentence; nothing is lost on the way."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checklists.answers import offered
from checklists.errors import ReadingError
from checklists.model import Item
from checklists.sheet import FILLED
from checklists.sheet_answers import SheetSite, read_sheet
from checklists.sheet_file import MAX_BYTES, SheetError, read_rows, refused_sheet
from checklists.sheet_time import day_of, moment_of
from tests.checklists.filled_sheets import (
    NOW,
    Cells,
    file_of,
    first,
    hostile,
    number_of,
    of_kind,
    read,
    rows_of,
    with_cells,
)

ODD: dict[str, tuple[str, str, Cells, str]] = {
    "not a number": ("range", "", {"value": "about 3"}, "“about 3” is not a number"),
    "thousands": ("range", "", {"value": "1,234.5"}, "thousands separator"),
    "another quantity": ("range", "", {"value": "3 V"}, "“V” can't stand here"),
    "a word that is not offered": ("equals", "", {"value": "sort of"}, "write yes or no"),
    "a photo": ("photo", "", {"value": "IMG_1.jpg"}, "take it with the tablet"),
    "a signature": ("signature", "", {"value": "K. Hartmann"}, "sign on the tablet"),
    "the probe": ("probe", "", {"value": "pass"}, "run the probe"),
    "a row in one cell": ("table", "", {"value": "3; 4"}, "in the rows below"),
    "value and reason": (
        "equals", "", {"value": "yes", "not_applicable_reason": "none here"}, "keep one of them",
    ),
    "because of nothing": ("equals", "", {"because": "repaired"}, "because without a value"),
    "because of something else": ("equals", "", {"value": "yes", "because": "bored"}, "mistyped, repaired"),
    "no such instrument": (
        "range", "", {"value": "3", "instrument_id": "X9"}, "“X9”: write its id or serial number (IT1)",
    ),
    "an instrument alone": ("range", "", {"instrument_id": "IT1"}, "instrument without a value"),
    "a time alone": ("range", "", {"recorded_at": "2026-11-22T10:00"}, "neither a value"),
    "tomorrow": ("range", "", {"value": "3", "recorded_at": "2026-11-23T10:00"}, "has not come yet"),
    "no time": ("range", "", {"value": "3", "recorded_at": "noon"}, "recorded_at: “noon” is not a day"),
    "last day without document": ("document", "", {"expires": "2027-01-01"}, "number or name of the doc"),
    "last day of a check": ("equals", "", {"value": "yes", "expires": "2027-01-01"}, "write nothing here"),
    "no last day": ("document", "", {"value": "P-1", "expires": "next year"}, "“next year” is not a day"),
    "too long": ("equals", "", {"note": "x" * 5000}, "5000 characters long"),
    "another site": ("equals", "", {"value": "yes", "site": "019b"}, "belongs to site “019b”"),
    "a later revision": ("equals", "", {"value": "yes", "revision": "3"}, "the site is at 2"),
    "no revision": ("equals", "", {"value": "yes", "revision": "two"}, "names revision “two”"),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_a_row_that_can_not_be_taken_says_what_to_do(
    items: dict[str, Item], rows: list[Cells], site: SheetSite, name: str
) -> None:
    kind, column, cells, sentence = ODD[name]
    key = of_kind(items, kind).key
    good = first(items, lambda item: item.criterion.kind == "equals" and item.key != key).key
    found = read(with_cells(with_cells(rows, key, column, **cells), good, value="no"), site)
    assert [each.item for each in found.answers] == [good]
    (problem,) = found.problems
    assert (problem.key, problem.row.number) == (key, number_of(rows, key))
    assert sentence in problem.sentence
    assert problem.sentence[-1] in ".)"
    assert "\n" not in problem.sentence


def test_an_item_that_left_the_site_or_was_never_there_is_named(
    items: dict[str, Item], rows: list[Cells], site: SheetSite
) -> None:
    key = of_kind(items, "equals").key
    for revision, sentence in (("1", "left with a revision after 1"), ("2", "is no item of this site")):
        changed = [
            row | {"key": "gone@F99", "value": "yes", "revision": revision} if row["key"] == key else row
            for row in rows
        ]
        (problem,) = read(changed, site).problems
        assert (problem.key, sentence in problem.sentence) == ("gone@F99", True)


def test_a_sheet_of_an_earlier_revision_says_which_the_author_saw(
    items: dict[str, Item], rows: list[Cells], site: SheetSite
) -> None:
    key = of_kind(items, "equals").key
    earlier = [row | {"revision": "1"} for row in with_cells(rows, key, value="yes")]
    assert [each.revision for each in read(earlier, site).answers] == [1]


def test_a_row_that_is_there_twice_is_not_taken(
    items: dict[str, Item], rows: list[Cells], site: SheetSite
) -> None:
    key = of_kind(items, "equals").key
    filled = with_cells(rows, key, value="yes")
    again = next(row for row in filled if row["key"] == key) | {"value": "no"}
    found = read([*filled, again], site)
    assert found.answers == ()
    assert [each.row.number for each in found.problems] == [number_of(rows, key), len(rows) + 2]
    assert f"Row {number_of(rows, key)} answers the same" in found.problems[1].sentence
    blank = next(row for row in rows if row["key"] == key)
    assert read([*filled, blank], site).problems == ()


def test_a_row_of_readings_is_taken_whole_or_comes_back_whole(
    items: dict[str, Item], rows: list[Cells], site: SheetSite
) -> None:
    item = first(
        items, lambda item: sum(each.criterion.kind == "range" for each in item.criterion.columns) > 1
    )
    filled = with_cells(rows, item.key, note="measured twice")
    for column in item.criterion.columns:
        value = "7,5" if column.criterion.kind == "range" else (*offered(column.criterion), "as drawn")[0]
        filled = with_cells(filled, item.key, column.id, value=value)
    (answer, note) = read(filled, site).answers
    assert [cell["column"] for cell in answer.body["value"]["cells"]] == [
        each.id for each in item.criterion.columns
    ]
    assert note.body == {"text": "measured twice"}
    bad = next(each.id for each in item.criterion.columns if each.criterion.kind == "range")
    found = read(with_cells(filled, item.key, bad, value="lots"), site)
    assert found.answers == ()
    assert len(found.problems) == len(item.criterion.columns) + 1
    wrong = number_of(rows, item.key, bad)
    assert {each.sentence for each in found.problems if each.row.number != wrong} == {
        f"It goes with row {wrong}, which is refused."
    }
    corrected = rows_of(refused_sheet(found.problems))
    assert corrected[0]["problem"].startswith(f"Row {number_of(rows, item.key)}: ")
    assert read(with_cells(corrected, item.key, bad, value="7,5"), site).answers[0].body == answer.body


WHOLE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "The file is empty"),
    "only blank lines": (lambda _: b"\xef\xbb\xbf\r\n;;\r\n", "The file is empty"),
    "huge": (lambda data: data + b"\n" * MAX_BYTES, "larger than 8 MiB"),
    "binary": (lambda _: bytes(range(256)), "is no text"),
    "a workbook": (lambda _: b"PK\x03\x04\0\0", "is a workbook"),
    "Windows-1252": (
        lambda data: data + "x,,Prüfer".encode("cp1252"), "it may be Windows-1252): save it as “CSV UTF-8”",
    ),
    "UTF-16": (lambda data: data.decode("utf-8-sig").encode("utf-16"), "not UTF-8 (line 1, byte 0xFF"),
    "a missing column": (lambda data: data.replace(b"value", b"result", 1), "column value is missing"),
    "a column of its own": (
        lambda data: data.replace(b",instruction,", b",instrctions,", 1), "did you mean instruction?",
    ),
    "a column twice": (lambda data: data.replace(b",limit,", b",unit,", 1), "column unit twice"),
    "an open quote": (lambda data: data + b'"abc', "can't be read as CSV"),
    "a split text": (lambda data: data + b"x," * 40 + b"y", "more cells than there are columns"),
    "another site": (lambda data: data.replace(b"019a-site", b"019b-site"), "belongs to site “019b-site”"),
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_that_is_no_sheet_of_this_site_is_refused_in_a_sentence(
    rows: list[Cells], site: SheetSite, name: str
) -> None:
    change, sentence = WHOLE[name]
    content = change(file_of(rows))
    if name == "UTF-16":
        content = content.replace(b"\0", b"")
    with pytest.raises(SheetError) as refused:
        read_sheet(read_rows(content), site, NOW)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)
    assert refused.value.exit_code == 2


def test_more_rows_than_any_site_has_are_refused(rows: list[Cells], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checklists.sheet_file.MAX_ROWS", 10)
    with pytest.raises(SheetError, match="more than 10 rows"):
        read_rows(file_of(rows))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_a_sentence_or_read(site: SheetSite, content: bytes) -> None:
    with suppress(SheetError):
        read_sheet(read_rows(content), site, NOW)


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_whatever_stands_in_the_cells_every_filled_row_is_taken_or_comes_back(
    data: st.DataObject, items: dict[str, Item], rows: list[Cells], site: SheetSite
) -> None:
    texts = st.one_of(hostile, st.sampled_from(["yes", "3", "2026-11-20", "IT1", "repaired", "1"]))
    columns = st.sampled_from([*FILLED, "site", "revision", "key", "column"])
    filled = [dict(row) for row in rows[:60]]
    for place in data.draw(st.lists(st.integers(0, 59), max_size=8)):
        filled[place][data.draw(columns)] = data.draw(texts)
    read_back = read_rows(file_of(filled))
    found = read_sheet(read_back, site, NOW)
    taken = {each.item for each in found.answers}
    back = {each.row.number for each in found.problems}
    for row in (row for row in read_back if row.is_filled):
        assert (row["key"] in taken) is not (row.number in back)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22T09:14:03.120+01:00", "2026-11-22T09:14:03.120+01:00"),
        ("2026-11-22T08:14:03Z", "2026-11-22T08:14:03.000+00:00"),
        ("2026-11-22 09:14", "2026-11-22T09:14:00.000+01:00"),
        ("22.11.2026 9:14:05", "2026-11-22T09:14:05.000+01:00"),
        ("22-11-2026 09:14", "2026-11-22T09:14:00.000+01:00"),
        ("22/11/2026 09:14", "2026-11-22T09:14:00.000+01:00"),
        ("7/7/2026", "2026-07-07T12:00:00.000+02:00"),
        ("11/22/2026 09:14", "2026-11-22T09:14:00.000+01:00"),
        ("2026-07-01", "2026-07-01T12:00:00.000+02:00"),
        ("7.7.2026", "2026-07-07T12:00:00.000+02:00"),
    ],
)
def test_times_are_read_as_spreadsheets_write_them(text: str, moment: str) -> None:
    assert moment_of(text, "Europe/Berlin", NOW) == moment


def test_today_without_a_time_is_never_later_than_now() -> None:
    morning = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    assert moment_of("2026-11-22", "Europe/Berlin", morning) == "2026-11-22T09:00:00.000+01:00"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("05/11/2026", "write 5.11.2026 or 11.5.2026"),
        ("2026-02-30", "no day of the calendar"),
        ("2026-11-22 25:00", "is not a time"),
        ("2026-11-22 9 o'clock", "is not a time"),
        ("0026-11-22T09:14", "too long ago"),
        ("2026-11-22T09:14:03+01:00:30", "is not a time"),
        ("yesterday", "is not a day"),
        ("9999-12-31T23:59:59+00:00", "has not come yet"),
    ],
)
def test_times_that_are_none_or_two_are_refused(text: str, says: str) -> None:
    with pytest.raises(ReadingError, match=re.escape(says)):
        moment_of(text, "Europe/Berlin", NOW)


def test_a_last_day_is_a_day_alone() -> None:
    assert day_of("1.3.2027") == "2027-03-01"
    with pytest.raises(ReadingError, match="is not a day"):
        day_of("2027-03-01 10:00")
