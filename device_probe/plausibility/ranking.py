"""Which of several mistakes explains most, and which explain as much as one another. Pure."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from device_probe.plausibility.measured import Values
from device_probe.plausibility.mistakes import Mistake

RIVAL_SHARE = 0.4  # of the checks that the best one makes hold, as far as its registers were recorded
EXACT = 1e-7  # no meter is better
MORE_EXACT = 8.0  # times, before exactness decides between rivals
ALIKE = 0.01
PHASES = ("l1", "l2", "l3")
SUMS = (
    ("active_power_", PHASES, "active_power_total", 1),
    ("reactive_power_", PHASES, "reactive_power_total", 1),
    ("current_", PHASES, "current_avg", 3),
    ("current_", PHASES, "current_sum", 1),
    ("voltage_", ("l1_n", "l2_n", "l3_n"), "voltage_ln_avg", 3),
    ("voltage_", ("l1_l2", "l2_l3", "l3_l1"), "voltage_ll_avg", 3),
)


@dataclass(frozen=True, slots=True)
class Trial:
    """A mistake put right: how many checks hold and fail then, and the values that come out."""

    mistake: Mistake
    held: int
    failed: int
    values: Values


def best_of(trials: Iterable[Trial]) -> list[Trial]:
    """Return the trials that explain most with the fewest mistakes; several when they explain as much."""
    ranked = sorted(trials, key=lambda t: (t.mistake.cost, t.failed, -t.held))
    if not ranked:
        return []
    most = max(ranked, key=lambda t: t.held)
    strong = [trial for trial in ranked if trial.held >= RIVAL_SHARE * most.held * _coverage(trial, most)]
    found: list[Trial] = []
    for trial in strong:
        rival = trial.mistake.cost == strong[0].mistake.cost and trial.failed == strong[0].failed
        if rival and not any(_same(trial, other) for other in found):
            found.append(trial)
    return found


def most_exact(rivals: list[Trial]) -> list[Trial]:
    """Return those rivals whose sums and means come out most exactly.

    An address that is off by one makes a floating-point number of the halves of two neighbours, which looks
    like the other word order: nearly right, but no sum is exact.
    """
    missed = [_missed(trial.values) for trial in rivals]
    common = set.intersection(*(set(one) for one in missed)) if missed else set()
    together = [sum(math.log10(one[name]) for name in common) for one in missed]
    # where little can be compared: each by all that it has itself
    alone = [sum(map(math.log10, one.values())) / len(one) if one else 0.0 for one in missed]
    for scores in (together, alone):
        limit = min(scores, default=0.0) + math.log10(MORE_EXACT)
        chosen = [trial for trial, score in zip(rivals, scores, strict=True) if score <= limit]
        if len(chosen) < len(rivals):
            return chosen
    return rivals


def _missed(values: Values) -> dict[str, float]:
    """Return how far sums, means and products miss what they must be, as a share."""
    return {
        name: max(EXACT, abs(said - expected) / abs(expected))
        for name, said, expected in _exact_pairs(values)
        if expected
    }


def _exact_pairs(values: Values) -> Iterable[tuple[str, float, float]]:
    """Yield a total, mean or product as read, with what the other values make of it."""
    for stem, ends, whole, count in SUMS:
        parts = [values[name].value for end in ends if (name := f"{stem}{end}") in values]
        if whole in values and len(parts) == len(ends):
            yield whole, values[whole].value, sum(parts) / count
    for phase in PHASES:
        names = (f"apparent_power_{phase}", f"voltage_{phase}_n", f"current_{phase}")
        if all(name in values for name in names):
            yield names[0], values[names[0]].value, values[names[1]].value * values[names[2]].value


def _coverage(trial: Trial, most: Trial) -> float:
    """Return the share of the values that a trial could decode: at other addresses less was recorded."""
    return min(1.0, len(trial.values) / len(most.values))


def same_values(one: Trial, other: Trial) -> bool:
    """Return True when the values that come out are alike."""
    common = one.values.keys() & other.values.keys()
    return bool(common) and all(
        math.isclose(one.values[n].value, other.values[n].value, rel_tol=ALIKE, abs_tol=1e-9) for n in common
    )


def _same(one: Trial, other: Trial) -> bool:
    """Two ways to say the same thing: one kind of mistake, and the values that come out are alike."""
    if one.mistake.kind != other.mistake.kind or one.mistake.kind == "scale":
        return False
    return same_values(one, other)
