"""Load management made to bind: the stations are lowered, and the import must follow. Pure."""

import math
import statistics
from collections.abc import Sequence

from device_probe.load_step.result import ImportResult, Judged, MeterResult
from device_probe.load_step.steps import NEAR, PHASES, Hold, Lane, Round, Steps, powers
from device_probe.model import SitePlan

TOLERANCE = 0.1  # of the change: the classes of meter and stations, and losses
SURE = 4.0  # standard deviations
UNSURE = 0.1  # standard deviation of the share from which on nothing is said
REACHED = 0.85  # of a fall: then the import counts as having followed
STANDS_OUT = 6.0  # times what the background does


def judge_import(
    plan: SitePlan, holds: Sequence[Hold], steps: Steps, meters: Sequence[MeterResult]
) -> ImportResult | None:
    """Judge whether the import at the main meter went along with the stations; None: nothing was written."""
    main = next((d.tag for d in plan.devices if d.role == "main_meter" and d.tag in steps.meters), None)
    if main is None or not steps.count or all(hold.changed_at_s is None for hold in holds):
        return None
    lanes = steps.meters[main]
    known = [lane for lane in lanes if lane is not None]
    changed = [
        sum(load.steps[i][own].real for load in steps.loads.values() for own in PHASES)
        for i in range(steps.count)
    ]
    if len(known) < len(PHASES):
        words = f"{main} tells no power of each phase, so the import can't be followed."
        judged = Judged("inconclusive", 0.0, words, f"Watch the import at {main} with an instrument.")
        return ImportResult(main, 0.0, 0.0, 0.0, None, None, judged)
    return _judged(plan, main, holds, changed, known, meters)


def _judged(
    plan: SitePlan, main: str, holds: Sequence[Hold], changed: Sequence[float], lanes: Sequence[Lane],
    meters: Sequence[MeterResult],
) -> ImportResult:  # fmt: skip
    seen = [sum(lane.steps[i].real for lane in lanes) for i in range(len(changed))]
    square = sum(e * e for e in changed) or 1e-9
    share = sum(e * s for e, s in zip(changed, seen, strict=True)) / square
    noise = sum(lane.spread_p for lane in lanes)  # one load of three phases moves all at once
    spread = noise / math.sqrt(square)
    falls = [(e, s) for e, s in zip(changed, seen, strict=True) if e < 0]
    lowered = -statistics.mean(e for e, _ in falls) if falls else 0.0
    fell = -statistics.mean(s for _, s in falls) if falls else 0.0
    seconds = _seconds(plan, main, holds, changed, noise)
    wired = next((m for m in meters if m.tag == main), None)
    judged = _words(main, wired, (lowered, fell, share, spread), seconds)
    return ImportResult(main, lowered, fell, share, spread, seconds, judged)


def _words(
    main: str, wired: MeterResult | None, figures: tuple[float, float, float, float], seconds: float | None
) -> Judged:
    lowered, fell, share, spread = figures
    said = (
        f"The stations were lowered by {lowered / 1000:.1f} kW at a time, and the import at {main} fell by "
        f"{fell / 1000:.1f} kW"
    )
    if wired is not None and "fail" in (wired.wiring.verdict, wired.scale.verdict):
        words = f"{said}; but {main} is not connected as planned, so this shows nothing."
        return Judged("inconclusive", 0.0, words, f"Put {main} right first, then repeat.")
    if spread > UNSURE:
        words = f"{said}; the background moved too much to tell."
        return Judged("inconclusive", 0.5, words, "Repeat at a quieter time or with more stations.")
    if abs(share - 1) <= max(TOLERANCE, SURE * spread):
        when = f" within {seconds:.1f} s" if seconds is not None else ""
        return Judged("pass", 0.99, f"{said}{when}.")
    action = "Look for what takes up the load that the stations give up: storage, another load management."
    return Judged("fail", 0.99, f"{said}: {share:.0%} of what the stations say.", action)


def _seconds(
    plan: SitePlan, main: str, holds: Sequence[Hold], changed: Sequence[float], noise: float
) -> float | None:
    """Return how long the import took for the largest fall, where it stands out from the background."""
    nominal = plan.voltage_v / math.sqrt(3)
    largest = min(range(len(changed)), key=lambda i: changed[i])
    if -changed[largest] < STANDS_OUT * noise or largest + 1 >= len(holds):
        return None
    before, hold = holds[largest], holds[largest + 1]
    level = [v for one in before.rounds[-NEAR:] if (v := _total(one, main, nominal)) is not None]
    if not level or hold.changed_at_s is None:
        return None
    goal = statistics.median(level) + REACHED * changed[largest]
    for one in (*hold.following, *hold.rounds):
        now = _total(one, main, nominal)
        if now is not None and now <= goal:
            return round(one.at_s - hold.changed_at_s, 1)
    return None


def _total(one: Round, tag: str, nominal: float) -> float | None:
    if tag not in one.samples:
        return None
    each = powers(one.samples[tag], nominal)[0]
    return None if any(v is None for v in each) else sum(v.real for v in each if v is not None)
