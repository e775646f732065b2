"""Whether a station follows its set-point, and falls back when it is left alone. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from device_probe.diagnosis.evidence import Sample
from device_probe.load_step.record import KnownLoad, LeftAlone
from device_probe.load_step.result import FollowResult, Judged
from device_probe.load_step.steps import Hold

TOLERANCE_A = 0.7
BACK_SHARE = 0.85  # of what it drew: then a station counts as back
LEAST_DROP_A = 3.0  # of a fall-back whose failsafe current no register tells
GIVEN = 1.0  # what `life_bit` reads when somebody has just given a life sign


def drawn_in(sample: Sample | None) -> float | None:
    """Return the largest current that a station draws on any phase, None when it tells none."""
    told = (sample.number(f"current_l{k}") for k in (1, 2, 3)) if sample else ()
    return max((abs(value) for value in told if value is not None), default=None)


def arrived(load: KnownLoad, now: float, lowered: bool) -> bool:
    """Return True when a station draws what it was set to, or draws again after it was set back."""
    if lowered:
        return now <= 1.05 * load.low_a + TOLERANCE_A
    return now >= BACK_SHARE * load.drawn_a


def following_of(
    holds: Sequence[Hold], loads: Iterable[KnownLoad], within_s: float
) -> tuple[FollowResult, ...]:
    """Judge how each station followed its set-point down: the first time, or the first time it did not."""
    found = []
    for load in loads:
        judged = [
            _followed(load, hold, within_s)
            for before, hold in pairwise(holds)
            if load.tag in hold.lowered - before.lowered and hold.changed_at_s is not None
        ]
        if judged:
            found.append(next((each for each in judged if each.judged.verdict == "fail"), judged[0]))
    return tuple(found)


def _followed(load: KnownLoad, hold: Hold, within_s: float) -> FollowResult:
    after, seconds = None, None
    for one in hold.following:
        now = drawn_in(one.samples.get(load.tag))
        after = after if now is None else now
        if now is not None and arrived(load, now, lowered=True):
            seconds = round(one.at_s - (hold.changed_at_s or 0.0), 1)
            break
    words = f"{load.tag} was lowered to {load.low_a:.3g} A"
    if seconds is None:
        now_words = "tells no current" if after is None else f"still draws {after:.1f} A"
        action = f"Check load management and control mode of {load.tag}."
        judged = Judged("fail", 1.0, f"{words} and {now_words} after {within_s:g} s.", action)
    else:
        judged = Judged("pass", 1.0, f"{words} and followed within {seconds:.1f} s.")
    return FollowResult(load.tag, load.low_a, load.drawn_a, after, seconds, judged)


def fell_back(alone: LeftAlone, before: Sample | None, after: Sample | None) -> FollowResult:
    """Judge what a station drew after nobody had spoken to it longer than its timeout."""
    was, now = drawn_in(before), drawn_in(after)
    judged = _fall_back(alone, was, now, after)
    seconds = alone.to_s - alone.from_s
    return FollowResult(alone.tag, alone.failsafe_a, was or 0.0, now, round(seconds, 1), judged, "fall_back")


def _fall_back(alone: LeftAlone, was: float | None, now: float | None, after: Sample | None) -> Judged:
    tag, failsafe = alone.tag, alone.failsafe_a
    if alone.timeout_s == 0:
        action = f"Set a communication timeout at {tag} with the maker's own tool."
        return Judged("fail", 1.0, f"{tag} has a communication timeout of 0: it never falls back.", action)
    if was is None or was <= (LEAST_DROP_A if failsafe is None else failsafe + 2 * TOLERANCE_A):
        words = f"{tag} drew no more than its failsafe current, so a fall-back could not show."
        return Judged("inconclusive", 0.0, words, f"Charge more at {tag}, then repeat with --fall-back.")
    waited = f"{alone.to_s - alone.from_s:.0f} s {_WITHOUT[alone.need]}"
    goal = was - LEAST_DROP_A if failsafe is None else failsafe + TOLERANCE_A
    if now is not None and now <= goal:
        return Judged("pass", 1.0, f"{tag} fell back from {was:.1f} A to {now:.1f} A after {waited}.")
    said = "tells no current" if now is None else f"still draws {now:.1f} A"
    if after is not None and after.number("life_bit") == GIVEN:
        words = f"{tag} {said}, but somebody else gives it a life sign."
        return Judged("inconclusive", 0.0, words, "Stop the load management first, then repeat.")
    aim = "less than before" if failsafe is None else f"{failsafe:g} A"
    action = f"Check the fall-back settings of {tag}, and that no other client speaks to it."
    return Judged("fail", 1.0, f"{tag} {said} after {waited}, not {aim}.", action)


def fall_backs_of(
    left_alone: Iterable[LeftAlone], samples: Mapping[tuple[str, str], Sample]
) -> tuple[FollowResult, ...]:
    """Judge all that were left alone; ``samples`` by tag and time."""
    return tuple(
        fell_back(
            one, samples.get((one.tag, one.before.taken_at)), samples.get((one.tag, one.after.taken_at))
        )
        for one in left_alone
    )


_WITHOUT: Mapping[str, str] = {
    "contact": "without contact",
    "set_point": "without its set-point being repeated",
    "life_sign": "without a life sign",
}
