"""What stands in one cell of a form or a spreadsheet as the type that its parameter wants.

What can't be read as that type stays text, so that the design refuses it with its own sentence.
"""

import re
from typing import Any

from designs.standard_design import Parameter

_WHOLE = re.compile(r"[+-]?(?:0|[1-9][0-9]{0,14})\Z")
_NUMBER = re.compile(r"[+-]?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?\Z")
_FLAGS = {"true": True, "yes": True, "false": False, "no": False}


def typed(parameter: Parameter, text: str) -> Any:
    """Return a cell's value, None for an empty one; a number with a unit stays text for the design."""
    text = text.strip()
    if not text:
        return None
    if parameter.kind == "flag":
        return _FLAGS.get(text.casefold(), text)
    if parameter.kind == "numbers":
        return whole_numbers(text)
    if parameter.kind == "integer" or (parameter.kind == "number" and _WHOLE.match(text)):
        return int(text) if _WHOLE.match(text) else text
    if parameter.kind == "number" and _NUMBER.match(text):
        return float(text)
    return text


def whole_numbers(text: str) -> list[int] | str:
    """Return a list such as ``3 7`` or ``3, 7``; what is no list of whole numbers stays text."""
    parts = re.split(r"[\s,;]+", text.strip().strip("[]").strip())
    return [int(part) for part in parts if part] if all(map(_WHOLE.match, filter(None, parts))) else text


def row_key(text: str) -> int | str:
    """Return the key of a table row: a number, or a tag."""
    return int(text) if _WHOLE.match(text) else text
