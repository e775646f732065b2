"""What one check says about the values of a snapshot."""

from dataclasses import dataclass
from typing import Literal

# "range": one value against what is possible; "within": values of one kind against one another, right at any
# scale; "across": voltage, current and power against one another; "setting": a setting against the plan
Sort = Literal["range", "within", "across", "setting"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A check that holds (and is evidence that the registers are read right) or does not."""

    name: str
    quantities: tuple[str, ...]  # all that together contradict, or that bear one another out
    holds: bool
    sort: Sort = "range"
    words: str = ""


def contradicted(
    name: str, quantities: tuple[str, ...], words: str, sort: Sort = "range"
) -> tuple[Outcome, ...]:
    """Return the outcome of a check that does not hold."""
    return (Outcome(name, quantities, False, sort, words),)


def borne_out(name: str, quantities: tuple[str, ...], sort: Sort = "range") -> tuple[Outcome, ...]:
    """Return the outcome of a check that holds and would hardly do so by chance."""
    return (Outcome(name, quantities, True, sort),)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Readings that cannot be true, all together, and why."""

    quantities: tuple[str, ...]
    words: str
    decoding: bool  # voltage, current, power or frequency: nothing may be judged before it is cleared
