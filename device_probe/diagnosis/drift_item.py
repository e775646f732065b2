"""One thing that moved between two reports of a site. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "device", "identity", "setting", "plan", "wiring", "phases", "voltage", "distortion", "harmonic",
    "balance",
]  # fmt: skip
Told = float | str | None


@dataclass(frozen=True, slots=True)
class Moved:
    """What moved: before, now, how much counts as moved, and what to do."""

    kind: Kind
    tag: str
    quantity: str
    before: Told
    now: Told
    unit: str
    threshold: float | None  # of the change, in ``unit``; None: any change counts
    sentence: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Open:
    """What could not be compared, and why."""

    tag: str
    quantity: str
    reason: str


Compared = tuple[list[Moved], list[Open]]


def joined(found: Sequence[Compared]) -> Compared:
    """Return everything that several comparisons found."""
    return [m for moved, _ in found for m in moved], [o for _, still_open in found for o in still_open]


def number(value: float) -> str:
    """Return a value as people read it."""
    return f"{value:.4g}"
