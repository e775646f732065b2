"""Every comparison of a parent with its children: P, Q, current and energy, each with its limits. Pure."""

import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from device_probe.diagnosis.balance.accuracy import counter_step
from device_probe.diagnosis.balance.node import Node, allowed_w, median, off, rest_of
from device_probe.diagnosis.balance.series import LANES, PHASES, TOTAL, Series, Site
from device_probe.model import PlannedDevice

NAMES = ("L1", "L2", "L3", "")
CompareWord = Literal["pass", "doubt", "fail", "info"]
MIN_COUNTS, MIN_WH = 20, 200.0  # steps of the counters and energy, for a comparison to say something
CURRENT_EXTRA = 0.03  # harmonics and angles between devices
CURRENT_FLOOR_A = 0.3


@dataclass(frozen=True, slots=True)
class Comparison:
    """One quantity of a parent against the sum of its children and the losses between them."""

    quantity: str  # active_power, reactive_power, current, active_energy
    phase: str  # L1 to L3, "" for all
    unit: str
    parent: float
    children: float
    losses: float
    likely: float  # the difference that classes make likely: root sum of squares
    permitted: float  # the difference when all are off at worst in the same direction
    verdict: CompareWord
    rounds: int

    @property
    def difference(self) -> float:
        """Return parent minus children minus losses."""
        return self.parent - self.children - self.losses


def compare(site: Site, node: Node) -> tuple[Comparison, ...]:
    """Return all comparisons that the readings allow."""
    return (*_powers(node), *_reactive(site, node), *_currents(site, node), *_energy(site, node))


def _powers(node: Node) -> Iterator[Comparison]:
    for a in LANES:
        rounds = node.rounds(a)
        if not rounds:
            continue
        parent, losses = (median(lane[k] for k in rounds) for lane in (node.parent.power[a], node.losses[a]))
        rest, likely, permitted = rest_of(node, a), allowed_w(node, a, likely=True), allowed_w(node, a)
        word: CompareWord = "doubt" if abs(rest) > likely else "pass"
        if off(node, node.state, a):
            word = "fail"
        # children from the rest, so that the three figures belong to the same rounds
        yield Comparison(
            "active_power",
            NAMES[a],
            "W",
            parent,
            parent - rest - losses,
            losses,
            likely,
            permitted,
            word,
            len(rounds),
        )


def _reactive(site: Site, node: Node) -> Iterator[Comparison]:
    def errors(one: Series, a: int, k: int) -> tuple[float, float]:
        if a == TOTAL:
            likely, worst = one.chain.reactive_error_var(
                one.power[a][k] / 3, one.reactive[a][k] / 3, site.voltage_v
            )
            return 3 * likely, 3 * worst
        return one.chain.reactive_error_var(one.power[a][k], one.reactive[a][k], site.voltage_v)

    for a in LANES:
        values = [[m.reactive[a][k] for m in (node.parent, *node.children)] for k in node.rounds(a)]
        if values and all(v == v for row in values for v in row):
            yield _side(node, a, "reactive_power", "var", values, errors, site.voltage_v)


def _side(
    node: Node, a: int, quantity: str, unit: str, values: Sequence[Sequence[float]],
    errors: Callable[[Series, int, int], tuple[float, float]], voltage_v: float,
) -> Comparison:  # fmt: skip
    """A comparison that never fails a meter by itself: it says doubt."""
    rounds, members = node.rounds(a), (node.parent, *node.children)
    likely, worst = [], []
    for k in rounds:
        both = [errors(m, a, k) for m in members]
        moved = node.share * (node.state.move[a][k] if unit != "A" else node.state.move[a][k] / voltage_v)
        likely.append(math.hypot(*(one for one, _ in both)) + moved)
        worst.append(sum(one for _, one in both) + moved)
    parent, children = median(row[0] for row in values), median(sum(row[1:]) for row in values)
    rest = median(row[0] - sum(row[1:]) for row in values)
    permitted = statistics.median(worst)
    word: CompareWord = "doubt" if abs(rest) > permitted else "pass"
    return Comparison(
        quantity, NAMES[a], unit, parent, parent - rest if children == children else children, 0.0,
        statistics.median(likely), permitted, word, len(rounds),
    )  # fmt: skip


def _currents(site: Site, node: Node) -> Iterator[Comparison]:
    """Currents add up as phasors, so only where P and Q of every device are known."""

    def errors(one: Series, a: int, k: int) -> tuple[float, float]:
        size = one.amperes[a][k]
        likely, worst = one.chain.error_w(size * site.voltage_v, 0.0, site.voltage_v)
        more = CURRENT_EXTRA * abs(size) + CURRENT_FLOOR_A
        return likely / site.voltage_v + more, worst / site.voltage_v + more

    for a in PHASES:
        values = []
        for k in node.rounds(a):
            phasors = [_phasor(m, a, k) for m in (node.parent, *node.children)]
            if any(p is None for p in phasors):
                break
            known = [p for p in phasors if p is not None]
            values.append([abs(known[0]), abs(sum(known[1:], 0j))])
        if len(values) == len(node.rounds(a)) > 0:
            yield _side(node, a, "current", "A", values, errors, site.voltage_v)


def _phasor(one: Series, a: int, k: int) -> complex | None:
    size, p, q = one.amperes[a][k], one.power[a][k], one.reactive[a][k]
    if size != size or p != p or q != q:
        return None
    apparent = math.hypot(p, q)
    return abs(size) * complex(p, -q) / apparent if apparent else 0j


def _energy(site: Site, node: Node) -> Iterator[Comparison]:
    """Counters over the window, when the slowest one moved enough for its own steps not to matter."""
    for name in ("active_energy_import_total", "active_energy_export_total"):
        moved = []
        for one in (node.parent, *node.children):
            found = _moved(site, one.tag, name)
            if found is None:
                break
            moved.append(found)
        else:
            yield from _counters(site, node, name, moved)


def _moved(site: Site, tag: str, name: str) -> tuple[float, float] | None:
    """Return by how much a counter moved, and in which steps."""
    row = site.samples[tag]
    values = [None if sample is None else sample.number(name) for sample in row]
    if len(values) < 2 or values[0] is None or values[-1] is None:
        return None
    known = [v for v in values if v is not None]
    steps = [b - a for a, b in pairwise(known)]
    if any(step < 0 for step in steps):
        return None
    return known[-1] - known[0], counter_step(known)


def _counters(
    site: Site, node: Node, name: str, moved: Sequence[tuple[float, float]]
) -> Iterator[Comparison]:
    parent, children = moved[0][0], sum(one for one, _ in moved[1:])
    grain = sum(step for _, step in moved)
    if max(parent, children) < max(MIN_COUNTS * grain / len(moved), MIN_WH) or _generates(node):
        return
    errors = [
        one * _percent(site.devices[m.tag], m) / 100
        for (one, _), m in zip(moved, (node.parent, *node.children), strict=True)
    ]
    losses = children * 0.01
    likely, worst = math.hypot(*errors) + losses + grain, sum(errors) + losses + grain
    rest = parent - children - losses
    word: CompareWord = "doubt" if abs(rest) > worst else "pass"
    yield Comparison(
        name.removesuffix("_total"), "", "Wh", parent, children, losses, likely, worst, word, site.rounds
    )


def _generates(node: Node) -> bool:
    # import and export of a parent are what is left after its children have met: they don't add up
    return any((v < 0) for m in (node.parent, *node.children) for v in m.power[TOTAL] if v == v)


def _percent(device: PlannedDevice, one: Series) -> float:
    return one.chain.percent * (2.0 if device.ct_primary_a is not None else 1.0)
