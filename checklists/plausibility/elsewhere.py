"""Evidence of another site: readings copied from it, its photos, its serial numbers. For reviewers alone."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from checklists.model import ItemState
from checklists.plausibility.alike import NAMED, Laid, Shown, exact
from checklists.plausibility.copied import Readings, rare
from checklists.plausibility.doubt import Doubt, answered
from checklists.plausibility.evidence import normal, photos_of, serial_of


@dataclass(frozen=True, slots=True)
class OtherSite:
    """What another site has recorded: the states of items with the same steps, and where its photos stand."""

    name: str
    states: Mapping[str, ItemState] = field(default_factory=dict)
    photos: Mapping[str, str] = field(default_factory=dict)  # SHA-256 -> item key


def copied_from(here: Sequence[Laid], there: OtherSite) -> tuple[Doubt, ...]:
    """Return a doubt at every item whose evidence stands at another site too."""
    return (*_readings(here, there), *_serials(here, there), *_photos(here, there))


def _readings(here: Sequence[Laid], there: OtherSite) -> Iterator[Doubt]:
    varied = [(item, shown) for item, state in here if item.varies and (shown := exact(state))]
    mine, theirs = _by_tag((item.key, shown) for item, shown in varied), _by_tag(_exact(there.states))
    having: defaultdict[tuple[str, Shown], list[str]] = defaultdict(list)
    for tag, readings in theirs.items():
        for reading in readings.items():
            having[reading].append(tag)
    for tag, readings in mine.items():
        source, steps = _source(tag, readings, theirs, having, len(mine))
        for step in steps:
            sentence = (
                f"The readings of {len(steps)} tests at {tag} are digit for digit those at {source} of "
                f"{there.name}: have them measured again."
            )
            yield Doubt("elsewhere", f"{step}@{tag}", (), sentence)


def _exact(states: Mapping[str, ItemState]) -> Iterator[tuple[str, Shown]]:
    return ((key, shown) for key, state in states.items() if (shown := exact(state)))


def _by_tag(readings: Iterable[tuple[str, Shown]]) -> dict[str, Readings]:
    tags: defaultdict[str, Readings] = defaultdict(dict)
    for key, shown in readings:
        step, _, tag = key.partition("@")
        tags[tag][step] = shown
    return dict(tags)


def _source(
    tag: str,
    readings: Readings,
    theirs: Mapping[str, Readings],
    having: Mapping[tuple[str, Shown], list[str]],
    tags: int,
) -> tuple[str, list[str]]:
    """The tag there that the readings come from: most likely the same one, a sheet is copied as a whole."""
    equal: defaultdict[str, list[str]] = defaultdict(list)
    for step, shown in readings.items():
        sharing = having.get((step, shown), [])
        for other in dict.fromkeys(([tag] if tag in sharing else []) + sharing[:NAMED]):
            equal[other].append(step)
    for other in sorted(equal, key=lambda each: each != tag):
        pairs = tags if other == tag else tags * len(theirs)
        if rare(readings, theirs[other], equal[other], pairs):
            return other, equal[other]
    return "", []


def _serials(here: Iterable[Laid], there: OtherSite) -> Iterator[Doubt]:
    tags: dict[tuple[str, str], str] = {}
    for key, state in there.states.items():
        step, _, tag = key.partition("@")
        value = answered(state)
        if value is not None:
            tags.setdefault((step, normal(value.raw)), tag)
    for item, state in here:
        serial = serial_of(item, state)
        if serial and (item.step, serial) in tags:
            where = f"{tags[item.step, serial]} of {there.name}"
            sentence = f"The same serial number is recorded at {where}: have the nameplate read again."
            yield Doubt("elsewhere", item.key, (), sentence)


def _photos(here: Iterable[Laid], there: OtherSite) -> Iterator[Doubt]:
    for item, state in here:
        found = next((there.photos[each] for each in photos_of(item, state) if each in there.photos), None)
        if found:
            tag = found.partition("@")[2]
            sentence = f"The same photo stands at {tag} of {there.name}: have one taken here."
            yield Doubt("elsewhere", item.key, (), sentence)
