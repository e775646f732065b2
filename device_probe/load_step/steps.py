"""Rounds of readings, held state by state -> what changed from one state to the next at every input. Pure.

All powers are complex, P + jQ, in the canonical signs; consumption and inductive are positive.
"""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from device_probe.diagnosis.evidence import Sample
from device_probe.load_step.record import RawRead
from device_probe.model import PlannedDevice, SitePlan

PHASES = (0, 1, 2)
METERS = ("main_meter", "group_meter")
NEAR = 3  # rounds on either side of a change that are compared
LEAST_ROUNDS = 2
HALF = 0.4  # a walk averaged over each half of a hold goes as far as one of this share of its time
FLOOR_W = 8.0
FLOOR_SHARE = 0.0005  # of what the input carries: resolution and noise of the register
WITHOUT_Q = 0.15  # how unsure a load's reactive power is when it was not read, as a share of its step
Three = tuple[complex, complex, complex]


@dataclass(frozen=True, slots=True)
class Round:
    """Everything read at about the same moment, in seconds on the clock of the run."""

    at_s: float
    samples: Mapping[str, Sample]
    reads: tuple[RawRead, ...] = ()  # the registers behind the samples


@dataclass(frozen=True, slots=True)
class Hold:
    """The rounds taken while one state was held, after everything had settled."""

    lowered: frozenset[str]
    rounds: tuple[Round, ...]
    following: tuple[Round, ...] = ()  # what was read while the stations went to this state
    changed_at_s: float | None = None  # when the first set-point was written for it


@dataclass(frozen=True, slots=True)
class Lane:
    """What one input of a meter saw at every change, and how far background and noise may take it."""

    steps: tuple[complex, ...]
    spread_p: float
    spread_q: float
    level: complex


@dataclass(frozen=True, slots=True)
class Load:
    """How one station's own power changed, by its own phases."""

    tag: str
    steps: tuple[Three, ...]
    share: float  # how unsure they are, of their size
    share_q: float


@dataclass(frozen=True, slots=True)
class Steps:
    """All changes of a run."""

    count: int
    meters: Mapping[str, tuple[Lane | None, Lane | None, Lane | None]]
    loads: Mapping[str, Load]
    lowered: tuple[frozenset[str], ...]  # by hold


def landing_of(device: PlannedDevice) -> tuple[int, int, int]:
    """Return the supply conductor (0 to 2) that each own phase of a device is declared to be on."""
    digits = [int(char) - 1 for char in device.phase_rotation if char.isdigit()]
    return (digits[0], digits[1], digits[2]) if sorted(digits) == [0, 1, 2] else (0, 1, 2)


def powers(sample: Sample, nominal_v: float) -> tuple[tuple[complex | None, ...], bool]:
    """Return the power of each phase and whether its reactive part was read."""
    found: list[complex | None] = []
    told = True
    currents = [abs(sample.number(f"current_l{k}") or 0.0) for k in (1, 2, 3)]
    total = sample.number("active_power_total")
    for k in (1, 2, 3):
        active, reactive = (sample.number(f"{kind}_power_l{k}") for kind in ("active", "reactive"))
        if active is None and sample.number(f"current_l{k}") is not None:
            # shared out by the currents where the device tells only the sum
            volts = sample.number(f"voltage_l{k}_n") or nominal_v
            active = (
                volts * currents[k - 1] if total is None else total * currents[k - 1] / (sum(currents) or 1.0)
            )
        told = told and reactive is not None
        found.append(None if active is None else complex(active, reactive or 0.0))
    return tuple(found), told


