"""What of a one-line stands on which sheet, and where a reader finds the rest of it.

One sheet when one switchboard with at most twelve outgoing circuits is all there is; else an overview (the
main switchboard with its feed) and a sheet or several per switchboard. Tap-off units of a riser share sheets.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from designs.model import Circuit, Meter, Switchboard, Transformer
from designs.topology import Topology

#: Columns that stay readable side by side on A3.
COLUMNS = 12

_CHAINED = ("tap-off", "pillar")


@dataclass(frozen=True, slots=True)
class Column:
    """One outgoing circuit, or several drawn as one because each has its own column on a later sheet."""

    circuit: Circuit
    others: tuple[Circuit, ...] = ()
    transformer: Transformer | None = None  # between the node and the circuit

    @property
    def circuits(self) -> tuple[Circuit, ...]:
        """Return every circuit of this column."""
        return (self.circuit, *self.others)


@dataclass(frozen=True, slots=True)
class Group:
    """Columns whose currents one meter sees together."""

    meter: Meter | None
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a busbar: a switchboard (None: the terminals of the supply) and what leaves it here."""

    board: Switchboard | None
    groups: tuple[Group, ...]
    link: Circuit | None = None  # the section of the riser that feeds this tap-off unit on the same sheet

    @property
    def columns(self) -> tuple[Column, ...]:
        """Return the columns of every group."""
        return tuple(column for group in self.groups for column in group.columns)

    @property
    def width(self) -> int:
        """Return how many columns it takes; a tap-off unit without circuits takes one."""
        return max(len(self.columns), 1)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: the sections of one row; ``head`` is the node whose feed stands on top of it."""

    number: int
    head: str
    title: str
    sections: tuple[Section, ...]
    before: int | None = None  # sheet on which the same busbar begins or goes on
    after: int | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """Return the columns of every section."""
        return tuple(column for section in self.sections for column in section.columns)


@dataclass(frozen=True, slots=True)
class Plan:
    """The sheets and where to look: node -> sheet with its busbar, circuit -> sheet with its own column."""

    sheets: tuple[Sheet, ...]
    node: Mapping[str, int]
    circuit: Mapping[str, int]
    entry: Circuit | None  # the one circuit from the supply to the main switchboard, drawn as its feed


def plan(topology: Topology) -> Plan:
    """Return the sheets of a one-line."""
    entry = _entry(topology)
    supply = topology.one_line.supply
    chapters = [_chapter(topology, boards) for boards in _boards(topology)]
    if entry is None:
        root = _split(None, _groups(topology, supply.tag, ()))
        chapters.insert(0, (supply.tag, f"{supply.tag} {supply.title}", list(_pack(root))))
    elif chapters:
        main = next(place for place, each in enumerate(chapters) if each[0] == entry.target)
        chapters.insert(0, chapters.pop(main))
        chapters[0] = (*chapters[0][:2], _with_overview(topology, chapters[0][2]))
    sheets = tuple(_numbered(chapters))
    return Plan(sheets, _nodes(sheets), _circuits(sheets), entry)


def _entry(topology: Topology) -> Circuit | None:
    """Return the circuit to the main switchboard when the supply feeds nothing else."""
    node = topology.one_line.supply.tag
    while len(below := topology.children(node)) == 1:
        if below[0] in topology.transformers:
            node = below[0]
            continue
        return topology.feeder[below[0]] if isinstance(topology.node_of[below[0]], Switchboard) else None
    return None


def _boards(topology: Topology) -> Iterator[tuple[tuple[Switchboard, Circuit | None], ...]]:
    """Yield the switchboards in the order of the feed, each with the link to the one before it in a riser."""
    following = {board.tag: _next_in_riser(topology, board) for board in topology.one_line.switchboards}
    linked = {link.target for link in following.values() if link}
    for tag in topology.order:
        board = topology.node_of.get(tag)
        if not isinstance(board, Switchboard) or tag in linked:
            continue
        chain: list[tuple[Switchboard, Circuit | None]] = [(board, None)]
        while link := following[chain[-1][0].tag]:
            onward = topology.node_of[link.target]
            if not isinstance(onward, Switchboard):
                break
            chain.append((onward, link))
        yield tuple(chain)


def _next_in_riser(topology: Topology, board: Switchboard) -> Circuit | None:
    if board.kind not in _CHAINED:
        return None
    for circuit in topology.outgoing(board.tag):
        target = topology.node_of.get(circuit.target)
        chained = isinstance(target, Switchboard) and target.kind in _CHAINED
        if chained and (circuit.protected_by is not None or circuit.cable.kind == "busbar"):
            return circuit
    return None


_Chapter = tuple[str, str, list[tuple[Section, ...]]]


def _chapter(topology: Topology, chain: tuple[tuple[Switchboard, Circuit | None], ...]) -> _Chapter:
    first, last = chain[0][0], chain[-1][0]
    title = f"{first.tag} {first.title}" if len(chain) == 1 else f"riser {first.tag} to {last.tag}"
    links = tuple(link.tag for _, link in chain if link)
    sections = [
        part
        for board, link in chain
        for part in _split(board, _groups(topology, board.tag, links), link if len(chain) > 1 else None)
    ]
    return first.tag, title, list(_pack(sections))


def _groups(topology: Topology, node: str, links: tuple[str, ...]) -> list[Group]:
    """Return what leaves a node by the meter that sees it, in the order of the circuits."""
    columns = [Column(each) for each in topology.outgoing(node) if each.tag not in links]
    for transformer in topology.one_line.transformers:
        if transformer.source == node:
            columns += [Column(each, transformer=transformer) for each in topology.outgoing(transformer.tag)]
    meter_of = group_meters(topology.one_line.meters, [column.circuit for column in columns])
    groups: list[Group] = []
    seen: set[str] = set()
    for column in columns:
        meter = meter_of.get(column.circuit.tag)
        if column.circuit.tag in seen:
            continue
        members = tuple(c for c in columns if meter and meter_of.get(c.circuit.tag) is meter) or (column,)
        seen |= {member.circuit.tag for member in members}
        groups.append(Group(meter, members))
    return groups


def group_meters(meters: tuple[Meter, ...], circuits: Iterable[Circuit]) -> dict[str, Meter]:
    """Return for each circuit the meter that sees most together with it, where it leaves its node."""
    wide_first = sorted(meters, key=lambda meter: -len(meter.measures))
    by_circuit: dict[str, list[Meter]] = {}
    for meter in wide_first:
        for tag in meter.measures:
            by_circuit.setdefault(tag, []).append(meter)
    found = {}
    for circuit in circuits:
        here = [each for each in by_circuit.get(circuit.tag, ()) if each.board != circuit.target]
        if here:
            found[circuit.tag] = here[0]
    return found


def _split(board: Switchboard | None, groups: list[Group], link: Circuit | None = None) -> list[Section]:
    """Return a switchboard as sections of at most twelve columns each."""
    rows: list[list[Group]] = [[]]
    for group in groups:
        for start in range(0, len(group.columns), COLUMNS):
            part = group.columns[start : start + COLUMNS]
            if sum(len(each.columns) for each in rows[-1]) + len(part) > COLUMNS:
                rows.append([])
            rows[-1].append(Group(group.meter, part))
    return [Section(board, tuple(row), link if place == 0 else None) for place, row in enumerate(rows)]


def _pack(sections: list[Section]) -> Iterator[tuple[Section, ...]]:
    row: list[Section] = []
    for section in sections:
        if row and sum(each.width for each in row) + section.width > COLUMNS:
            yield tuple(row)
            row = []
        row.append(section)
    yield tuple(row)


def _with_overview(topology: Topology, rows: list[tuple[Section, ...]]) -> list[tuple[Section, ...]]:
    """Put an overview before the rows of a main switchboard that needs several: its groups drawn as one."""
    if len(rows) == 1:
        return rows
    board = rows[0][0].board
    groups = _runs(topology, [group for row in rows for section in row for group in section.groups])
    short = [Group(group.meter, (_as_one(group.columns),)) for group in groups]
    if len(short) > COLUMNS:
        return rows
    hidden = [group for group in groups if len(group.columns) > 1]
    return [(Section(board, tuple(short)),), *_pack(_split(board, hidden))]


def _as_one(columns: tuple[Column, ...]) -> Column:
    first, *others = columns
    return Column(first.circuit, tuple(each.circuit for each in others), first.transformer)


def _runs(topology: Topology, groups: list[Group]) -> list[Group]:
    """Return the groups, with stations that follow one another without a meter in groups of twelve."""
    stations = {station.tag for station in topology.one_line.stations}
    made: list[Group] = []
    for group in groups:
        alone = group.meter is None and group.columns[0].circuit.target in stations
        last = made[-1] if made else None
        joins = alone and last and last.meter is None and len(last.columns) < COLUMNS
        if joins and last and last.columns[0].circuit.target in stations:
            made[-1] = Group(None, (*last.columns, *group.columns))
        else:
            made.append(group)
    return made


def _numbered(chapters: list[_Chapter]) -> Iterator[Sheet]:
    number = 0
    for head, title, rows in chapters:
        first = number + 1
        for place, sections in enumerate(rows):
            number += 1
            before = number - 1 if place else None
            after = number + 1 if number < first + len(rows) - 1 else None
            yield Sheet(number, head, title, sections, before, after)


def _nodes(sheets: tuple[Sheet, ...]) -> dict[str, int]:
    found: dict[str, int] = {}
    for sheet in sheets:
        found.setdefault(sheet.head, sheet.number)
        for section in sheet.sections:
            if section.board:
                found.setdefault(section.board.tag, sheet.number)
    return found


def _circuits(sheets: tuple[Sheet, ...]) -> dict[str, int]:
    return {
        column.circuit.tag: sheet.number for sheet in sheets for column in sheet.columns if not column.others
    } | {section.link.tag: sheet.number for sheet in sheets for section in sheet.sections if section.link}
