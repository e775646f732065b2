"""Which set-point of a station may be lowered, from what to what, and why not. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from device_probe.load_step.record import KnownLoad
from device_probe.model import Finding, PlannedDevice, Snapshot
from device_probe.problems import RefusedError
from device_probe.profile import Point, Profile, for_connector, unit_of_connector
from device_probe.simulator.encode import encode

CURRENT = ("max_current_limit", "max_current_limit_fine")
POWER = ("max_power_limit",)
NOMINAL_V = 230.0
LEAST_STEP_A = 3.0  # a smaller one is not worth a write
POWER_SHARE = 0.3  # a direct-current charger is not driven to the least it can
SHORTEST_WATCHDOG_S = 10.0
LEFT = "current_limit_valid_time"
SHORTEST_LEFT_S = 15.0
WATCHDOGS = ("communication_timeout", LEFT)
SESSIONS = ("user_id", "rfid_tag")
FAILSAFE = "current_limit_failsafe"


@dataclass(frozen=True, slots=True)
class SetPoint:
    """One set-point as found, and the value to which it is lowered; ``refresh_s``: rewritten so often."""

    device: PlannedDevice
    profile: Profile  # as its file says it; ``at`` is the same at the device's connector
    point: Point
    found: float
    low: float
    drawn_a: float
    limit: float  # the circuit's design current, in the unit of the point
    refresh_s: float | None = None
    failsafe_a: float | None = None
    watchdog_s: float | None = None

    @property
    def tag(self) -> str:
        """Return the station's tag."""
        return self.device.tag

    @property
    def unit(self) -> str:
        """Return the unit of the values."""
        return self.point.unit

    @property
    def at(self) -> Profile:
        """Return the profile at the connector."""
        return for_connector(self.profile, self.device.connector)

    @property
    def bus_unit(self) -> int:
        """Return the unit id at which it is written."""
        own = unit_of_connector(self.profile, self.device.unit, self.device.connector)
        return own if self.point.unit_id is None else self.point.unit_id

    @property
    def function(self) -> int:
        """Return the function code that writes it."""
        return self.point.write_function or (6 if self.point.registers == 1 else 16)

    @property
    def step(self) -> float:
        """Return how far two readings of the same value may differ."""
        return 0.5 * abs(self.point.scale) if self.point.type not in ("float32", "float64") else 0.01

    @property
    def read_back(self) -> str | None:
        """Return the quantity that tells the present value."""
        if self.point.access == "rw":
            return self.point.quantity
        return "current_limit_actual" if "current_limit_actual" in self.profile.quantities else None

    @property
    def load(self) -> KnownLoad:
        """Return what is recorded of it."""
        per_a = self.limit / (self.device.design_current_a or self.limit)
        return KnownLoad(
            self.tag, self.point.quantity, self.unit, self.found, self.low, self.low / per_a, self.drawn_a,
            self.limit, self.refresh_s, self.failsafe_a, self.watchdog_s,
        )  # fmt: skip

    def check(self, value: float) -> None:
        """Raise RefusedError for any value that may not be written."""
        low, high = self.point.safe_range or (math.inf, -math.inf)
        if not (low <= value <= high and 0 < value <= self.found and value <= self.limit):
            raise RefusedError(
                f"{self.tag}: {value:g} {self.unit} is never written: it was found at {self.found:g}, its "
                f"profile allows {low:g} to {high:g}, its circuit {self.limit:g} {self.unit}."
            )


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a station is no test load."""

    tag: str
    code: str
    reason: str
    stops_all: bool = False  # the whole load step is refused, not only this station
    finding: Finding | None = None


def marked(profile: Profile) -> Point | None:
    """Return the point that a profile marks as a set-point that may be written."""
    known = {p.quantity: p for p in profile.points}
    fitting = (known[name] for name in (*CURRENT, *POWER) if name in known)
    return next(
        (p for p in fitting if p.access in ("rw", "wo") and p.safe_range and p.table == "holding"), None
    )


def quantities_before(profile: Profile) -> tuple[str, ...]:
    """Return what must be read before anything is decided."""
    wanted = (*CURRENT, *POWER, *WATCHDOGS, *SESSIONS, FAILSAFE, "current_limit_actual", "active_power_total",
              *(f"current_l{k}" for k in (1, 2, 3)))  # fmt: skip
    return tuple(name for name in wanted if name in profile.quantities)


def registers_of(point: SetPoint, value: float) -> tuple[int, ...]:
    """Return the registers of a value."""
    data = encode(point.at, point.point, value)
    return tuple(int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2))


def lowering(
    device: PlannedDevice, profile: Profile, snapshot: Snapshot, cards: Sequence[str] = ()
) -> SetPoint | Obstacle:
    """Return how a station is used as a test load, or why it is none."""
    tag, point = device.tag, marked(for_connector(profile, device.connector))
    if (why := _not_touched(device, profile, snapshot, cards)) is not None:
        return why
    if point is None or point.safe_range is None or device.design_current_a is None:
        return Obstacle(tag, "no-set-point", f"{tag}: its profile marks no set-point that may be written.")
    drawn = drawn_current(snapshot)
    if drawn is None:
        return Obstacle(
            tag, "no-current", f"{tag}: it tells no current of each phase, so nothing could be judged."
        )
    found = _found(point, snapshot, drawn)
    if found is None:
        return Obstacle(tag, "set-point-unknown", f"{tag}: the present value of its set-point is not known.")
    per_a = 1.0 if point.quantity in CURRENT else NOMINAL_V * device.phases
    limit = device.design_current_a * per_a
    if (why := _above_design(device, found / per_a, snapshot)) is not None:
        return why
    low = point.safe_range[0]
    if per_a > 1:
        low = _rounded(point, max(low, POWER_SHARE * drawn * per_a))
    if drawn < low / per_a + LEAST_STEP_A or not low < found <= point.safe_range[1]:
        return Obstacle(
            tag, "no-load",
            f"{tag}: it draws {drawn:.1f} A with its limit at {found:g} {point.unit}; lowered to {low:g} "
            f"{point.unit} that would show less than {LEAST_STEP_A:g} A.",
        )  # fmt: skip
    watchdog = _watchdog(snapshot)
    return SetPoint(
        device, profile, point, found, low, drawn, limit, watchdog / 3 if watchdog else None,
        snapshot.value(FAILSAFE), watchdog,
    )  # fmt: skip


def _not_touched(
    device: PlannedDevice, profile: Profile, snapshot: Snapshot, cards: Sequence[str]
) -> Obstacle | None:
    tag = device.tag
    if snapshot.problem is not None:
        held = "another client" in snapshot.problem
        return Obstacle(tag, "held" if held else "no-answer", f"{tag}: {snapshot.problem}.", stops_all=held)
    session = _session(snapshot)
    if session and session not in cards:
        return Obstacle(
            tag, "session",
            f"{tag}: a session of {session} runs; end it, or name the card as one of your own with --card.",
            stops_all=True,
        )  # fmt: skip
    if "life_bit" in {point.quantity for point in profile.points}:
        words = "it needs a life sign that can't be given without writing other registers than its set-point"
        return Obstacle(tag, "heartbeat", f"{tag}: {words}.")
    watchdog = _watchdog(snapshot)
    if watchdog is not None and watchdog < SHORTEST_WATCHDOG_S:
        words = f"it gives up its set-point after {watchdog:g} s, sooner than it can be kept alive"
        return Obstacle(tag, "heartbeat", f"{tag}: {words}.")
    if device.design_current_a is None:
        words = "the plan doesn't say the design current of its circuit"
        return Obstacle(tag, "no-design-current", f"{tag}: {words}; add design_current_a.")
    return None


def _session(snapshot: Snapshot) -> str:
    said = [r.value for r in snapshot.readings if r.quantity in SESSIONS and r.problem is None]
    texts = [str(value).strip() for value in said if value is not None]
    return next((text for text in texts if text.strip("0. ")), "")


def _watchdog(snapshot: Snapshot) -> float | None:
    times = [v for name in WATCHDOGS if (v := snapshot.value(name)) is not None and v > 0]
    left = snapshot.value(LEFT)
    if left is not None and left < SHORTEST_LEFT_S:
        # it tells what is left of the time, and nothing is left where nobody sets it: it is much longer
        times = [t for t in times if t != left] + [SHORTEST_LEFT_S]
    return min(times, default=None)


def drawn_current(snapshot: Snapshot) -> float | None:
    """Return the largest current that a station draws on any phase, None when it tells none."""
    currents = [abs(v) for k in (1, 2, 3) if (v := snapshot.value(f"current_l{k}")) is not None]
    return max(currents, default=None)


def _found(point: Point, snapshot: Snapshot, drawn: float) -> float | None:
    good: Mapping[str, float] = {
        r.quantity: float(r.value)
        for r in snapshot.readings
        if r.problem is None and isinstance(r.value, int | float)
    }
    if point.access == "rw":
        return good.get(point.quantity)
    if point.quantity not in CURRENT:
        return None
    return _rounded(point, good.get("current_limit_actual", drawn))


def _rounded(point: Point, value: float) -> float:
    """Return the value that the register can say, rounded down."""
    if point.type in ("float32", "float64"):
        return math.floor(value)
    return round(math.floor(value / point.scale + 1e-9) * point.scale, 9)


def _above_design(device: PlannedDevice, found_a: float, snapshot: Snapshot) -> Obstacle | None:
    design = device.design_current_a or 0.0
    failsafe = snapshot.value(FAILSAFE)
    for code, words, value in (
        ("limit-above-design", "its limit is", found_a),
        ("failsafe-above-design", "without communication it takes", failsafe),
    ):
        if value is not None and value > design + 1e-6:
            sentence = (
                f"{device.tag}: {words} {value:g} A, above the {design:g} A its circuit is designed for."
            )
            remedy = f"Set it to {design:g} A or less with the maker's own tool, then start again."
            finding = Finding(code, "error", device.tag, sentence, clause="IEC 60364-4-43", remedy=remedy)
            return Obstacle(device.tag, code, sentence, finding=finding)
    return None
