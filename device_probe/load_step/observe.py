"""Rounds of readings of everything that a load step needs, all connections at once."""

import asyncio
from collections.abc import Iterable, Mapping

from device_probe.bus import Bus
from device_probe.learned import Memory
from device_probe.load_step.evidence import CURRENTS, LIFE_SIGN, POWERS, quantities_watched, round_of
from device_probe.load_step.setpoint import WATCHDOGS, drawn_current
from device_probe.load_step.steps import METERS, Round
from device_probe.model import PlannedDevice, SitePlan, Snapshot
from device_probe.profile import Profile
from device_probe.read import lines_of, read_safely

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
        return round_of(at_s, await self._read({d: self._watched(d) for d in self._devices}))

    async def following(self, at_s: float, tags: Iterable[str]) -> Round:
        """Read the currents of some stations, and the import."""
        wanted = set(tags)
        names = {d: CURRENTS for d in self._devices if d.tag in wanted}
        mains = {d: POWERS + CURRENTS for d in self._devices if d.role == "main_meter"}
        return round_of(at_s, await self._read(names | mains))

    async def alone(self, device: PlannedDevice) -> Snapshot:
        """Read what one station draws, and whether somebody gave it a life sign."""
        (snapshot,) = await self._read({device: (*CURRENTS, *WATCHDOGS, LIFE_SIGN)})
        return snapshot

    async def whole(self) -> tuple[Snapshot, ...]:
        """Read all that every device tells, in the order of the devices."""
        found = {s.tag: s for s in await self._read(dict.fromkeys(self._devices))}
        return tuple(found[device.tag] for device in self._devices)

    async def currents(self, tags: Iterable[str]) -> dict[str, float]:
        """Return the largest current of each of these stations that tells it."""
        wanted = set(tags)
        snapshots = await self._read({d: CURRENTS for d in self._devices if d.tag in wanted})
        drawn = {s.tag: drawn_current(s) for s in snapshots}
        return {tag: current for tag, current in drawn.items() if current is not None}

    async def _read(self, wanted: Mapping[PlannedDevice, tuple[str, ...] | None]) -> list[Snapshot]:
        async def line(some: list[PlannedDevice]) -> list[Snapshot]:
            return [await self._one(device, wanted[device]) for device in some]

        lines = lines_of(tuple(wanted), self._profiles).values()
        return [s for found in await asyncio.gather(*map(line, lines)) for s in found]

    async def _one(self, device: PlannedDevice, names: tuple[str, ...] | None) -> Snapshot:
        profile = self._profiles[device.tag]
        known = None if names is None else tuple(n for n in names if n in profile.quantities)
        return await read_safely(self._bus, device, profile, known, None, self._memory)

    def _watched(self, device: PlannedDevice) -> tuple[str, ...]:
        return quantities_watched(device, self._profiles[device.tag])
