"""A day on paper: what is exported, filled in and read again says the same."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checklists.answers import offered
from checklists.merge import fold
from checklists.model import Checklist, Item, KeptOperation, Operation
from checklists.sheet import COLUMNS, FILLED, defused, restored, separator_for, short, write_sheet
from checklists.sheet_answers import Proposal, SheetSite, read_sheet
from checklists.sheet_file import read_rows
from tests.checklists.filled_sheets import (
    NOW,
    SITE,
    Cells,
    file_of,
    hostile,
    of_kind,
    read,
    rows_of,
    with_cells,
)

readings = st.decimals(0, 900, places=2).map(lambda number: str(number).replace(".", ","))
readings = st.one_of(readings, st.sampled_from([">999", "0,5 MΩ", "< 0.01"]))


def test_there_is_a_row_for_every_item_and_every_column_of_a_row(
    checklists: tuple[Checklist, ...], items: dict[str, Item], rows: list[Cells]
) -> None:
    expected = [
        (key, column)
        for key, item in items.items()
        for column in ("", *(each.id for each in item.criterion.columns))
    ]
    assert [(row["key"], row["column"]) for row in rows] == expected
    assert {(row["site"], row["revision"]) for row in rows} == {(SITE, "2")}
    assert {row["checklist"] for row in rows} == {checklist.id for checklist in checklists}
    assert all(not row[column] for row in rows for column in FILLED)
    assert all(len(row["instruction"]) <= 162 for row in rows)


def test_a_row_says_what_to_do_and_how_to_answer(items: dict[str, Item], rows: list[Cells]) -> None:
    row = next(row for row in rows if row["key"].startswith("insulation-resistance@F01"))
    assert row["phase"] == "Dead tests"
    assert (row["unit"], row["limit"], row["answer"]) == ("MΩ", "≥ 1.0 MΩ", "a number")
    assert row["instrument"].startswith("Insulation tester")
    choice = of_kind(items, "one_of")
    offered_here = next(row for row in rows if row["key"] == choice.key)["answer"]
    assert offered_here == " / ".join(offered(choice.criterion))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_comma_semicolon_and_tab_read_alike(
    items: dict[str, Item], rows: list[Cells], site: SheetSite, separator: str
) -> None:
    key = of_kind(items, "range").key
    filled = with_cells(rows, key, value="0,05", note="a,b; c\td")
    found = read_sheet(read_rows(file_of(filled, separator)), site, NOW)
    assert [each.kind for each in found.answers] == ["answer", "note"]
    assert found.answers[0].body["value"]["decimal"] == "0.05"
    assert found.answers[1].body["text"] == "a,b; c\td"


def test_columns_may_stand_in_any_order_and_those_for_people_may_go(
    items: dict[str, Item], rows: list[Cells], site: SheetSite
) -> None:
    key = of_kind(items, "equals").key
    filled = with_cells(rows, key, value="YES")
    kept = [
        {name.upper(): row[name] for name in reversed(COLUMNS) if name not in ("title", "limit", "checklist")}
        for row in filled
    ]
    assert read(kept, site).answers[0].body == {"value": {"type": "choice", "raw": "yes"}}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''-1"])
def test_a_formula_is_defused(text: str) -> None:
    assert (defused(text), restored(f"'{text}")) == (f"'{text}", text)


@given(st.text(max_size=40))
def test_no_cell_begins_as_a_formula_and_each_comes_back_as_it_was(text: str) -> None:
    assert restored(defused(text)) == text
    assert not defused(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_was_filled_in_is_what_is_read(
    data: st.DataObject, items: dict[str, Item], rows: list[Cells], site: SheetSite
) -> None:
    chosen = data.draw(st.lists(st.sampled_from(sorted(items)), min_size=1, max_size=6, unique=True))
    filled, expected = rows, {}
    for key in chosen:
        cells = {column: data.draw(answer_for(items[key], column)) for column in columns_of(items[key])}
        note = data.draw(st.one_of(st.just(""), hostile))
        for column, text in cells.items():
            filled = with_cells(filled, key, column, value=text)
        filled = with_cells(filled, key, note=note)
        expected[key] = ({column: text for column, text in cells.items() if text}, note)
    found = read(filled, site)
    assert found.problems == ()
    assert said(found.answers) == {key: said for key, said in expected.items() if any(said)}


def columns_of(item: Item) -> tuple[str, ...]:
    return tuple(each.id for each in item.criterion.columns) or ("",)


def answer_for(item: Item, column: str) -> st.SearchStrategy[str]:
    """Return what a person may write into a cell; nothing where paper can't answer."""
    criterion = next((each.criterion for each in item.criterion.columns if each.id == column), item.criterion)
    if criterion.kind in ("photo", "signature", "probe"):
        return st.just("")
    if criterion.kind == "range":
        # Ohms may carry their prefix; elsewhere the number stands alone.
        return readings if criterion.unit.endswith("Ω") else readings.filter(lambda text: "Ω" not in text)
    return st.sampled_from(offered(criterion)) if offered(criterion) else hostile


