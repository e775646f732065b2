"""What a charger says held against itself: power, voltage, phases, state, limit. Pure.

Each check returns None where the readings say nothing about it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from device_probe.diagnosis.balance.node import median
from device_probe.diagnosis.balance.series import PHASES, Series
from device_probe.diagnosis.evidence import Sample
from device_probe.model import PlannedDevice

CheckWord = Literal["pass", "fail", "doubt", "open", "info"]
FLOWS_A, CHARGES_A = 1.0, 1.0
LIMIT_PERCENT, LIMIT_A = 3.0, 0.5  # above a limit: the accuracy of the station and of its meter
REACTION_S = 10.0  # within which a station follows a new limit
MIN_ROUNDS = 3
VOTES = 0.2
MIN_PF, MAX_PF = 0.80, 1.06
VOLTAGE_BAND = 0.12
STATES = ("charger_state", "cp_state", "connector_state", "evse_state", "station_state", "ocpp_state")
CHARGING = frozenset({"charging", "charging_ventilation", "c", "c2", "d", "d2", "charge_loop", "derating"})
#: States in which no current may flow; C1, D1, ready and what the vehicle suspends say too little.
RESTING = frozenset({
    "no_vehicle", "a", "a1", "a2", "b", "b1", "b2", "e", "f", "idle", "available", "standby", "connected",
    "connected_pwm", "vehicle_detected", "vehicle_detected_pwm", "ev_connected", "paused", "paused_by_evse",
    "suspended_evse", "completed", "ended", "stopped", "waiting_for_vehicle", "waiting_for_start", "reserved",
    "faulted", "fault", "error", "unavailable", "no_power", "f_locked",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Check:
    """One thing a charger says, held against another."""

    code: str
    word: CheckWord
    sentence: str
    action: str = ""
    value: float | None = None
    expected: float | None = None
    permitted: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """One station over the rounds."""

    device: PlannedDevice
    samples: tuple[Sample | None, ...]
    amperes: tuple[float, ...]  # largest phase of each round: its meter's where it has one, else its own
    own: Series
    meter: Series | None
    voltage_v: float
    skew_s: float
    percent: float

    @property
    def tag(self) -> str:
        """Return the station's tag."""
        return self.device.tag

    def read(self) -> Iterator[tuple[int, Sample]]:
        """Return the rounds in which the station answered."""
        return ((k, s) for k, s in enumerate(self.samples) if s is not None)


def _many(wrong: int, all_rounds: int) -> bool:
    return wrong >= max(MIN_ROUNDS, VOTES * all_rounds)


def consistent(facts: Facts) -> Check | None:
    """Power must be voltage times current times a power factor that a charging vehicle has."""
    shares, phases = [], range(1, facts.device.phases + 1)
    for _, sample in facts.read():
        power, amperes = sample.number("active_power_total"), [sample.number(f"current_l{k}") for k in phases]
        if power is None or any(i is None for i in amperes):
            continue
        volts = [sample.number(f"voltage_l{k}_n") or facts.voltage_v for k in phases]
        apparent = sum(u * abs(i or 0.0) for u, i in zip(volts, amperes, strict=True))
        if apparent > 3 * facts.voltage_v:
            shares.append(power / apparent)
    if len(shares) < MIN_ROUNDS:
        return None
    share = median(shares)
    if MIN_PF <= share <= MAX_PF:
        return Check("own-figures", "pass", f"Power is {share:.2f} of voltage times current.", "", share)
    sentence = f"{facts.tag} tells {share:.3g} times as much power as its own voltage and current make."
    return Check(
        "own-figures", "fail", sentence, "Check the scale of power and current in its profile.", share, 1.0
    )


def voltage(facts: Facts) -> Check | None:
    """Voltage near the nominal one, and near the meter's where that is known."""
    found = [
        v
        for _, s in facts.read()
        for k in PHASES
        if (v := s.number(f"voltage_l{k + 1}_n")) is not None and v > 10
    ]
    if len(found) < MIN_ROUNDS:
        return None
    value = median(found)
    off = abs(value / facts.voltage_v - 1)
    if off <= VOLTAGE_BAND:
        return Check("voltage", "pass", f"{value:.0f} V", "", value, facts.voltage_v, unit="V")
    sentence = f"{facts.tag} tells {value:.3g} V where {facts.voltage_v:.0f} V are nominal."
    return Check(
        "voltage",
        "fail",
        sentence,
        "Check the scale of voltage in its profile.",
        value,
        facts.voltage_v,
        unit="V",
    )


