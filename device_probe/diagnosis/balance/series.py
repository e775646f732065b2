"""Devices side by side: samples put into common rounds, power of each supply phase, how much it moves. Pure.

A value that is missing is NaN: it spreads to every sum it takes part in, and that round doesn't count.
"""

import math
import statistics
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from device_probe.diagnosis.balance.accuracy import Chain, chain_of, resolution
from device_probe.diagnosis.evidence import Role, Sample
from device_probe.model import PlannedDevice, SitePlan

NAN = math.nan
PHASES = (0, 1, 2)
TOTAL = 3
LANES = (0, 1, 2, TOTAL)
MAX_ROUNDS = 40
ASSUMED_PF = 0.985
DERIVED_SHARE = 0.02  # how far that may be off
Lane = tuple[float, ...]
Lanes = tuple[Lane, Lane, Lane, Lane]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known about a site besides its plan."""

    resistance_ohm: Mapping[str, float] = field(default_factory=dict)  # of the circuit that feeds a device
    roles: Mapping[str, Role] = field(default_factory=dict)  # load, generation or mixed; default load
    chargers: frozenset[str] | None = None  # whose readings have no class; None: all stations
    set_aside: Mapping[str, str] = field(default_factory=dict)  # tag -> why its readings must not be used
    skew_s: float = 5.0  # how far apart in time the devices of one round may have been read


@dataclass(frozen=True, slots=True)
class Series:
    """One device over all rounds, in the phases of the supply; the fourth lane is the total."""

    tag: str
    chain: Chain
    power: Lanes
    reactive: Lanes
    likely: Lanes  # errors in W
    worst: Lanes
    move: Lanes  # how much the power moves around each round
    amperes: Lanes = ((), (), (), ())

    @property
    def silent(self) -> bool:
        """Return True when no round has a total."""
        return all(value != value for value in self.power[TOTAL])


@dataclass(frozen=True, slots=True)
class Site:
    """Every device of a plan over common rounds."""

    plan: SitePlan
    around: Circumstances
    devices: Mapping[str, PlannedDevice]
    series: Mapping[str, Series]
    samples: Mapping[str, tuple[Sample | None, ...]]  # by round
    rounds: int
    share: float  # how much of what moves between two rounds may lie between two devices of one round
    voltage_v: float

    def children(self, tag: str) -> tuple[str, ...]:
        """Return the tags of the devices directly below."""
        return tuple(d.tag for d in self.plan.devices if d.parent == tag)


def is_charger(device: PlannedDevice, around: Circumstances) -> bool:
    """Return True for a device whose readings have no accuracy class."""
    return device.role == "station" if around.chargers is None else device.tag in around.chargers


def landing(device: PlannedDevice) -> tuple[int, int, int]:
    """Return the supply phase (0 to 2) on which each own phase of a device lies."""
    if device.role != "station" and device.phases != 1:
        return 0, 1, 2
    named = [int(char) - 1 for char in device.phase_rotation if char in "123"][:3]
    if not named or len(set(named)) != len(named):
        return 0, 1, 2
    while len(named) < len(PHASES):
        named.append(next(p for p in ((named[-1] + 1) % 3, (named[-1] + 2) % 3) if p not in named))
    return named[0], named[1], named[2]


def gather_site(
    plan: SitePlan, samples: Mapping[str, Sequence[Sample]], around: Circumstances | None = None
) -> Site:
    """Return every device over common rounds."""
    known = around or Circumstances()
    aligned, interval = _aligned({d.tag: samples.get(d.tag, ()) for d in plan.devices})
    width = max(1, math.ceil(known.skew_s / interval)) if interval else 1
    voltage = plan.voltage_v / math.sqrt(3)
    raw = {d.tag: _raw(d, aligned[d.tag], known, voltage) for d in plan.devices}
    kept = _chosen([one[0][TOTAL] for one in raw.values()])
    series = {d.tag: _series(d, raw[d.tag], known, kept, min(width, 3), voltage) for d in plan.devices}
    share = min(1.0, known.skew_s / interval) if interval else 1.0
    by_round = {tag: tuple(row[k] for k in kept) for tag, row in aligned.items()}
    return Site(
        plan, known, {d.tag: d for d in plan.devices}, series, by_round, len(kept), share, voltage
    )  # fmt: skip


def _aligned(
    samples: Mapping[str, Sequence[Sample]],
) -> tuple[dict[str, list[Sample | None]], float | None]:
    """Put each device's samples into the rounds of the device that has most."""
    times = {tag: _times(row) for tag, row in samples.items() if row}
    longest = max((len(row) for row in samples.values()), default=0)
    if not times or any(row is None for row in times.values()):
        return {t: [*row, *[None] * (longest - len(row))] for t, row in samples.items()}, None
    rounds = max((row for row in times.values() if row is not None), key=len)
    interval = statistics.median(b - a for a, b in pairwise(rounds)) if len(rounds) > 1 else None
    found: dict[str, list[Sample | None]] = {}
    for tag, row in samples.items():
        found[tag] = [None] * len(rounds)
        for sample, at in zip(row, times.get(tag) or (), strict=False):
            place = _nearest(rounds, at)
            if interval is None or abs(rounds[place] - at) <= 0.5 * interval:
                found[tag][place] = sample
    return found, interval


