"""The drawings of a pack in the order in which a reader wants them: one-line sheets, then the layout plan."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from reports.svg import taller_than_wide

_NAME = re.compile(r"(one-line|layout)(?:-(\d{1,4}))?\Z")
#: How packs before the drawings had pages named the one-line diagram.
_SINGLE = "one_line"
_TITLES = {"one-line": "One-line diagram", "layout": "Layout plan"}


@dataclass(frozen=True, slots=True)
class DrawingSheet:
    """One drawing on a page of its own; ``name`` is its key among the figures of the pack."""

    name: str
    title: str
    tall: bool


def sheets(figures: Mapping[str, str]) -> tuple[DrawingSheet, ...]:
    """Return the drawings among a pack's figures; of an older pack the one sheet named ``one_line``.

    Figures of any other name come last, by name: nothing that a pack holds is left unprinted.
    """
    ordered = sorted(figures, key=_order)
    counts = {kind: sum(_kind(name) == kind for name in ordered) for kind in _TITLES}
    return tuple(
        DrawingSheet(name, _title(name, counts), taller_than_wide(figures[name])) for name in ordered
    )


def _kind(name: str) -> str:
    found = _NAME.match(name)
    return "one-line" if name == _SINGLE else found[1] if found else ""


def _order(name: str) -> tuple[int, int, str]:
    found = _NAME.match(name)
    kinds = [*_TITLES, ""]
    return kinds.index(_kind(name)), int(found[2] or 0) if found else 0, name


def _title(name: str, counts: Mapping[str, int]) -> str:
    kind, found = _kind(name), _NAME.match(name)
    if not kind:
        return name.replace("_", " ").replace("-", " ")
    number = found[2] if found else None
    if kind == "layout":
        return f"Layout plan, part {number}" if number else "Layout plan"
    return f"One-line diagram, page {number} of {counts[kind]}" if counts[kind] > 1 else "One-line diagram"