def phases_in_use(facts: Facts) -> Check | None:
    """The number of phases told must be that on which current flows."""
    wrong, judged, last = 0, 0, (0, 0)
    source = facts.meter or facts.own
    for k, sample in facts.read():
        told = _number_of_phases(sample.readings.get("phases_used"))
        row = [source.amperes[a][k] for a in PHASES]
        if told is None or any(i != i for i in row) or max(row) < 3 * FLOWS_A:
            continue
        judged += 1
        flowing = sum(abs(i) > max(FLOWS_A, 0.1 * max(row)) for i in row)
        # a vehicle may use fewer phases than it is offered, never more
        if flowing > told:
            wrong, last = wrong + 1, (told, flowing)
    if judged < MIN_ROUNDS:
        return None
    if _many(wrong, judged):
        sentence = f"{facts.tag} says that {last[0]} phase is in use, but current flows on {last[1]}."
        return Check(
            "phases-in-use", "fail", sentence, "Check the phase setting of the station.", last[1], last[0]
        )
    return Check("phases-in-use", "pass", "Current flows on no more phases than the station says.")


def _number_of_phases(told: object) -> int | None:
    digits = re.search(r"[123]", str(told)) if isinstance(told, str | int | float) else None
    if told == "all":
        return 3
    if told == "single":
        return 1
    return int(digits.group()) if digits else None


def state_word(sample: Sample) -> str | None:
    """Return "charging", "resting" or None when the state says neither."""
    for name in STATES:
        value = sample.readings.get(name)
        if isinstance(value, str):
            word = value.strip().lower()
            return "charging" if word in CHARGING else "resting" if word in RESTING else None
    return None


def state(facts: Facts) -> Check | None:
    """No current without charging; charging without current is a full vehicle at best."""
    words = {k: word for k, s in facts.read() if (word := state_word(s)) is not None}
    # at a change of state current and register may be read on either side of it
    steady = [k for k, word in words.items() if words.get(k - 1, word) == word == words.get(k + 1, word)]
    judged = [k for k in steady if facts.amperes[k] == facts.amperes[k]]
    if len(judged) < MIN_ROUNDS:
        return None
    leaking = [k for k in judged if words[k] == "resting" and facts.amperes[k] > FLOWS_A]
    if _many(len(leaking), len(judged)):
        amperes = median(facts.amperes[k] for k in leaking)
        sentence = f"{facts.tag} says that it does not charge, but {amperes:.1f} A flow."
        return Check(
            "state",
            "fail",
            sentence,
            "Find out what takes this current: the station, or another load on its circuit.",
            amperes,
            0.0,
            FLOWS_A,
            "A",
        )
    charging = [k for k in judged if words[k] == "charging"]
    idle = [k for k in charging if facts.amperes[k] < CHARGES_A]
    if charging and _many(len(idle), len(charging)) and len(idle) > 0.5 * len(charging):
        sentence = f"{facts.tag} says that it charges, but less than {CHARGES_A:g} A flow."
        return Check(
            "state",
            "open",
            sentence,
            "Let another vehicle charge: a full one takes no current.",
            0.0,
            None,
            None,
            "A",
        )
    return Check("state", "pass", "State and current fit one another.")


def limit(facts: Facts) -> Check | None:
    """The current stays below the limit that the station shows, some seconds after it was set."""
    limits: dict[int, float] = {}
    for k, sample in facts.read():
        known = [
            v
            for name in ("max_current_limit", "current_limit_actual")
            if (v := sample.number(name)) is not None
        ]
        if known:
            limits[k] = max(known)  # the set-point may be bounded from below by the limit in force
    judged = [
        k
        for k in limits
        if limits.get(k - 1, limits[k]) <= limits[k] and facts.amperes[k] == facts.amperes[k]
    ]
    if len(judged) < MIN_ROUNDS:
        return None
    over = [k for k in judged if facts.amperes[k] > limits[k] * (1 + LIMIT_PERCENT / 100) + LIMIT_A]
    most = max(judged, key=lambda k: facts.amperes[k] - limits[k])
    if _many(len(over), len(judged)):
        sentence = f"{facts.tag} takes {facts.amperes[most]:.1f} A with a limit of {limits[most]:.1f} A."
        return Check(
            "limit",
            "fail",
            sentence,
            "Don't rely on this station's limit; check its setting and firmware.",
            facts.amperes[most],
            limits[most],
            LIMIT_A,
            "A",
        )
    flowed = max(facts.amperes[k] for k in judged)
    if flowed < 0.5 * max(limits[k] for k in judged):
        return Check(
            "limit",
            "info",
            f"The limit did not bind: {flowed:.1f} A of {limits[most]:.1f} A.",
            "",
            flowed,
            limits[most],
            unit="A",
        )
    return Check(
        "limit",
        "pass",
        f"Never more than {flowed:.1f} A at {limits[most]:.1f} A.",
        "",
        flowed,
        limits[most],
        unit="A",
    )