def steps_of(plan: SitePlan, holds: Sequence[Hold], shares: Mapping[str, float] | None = None) -> Steps:
    """Return what changed between the holds, at every meter and every station that was read."""
    nominal = plan.voltage_v / math.sqrt(3)
    usable = [hold for hold in holds if len(hold.rounds) >= LEAST_ROUNDS]
    meters, loads = {}, {}
    for device in plan.devices:
        if device.role in METERS:
            lanes = [_lane(device.tag, k, usable, nominal) for k in PHASES]
            lanes = _alike(lanes)
            meters[device.tag] = (lanes[0], lanes[1], lanes[2])
        elif device.role == "station":
            load = _load(
                device, usable, nominal, (shares or {}).get(device.tag, device.accuracy_percent / 100)
            )
            if load is not None:
                loads[device.tag] = load
    return Steps(len(usable) - 1, meters, loads, tuple(hold.lowered for hold in usable))


def _series(tag: str, phase: int, rounds: Iterable[Round], nominal: float) -> list[complex | None]:
    return [powers(r.samples[tag], nominal)[0][phase] if tag in r.samples else None for r in rounds]


def _lane(tag: str, phase: int, holds: Sequence[Hold], nominal: float) -> Lane | None:
    series = [[v for v in _series(tag, phase, hold.rounds, nominal) if v is not None] for hold in holds]
    if len(series) < 2 or any(len(each) < LEAST_ROUNDS for each in series):
        return None
    steps = [_middle(after[:NEAR]) - _middle(before[-NEAR:]) for before, after in pairwise(series)]
    level = _middle([v for each in series for v in each])
    far = [(v, hold) for v, hold in zip(series, holds, strict=True)]
    floor = FLOOR_W + FLOOR_SHARE * abs(level)
    spread = [math.hypot(_wander(far, part), floor) for part in ("real", "imag")]
    return Lane(tuple(steps), spread[0], spread[1], level)


def _alike(lanes: list[Lane | None]) -> list[Lane | None]:
    """Let no input count on less background than the three have together: a few holds may miss much of it."""
    known = [lane for lane in lanes if lane is not None]
    if not known:
        return lanes
    p, q = (
        math.sqrt(statistics.mean(getattr(lane, name) ** 2 for lane in known))
        for name in ("spread_p", "spread_q")
    )
    return [
        lane and replace(lane, spread_p=max(lane.spread_p, p), spread_q=max(lane.spread_q, q))
        for lane in lanes
    ]


def _wander(series: Sequence[tuple[list[complex], Hold]], part: str) -> float:
    """Return how far the background goes between two holds: as within them, over the longer time."""
    found, times = [], []
    for values, hold in series:
        half = len(values) // 2
        found.append(getattr(_middle(values[half:]) - _middle(values[:half]), part))
        times.append(HALF * (hold.rounds[-1].at_s - hold.rounds[0].at_s))
    gaps = [
        statistics.mean(r.at_s for r in after.rounds[:NEAR])
        - statistics.mean(r.at_s for r in before.rounds[-NEAR:])
        for (_, before), (_, after) in pairwise(series)
    ]
    within = max(statistics.mean(times), 1e-9)
    return math.sqrt(statistics.mean(v * v for v in found) * max(statistics.mean(gaps) / within, 1.0))


def _load(device: PlannedDevice, holds: Sequence[Hold], nominal: float, share: float) -> Load | None:
    series, told = [], True
    for hold in holds:
        rows = [powers(r.samples[device.tag], nominal) for r in hold.rounds if device.tag in r.samples]
        if len(rows) < LEAST_ROUNDS or any(all(v is None for v in row) for row, _ in rows):
            return None
        told = told and all(reactive for _, reactive in rows)
        series.append([[v or 0j for v in row] for row, _ in rows])
    steps = []
    for before, after in pairwise(series):
        step = [
            _middle([r[k] for r in after[:NEAR]]) - _middle([r[k] for r in before[-NEAR:]]) for k in PHASES
        ]
        steps.append((step[0], step[1], step[2]))
    share_q = share if told else WITHOUT_Q
    return Load(device.tag, tuple(steps), share, share_q)


def _middle(values: Sequence[complex]) -> complex:
    return complex(statistics.median(v.real for v in values), statistics.median(v.imag for v in values))
