"""Voltage, distortion and balance of a site against its baseline, as far as the loads are alike. Pure.

How much counts as moved follows from the classes of the meters, from what a supply does by itself within a
day, and from how far the loads of the two reports lie apart.
"""

import math
import re
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from device_probe.diagnosis.drift_item import Compared, Moved, Open, number
from device_probe.diagnosis.formulas import harmonic_rms, unbalance_cigre
from device_probe.diagnosis.site_evidence import Samples, line_to_neutral
from device_probe.model import PlannedDevice, ProbeReport

LIKE_LOAD = 1.5  # the larger load in multiples of the smaller
IDLE_SHARE = 0.05  # of the rated current: two loads below it are alike
SUPPLY_PERCENT = 3.0  # of the nominal voltage: what a supply moves by itself
AGAINST_OTHERS_PERCENT = 1.0  # a phase against the mean of the three
UNBALANCE_PERCENT = 0.5
DISTORTION_SHARE, DISTORTION_FLOOR = 0.05, 0.15  # IEC 61000-4-7 class II: of the reading, of the nominal
BACKGROUND_PERCENT = 0.3  # what the distortion of a supply moves by itself
CURRENT_SHARE, CURRENT_FLOOR = 0.3, 0.005  # of what the load makes likely; of the rated current
ORDER = re.compile(r"harmonic_(voltage|current)_(l[123])_h([0-9]+)")


@dataclass(frozen=True, slots=True)
class Sight:
    """What one report says of one meter: the medians over its rounds."""

    values: Mapping[str, float]
    units: Mapping[str, str]

    @property
    def load_a(self) -> float | None:
        """Return the highest phase current."""
        found = [abs(self.values[name]) for k in (1, 2, 3) if (name := f"current_l{k}") in self.values]
        return max(found, default=None)


@dataclass(frozen=True, slots=True)
class Pair:
    """One meter in both reports."""

    device: PlannedDevice
    nominal_v: float
    before: Sight
    now: Sight

    @property
    def rated_a(self) -> float:
        """Return what its current is measured by."""
        return self.device.ct_primary_a or self.device.design_current_a or 63.0

    @property
    def ratio(self) -> float:
        """Return by how much the load grew; 1 when both are as good as idle."""
        old, new = self.before.load_a or 0.0, self.now.load_a or 0.0
        return 1.0 if self.idle else (new / old if old else math.inf)

    def ratio_of(self, phase: str) -> float | None:
        """Return by how much the current of one phase grew; None when the two are not alike."""
        old, new = (abs(sight.values.get(f"current_{phase}", 0.0)) for sight in (self.before, self.now))
        alike = min(old, new) > 0 and max(old, new) <= LIKE_LOAD * min(old, new)
        return new / old if alike else None

    @property
    def idle(self) -> bool:
        """Return True when neither report has a load worth speaking of."""
        least = IDLE_SHARE * self.rated_a
        return (self.before.load_a or 0.0) < least and (self.now.load_a or 0.0) < least

    @property
    def alike(self) -> bool:
        """Return True when the loads are like enough for distortion to be compared."""
        return self.ratio > 0 and max(self.ratio, 1 / self.ratio) <= LIKE_LOAD

    @property
    def loads(self) -> str:
        """Return both loads in words."""
        old, new = self.before.load_a, self.now.load_a
        return " against ".join("an unread load" if a is None else f"{a:.3g} A" for a in (new, old))


def pairs(baseline: ProbeReport, now: ProbeReport, old: Samples, new: Samples) -> tuple[Pair, ...]:
    """Return the meters that gave usable values in both reports."""
    planned = {device.tag: device for device in now.plan.devices}
    return tuple(
        Pair(
            device, line_to_neutral(now.plan.voltage_v),
            _sight(baseline, device.tag, old), _sight(now, device.tag, new),
        )
        for tag, device in planned.items()
        if device.role in ("main_meter", "group_meter") and tag in old and tag in new
    )  # fmt: skip


def _sight(report: ProbeReport, tag: str, samples: Samples) -> Sight:
    row = samples[tag]
    names = dict.fromkeys(name for sample in row for name in sample.readings)
    values = {}
    for name in names:
        told = [value for sample in row if (value := sample.number(name)) is not None]
        if told:
            values[name] = statistics.median(told)
    units = {r.quantity: r.unit for snapshot in report.all_of(tag) for r in snapshot.readings}
    return Sight(values, units)


def electrical(pair: Pair) -> Compared:
    """Compare voltage always, distortion where the loads are alike."""
    moved = [*_voltages(pair), *_unbalance(pair)]
    if not pair.alike:
        why = f"the load is {pair.loads}; distortion is compared up to {LIKE_LOAD:g} times"
        return moved, [Open(pair.device.tag, "distortion", why)]
    return [*moved, *_voltage_distortion(pair), *_current_distortion(pair)], []


