"""The short way through the door for operations as tablets make them.

``read_plain`` takes what it is sure of and leaves everything else to the schema, which decides and says what
is wrong. It must never take what the schema refuses; tests/checklists/test_checklists_plain.py holds them
together.
"""

import re
from collections.abc import Mapping
from typing import Any

from checklists.errors import ReadingError
from checklists.fields import DECIMAL, PLAIN_ID, SAFE_INTEGER, STEP, TAG, THUMBPRINT, UUID, UUID7
from checklists.model import Operation
from checklists.readings import parse_value

_NAMES = frozenset(
    ("schema", "id", "site", "item", "kind", "body", "base", "tablet", "key", "seq", "recorded_at")
)
_VALUE = frozenset(("type", "raw", "decimal", "unit", "bound"))
_ANSWER = frozenset(("value", "instrument", "because"))
_PATTERNS = {
    "id": re.compile(UUID7).fullmatch,
    "site": re.compile(PLAIN_ID).fullmatch,
    "item": re.compile(rf"(?=.{{1,120}}\Z){STEP}@{TAG}").fullmatch,
    "tablet": re.compile(UUID).fullmatch,
    "key": re.compile(THUMBPRINT).fullmatch,
    "recorded_at": re.compile(
        # Days that every month has: the rest is left to the calendar of the schema.
        r"(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d"
        r"(?:\.\d{3})?(?:Z|[+-](?:0\d|1\d):[0-5]\d)",
        re.ASCII,
    ).fullmatch,
}
_uuid7 = _PATTERNS["id"]
_plain_id = _PATTERNS["site"]
_decimal = re.compile(DECIMAL).fullmatch
_unstorable = re.compile("[\x00\ud800-\udfff]").search


def read_plain(raw: Any) -> Operation | None:
    """Return the operation of JSON that is surely one; None when the schema has to look."""
    if type(raw) is not dict or raw.keys() != _NAMES or raw["schema"] != 1 or type(raw["schema"]) is not int:
        return None
    if not all(type(raw[name]) is str and fits(raw[name]) for name, fits in _PATTERNS.items()):
        return None
    base, seq = raw["base"], raw["seq"]
    if type(seq) is not int or not 1 <= seq <= SAFE_INTEGER or not _is_base(base, raw["id"]):
        return None
    kind, body = raw["kind"], raw["body"]
    if type(kind) is not str or type(body) is not dict or not _is_body(kind, body):
        return None
    return Operation(
        raw["id"], raw["site"], raw["item"], kind, body, tuple(base), raw["tablet"], raw["key"], seq,  # type: ignore[arg-type]
        raw["recorded_at"],
    )  # fmt: skip


def _is_base(base: Any, own: str) -> bool:
    if type(base) is not list or len(base) > 64:
        return False
    if not all(type(each) is str and _uuid7(each) for each in base):
        return False
    return own not in base and base == sorted(set(base))


def _is_body(kind: str, body: Mapping[str, Any]) -> bool:
    if kind == "answer":
        return _is_answer(body)
    if kind == "note":
        return body.keys() == {"text"} and _is_text(body["text"], 4000)
    return kind == "retract" and not body


def _is_answer(body: Mapping[str, Any]) -> bool:
    if not (body.keys() <= _ANSWER and "value" in body):
        return False
    instrument = body.get("instrument")
    if instrument is not None and not (type(instrument) is str and _plain_id(instrument)):
        return False
    if "because" in body and body["because"] not in ("mistyped", "repaired", "repeated"):
        return False
    return _is_value(body["value"])


def _is_value(value: Any) -> bool:
    if type(value) is not dict or not (value.keys() <= _VALUE and "type" in value and "raw" in value):
        return False
    raw, unit, decimal, bound = (value.get(each, "") for each in ("raw", "unit", "decimal", "bound"))
    if not _is_text(raw, 2000) or type(unit) is not str or len(unit) > 16 or _unstorable(unit):
        return False
    if value["type"] in ("choice", "text"):
        return not unit and bound == "" and value.get("decimal") is None
    if value["type"] != "measured" or type(decimal) is not str or not _decimal(decimal):
        return False
    try:
        parsed = parse_value(raw, unit)
    except ReadingError:
        return False
    return (parsed.decimal, parsed.bound) == (decimal, bound)


def _is_text(text: Any, longest: int) -> bool:
    return type(text) is str and len(text) <= longest and bool(text.strip()) and not _unstorable(text)
