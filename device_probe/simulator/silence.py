"""Stations that miss their client: when they last heard what they need, and when they fell back."""

from collections.abc import Mapping
from typing import Literal

from device_probe.model import PlannedDevice
from device_probe.profile import Profile
from device_probe.simulator.appliance import Watchdog
from device_probe.simulator.scenario import DeviceManner, Scenario, Step

Sign = Literal["contact", "set_point", "life_sign"]
NO_CAP = 1e9
SIGN_SHOWS_S = 1.0  # a station takes a life sign back after this


class Silences:
    """What was heard so far by every station that has a timeout."""

    def __init__(self, devices: Mapping[str, PlannedDevice], profiles: Mapping[str, Profile]) -> None:
        stations = {tag: profiles[tag] for tag, device in devices.items() if device.role == "station"}
        self._devices = devices
        self._needs: dict[str, Sign] = {tag: _need(profile) for tag, profile in stations.items()}
        self._heard: dict[str, float] = {}
        self._signed: dict[str, float] = {}
        self._ended: tuple[Step, ...] = ()

    def forget(self) -> None:
        """Begin anew."""
        self._heard.clear()
        self._signed.clear()
        self._ended = ()

    def heard(self, scenario: Scenario, tag: str, sign: Sign, t: float) -> bool:
        """Note what a station heard; True when it takes up again what it was set to."""
        if sign == "life_sign":
            self._signed[tag] = t
        manner = self._manner(scenario, tag)
        if manner.timeout_s is None or self._needs[tag] not in (sign, "contact"):
            return False
        since = self._heard.get(tag, 0.0) + manner.timeout_s
        fell = t > since and manner.falls_back
        if fell:
            self._ended += (
                Step(since, tag, "failsafe_a", manner.failsafe_a), Step(t, tag, "failsafe_a", NO_CAP),
            )  # fmt: skip
        self._heard[tag] = t
        return fell

    def steps(self, scenario: Scenario, t: float) -> tuple[Step, ...]:
        """Return when stations fell back, and took up again, until a moment."""
        found = list(self._ended)
        for tag in self._needs:
            manner = self._manner(scenario, tag)
            since = self._heard.get(tag, 0.0) + (manner.timeout_s or 0.0)
            if manner.timeout_s is not None and manner.falls_back and t > since:
                found.append(Step(since, tag, "failsafe_a", manner.failsafe_a))
        return tuple(found)

    def watchdog(self, scenario: Scenario, tag: str, t: float) -> Watchdog | None:
        """Return how a station stands; None for one without a timeout."""
        manner = self._manner(scenario, tag) if tag in self._needs else DeviceManner()
        if manner.timeout_s is None:
            return None
        left = max(self._heard.get(tag, 0.0) + manner.timeout_s - t, 0.0)
        signed = t - self._signed.get(tag, -NO_CAP) < SIGN_SHOWS_S
        return Watchdog(manner.timeout_s, left, manner.failsafe_a, signed)

    def _manner(self, scenario: Scenario, tag: str) -> DeviceManner:
        return scenario.manner_of(self._devices[tag]) if tag in self._needs else DeviceManner()


def _need(profile: Profile) -> Sign:
    names = {point.quantity for point in profile.points}
    if "life_bit" in names:
        return "life_sign"
    return "set_point" if "current_limit_valid_time" in names else "contact"