def _times(row: Sequence[Sample]) -> list[float] | None:
    try:
        found = [datetime.fromisoformat(sample.at).timestamp() for sample in row]
    except ValueError:
        return None
    return found if all(a < b for a, b in pairwise(found)) else None


def _nearest(rounds: Sequence[float], at: float) -> int:
    place = bisect_left(rounds, at)
    near = [p for p in (place - 1, place) if 0 <= p < len(rounds)]
    return min(near, key=lambda p: abs(rounds[p] - at))


def _chosen(totals: Sequence[Lane]) -> list[int]:
    """Return the rounds to judge: all of a short window, of a long one the steadiest of each stretch."""
    count = len(totals[0]) if totals else 0
    if count <= MAX_ROUNDS:
        return list(range(count))
    restless = [
        sum(abs(t[k] - t[k - 1]) for t in totals if t[k] - t[k - 1] == t[k] - t[k - 1]) if k else math.inf
        for k in range(count)
    ]
    edges = [count * n // MAX_ROUNDS for n in range(MAX_ROUNDS + 1)]
    return [
        min(range(a, b), key=lambda k: restless[k] + restless[min(k + 1, count - 1)])
        for a, b in pairwise(edges)
    ]


def _raw(
    device: PlannedDevice, row: Sequence[Sample | None], around: Circumstances, voltage: float
) -> tuple[Lanes, Lanes, Lanes, bool]:
    """Return P, Q and I of each round by supply phase, and whether P was made from U and I."""
    if device.tag in around.set_aside:
        row = [None] * len(row)
    place = landing(device)
    told = [_told(device, sample, voltage) for sample in row]
    lanes = []
    for kind in (0, 1, 2):
        rows = [one[:3][kind] for one in told]
        phases = [tuple(row[place.index(a)] for row in rows) for a in PHASES]
        lanes.append((phases[0], phases[1], phases[2], tuple(row[TOTAL] for row in rows)))
    derived = any(one[3] for one in told)
    return lanes[0], lanes[1], lanes[2], derived


Four = tuple[float, float, float, float]
NOTHING: Four = (NAN, NAN, NAN, NAN)


def _told(device: PlannedDevice, sample: Sample | None, nominal: float) -> tuple[Four, Four, Four, bool]:
    if sample is None:
        return NOTHING, NOTHING, NOTHING, False
    idle = range(device.phases + 1, 4) if device.role == "station" or device.phases == 1 else ()
    amperes = _phases(sample, "current_l", idle)
    reactive = _phases(sample, "reactive_power_l", idle)
    power = _phases(sample, "active_power_l", idle)
    total = sample.number("active_power_total")
    derived = False
    if any(p != p for p in power) and device.phases == 1 and total is not None:
        power = [total, 0.0, 0.0]
    elif any(p != p for p in power):
        power, derived = _made(sample, amperes, total, nominal), total is None
    whole = sum(power) if total is None else total
    q_total = sample.number("reactive_power_total")
    return (
        (power[0], power[1], power[2], whole),
        (reactive[0], reactive[1], reactive[2], sum(reactive) if q_total is None else q_total),
        (amperes[0], amperes[1], amperes[2], sum(amperes)),
        derived,
    )


def _phases(sample: Sample, name: str, idle: Sequence[int]) -> list[float]:
    found = (sample.number(f"{name}{k}") for k in (1, 2, 3))
    return [(0.0 if k in idle else NAN) if v is None else v for k, v in enumerate(found, 1)]


def _made(sample: Sample, amperes: Sequence[float], total: float | None, nominal: float) -> list[float]:
    """Return power of each phase from current and voltage, scaled to the total where that was told."""
    apparent = [(sample.number(f"voltage_l{k}_n") or nominal) * abs(i) for k, i in enumerate(amperes, 1)]
    if total is None:
        return [ASSUMED_PF * s for s in apparent]
    whole = sum(apparent)
    return [total * s / whole if whole > 0 else (0.0 if whole == 0 else NAN) for s in apparent]


def _series(
    device: PlannedDevice, raw: tuple[Lanes, Lanes, Lanes, bool],
    around: Circumstances, kept: Sequence[int], width: int, voltage: float,
) -> Series:  # fmt: skip
    power, reactive, amperes, derived = raw
    charger = is_charger(device, around)
    steps = [v for lane in amperes[:TOTAL] for v in lane if v == v] if charger and derived else []
    chain = chain_of(device, charger, resolution(steps))
    extra = DERIVED_SHARE if derived else 0.0
    moves = _four(tuple(_move(lane, k, width) for k in kept) for lane in power)
    power, reactive = (_four(tuple(lane[k] for k in kept) for lane in lanes) for lanes in (power, reactive))
    errors = [
        [_error(chain, p, q, voltage, extra) for p, q in zip(power[a], reactive[a], strict=True)]
        for a in PHASES
    ]
    errors.append([_total_error(chain, p, q, [errors[a][k] for a in PHASES], voltage, extra)
                   for k, (p, q) in enumerate(zip(power[TOTAL], reactive[TOTAL], strict=True))])  # fmt: skip
    return Series(
        device.tag, chain, power, reactive, _four(tuple(e[0] for e in lane) for lane in errors),
        _four(tuple(e[1] for e in lane) for lane in errors), moves,
        _four(tuple(lane[k] for k in kept) for lane in amperes),
    )  # fmt: skip


def _four(lanes: Iterable[Lane]) -> Lanes:
    a, b, c, d = tuple(lanes)
    return a, b, c, d


def _error(chain: Chain, p: float, q: float, voltage: float, extra: float) -> tuple[float, float]:
    if p != p:
        return NAN, NAN
    # a reactive power that was not read may be as large as a power factor of 0.95 makes it
    likely, worst = chain.error_w(p, q if q == q else 0.33 * p, voltage)
    return likely + extra * abs(p), worst + extra * abs(p)


def _total_error(
    chain: Chain, p: float, q: float, phases: Sequence[tuple[float, float]], voltage: float, extra: float
) -> tuple[float, float]:
    """All phases of a device share its errors, so they add up; without phases a third is taken for each."""
    if all(one == one for one, _ in phases):
        return sum(one for one, _ in phases), sum(one for _, one in phases)
    likely, worst = _error(chain, p / 3, q / 3, voltage, extra)
    return 3 * likely, 3 * worst


def _move(lane: Lane, k: int, width: int) -> float:
    near = [v for v in lane[max(0, k - width) : k + width + 1] if v == v]
    return max(near) - min(near) if near else 0.0
