"""What a window came to: samples, gaps, jitter, and the main quantities, in constant memory. Pure."""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from device_probe.model import Reading
from device_probe.sampling import Sample

MAIN = (
    "voltage_l1_n", "voltage_l2_n", "voltage_l3_n", "current_l1", "current_l2", "current_l3", "current_n",
    "active_power_total", "reactive_power_total", "power_factor_total", "frequency", "thd_voltage_l1",
    "thd_current_l1", "active_energy_import_total", "charger_state", "connector_state", "dc_voltage",
    "dc_current", "dc_power", "battery_soc", "grid_power", "session_energy",
)  # fmt: skip
MOST_SHOWN = 14  # of a device that has none of them: its first values
BUCKETS_PER_DECADE = 100  # jitter is known to 2.3 %
SHORTEST_MS = 0.01


def main_quantities(readings: Iterable[Reading]) -> tuple[str, ...]:
    """Return the quantities of a device that are worth a look, the usual ones first."""
    names = [reading.quantity for reading in readings]
    found = [name for name in MAIN if name in names]
    return tuple(found or names[:MOST_SHOWN])


@dataclass(slots=True)
class Spread:
    """Least, mean and greatest of a quantity."""

    unit: str
    count: int = 0
    mean: float = 0.0
    least: float = math.inf
    greatest: float = -math.inf

    def add(self, value: float) -> None:
        """Take one more value in."""
        self.count += 1
        self.mean += (value - self.mean) / self.count
        self.least, self.greatest = min(self.least, value), max(self.greatest, value)


@dataclass(slots=True)
class Jitter:
    """How far after their ticks the readings began; a histogram, since a day has many samples."""

    count: int = 0
    greatest_ms: float = 0.0
    _buckets: Counter[int] = field(default_factory=Counter)

    def add(self, jitter_s: float) -> None:
        """Take one more sample in."""
        milliseconds = 1000 * jitter_s
        self.count += 1
        self.greatest_ms = max(self.greatest_ms, milliseconds)
        self._buckets[round(BUCKETS_PER_DECADE * math.log10(max(milliseconds, SHORTEST_MS)))] += 1

    def quantile_ms(self, share: float) -> float:
        """Return below which jitter this share of the samples lies."""
        left = share * self.count
        for bucket in sorted(self._buckets):
            left -= self._buckets[bucket]
            if left <= 0:
                return min(float(10 ** (bucket / BUCKETS_PER_DECADE)), self.greatest_ms)
        return 0.0


@dataclass(slots=True)
class DeviceSummary:
    """One device over a window."""

    samples: int = 0
    missing: int = 0  # skipped, or the device could not be read at all
    incomplete: int = 0  # a value could not be read
    suspect: int = 0  # a value cannot be true
    late: int = 0
    requests: int = 0
    last_problem: str = ""
    jitter: Jitter = field(default_factory=Jitter)
    spreads: dict[str, Spread] = field(default_factory=dict)
    _main: tuple[str, ...] | None = None

    def add(self, sample: Sample) -> None:
        """Take one more sample in."""
        self.samples += 1
        self.late += sample.late
        if sample.snapshot is None:
            self.missing += 1
            self.last_problem = sample.missing
            return
        self.jitter.add(sample.jitter_s)
        self.requests += sample.snapshot.requests
        if sample.snapshot.problem:
            self.missing += 1
            self.last_problem = sample.snapshot.problem
            return
        problems = {reading.problem for reading in sample.snapshot.readings}
        self.incomplete += "unreadable" in problems
        self.suspect += "suspect" in problems
        self._add_values(sample.snapshot.readings)

    def _add_values(self, readings: tuple[Reading, ...]) -> None:
        if self._main is None:
            self._main = main_quantities(readings)
        for reading in readings:
            if reading.quantity in self._main and isinstance(reading.value, float) and not reading.problem:
                self.spreads.setdefault(reading.quantity, Spread(reading.unit)).add(reading.value)


class WindowSummary:
    """All devices of a window."""

    def __init__(self, interval_s: float, samples: int, tags: Iterable[str]) -> None:
        self.interval_s, self.planned = interval_s, samples
        self.devices = {tag: DeviceSummary() for tag in tags}
        self.clock_step_s = 0.0
        self.last_number = -1

    def add(self, sample: Sample) -> None:
        """Take one more sample in."""
        self.devices[sample.tag].add(sample)
        self.last_number = max(self.last_number, sample.number)
        if abs(sample.clock_step_s) > abs(self.clock_step_s):
            self.clock_step_s = sample.clock_step_s

    @property
    def complete(self) -> bool:
        """Return True when every value of every sample that was planned is there."""
        return all(
            d.samples == self.planned and not d.missing and not d.incomplete for d in self.devices.values()
        )

    @property
    def empty(self) -> bool:
        """Return True when no device answered in any sample."""
        return all(device.samples == device.missing for device in self.devices.values())

    def document(self) -> dict[str, Any]:
        """Return the summary as JSON."""
        return {
            "interval_s": self.interval_s,
            "samples": self.planned,
            "clock_step_s": self.clock_step_s,
            "devices": {tag: _document(device, self.planned) for tag, device in self.devices.items()},
        }


def _document(device: DeviceSummary, planned: int) -> dict[str, Any]:
    return {
        "samples": device.samples - device.missing,
        "missing": device.missing + max(0, planned - device.samples),
        "incomplete": device.incomplete, "suspect": device.suspect, "late": device.late,
        "requests": device.requests, "last_problem": device.last_problem,
        "jitter_ms": {
            "p50": round(device.jitter.quantile_ms(0.5), 3),
            "p99": round(device.jitter.quantile_ms(0.99), 3),
            "max": round(device.jitter.greatest_ms, 3),
        },
        "quantities": {
            name: {"unit": s.unit, "min": s.least, "mean": s.mean, "max": s.greatest}
            for name, s in device.spreads.items()
        },
    }  # fmt: skip
