"""The simulated site while its time runs: the present moment, the counters, and what was changed by hand."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

from device_probe.model import PlannedDevice, SitePlan
from device_probe.problems import PlanFileError
from device_probe.profile import Profile, for_connector
from device_probe.profile_schema import load_profile
from device_probe.simulator.appliance import Around, told_wrongly
from device_probe.simulator.counters import Counter, powers_of
from device_probe.simulator.encode import Encodable
from device_probe.simulator.meter import with_errors
from device_probe.simulator.moment import Moment, breakpoints, moment, supply_phases
from device_probe.simulator.network import Three
from device_probe.simulator.scenario import MeterFault, Scenario, Step, StepKey, main_place, meant
from device_probe.simulator.silence import Sign, Silences
from device_probe.simulator.values import quantities_of
from device_probe.simulator.wiring_faults import is_three_wire, miswired, ratio_set

Powers = Mapping[str, Mapping[str, float]]  # by tag and counter
REFRESH_S = 0.1  # of real time; between two, every register keeps its value
LOOKING_SHARE = 5.0
MAX_STEP_S = 1.0
MAX_STEPS = 120
MAX_SPEED = 3600
JUST_BEFORE_S = 1e-6


class SiteState:
    """One simulated site; not thread-safe by itself."""

    def __init__(
        self,
        plan: SitePlan,
        scenario: Scenario,
        speed: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.plan, self.scenario = plan, scenario
        self.profiles = {
            device.tag: for_connector(load_profile(device.profile), device.connector)
            for device in plan.devices
        }
        self.devices = {device.tag: device for device in plan.devices}
        self.counters = {device.tag: Counter() for device in plan.devices}
        self.version = 0  # counts up whenever a register may have changed
        self._speed, self._clock = speed, clock
        self._steps: tuple[Step, ...] = ()
        self._injected: tuple[MeterFault, ...] = ()
        self._silences = Silences(self.devices, self.profiles)
        self._stuck: dict[str, dict[str, Encodable]] = {}  # what devices told when they were read first
        self._looked, self._pause = clock(), REFRESH_S
        self.moment = self._at(0.0)

    @property
    def speed(self) -> float:
        """Return how many seconds pass here in one second."""
        return self.scenario.speed if self._speed is None else self._speed

    def set_speed(self, speed: float) -> None:
        """Let time pass at another speed from now on."""
        if not 0 <= speed <= MAX_SPEED:
            raise PlanFileError(f"A speed of {speed:g} is none; give 0 to {MAX_SPEED}.")
        self.refresh()
        self._speed, self._looked = speed, self._clock()

    def set_scenario(self, scenario: Scenario) -> None:
        """Begin another scenario; the counters go on from where they are."""
        self.scenario, self._steps, self._injected = scenario, (), ()
        self._silences.forget()
        self._looked = self._clock()
        self._show(self._at(0.0))

    def refresh(self) -> None:
        """Let the time pass that has passed."""
        if not self.speed:
            return
        now = self._clock()
        if now - self._looked >= self._pause:
            passed, self._looked = now - self._looked, now
            self.advance(passed * self.speed)
            # a large site is looked at less often, so that most of the time is left for answers
            self._pause = max(REFRESH_S, LOOKING_SHARE * (self._clock() - now))

    def advance(self, seconds: float) -> None:
        """Let site time pass: energies add up, ramps and the timeline go on."""
        if seconds < 0:
            raise PlanFileError("Time only goes forward; give seconds from 0 on.")
        if not seconds:
            return
        begin = self.moment.t
        before = {tag: self._powers(device, self.moment) for tag, device in self.devices.items()}
        for t in self._samples(begin, begin + seconds):
            following = self._at(t)
            after = {tag: self._powers(device, following) for tag, device in self.devices.items()}
            self._count(following, before, after)
            self.moment, before = following, after
        self.version += 1

    def inject(self, fault: MeterFault) -> None:
        """Bring in a fault."""
        tag = meant(self.plan, fault)
        if tag not in self.devices:
            raise PlanFileError(
                f"{fault.tag or fault.role}: the plan has no such device; give one of its tags."
            )
        if fault.kind == "address_swapped" and fault.other not in self.devices:
            raise PlanFileError(f"{tag}: with which device was its address swapped? Give that one's tag.")
        if fault.kind == "other_device":
            load_profile(fault.profile or "")
        self._injected += (replace(fault, tag=tag),)
        self._show(self._at(self.moment.t))

    def clear(self, tag: str | None = None) -> None:
        """Take back all faults brought in by hand and by the scenario: of one device, or of all."""

        def stays(fault: MeterFault) -> bool:
            return tag is not None and meant(self.plan, fault) != tag

        self._injected = tuple(filter(stays, self._injected))
        timeline = tuple(s for s in self.scenario.timeline if s.fault is None or stays(s.fault))
        faults = tuple(filter(stays, self.scenario.faults))
        self.scenario = replace(self.scenario, faults=faults, timeline=timeline)
        self._show(self._at(self.moment.t))

    def change(self, target: str, key: StepKey, value: float, ramp_s: float = 0.0) -> None:
        """Change a demand, a set-point or a power from now on."""
        names = {d.tag for d in self.plan.devices if d.role == "station"}
        names |= {one.name for one in self.scenario.injections} | {"*"}
        if target not in names:
            raise PlanFileError(f"There is no {target} to change; choose one of {', '.join(sorted(names))}.")
        self._steps += (Step(self.moment.t, target, key, value, ramp_s),)
        self._show(self._at(self.moment.t))

    def heard(self, tag: str, sign: Sign) -> None:
        """Note that a client spoke to a station: it doesn't fall back, or takes up again."""
        if self._silences.heard(self.scenario, tag, sign, self.moment.t):
            self._show(self._at(self.moment.t))
        elif sign == "life_sign":
            self.version += 1

    def faults_of(self, tag: str) -> tuple[MeterFault, ...]:
        """Return the faults of one device now."""
        return tuple(fault for fault in self.moment.faults if meant(self.plan, fault) == tag)

    def inputs_of(self, device: PlannedDevice) -> Three:
        """Return what stands at the device's inputs, in its own phases and with its wiring faults."""
        return self._inputs(device, self.moment)

    def values_of(self, device: PlannedDevice, profile: Profile) -> dict[str, Encodable]:
        """Return what the device knows now."""
        faults = self.faults_of(device.tag)
        values = quantities_of(
            device, profile, self.inputs_of(device), self.moment.frequency_hz, self._around(device, faults)
        )
        for fault in faults:
            if fault.kind == "not_available":
                names = list(values) if fault.quantity is None else [fault.quantity]
                values |= dict.fromkeys(names)
            if fault.kind == "lies":
                values |= told_wrongly(fault, values, profile)
        if any(fault.kind == "stuck" for fault in faults):
            return self._stuck.setdefault(device.tag, values)
        self._stuck.pop(device.tag, None)
        return values

    def summary(self) -> dict[str, Any]:
        """Return what really goes on, for people and tests: the truth, before any wiring fault."""
        return {
            "scenario": self.scenario.name,
            "time_s": round(self.moment.t, 3),
            "frequency_hz": round(self.moment.frequency_hz, 4),
            "faults": [_short(fault) for fault in self.moment.faults],
            "powers_w": {name: round(power, 1) for name, power in self.moment.powers_w.items()},
            "devices": {tag: self._line(tag) for tag in self.devices},
        }

    def _line(self, tag: str) -> dict[str, Any]:
        truth, station = self.moment.truth[tag], self.moment.stations.get(tag)
        found: dict[str, Any] = {
            "voltage_v": [round(c.voltage_rms, 3) for c in truth],
            "current_a": [round(c.current_rms, 3) for c in truth],
            "active_power_w": round(sum(c.active_power for c in truth), 1),
        }
        if station is not None:
            found |= {"state": station.letter, "limit_a": station.limit_a, "demand_a": station.demand_a}
        return found

    def _at(self, t: float) -> Moment:
        steps = (*self._steps, *self._silences.steps(self.scenario, t))
        found = moment(self.plan, self.profiles, self.scenario, steps, t)
        return replace(found, faults=found.faults + self._injected)

    def _show(self, following: Moment) -> None:
        self.moment = following
        self.version += 1

    def _samples(self, begin: float, end: float) -> list[float]:
        """Return the moments to be looked at: even steps, and both sides of every sudden change."""
        count = min(max(math.ceil((end - begin) / MAX_STEP_S), 1), MAX_STEPS)
        found = {begin + (end - begin) * i / count for i in range(1, count)} | {end}
        for at in breakpoints(self.scenario, self._steps):
            found |= {moment_s for moment_s in (at - JUST_BEFORE_S, at) if begin < moment_s < end}
        return sorted(found)

    def _count(self, following: Moment, before: Powers, after: Powers) -> None:
        seconds = following.t - self.moment.t
        for tag in self.devices:
            station = following.stations.get(tag)
            charging = station is not None and station.letter == "C"
            self.counters[tag] = self.counters[tag].after(before[tag], after[tag], seconds, charging)

    def _powers(self, device: PlannedDevice, at: Moment) -> Mapping[str, float]:
        return powers_of(with_errors(device, self._inputs(device, at)))

    def _inputs(self, device: PlannedDevice, at: Moment) -> Three:
        first, second, third = supply_phases(device)
        truth = at.truth[device.tag]
        faults = tuple(fault for fault in at.faults if meant(self.plan, fault) == device.tag)
        return miswired((truth[first], truth[second], truth[third]), faults)

    def _around(self, device: PlannedDevice, faults: tuple[MeterFault, ...]) -> Around:
        now, main = self.moment, main_place(self.plan)
        name = next((name for name, tag in now.homes.items() if tag == device.tag), None)
        return Around(
            counter=self.counters[device.tag],
            station=now.stations.get(device.tag),
            appliance=next((one for one in self.scenario.injections if one.name == name), None),
            power_w=now.powers_w.get(name or "", 0.0),
            grid=now.truth[main] if main else None,
            frequency_hz=now.frequency_hz,
            ratio_set=ratio_set(faults),
            three_wire=is_three_wire(faults),
            noise_percent=self.scenario.manner_of(device).noise_percent,
            sample=f"{self.scenario.seed}/{now.t:.3f}",
            watchdog=self._silences.watchdog(self.scenario, device.tag, now.t),
        )


def _short(fault: MeterFault) -> dict[str, Any]:
    """Return a fault without what it doesn't say."""
    plain = asdict(MeterFault(fault.kind))
    return {key: value for key, value in asdict(fault).items() if key == "kind" or value != plain[key]}
