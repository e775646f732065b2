"""Readings of several tests at one tag that are digit for digit those at another tag, here or elsewhere.

Two tags are laid side by side test by test. They are a doubt when at least three readings agree and honest
readings would agree so less than once in a hundred sites: with ``k`` of each equal reading as in ``alike``,
``e`` equal of ``c`` that can be compared and ``p`` pairs of tags, ``p · C(c, e) · 100 < k₁ · k₂ · … · kₑ``.
So a copy with one figure altered is still seen where the rest is telling, and short readings need more tests.

To stay linear, a tag is laid beside the eight before it that have the same reading of a test; where more have
it, ``alike`` speaks.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import comb, inf, prod

from checklists.plausibility.alike import NAMED, RARE, Laid, Shown, exact, others_as_likely
from checklists.plausibility.doubt import Doubt, moment

AT_LEAST = 3
Readings = dict[str, Shown]  # of one tag, by step


@dataclass(slots=True)
class _Tag:
    """The exact readings at one tag, and when each was recorded; what isn't recorded yet comes last."""

    readings: Readings = field(default_factory=dict)
    times: list[float] = field(default_factory=list)


def copied(laid: Iterable[Laid]) -> Iterator[Doubt]:
    """Yield doubts at the readings of each tag whose sequence was recorded at another tag before."""
    tags = _in_order(laid)
    pairs = comb(sum(len(each) >= AT_LEAST for each in tags.values()), 2)
    for tag, equal in _neighbours(tags):
        source = next((other for other in equal if rare(tags[tag], tags[other], equal[other], pairs)), "")
        if source:
            yield from _doubts(tag, source, equal[source])


def _in_order(laid: Iterable[Laid]) -> dict[str, Readings]:
    """Return the exact readings at each tag, the tag that was finished first in front."""
    tags: defaultdict[str, _Tag] = defaultdict(_Tag)
    for item, state in laid:
        shown = exact(state) if item.varies else None
        if shown is not None:
            at = moment(state.recorded_at)
            tags[item.tag].readings[item.step] = shown
            tags[item.tag].times.append(at.timestamp() if at else inf)
    in_order = sorted(tags.items(), key=lambda each: max(each[1].times))
    return {tag: each.readings for tag, each in in_order}


def _neighbours(tags: Mapping[str, Readings]) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Yield each tag with the steps that earlier tags share with it, the earliest tag first."""
    having: defaultdict[tuple[str, Shown], list[str]] = defaultdict(list)
    place = {tag: number for number, tag in enumerate(tags)}
    for tag, readings in tags.items():
        equal: defaultdict[str, list[str]] = defaultdict(list)
        for step, shown in readings.items():
            for other in having[step, shown][-NAMED:]:
                equal[other].append(step)
            having[step, shown].append(tag)
        yield tag, dict(sorted(equal.items(), key=lambda each: place[each[0]]))


def rare(here: Readings, there: Readings, equal: list[str], pairs: int) -> bool:
    """True when so many equal readings at two tags are no chance."""
    if len(equal) < AT_LEAST:
        return False
    compared = len(here.keys() & there.keys())
    return pairs * comb(compared, len(equal)) * RARE < prod(others_as_likely(here[step]) for step in equal)


def _doubts(tag: str, source: str, steps: list[str]) -> Iterator[Doubt]:
    sentence = (
        f"The readings of {len(steps)} tests at {tag} are digit for digit those at {source}: "
        f"check the tags, and measure again at {tag}."
    )
    for step in steps:
        yield Doubt("copied", f"{step}@{tag}", (f"{step}@{source}",), sentence)
