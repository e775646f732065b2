"""Sites that are known to the last watt, one mistake in some of them, and what their devices would read.

Physics of its own, nothing of the judge's: true power of every place over time, losses, every device's own
constant errors inside its class, noise, and moments of reading that differ between devices.
"""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from device_probe.diagnosis.evidence import Sample
from device_probe.model import PlannedDevice, SitePlan

U = 230.0
START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ROTATIONS = ("L1L2L3", "L2L3L1", "L3L1L2")
CT = (60, 100, 150, 200, 250, 400, 600, 800, 1000, 1500, 2000, 3000, 4000, 6000)
Three = tuple[float, float, float]


@dataclass
class Place:
    """One device as it really stands in the site."""

    device: PlannedDevice
    parent: str | None
    landing: Three  # supply phase of each own phase
    amperes: float = 0.0
    phi: float = 0.0
    pattern: list[tuple[float, float]] = field(default_factory=list)  # (from second, share of the current)
    wobble: float = 0.0
    period: float = 60.0
    ohms: float = 0.0
    gains: Three = (1.0, 1.0, 1.0)
    ratios: Three = (0.0, 0.0, 0.0)  # share of the CT's permitted error that is used
    offset_s: float = 0.0
    unbalance: Three = (1.0, 1.0, 1.0)
    only_current: bool = False


@dataclass
class Fault:
    """The one mistake of a site."""

    kind: str
    tags: tuple[str, ...]
    phase: int | None = None
    factor: float | None = None
    ratio: str = ""


@dataclass
class Known:
    """A site, its truth and how it is read."""

    plan: SitePlan
    places: dict[str, Place]
    hidden: list[Place]
    samples: int
    interval_s: float
    skew_s: float
    chance: random.Random
    told_ohms: bool
    fault: Fault | None = None
    read: Callable[[str, int, dict[str, float]], dict[str, float]] | None = None

    @property
    def ohms(self) -> dict[str, float]:
        return {t: p.ohms for t, p in self.places.items()} if self.told_ohms else {}

    def stations(self) -> list[str]:
        return [t for t, p in self.places.items() if p.device.role == "station"]

    def meters(self) -> list[str]:
        return [t for t, p in self.places.items() if p.device.role in ("main_meter", "group_meter")]

    def below(self, tag: str) -> list[Place]:
        return [p for p in (*self.places.values(), *self.hidden) if p.parent == tag]

    def true(self, tag: str, t: float) -> list[complex]:
        """S by supply phase at a place: its own load, or everything below it with the losses on the way."""
        own = self.below(tag)
        if not own:
            return drawn(self.places[tag], t)
        total = [0j, 0j, 0j]
        for place in own:
            name = place.device.tag
            flow = self.true(name, t) if name in self.places else drawn(place, t)
            # a single-phase circuit loses as much again in its neutral
            back = 2.0 if sum(abs(s) > 1 for s in flow) == 1 else 1.2
            for a in range(3):
                total[a] += flow[a] + back * place.ohms * (abs(flow[a]) / U) ** 2
        return total


def drawn(place: Place, t: float) -> list[complex]:
    """S by supply phase of one load or generator."""
    share = 1.0
    for since, value in place.pattern:
        if t >= since:
            share = value
    size = (
        place.amperes * share * (1 + place.wobble * math.sin(2 * math.pi * t / place.period + place.offset_s))
    )
    found = [0j, 0j, 0j]
    for own in range(place.device.phases):
        s = U * size * place.unbalance[own]
        angle = place.phi if size >= 0 else 0.0
        found[int(place.landing[own])] += complex(s * math.cos(angle), s * math.sin(angle))
    return found


