"""The table under the columns of a sheet: figures of each circuit and the data of what it feeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from designs.drawing import labels, symbols
from designs.drawing.figures import LOADING, ROWS, SIGNS, cells, opened, served
from designs.drawing.parts import SMALL, Drawn
from designs.drawing.sheets import Column, Sheet
from designs.drawing.symbols import FAINT, SOFT, shorten, symbol, text, wrap
from designs.model import Finding, Load, PvInverter, Station, Storage, Switchboard

PITCH = 16.0
_DATA = ("Equipment", "", "Phases", "Modbus host", "port · unit")


@dataclass(frozen=True, slots=True)
class Table:
    """Which rows stand under the columns of a sheet."""

    studied: bool
    managed: Mapping[str, str]
    stopped: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the rows, in their order."""
        return (
            *((LOADING, *(row.name for row in ROWS)) if self.studied else ()),
            *_DATA,
            *(("Managed by",) if self.managed else ()),
            *(("Opened by",) if self.stopped else ()),
        )

    @property
    def height(self) -> float:
        """Return how high the table is."""
        return PITCH * len(self.names) + 8

    def draw(
        self, drawn: Drawn, columns: Sequence[tuple[Column, float]], corner: tuple[float, float], width: float
    ) -> str:
        """Return the table, its names right-aligned at a corner and each column at its x."""
        x, y = corner
        names = "".join(
            text(x, y + 11 + PITCH * place, name, size=SMALL, anchor="end", color=SOFT)
            for place, name in enumerate(self.names)
            if name
        )
        return names + "".join(self._column(drawn, column, at, y, width) for column, at in columns)

    def _column(self, drawn: Drawn, column: Column, x: float, y: float, width: float) -> str:
        frame = symbols.box(x + 2, y - 4, width - 4, self.height, stroke=FAINT, stroke_width=0.8)
        said: list[tuple[str, Finding | None]] = cells(drawn.figures, column.circuits) if self.studied else []
        said += [(value, None) for value in self._data(drawn, column, width)]
        content = "".join(
            _cell(value, x + 8, y + 11 + PITCH * place, found, width)
            for place, (value, found) in enumerate(said)
            if value
        )
        tags = labels.ranges([each.tag for each in column.circuits])
        to = labels.ranges([each.target for each in column.circuits])
        return symbol(f"Figures of {tags}", f"Circuit {tags} to {to}.", frame, content)

    def _data(self, drawn: Drawn, column: Column, width: float) -> list[str]:
        found = [_device_data(drawn, each.target, each.phases, width) for each in column.circuits]
        merged = [values[0] if len(set(values)) == 1 else "several" for values in zip(*found, strict=True)]
        tags = [each.tag for each in column.circuits]
        for said in (self.managed, self.stopped):
            if said:
                words = {said.get(tag, labels.UNKNOWN) for tag in tags}
                merged.append(words.pop() if len(words) == 1 else "several")
        return merged


def of(sheet: Sheet, drawn: Drawn) -> Table:
    """Return the table of a sheet: rows that no circuit on it needs are left out."""
    here = {each.tag for column in sheet.columns for each in column.circuits}
    one_line = drawn.topology.one_line

    def kept(found: dict[str, str]) -> dict[str, str]:
        return {tag: said for tag, said in found.items() if tag in here}

    return Table(drawn.figures.study is not None, kept(served(one_line)), kept(opened(one_line)))


def _device_data(drawn: Drawn, tag: str, phases: int, width: float) -> list[str]:
    node = drawn.topology.node_of.get(tag)
    match node:
        case Station():
            rotation = labels.phases(node.phase_rotation, node.phases)
            return [*_two(node.equipment, width), rotation, *_address(node)]
        case Storage() | PvInverter():
            return [*_two(node.equipment, width), "L1L2L3", *_address(node)]
        case Switchboard():
            return [
                *_two(node.equipment, width),
                "L1L2L3" if phases == 3 else str(phases),
                labels.UNKNOWN,
                labels.UNKNOWN,
            ]
        case Load():
            loaded = [f"L{place}" for place, current in enumerate(node.currents_a, start=1) if current]
            return [node.kind, "", "".join(loaded) or labels.UNKNOWN, labels.UNKNOWN, labels.UNKNOWN]
    return [labels.UNKNOWN] * len(_DATA)


def _two(equipment: str, width: float) -> list[str]:
    return [*wrap(equipment, width - 10, 10, "-"), ""][:2]


def _address(node: Station | Storage | PvInverter) -> list[str]:
    host, rest = labels.address(node.modbus)
    return [host, rest.lstrip(":")]


def _cell(value: str, x: float, y: float, finding: Finding | None, width: float) -> str:
    size = SMALL if len(value) * SMALL * 0.6 <= width - 10 else 10
    if finding is None:
        return text(x, y, shorten(value, width - 10, size), size=size)
    sign, color = SIGNS[finding.severity]
    return text(x, y, shorten(f"{value} {sign}", width - 10, size), size=size, bold=True, color=color)
