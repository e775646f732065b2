"""The short ways: an operation that is surely one, and JSON that the standard library writes canonically."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from checklists.canonical import canonical_json
from checklists.errors import ContractError
from checklists.fields import load
from checklists.model import Operation
from checklists.operation_schema import OperationSchema, load_operation
from checklists.plain_operation import read_plain

VECTORS = Path(__file__).parent.parent / "vectors"
OPERATIONS = [each["op"] for each in json.loads((VECTORS / "operations.json").read_text("utf-8"))]
ANSWER = {
    "schema": 1,
    "id": "01936f5e-7c1a-7a52-8b1e-1f5a3a2b4c5d",
    "site": "01a2047c-9e07-71f0-a035-4959ba8ec143",
    "item": "insulation-resistance@F03",
    "kind": "answer",
    "body": {
        "value": {"type": "measured", "raw": ">999", "decimal": "999", "unit": "MΩ", "bound": "above"},
        "instrument": "IT-1",
        "because": "repaired",
    },
    "base": ["01936f5e-7c1a-7a52-8b1e-1f5a3a2b4c5a", "01936f5e-7c1a-7a52-8b1e-1f5a3a2b4c5b"],
    "tablet": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "key": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
    "seq": 12,
    "recorded_at": "2026-11-22T09:14:03.120+01:00",
}
NOTE = ANSWER | {"kind": "note", "body": {"text": "looked"}}
RETRACT = ANSWER | {"kind": "retract", "body": {}}
#: What might stand in any place: wrong types, near misses, and what other places hold.
STRANGE = (
    None, True, False, 0, 1, -1, 1.0, 2**53, "", " ", "x", "yes", "\x00", "\ud800", "é" * 3000, [], {},
    [None], {"a": 1}, ["01936f5e-7c1a-7a52-8b1e-1f5a3a2b4c5d"], "2026-02-30T09:14:03.120+01:00", "2026-11-22",
    "0.42",
    "-0", "1e5", "٣", "2026-11-22T09:14:03.120+24:00", "measured", "choice", "above", "a@B\n", "IT-1\n",
    "0000-01-01T00:00:00.000Z", "insulation-resistance@F03\n", "Ω" * 17,
)  # fmt: skip


def by_schema(document: Any) -> Operation | None:
    """Return what the schema alone says."""
    try:
        return load(OperationSchema, copy.deepcopy(document), "operation", Operation)
    except ContractError:
        return None


def places(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(document, (dict, list)):
        for key, value in document.items() if isinstance(document, dict) else enumerate(document):
            found += places(value, (*path, key))
    return found


def changed(document: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    made = copy.deepcopy(document)
    inner: Any = made
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return made


@pytest.mark.parametrize("document", [ANSWER, NOTE, RETRACT], ids=["answer", "note", "retract"])
def test_what_tablets_make_takes_the_short_way_and_is_the_same(document: dict[str, Any]) -> None:
    assert read_plain(document) == by_schema(document) == load_operation(document)
    assert read_plain(document) is not None


@pytest.mark.parametrize("document", OPERATIONS, ids=lambda each: each["kind"])
def test_operations_of_the_vectors_are_read_alike(document: dict[str, Any]) -> None:
    assert load_operation(document) == by_schema(document)


def test_the_short_way_takes_nothing_that_the_schema_refuses() -> None:
    """Every place of three operations with everything strange in it, left out, and with a key too many."""
    taken = 0
    for document in (ANSWER, NOTE, RETRACT):
        for path in places(document):
            for strange in STRANGE:
                made = changed(document, path, strange)
                found = read_plain(made)
                assert found is None or found == by_schema(made), (path, strange)
                taken += found is not None
                more = changed(document, (*path[:-1], "more"), strange) if isinstance(path[-1], str) else made
                assert read_plain(more) is None or more == made
            short = copy.deepcopy(document)
            inner: Any = short
            for key in path[:-1]:
                inner = inner[key]
            del inner[path[-1]]
            found = read_plain(short)
            assert found is None or found == by_schema(short), path
    assert taken > 20


def test_an_operation_is_its_own_once_loaded() -> None:
    document = copy.deepcopy(ANSWER)
    loaded = load_operation(document)
    document["body"]["value"]["raw"] = "0"
    assert loaded.body["value"]["raw"] == ">999"  # type: ignore[index]


KEYS = st.text(st.characters(codec="utf-8"), max_size=4) | st.sampled_from(
    ["", "a", "ä", "\U0001f600", "\ufb33"]
)
PLAIN = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(width=32) | st.text(max_size=6)
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


@given(VALUES)
@settings(max_examples=300, deadline=None)
def test_the_canonical_form_is_that_of_rfc_8785(value: Any) -> None:
    try:
        expected = rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        with pytest.raises(ContractError):
            canonical_json(value)
    else:
        assert canonical_json(value) == expected
