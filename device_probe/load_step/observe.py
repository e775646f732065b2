"""Rounds of readings of everything that a load step needs, all connections at once."""

import asyncio
from collections.abc import Iterable, Mapping

from device_probe.bus import Bus, now_text
from device_probe.diagnosis.evidence import Sample
from device_probe.learned import Memory
from device_probe.load_step.setpoint import CURRENT, POWER, drawn_current
from device_probe.load_step.steps import METERS, Round
from device_probe.model import PlannedDevice, SitePlan, Snapshot
from device_probe.profile import Profile
from device_probe.read import lines_of, read_safely

POWERS = tuple(f"{kind}_power_l{k}" for kind in ("active", "reactive") for k in (1, 2, 3))
CURRENTS = tuple(f"current_l{k}" for k in (1, 2, 3))
VOLTAGES = tuple(f"voltage_l{k}_n" for k in (1, 2, 3))
LEAST_A = 1.0  # a station that draws less at the start, and is no test load, is not read again


class Observer:
    """Reads meters, test loads and whatever else charges."""

    def __init__(
        self, bus: Bus, plan: SitePlan, profiles: Mapping[str, Profile], devices: tuple[PlannedDevice, ...]
    ) -> None:
        self._bus, self._plan, self._profiles = bus, plan, profiles
        self._devices = devices
        self._memory = Memory()

    @classmethod
    async def of(
        cls, bus: Bus, plan: SitePlan, profiles: Mapping[str, Profile], tests: tuple[str, ...]
    ) -> "Observer":
        """Return an observer of the meters, the test loads and the other stations that charge now."""
        stations = tuple(d for d in plan.devices if d.role == "station")
        first = cls(bus, plan, profiles, stations)
        now = await first.currents(d.tag for d in stations if d.tag not in tests)
        seen = {*tests, *(tag for tag, current in now.items() if current >= LEAST_A)}
        chosen = tuple(d for d in plan.devices if d.role in METERS or d.tag in seen)
        return cls(bus, plan, profiles, chosen)

    @classmethod
    def everything(cls, bus: Bus, plan: SitePlan, profiles: Mapping[str, Profile]) -> "Observer":
        """Return an observer of all meters and all stations."""
        return cls(bus, plan, profiles, tuple(d for d in plan.devices if d.role in (*METERS, "station")))

    async def round(self, at_s: float) -> Round:
        """Read everything once."""
        snapshots = await self._read(self._devices, POWERS + CURRENTS + VOLTAGES)
        return Round(at_s, {s.tag: _sample(s) for s in snapshots if s.problem is None})

    async def currents(self, tags: Iterable[str]) -> dict[str, float]:
        """Return the largest current of each of these stations that tells it."""
        wanted = set(tags)
        snapshots = await self._read(tuple(d for d in self._devices if d.tag in wanted), CURRENTS)
        drawn = {s.tag: drawn_current(s) for s in snapshots}
        return {tag: current for tag, current in drawn.items() if current is not None}

    async def _read(self, devices: tuple[PlannedDevice, ...], names: tuple[str, ...]) -> list[Snapshot]:
        async def line(some: list[PlannedDevice]) -> list[Snapshot]:
            return [await self._one(device, names) for device in some]

        lines = lines_of(devices, self._profiles).values()
        return [s for found in await asyncio.gather(*map(line, lines)) for s in found]

    async def _one(self, device: PlannedDevice, names: tuple[str, ...]) -> Snapshot:
        profile = self._profiles[device.tag]
        wanted = tuple(n for n in (*names, *self._extra(device, names)) if n in profile.quantities)
        return await read_safely(self._bus, device, profile, wanted, None, self._memory)

    def _extra(self, device: PlannedDevice, names: tuple[str, ...]) -> tuple[str, ...]:
        if names is CURRENTS or device.role != "station":
            return ()
        known = self._profiles[device.tag].quantities
        shared = () if "active_power_l1" in known else ("active_power_total",)
        return (*shared, *CURRENT, *POWER)


def _sample(snapshot: Snapshot) -> Sample:
    good = {
        r.quantity: r.value
        for r in snapshot.readings
        if r.problem is None and isinstance(r.value, int | float | str)
    }
    return Sample(snapshot.taken_at or now_text(), good)