def draw(chance: random.Random, most: int = 40, moving: bool | None = None) -> Known:
    """Draw a site in which everything is as planned."""
    places: dict[str, Place] = {}
    moves = chance.random() < 0.6 if moving is None else moving
    count = chance.randint(2, most)
    groups = chance.randint(0, min(6, count // 2))
    interval, samples = chance.choice((5.0, 10.0, 30.0)), chance.choice((8, 12, 24, 40))
    known = Known(
        None,
        places,
        [],
        samples,
        interval,
        chance.choice((0.0, 1.0, 3.0)),
        chance,
        chance.random() < 0.5,  # type: ignore[arg-type]
    )
    _add(known, _meter(chance, "M0", "main_meter", None))
    for n in range(groups):
        deep = n > 1 and chance.random() < 0.25
        _add(known, _meter(chance, f"G{n + 1}", "group_meter", f"G{n}" if deep else "M0"))
    parents = [f"G{n + 1}" for n in range(groups)] or ["M0"]
    same = chance.random() < 0.3
    for n in range(count):
        parent = parents[n % len(parents)] if n < 2 * len(parents) else chance.choice([*parents, "M0"])
        _add(known, _station(known, f"CH{n + 1:02}", parent, moves, same))
    if chance.random() < 0.4:
        _add(known, _other(chance, "PV1", -chance.uniform(10, 120)))
    if chance.random() < 0.4:
        _add(known, _other(chance, "B1", chance.uniform(5, 60)))
    _rate(known)
    known.plan = SitePlan("s", "S", 400, 50, 8, "", 200, 8, tuple(p.device for p in places.values()))
    return known


def _add(known: Known, place: Place) -> None:
    chance = known.chance
    percent = place.device.accuracy_percent
    shared = chance.uniform(-1, 1)
    place.gains = tuple(
        1 + 0.9 * percent / 100 * max(-1, min(1, shared + chance.uniform(-0.3, 0.3))) for _ in range(3)
    )  # type: ignore[assignment]
    place.ratios = tuple(0.9 * chance.uniform(-1, 1) for _ in range(3))  # type: ignore[assignment]
    place.offset_s = chance.uniform(0, known.skew_s)
    known.places[place.device.tag] = place


def _meter(chance: random.Random, tag: str, role: Any, parent: str | None) -> Place:
    percent = chance.choice((0.5, 0.5, 1.0, 1.0, 2.0))
    device = PlannedDevice(tag, "meter", "h", 502, 1, role, parent, accuracy_percent=percent)
    return Place(device, parent, (0, 1, 2))


def _station(known: Known, tag: str, parent: str, moves: bool, same: bool) -> Place:
    chance = known.chance
    phases, turn = chance.choice((1, 2, 3, 3, 3)), chance.choice(ROTATIONS)
    device = PlannedDevice(
        tag, chance.choice(("a", "b")), "h", 502, 1, "station", parent, phases=phases, phase_rotation=turn,
        design_current_a=32, accuracy_percent=chance.choice((1.0, 2.0, 3.0)),
    )  # fmt: skip
    device = replace(device, accuracy_percent=max(device.accuracy_percent, 2.0))
    landing = tuple(int(c) - 1 for c in turn if c.isdigit())
    amperes = 16.0 if same else chance.choice((0.0, 8.0, 16.0, 20.0, 32.0)) * chance.uniform(0.9, 1.0)
    place = Place(
        device, parent, landing, amperes, math.acos(chance.uniform(0.96, 1.0)) * chance.choice((-1, 1))
    )  # type: ignore[arg-type]
    place.ohms = chance.uniform(0.01, 0.2)
    place.wobble, place.period = chance.choice((0.0, 0.005, 0.02)), chance.uniform(40, 300)
    place.only_current = chance.random() < 0.15
    if phases == 3 and chance.random() < 0.3:
        place.unbalance = (1.0, chance.uniform(0.6, 1.0), chance.uniform(0.6, 1.0))
    if moves:
        place.pattern = _pattern(known)
    return place


def _pattern(known: Known) -> list[tuple[float, float]]:
    chance, end = known.chance, known.samples * known.interval_s
    moments = sorted(chance.uniform(0.1, 0.9) * end for _ in range(chance.choice((0, 1, 1, 2))))
    first = chance.choice((1.0, 1.0, 0.0))
    found = [(0.0, first)]
    for n, at in enumerate(moments):
        found.append((at, (1.0 - first) if n % 2 == 0 else first))
    return found


def _other(chance: random.Random, tag: str, amperes: float) -> Place:
    device = PlannedDevice(
        tag, "other", "h", 502, 1, "other", "M0", accuracy_percent=chance.choice((1.0, 2.0)),
        design_current_a=abs(amperes) * 1.3,
    )  # fmt: skip
    place = Place(device, "M0", (0, 1, 2), amperes, 0.0 if amperes < 0 else math.acos(0.95))
    place.wobble, place.period = chance.choice((0.0, 0.01, 0.1)), chance.uniform(60, 600)
    return place


def _rate(known: Known) -> None:
    """Give every meter a transformer that fits its load, and its circuit a resistance."""
    for tag, place in known.places.items():
        if place.device.role not in ("main_meter", "group_meter"):
            continue
        top = max(
            abs(s) / U for k in range(4) for s in known.true(tag, k * known.samples * known.interval_s / 4)
        )
        needed = max(top, sum(p.amperes for p in known.below(tag)) / 2) * known.chance.uniform(1.1, 2.5)
        ct = float(next((a for a in CT if a >= needed), CT[-1]))
        direct = ct <= 60 and known.chance.random() < 0.5
        place.device = replace(
            place.device, ct_primary_a=None if direct else ct, ct_secondary_a=5.0, design_current_a=ct
        )
        place.ohms = 0.0 if place.parent is None else known.chance.uniform(0.0, 0.01) * 230 / ct


def ct_limit(percent: float, share: float) -> tuple[float, float]:
    """IEC 61869-2: ratio error (share) and displacement (rad) that a class permits at a load."""
    x = min(max(share, 0.05), 1.0)
    if x < 0.2:
        r, p = 3.0 - 1.5 * math.log(x / 0.05) / math.log(4), 180 - 90 * math.log(x / 0.05) / math.log(4)
    else:
        r, p = 1.5 - 0.5 * math.log(x / 0.2) / math.log(5), 90 - 30 * math.log(x / 0.2) / math.log(5)
    return r * percent / 100, math.radians(p / 60) * percent


def readings(known: Known, place: Place, flow: list[complex]) -> dict[str, float]:
    """What a device would read at its own phases while S flows on the supply's."""
    chance, device = known.chance, place.device
    found: dict[str, float] = {}
    total_p = total_q = 0.0
    for own in range(3):
        s = flow[int(place.landing[own])]
        p, q = s.real * place.gains[own], s.imag * place.gains[own]
        if device.ct_primary_a is not None:
            ratio, turn = ct_limit(device.accuracy_percent, abs(s) / U / device.ct_primary_a)
            ratio, turn = ratio * place.ratios[own], turn * place.ratios[(own + 1) % 3]
            p, q = (p + turn * q) * (1 + ratio), (q - turn * p) * (1 + ratio)
        noise = 1 + chance.gauss(0, device.accuracy_percent / 1000)
        p, q = p * noise, q * noise
        total_p, total_q = total_p + p, total_q + q
        if own < device.phases:
            found |= {f"voltage_l{own + 1}_n": U, f"current_l{own + 1}": math.hypot(p, q) / U}
            if not place.only_current:
                found |= {f"active_power_l{own + 1}": p, f"reactive_power_l{own + 1}": q}
    if not place.only_current:
        found |= {"active_power_total": total_p, "reactive_power_total": total_q}
    return found


def samples(known: Known) -> dict[str, tuple[Sample, ...]]:
    """What all devices read over the window."""
    found: dict[str, list[Sample]] = {tag: [] for tag in known.places}
    for k in range(known.samples):
        at = (START + timedelta(seconds=k * known.interval_s)).isoformat()
        for tag, place in known.places.items():
            t = k * known.interval_s + known.chance.uniform(0, known.skew_s)
            told = known.read(tag, k, {}) if known.read is not None else {}
            if not told:
                told = readings(known, place, known.true(tag, t))
            found[tag].append(Sample(at, told))
    result = {tag: tuple(row) for tag, row in found.items()}
    fault = known.fault
    if fault is not None and fault.kind == "addresses_swapped":
        a, b = fault.tags
        result[a], result[b] = result[b], result[a]
    return result
