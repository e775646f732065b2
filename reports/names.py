"""Who and what the ids of a pack stand for, and how they are called in dense tables."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from reports.evidence import evidence
from reports.model import HandoverPack, Instrument, Person
from reports.words import Clock, initials


class Names:
    """Look-ups over one pack: people by initials, instruments as I1, I2 …, tags by their title."""

    def __init__(self, pack: HandoverPack) -> None:
        self.clock = Clock(pack.site_design.parameters.timezone)
        self._people = {person.id: person for person in (*pack.people, pack.issued_by)}
        self._shorts = _unique_initials(tuple(self._people.values()))
        self._instruments = {instrument.id: f"I{n}" for n, instrument in enumerate(pack.instruments, start=1)}
        self._items = {record.item.key: record.item.title for record in pack.records}
        self._titles = dict(_titles(pack))
        self.evidence = evidence(pack)

    def person(self, person_id: str) -> str:
        """Return a person's name, the id when nobody of that id is in the pack."""
        person = self._people.get(person_id)
        return person.name if person else person_id

    def short(self, person_id: str) -> str:
        """Return a person's initials as explained in the table of people."""
        return self._shorts.get(person_id, person_id)

    def instrument(self, instrument_id: str) -> str:
        """Return an instrument's short name as explained in the table of instruments."""
        return self._instruments.get(instrument_id, instrument_id)

    def title(self, tag: str) -> str:
        """Return what stands at a tag, empty when the one-line diagram does not know it."""
        return self._titles.get(tag, "")

    def item(self, key: str | None) -> str:
        """Return the title of an item."""
        return self._items.get(key or "", "")


def _unique_initials(people: tuple[Person, ...]) -> dict[str, str]:
    shorts: dict[str, str] = {}
    for person in people:
        wanted, count = initials(person.name), 1
        short = wanted
        while short in shorts.values():
            count += 1
            short = f"{wanted}{count}"
        shorts[person.id] = short
    return shorts


def _titles(pack: HandoverPack) -> Iterator[tuple[str, str]]:
    one_line, layout = pack.site_design.one_line, pack.site_design.layout
    # What stands only on the plan comes first: a tag of the one-line keeps the title that it has there.
    if layout:
        yield from _named(layout.items, layout.ducts)
    yield from _named(
        (one_line.supply,), one_line.transformers, one_line.switchboards, one_line.meters, one_line.stations,
        one_line.loads, one_line.storage, one_line.pv, one_line.emergency_stops, one_line.controllers,
        one_line.network, one_line.circuits,
    )  # fmt: skip
    for station in one_line.stations:
        for connector in station.connectors:
            yield connector.tag, f"{station.title}, {connector.kind}"


class _Titled(Protocol):
    @property
    def tag(self) -> str: ...
    @property
    def title(self) -> str: ...


def _named(*groups: Sequence[_Titled]) -> Iterator[tuple[str, str]]:
    for group in groups:
        yield from ((each.tag, each.title) for each in group)


def label(instrument: Instrument) -> str:
    """Return maker and model as one line."""
    return f"{instrument.make} {instrument.model}".strip()
