"""Load management made to bind: the stations are lowered, and the import must follow. Pure."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from device_probe.load_step.result import ImportResult, Judged, MeterResult
from device_probe.load_step.steps import NEAR, PHASES, Hold, Lane, Round, Steps, powers
from device_probe.model import SitePlan

MOST_OFF = 0.2  # of the change: a pass shows with two standard deviations that no more is missing
TOLERANCE = 0.1  # the classes of meter and stations, and losses
SURE = 4.0  # standard deviations beyond the tolerance, for a fail
REACHED = 0.85  # of a fall: then the import counts as having followed
STANDS_OUT = 6.0  # times what the background does
LOOK_FOR = (
    "Look for what takes up the load that the stations give up (storage, another load management), and for a "
    "station that only says that it follows."
)


@dataclass(frozen=True, slots=True)
class _Step:
    """One change from a state to the next: of the stations in sum and by itself, and of the import, in W."""

    said: float
    gross: float
    seen: float

    @property
    def stray(self) -> float:
        """Return what the import did besides the stations, more than classes allow."""
        return abs(self.seen - self.said) - TOLERANCE * self.gross


def judge_import(
    plan: SitePlan, holds: Sequence[Hold], steps: Steps, meters: Sequence[MeterResult]
) -> ImportResult | None:
    """Judge whether the import at the main meter went along with the stations; None: nothing was written."""
    main = next((d.tag for d in plan.devices if d.role == "main_meter" and d.tag in steps.meters), None)
    if main is None or not steps.count or all(hold.changed_at_s is None for hold in holds):
        return None
    lanes = [lane for lane in steps.meters[main] if lane is not None]
    if len(lanes) < len(PHASES):
        words = f"{main} tells no power of each phase, so the import can't be followed."
        judged = Judged("inconclusive", 0.0, words, f"Watch the import at {main} with an instrument.")
        return ImportResult(main, 0.0, 0.0, 0.0, None, None, judged)
    noise = sum(lane.spread_p for lane in lanes)  # one load of three phases moves all at once
    wired = next((m for m in meters if m.tag == main), None)
    return _judged(plan, holds, wired, _steps(steps, lanes), (main, noise))


def _steps(steps: Steps, lanes: Sequence[Lane]) -> list[_Step]:
    found = []
    for i in range(steps.count):
        each = [sum(load.steps[i][own].real for own in PHASES) for load in steps.loads.values()]
        found.append(_Step(sum(each), sum(map(abs, each)), sum(lane.steps[i].real for lane in lanes)))
    return found


def _judged(
    plan: SitePlan, holds: Sequence[Hold], wired: MeterResult | None, steps: Sequence[_Step],
    seen_at: tuple[str, float],
) -> ImportResult:  # fmt: skip
    main, noise = seen_at
    square = sum(one.said**2 for one in steps) or 1e-9
    share = sum(one.said * one.seen for one in steps) / square
    spread = noise / math.sqrt(square)
    largest = min(range(len(steps)), key=lambda i: steps[i].said)
    fall = steps[largest]
    stands_out = -fall.said >= STANDS_OUT * noise and largest + 1 < len(holds)
    seconds = _seconds(plan, main, holds[largest], holds[largest + 1], fall.said) if stands_out else None
    when = f" within {seconds:.1f} s" if seconds is not None else ""
    said = (
        f"The stations were lowered by {-fall.said / 1000:.1f} kW at once, and the import at {main} fell by "
        f"{-fall.seen / 1000:.1f} kW{when}"
    )
    stray = max(steps, key=lambda one: one.stray)
    if wired is not None and "fail" in (wired.wiring.verdict, wired.scale.verdict):
        words = f"{said}; but {main} is not connected as planned, so this shows nothing."
        judged = Judged("inconclusive", 0.0, words, f"Put {main} right first, then repeat.")
    elif stray.stray > STANDS_OUT * noise or abs(share - 1) - SURE * spread > TOLERANCE:
        words = (
            f"{said}; but when the stations say {stray.said / 1000:+.1f} kW, it changed by "
            f"{stray.seen / 1000:+.1f} kW."
        )
        judged = Judged("fail", 0.99, words, LOOK_FOR)
    elif abs(share - 1) + 2 * spread > MOST_OFF:
        words = f"{said}; the background moved too much to tell."
        judged = Judged("inconclusive", 0.5, words, "Repeat at a quieter time or with more stations.")
    else:
        judged = Judged("pass", 0.99, f"{said}.")
    return ImportResult(main, -fall.said, -fall.seen, share, spread, seconds, judged)


def _seconds(plan: SitePlan, main: str, before: Hold, hold: Hold, fall_w: float) -> float | None:
    """Return how long the import took to fall."""
    nominal = plan.voltage_v / math.sqrt(3)
    level = [v for one in before.rounds[-NEAR:] if (v := _total(one, main, nominal)) is not None]
    if not level or hold.changed_at_s is None:
        return None
    goal = statistics.median(level) + REACHED * fall_w
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