def said(answers: tuple[Proposal, ...]) -> dict[str, tuple[Cells, str]]:
    """Return what was entered by column, and the note, of each item."""
    found: dict[str, tuple[Cells, str]] = {}
    for each in answers:
        entered, note = found.get(each.item, ({}, ""))
        value = each.body.get("value")
        if value is not None:
            cells = value.get("cells", [{"column": "", "raw": value["raw"]}])
            entered = {cell["column"]: cell["raw"] for cell in cells}
        found[each.item] = (entered, each.body.get("text", note))
    return found


def test_what_stands_on_record_is_exported_filled_and_says_the_same(
    checklists: tuple[Checklist, ...], items: dict[str, Item], site: SheetSite
) -> None:
    kept = list(everything_answered(items))
    states = fold(items.values(), kept)
    text = write_sheet(SITE, 2, checklists, states, filled=True, separator=";")
    found = read_sheet(read_rows(text.encode("utf-8-sig")), site, NOW)
    assert found.problems == ()
    recorded = {each.operation.item: each.operation for each in kept}
    assert {each.item for each in found.answers} == set(recorded)
    for each in found.answers:
        operation = recorded[each.item]
        assert (each.kind, each.body) == (operation.kind, operation.body)
        assert datetime.fromisoformat(each.recorded_at) == datetime.fromisoformat(operation.recorded_at)
    blank = rows_of(write_sheet(SITE, 2, checklists, states))
    assert {row["status"] for row in blank} > {"open", "passed", "failed", "not_applicable"}
    assert all(not row[column] for row in blank for column in FILLED)


def everything_answered(items: Mapping[str, Item]) -> Iterator[KeptOperation]:
    for number, item in enumerate(items.values(), 1):
        kind, body = recorded_at(item)
        if body:
            recorded = f"2026-11-{number % 20 + 1:02}T09:14:03.120+01:00"
            operation = Operation(
                f"0193-{number}", SITE, item.key, kind, body, (), "t", "k", number, recorded, revision=2
            )
            yield KeptOperation(operation, "kim", number, recorded)


def recorded_at(item: Item) -> tuple[Any, dict[str, Any]]:
    """Return an operation as a tablet makes it; {} where paper can't answer."""
    criterion = item.criterion
    if criterion.kind in ("photo", "signature", "probe"):
        return "answer", {}
    if item.key.endswith("@GRID") and criterion.kind == "equals":
        return "not_applicable", {"reason": "-not here"}
    value: dict[str, Any] = {"type": "text", "raw": "=as drawn"}
    if criterion.kind == "range":
        value = {"type": "measured", "raw": "0,420", "decimal": "0.420", "unit": criterion.unit, "bound": ""}
    elif offered(criterion):
        value = {"type": "choice", "raw": offered(criterion)[-1]}
    elif criterion.kind == "document":
        value = {"type": "document", "raw": "GO-1204", "expires": "2027-03-01"}
    elif criterion.kind == "table":
        value = row_recorded(item)
    return "answer", {"value": value} | ({"instrument": "IT1"} if item.instrument else {})


def row_recorded(item: Item) -> dict[str, Any]:
    cells: list[dict[str, str]] = []
    for column in item.criterion.columns:
        words = offered(column.criterion)
        cell = {"column": column.id, "raw": words[0] if words else "7.5"}
        if column.criterion.kind == "range":
            cell |= {"decimal": "7.5", "unit": column.criterion.unit, "bound": ""}
        cells.append(cell)
    line = "; ".join(
        f"{column.title} {cell['raw']} {cell.get('unit', '')}".strip()
        for column, cell in zip(item.criterion.columns, cells, strict=True)
    )
    return {"type": "table", "raw": line, "cells": cells}


def test_an_instrument_is_named_by_its_id_or_serial_number_and_a_time_is_that_of_the_site(
    items: dict[str, Item], rows: list[Cells], site: SheetSite
) -> None:
    key = of_kind(items, "range").key
    cells = {"instrument_id": "SN-0042", "because": "Repaired", "recorded_at": "22.11.2026 14:05"}
    (found,) = read(with_cells(rows, key, value="0.05", **cells), site).answers
    assert (found.body["instrument"], found.body["because"]) == ("IT1", "repaired")
    assert (found.recorded_at, found.revision) == ("2026-11-22T14:05:00.000+01:00", 2)


def test_spreadsheets_of_a_country_get_their_separator() -> None:
    assert (separator_for("DE"), separator_for("GB"), separator_for("US")) == (";", ",", ",")


def test_an_instruction_is_cut_at_a_sentence() -> None:
    assert short("Push it. " * 4 + "It does not move.", 40) == "Push it. Push it. Push it. Push it."
    assert short("word " * 60, 20) == "word word word word …"