def _voltages(pair: Pair) -> Iterator[Moved]:
    tag, names = pair.device.tag, [f"voltage_l{k}_n" for k in (1, 2, 3)]
    both = [name for name in names if name in pair.before.values and name in pair.now.values]
    old, new = ([sight.values[name] for name in both] for sight in (pair.before, pair.now))
    class_percent = pair.device.accuracy_percent
    for k, name in enumerate(both):
        level = (SUPPLY_PERCENT + class_percent) / 100 * pair.nominal_v
        if abs(new[k] - old[k]) > level:
            yield _voltage(tag, name, old[k], new[k], level, "")
        elif len(both) == 3:
            apart = [values[k] - statistics.mean(values) for values in (old, new)]
            level = (AGAINST_OTHERS_PERCENT + class_percent / 2) / 100 * pair.nominal_v
            if abs(apart[1] - apart[0]) > level:
                yield _voltage(tag, name, apart[0], apart[1], level, " against the mean of the phases")


def _voltage(tag: str, name: str, before: float, now: float, level: float, how: str) -> Moved:
    phase = name.split("_")[1].upper()
    return Moved(
        "voltage", tag, name, round(before, 2), round(now, 2), "V", round(level, 2),
        f"The voltage {phase} at {tag} is {number(now)} V{how} instead of {number(before)} V.",
        f"Look at the terminals, the fuse and the neutral of {tag}; if all phases moved alike, ask the "
        "network operator.",
    )  # fmt: skip


def _unbalance(pair: Pair) -> Iterator[Moved]:
    names = ("voltage_l1_l2", "voltage_l2_l3", "voltage_l3_l1")
    found = []
    for sight in (pair.before, pair.now):
        lines = [sight.values.get(name, 0.0) for name in names]
        if min(lines) <= 0:
            return
        found.append(unbalance_cigre(lines))
    if abs(found[1] - found[0]) > UNBALANCE_PERCENT:
        tag = pair.device.tag
        yield Moved(
            "voltage", tag, "voltage_unbalance", round(found[0], 2), round(found[1], 2), "%",
            UNBALANCE_PERCENT,
            f"The voltage unbalance at {tag} is {found[1]:.2f} % instead of {found[0]:.2f} %.",
            "Compare with all stations off; check how single-phase loads are spread.",
        )  # fmt: skip


def _voltage_distortion(pair: Pair) -> Iterator[Moved]:
    tag = pair.device.tag
    for name in sorted(pair.before.values.keys() & pair.now.values.keys()):
        order = ORDER.fullmatch(name)
        if not (name.startswith("thd_voltage_l") or (order and order[1] == "voltage" and int(order[3]) > 1)):
            continue
        old, new = (_percent(sight, name) for sight in (pair.before, pair.now))
        if old is None or new is None:
            continue
        level = _distortion_level(old, new, pair.ratio)
        if abs(new - old) > level:
            yield Moved(
                "harmonic" if order else "distortion", tag, name, round(old, 3), round(new, 3), "%",
                round(level, 3),
                f"{name} at {tag} is {number(new)} % instead of {number(old)} %, at {pair.loads}.",
                "Measure with all stations off for the grid's own share; look for a new load or capacitors.",
            )  # fmt: skip


def _distortion_level(old: float, new: float, ratio: float) -> float:
    read = math.hypot(*(max(DISTORTION_FLOOR, DISTORTION_SHARE * value) for value in (old, new)))
    return 2 * read + BACKGROUND_PERCENT + old * abs(ratio - 1)


def _percent(sight: Sight, name: str) -> float | None:
    if sight.units.get(name, "%") == "%":
        return sight.values[name]
    base = sight.values.get(re.sub(r"_h[0-9]+$", "_h1", name))
    return 100 * sight.values[name] / base if base else None


def _current_distortion(pair: Pair) -> Iterator[Moved]:
    """Harmonic currents in amperes: those of a load grow with it."""
    tag = pair.device.tag
    if pair.idle:
        return
    for name in sorted(pair.before.values.keys() & pair.now.values.keys()):
        order = ORDER.fullmatch(name)
        if not (name.startswith("thd_current_l") or (order and order[1] == "current" and int(order[3]) > 1)):
            continue
        old, new = (_amperes(sight, name) for sight in (pair.before, pair.now))
        if old is None or new is None:
            continue
        grown = pair.ratio_of(name.split("_")[2])
        if grown is None:  # this phase was without load, or is now
            continue
        likely = old * grown
        level = CURRENT_SHARE * likely + CURRENT_FLOOR * pair.rated_a
        if abs(new - likely) > level:
            what = f"The harmonic current of {name}" if order else f"The harmonic current (from {name})"
            yield Moved(
                "harmonic" if order else "distortion", tag, name, round(old, 3), round(new, 3), "A",
                round(level, 3),
                f"{what} at {tag} is {number(new)} A instead of {number(likely)} A, which "
                f"the load makes likely ({pair.loads}).",
                "Let stations charge one group at a time: which brings it? Was their firmware changed?",
            )  # fmt: skip


def _amperes(sight: Sight, name: str) -> float | None:
    value, phase = sight.values[name], name.split("_")[2]
    current = sight.values.get(f"current_{phase}")
    if sight.units.get(name, "%") == "A":
        return value
    if current is None:
        return None
    return harmonic_rms(value, abs(current)) if name.startswith("thd") else value / 100 * abs(current)
