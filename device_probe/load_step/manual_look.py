"""What rounds show of the stations: how much each draws, where it is calm, what changed. Pure.

Everything is told by the stations' own readings, so it holds whatever was asked for and whoever did it.
"""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from device_probe.kept import Kept
from device_probe.load_step.steps import LEAST_ROUNDS, Hold, Round, powers
from device_probe.model import SitePlan

LEAST_CHANGE_W = 3.0 * 230.0  # of a station's own power, for it to count
CHANGE_SHARE = 0.25  # of what it draws: less is a battery that gets full, or a fast charger's unrest
CALM_W, CALM_SHARE = LEAST_CHANGE_W / 2, 0.05  # from one round to the next
DRIFT_SHARE = 0.1  # since a stretch began
LEAST_BETWEEN_MOVES = 4  # rounds
MOST_OF_A_PART = 12  # rounds
_POWERS: Kept["Powers"] = Kept()
Powers = Mapping[str, float]  # W by tag; a station that told nothing is not in it


@dataclass(frozen=True, slots=True)
class Change:
    """One station that draws more or less than before."""

    tag: str
    before_w: float
    after_w: float

    @property
    def up(self) -> bool:
        """Return True when it draws more."""
        return self.after_w > self.before_w


@dataclass(frozen=True, slots=True)
class Calm:
    """Rounds between which no station moved, and what each station drew."""

    hold: Hold
    powers: Powers


def power_in(plan: SitePlan, one: Round, tag: str) -> float | None:
    """Return what a device draws in a round, in W; None when it did not tell."""
    if tag not in one.samples:
        return None
    phases, _ = powers(one.samples[tag], plan.voltage_v / math.sqrt(3))
    known = [value.real for value in phases if value is not None]
    return sum(known) if known else None


def stations_of(plan: SitePlan) -> tuple[str, ...]:
    """Return the tags of all stations, in the order of the plan."""
    return tuple(device.tag for device in plan.devices if device.role == "station")


def powers_in(plan: SitePlan, one: Round) -> Powers:
    """Return what every station draws in a round, in W."""

    def told() -> Powers:
        found = ((tag, power_in(plan, one, tag)) for tag in stations_of(plan))
        return {tag: power for tag, power in found if power is not None}

    return _POWERS.get(one, plan.voltage_v, told)


def levels(plan: SitePlan, rounds: Iterable[Round]) -> Powers:
    """Return the middle of what every station drew in some rounds, in W."""
    found: dict[str, list[float]] = {}
    for one in rounds:
        for tag, power in powers_in(plan, one).items():
            found.setdefault(tag, []).append(power)
    return {tag: statistics.median(each) for tag, each in found.items()}


def changes(before: Powers, after: Powers) -> tuple[Change, ...]:
    """Return the stations whose power changed by enough to count; one that told nothing is none of them."""
    both = ((tag, before[tag], after[tag]) for tag in before if tag in after)
    return tuple(Change(tag, b, a) for tag, b, a in both if counts(b, a))


def counts(before_w: float, after_w: float) -> bool:
    """Return True when a change of power counts as one."""
    return abs(after_w - before_w) >= max(LEAST_CHANGE_W, CHANGE_SHARE * max(before_w, after_w))


def moves_between(before: Powers, after: Powers, least_w: float, share: float) -> bool:
    """Return True when some station has gone further than that."""
    return any(
        tag in before and abs(power - before[tag]) >= max(least_w, share * abs(before[tag]))
        for tag, power in after.items()
    )


def calm_parts(plan: SitePlan, rounds: Sequence[Round]) -> tuple[Calm, ...]:
    """Return the stretches of some rounds in which no station moved.

    A car that stops by itself in the middle parts them, so what it did is a step like any other. Meters and
    stations aren't read in the same moment: the rounds on both sides of a move belong to neither. A short
    stretch within a ramp shows nothing well.
    """
    parts = _parted(plan, rounds)
    least = LEAST_ROUNDS if len(parts) == 1 else LEAST_BETWEEN_MOVES
    found = []
    for number, part in enumerate(parts):
        if len(part) >= least:
            lead = 0 if number == 0 else 2 if len(part) >= least + 2 else 1
            chosen = _thinned(part[lead : None if number == len(parts) - 1 else -1])
            some = tuple(rounds[k] for k in chosen)
            found.append(Calm(Hold(frozenset(), some), levels(plan, some)))
    return tuple(found)


def calm_tail(plan: SitePlan, rounds: Sequence[Round]) -> tuple[Round, ...]:
    """Return the newest rounds, since a station moved last."""
    return tuple(rounds[k] for k in _parted(plan, rounds)[-1])


def _parted(plan: SitePlan, rounds: Sequence[Round]) -> list[list[int]]:
    """Part rounds where a station jumps, or has gone far since the part began: slow ramps, full batteries."""
    parts: list[list[int]] = [[]]
    first: Powers = {}
    before: Powers = {}
    for number, one in enumerate(rounds):
        now = powers_in(plan, one)
        if moves_between(before, now, CALM_W, CALM_SHARE) or moves_between(
            first, now, LEAST_CHANGE_W, DRIFT_SHARE
        ):
            parts.append([])
            first = now
        parts[-1].append(number)
        first, before = {**now, **first}, {**before, **now}
    return parts


def _thinned(part: list[int]) -> list[int]:
    """Return all rounds near the ends, and some in between: a person may take his time."""
    if len(part) <= MOST_OF_A_PART:
        return part
    ends = MOST_OF_A_PART // 4
    middle = part[ends:-ends]
    step = len(middle) / (MOST_OF_A_PART - 2 * ends)
    return [*part[:ends], *(middle[int(k * step)] for k in range(MOST_OF_A_PART - 2 * ends)), *part[-ends:]]
