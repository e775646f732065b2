"""Schedules: results as the tables electricians know, one row per tag and one column per test."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from checklists.model import SECTIONS, Checklist, Item, Section
from checklists.words import PHASES
from designs.model import OneLine
from reports.grid import Cell, Column, Matrix, Row, cell, row
from reports.model import HandoverPack, ItemRecord
from reports.names import Names
from reports.rows import row_matrices

_MOST_COLUMNS = 10
_FAMILIES = (
    "Site",
    "Supply and switchboards",
    "Circuits",
    "Meters",
    "Charging stations",
    "Storage, PV and loads",
    "Control and communication",
    "Connectors",
    "Other",
)


@dataclass(frozen=True, slots=True)
class Single:
    """A result that stands alone: a line instead of a cell."""

    item: Item
    cell: Cell
    by: str
    when: str
    instrument: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """A phase as printed, with the checklists it is made of."""

    number: int
    title: str
    id: str
    count: int
    sources: tuple[str, ...]
    matrices: tuple[Matrix, ...]
    singles: tuple[Single, ...]


def schedules(pack: HandoverPack, names: Names) -> tuple[Schedule, ...]:
    """Return every phase of the pack in the order of work."""
    records = {record.item.key: record for record in pack.records}
    phases: dict[Section, list[Checklist]] = {section: [] for section in SECTIONS}
    for checklist in pack.checklists:
        phases[checklist.section].append(checklist)
    return tuple(
        _schedule(section, found, records, pack.site_design.one_line, names)
        for section, found in phases.items()
        if found
    )


def _schedule(
    section: Section,
    checklists: Sequence[Checklist],
    records: dict[str, ItemRecord],
    one_line: OneLine,
    names: Names,
) -> Schedule:
    items = [item for checklist in checklists for item in checklist.items if item.key in records]
    found = [records[item.key] for item in items]
    families: dict[str, list[ItemRecord]] = defaultdict(list)
    for record in found:
        if not record.item.criterion.columns:
            families[family(record.item.tag, one_line)].append(record)
    matrices: list[Matrix] = []
    singles: list[Single] = []
    for title in _FAMILIES:
        dense, sparse = _split(families.get(title, []))
        matrices += _matrices(title, dense, names)
        singles += [_single(record, names) for record in sparse]
    sources = dict.fromkeys(
        item.limit_source.replace(item.tag, "each tag") for item in items if item.limit_source
    )
    return Schedule(
        SECTIONS.index(section) + 1,
        PHASES[section],
        ", ".join(checklist.id for checklist in checklists),
        len(found),
        tuple(sources),
        (*matrices, *row_matrices(found, names)),
        tuple(singles),
    )


def family(tag: str, one_line: OneLine) -> str:
    """Return what kind of thing a tag names."""
    stations = one_line.stations
    if tag in {"", "SITE"}:
        return "Site"
    boards = {board.tag for board in one_line.switchboards} | {unit.tag for unit in one_line.transformers}
    kinds = {
        "Supply and switchboards": boards | {one_line.supply.tag},
        "Circuits": {circuit.tag for circuit in one_line.circuits},
        "Meters": {meter.tag for meter in one_line.meters},
        "Charging stations": {station.tag for station in stations},
        "Storage, PV and loads": _tags(one_line.storage, one_line.pv, one_line.loads),
        "Control and communication": _tags(one_line.emergency_stops, one_line.controllers, one_line.network),
        "Connectors": {connector.tag for station in stations for connector in station.connectors},
    }
    return next((kind for kind, tags in kinds.items() if tag in tags), "Other")


class _Tagged(Protocol):
    @property
    def tag(self) -> str: ...


def _tags(*groups: Sequence[_Tagged]) -> set[str]:
    return {each.tag for group in groups for each in group}


def _split(records: Sequence[ItemRecord]) -> tuple[list[ItemRecord], list[ItemRecord]]:
    """Return the results that form a table, and those that stand alone: a step with a single tag."""
    tags = defaultdict(set)
    for record in records:
        tags[record.item.step].add(record.item.tag)
    dense = [record for record in records if len(tags[record.item.step]) > 1]
    return dense, [record for record in records if len(tags[record.item.step]) == 1]


def _matrices(title: str, records: Sequence[ItemRecord], names: Names) -> Iterable[Matrix]:
    steps = list(dict.fromkeys(record.item.step for record in records))
    parts = -(-len(steps) // _MOST_COLUMNS)
    for part in range(parts):
        # Even shares: two tables of six columns read better than one of ten and one of two.
        chosen = steps[len(steps) * part // parts : len(steps) * (part + 1) // parts]
        suffix = f" ({part + 1} of {parts})" if parts > 1 else ""
        yield _matrix(title + suffix, chosen, [r for r in records if r.item.step in chosen], names)


def _matrix(title: str, steps: Sequence[str], records: Sequence[ItemRecord], names: Names) -> Matrix:
    by_step = {step: [record for record in records if record.item.step == step] for step in steps}
    columns = {step: _column(found) for step, found in by_step.items()}
    found = {(record.item.tag, record.item.step): record for record in records}
    tags = list(dict.fromkeys(record.item.tag for record in records))
    rows = tuple(
        _row(tag, [(found.get((tag, step)), columns[step]) for step in steps], names) for tag in tags
    )
    return Matrix(title, tuple(columns.values()), rows)


def _row(tag: str, pairs: Sequence[tuple[ItemRecord | None, Column]], names: Names) -> Row:
    cells = tuple(
        None if record is None else cell(record, names, limit="" if column.limit else None)
        for record, column in pairs
    )
    return row(tag, [record for record, _ in pairs if record is not None], cells, names)


def _column(records: Sequence[ItemRecord]) -> Column:
    items = [record.item for record in records]
    first = items[0]
    limits, units, clauses = ({text(item) for item in items} for text in (_limit, _unit, _clause))
    return Column(
        title=_title(items),
        unit=first.criterion.unit if len(units) == 1 else "",
        limit=first.limit_text if len(limits) == 1 else "",
        clause=first.clause if len(clauses) == 1 else "",
        safety=first.safety,
    )


def _limit(item: Item) -> str:
    return item.limit_text


def _unit(item: Item) -> str:
    return item.criterion.unit


def _clause(item: Item) -> str:
    return item.clause


def _title(items: Sequence[Item]) -> str:
    titles = {item.title.replace(item.tag, "").strip(" :–-,") for item in items}
    step = items[0].step.replace("-", " ").capitalize()
    return titles.pop() if len(titles) == 1 and titles != {""} else step


def _single(record: ItemRecord, names: Names) -> Single:
    behind = names.evidence.get(record.item.key)
    return Single(
        item=record.item,
        cell=cell(record, names),
        by=names.short(behind.by) if behind else "–",
        when=names.clock.short(behind.at) if behind else "–",
        instrument=names.instrument(behind.instrument) if behind and behind.instrument else "",
    )
