"""What differs between two site designs, tag by tag: new, removed, changed, affected, untouched."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from designs.compare_figures import Described, described
from designs.model import OneLine, SiteDesign, Study

TagStatus = Literal["new", "removed", "changed", "affected", "untouched"]
Scope = Literal["all", "tests", "path"]
Studied = tuple[SiteDesign, Study | None]
_NUMBER = re.compile(r"-?[0-9.]+")
STATUSES: tuple[TagStatus, ...] = ("new", "removed", "changed", "affected", "untouched")


@dataclass(frozen=True, slots=True)
class TagComparison:
    """One tag. ``replaced``: another cable, device or cabinet, not only another length, title or place."""

    tag: str
    title: str
    kind: str  # circuit, station, switchboard, meter ..., "on the plan"
    status: TagStatus
    changes: tuple[str, ...] = ()  # of the thing itself, "cable Cu XLPE 5G10 → Cu XLPE 5G16"
    effects: tuple[str, ...] = ()  # of its neighbours and the supply, "Ik max 7.20 → 6.90 kA"
    replaced: bool = False

    @property
    def own_sentence(self) -> str:
        """Return the tag with what differs of itself, without the figures that follow."""
        return f"{self.tag}: {', '.join(self.changes) or self.status}"

    @property
    def sentence(self) -> str:
        """Return the tag with everything that differs."""
        said = ", ".join((*self.changes, *self.effects))
        return f"{self.tag}: {said}" if said else f"{self.tag}: {self.status}"


@dataclass(frozen=True, slots=True)
class Touch:
    """How far what was recorded at a tag has lost its ground, and why.

    ``all``: everything there; ``tests``: the tests, because what feeds it was rebuilt; ``path``: what is
    measured along the path from the supply, because something further up was rebuilt.
    """

    scope: Scope
    reason: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs between two site designs; tags in the later one's order, removed ones last."""

    tags: tuple[TagComparison, ...]
    site: tuple[str, ...] = ()  # of the site as a whole: name, design revision

    def of(self, *statuses: TagStatus) -> tuple[TagComparison, ...]:
        """Return the tags of some statuses."""
        return tuple(each for each in self.tags if each.status in statuses)

    @property
    def same(self) -> bool:
        """True when no tag differs."""
        return len(self.of("untouched")) == len(self.tags)

    @property
    def summary(self) -> str:
        """Return how many tags are what, in one line."""
        counts = {status: len(self.of(status)) for status in STATUSES}
        return ", ".join(f"{count} {status}" for status, count in counts.items() if count) or "nothing here"

    def sentences(self) -> tuple[str, ...]:
        """Return one sentence for each difference, the whole site first."""
        return (*self.site, *(each.sentence for each in self.tags if each.status != "untouched"))


def compare(before: Studied, after: Studied) -> Comparison:
    """Return what differs between two studied site designs; without a study the figures are left out.

    A tag is *changed* when something of its own differs; *affected* when only a figure differs that a limit
    or an expectation rests on, by more than the digits shown.
    """
    old, new = described(*before), described(*after)
    tags = [_compared(tag, old.get(tag), each) for tag, each in new.items()]
    gone = [
        TagComparison(tag, each.title, each.kind, "removed", replaced=True)
        for tag, each in old.items()
        if tag not in new
    ]
    return Comparison((*tags, *gone), tuple(_of_site(before[0], after[0])))


def _of_site(before: SiteDesign, after: SiteDesign) -> Iterator[str]:
    designs = [f"{each.design.id} revision {each.design.revision}" for each in (before, after)]
    if designs[0] != designs[1]:
        yield f"standard design {designs[0]} → {designs[1]}"
    for name in ("name", "address", "country", "timezone"):
        values = [getattr(each.parameters, name) for each in (before, after)]
        if values[0] != values[1]:
            yield f"{name} {values[0]} → {values[1]}"
    lists = [", ".join(each.checklists) for each in (before, after)]
    if lists[0] != lists[1]:
        yield f"checklists {lists[0]} → {lists[1]}"


def _compared(tag: str, old: Described | None, new: Described) -> TagComparison:
    if old is None:
        return TagComparison(tag, new.title, new.kind, "new", replaced=True)
    if old.kind != new.kind:
        return TagComparison(tag, new.title, new.kind, "changed", (f"{old.kind} → {new.kind}",), (), True)
    own = tuple(_differences(old.own, new.own))
    changes = (*own, *_differences(old.by_hand, new.by_hand))
    effects = tuple(_differences(old.effects, new.effects))
    status: TagStatus = "changed" if changes else "affected" if effects else "untouched"
    return TagComparison(tag, new.title, new.kind, status, changes, effects, bool(own))


def _differences(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    """Yield each name with its two values; the unit is written once."""
    for name in (*new, *(each for each in old if each not in new)):
        one, other = old.get(name), new.get(name)
        if one != other and one is not None and other is not None:
            yield f"{name} {_pair(one, other)}"


def _pair(one: str, other: str) -> str:
    """Write two values short but clear: what stands in brackets only where the rest is the same."""
    heads = one.partition(" (")[0], other.partition(" (")[0]
    if all(heads) and heads[0] != heads[1]:
        one, other = heads
    number, _, unit = one.rpartition(" ")
    same_unit = _NUMBER.fullmatch(number) and other.endswith(f" {unit}")
    return f"{number if same_unit else one} → {other}"


def touched(comparison: Comparison, line: OneLine) -> dict[str, Touch]:
    """Return at which tags recorded work has lost its ground; ``line`` is the later one-line.

    A rebuilt circuit takes the tests of what it feeds with it, and what is measured along the path below.
    """
    found: dict[str, Touch] = {}
    for each in comparison.of("changed", "new", "removed"):
        if each.replaced:
            found[each.tag] = Touch("all", f"{each.own_sentence}.")
    rebuilt = [each for each in comparison.tags if each.replaced and each.status == "changed"]
    for each in rebuilt:
        circuit = next((circuit for circuit in line.circuits if circuit.tag == each.tag), None)
        if circuit is not None:
            _weaken(found, circuit.target, Touch("tests", f"What feeds it changed: {each.own_sentence}."))
        if circuit is not None or each.kind == "transformer":
            below = circuit.target if circuit is not None else each.tag
            for tag in _below(line, below):
                _weaken(found, tag, Touch("path", f"The path to it changed: {each.own_sentence}."))
    return found


_ORDER: tuple[Scope, ...] = ("all", "tests", "path")


def _weaken(found: dict[str, Touch], tag: str, touch: Touch) -> None:
    """Keep the touch that reaches furthest."""
    known = found.get(tag)
    if known is None or _ORDER.index(touch.scope) < _ORDER.index(known.scope):
        found[tag] = touch


def _below(line: OneLine, node: str) -> Iterator[str]:
    """Yield the circuits and nodes behind a node; feeds were checked to be no circle."""
    for circuit in line.circuits:
        if circuit.source == node:
            yield circuit.tag
            yield circuit.target
            yield from _below(line, circuit.target)
    for transformer in line.transformers:
        if transformer.source == node:
            yield transformer.tag
            yield from _below(line, transformer.tag)
