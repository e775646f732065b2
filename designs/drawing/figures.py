"""What a study says, ready to be written: a dash where a rule set or an older study gave no figure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from designs.drawing import labels
from designs.drawing.symbols import ERROR, SOFT, WARNING
from designs.model import BoardStudy, Circuit, CircuitStudy, Finding, OneLine, Study

SIGNS = {"error": ("■", ERROR), "warning": ("▲", WARNING), "info": ("i", SOFT)}
_WORST = {"error": 0, "warning": 1, "info": 2}


class Figures:
    """A study looked up by tag; without a study every answer is None."""

    def __init__(self, study: Study | None) -> None:
        self.study = study
        self._boards = {each.tag: each for each in study.boards} if study else {}
        self._circuits = {each.tag: each for each in study.circuits} if study else {}
        self._findings: dict[tuple[str, str], Finding] = {}
        for finding in sorted(study.findings, key=lambda each: _WORST[each.severity]) if study else ():
            self._findings.setdefault((finding.tag, finding.code), finding)

    def board(self, tag: str) -> BoardStudy | None:
        """Return the study of a node."""
        return self._boards.get(tag)

    def circuit(self, tag: str) -> CircuitStudy | None:
        """Return the study of a circuit."""
        return self._circuits.get(tag)

    def finding(self, tags: Iterable[str], codes: Iterable[str]) -> Finding | None:
        """Return the worst finding of one of these codes at one of these tags."""
        found = [self._findings[tag, code] for tag in tags for code in codes if (tag, code) in self._findings]
        return min(found, key=lambda each: _WORST[each.severity], default=None)

    def sign(self, tag: str, *codes: str) -> str:
        """Return the sign of such a finding to put behind a figure, with a space before it."""
        found = self.finding((tag,), codes)
        return f" {SIGNS[found.severity][0]}" if found else ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table under the columns: its name, one circuit's cell, and which findings mark it."""

    name: str
    value: Callable[[CircuitStudy, BoardStudy | None], float | None]
    written: Callable[[float | None], str]
    worst: Callable[[Iterable[float]], float]
    sign: str  # before the worst of several circuits
    codes: tuple[str, ...] = ()


ROWS: tuple[Row, ...] = (
    Row("Ik max", lambda _, b: b.ik_max_ka if b else None, labels.current, max, "≤"),
    Row("Ik min L–PE", lambda _, b: b.ik_min_ka if b else None, labels.current, min, "≥", ("ik_min",)),
    Row("Zs cold, Ω", lambda c, _: c.zs_expected_cold_ohm, labels.ohm, max, "≤", ("zs_too_high",)),
    Row("Zs permitted, Ω", lambda c, _: c.zs_permitted_ohm, labels.figure, min, "≥"),
    Row("R1+R2, Ω", lambda c, _: c.r1_plus_r2_ohm, lambda v: labels.figure(v, 3), max, "≤"),
    Row(
        "ΔU total, %",
        lambda c, _: c.voltage_drop_total_percent,
        lambda v: labels.figure(v, 2),
        max,
        "≤",
        ("voltage_drop",),
    ),
)
LOADING = "Ib / In / Iz, A"


def cells(figures: Figures, circuits: tuple[Circuit, ...]) -> list[tuple[str, Finding | None]]:
    """Return the cells of one column: of its circuit, or the worst of the circuits drawn as one."""
    tags = [each.tag for each in circuits]
    overload = figures.finding(tags, ("overload",))
    found = [
        (_loading(figures, circuits[0]) if len(circuits) == 1 else f"{len(circuits)} circuits", overload)
    ]
    return found + [(_cell(figures, circuits, row), figures.finding(tags, row.codes)) for row in ROWS]


def _loading(figures: Figures, circuit: Circuit) -> str:
    studied = figures.circuit(circuit.tag)
    if studied is None:
        return f"{circuit.design_current_a:g} / {circuit.device.rated_current_a:g} / {labels.UNKNOWN}"
    return f"{studied.ib_a:g} / {studied.in_a:g} / {labels.figure(studied.iz_a)}"


def _cell(figures: Figures, circuits: tuple[Circuit, ...], row: Row) -> str:
    values = []
    for circuit in circuits:
        studied = figures.circuit(circuit.tag)
        value = row.value(studied, figures.board(circuit.target)) if studied else None
        if value is None:
            return labels.UNKNOWN
        values.append(value)
    said = row.written(row.worst(values))
    return said if len(circuits) == 1 else f"{row.sign} {said}"


def served(one_line: OneLine) -> dict[str, str]:
    """Return for each circuit which controller keeps it in bounds, and to how much."""
    controlled = {tag: each.tag for each in one_line.controllers for tag in each.controls}
    found = {}
    for circuit in one_line.circuits:
        by = controlled.get(circuit.target)
        cap = f"≤ {circuit.managed_to_a:g} A" if circuit.managed_to_a is not None else ""
        if by or cap:
            found[circuit.tag] = " ".join(filter(None, (by, cap)))
    return found


def opened(one_line: OneLine) -> dict[str, str]:
    """Return for each circuit which emergency stops open it."""
    found: dict[str, list[str]] = {}
    for stop in one_line.emergency_stops:
        for tag in stop.opens:
            found.setdefault(tag, []).append(stop.tag)
    return {tag: ", ".join(stops) for tag, stops in found.items()}
