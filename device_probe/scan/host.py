"""All units behind one port, in turn, on one connection."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from device_probe.identify.asker import Asker
from device_probe.identify.device import UNIT_IDS, Identification, identify_unit
from device_probe.model import PlannedDevice
from device_probe.problems import BusError, NoConnectionError, ProfileError
from device_probe.profile import Profile
from device_probe.profile_schema import load_profile
from device_probe.scan.mark import Registers, Value, mark_of
from device_probe.scan.result import FoundDevice, Place

USUAL_UNIT = 1


class HostScan:
    """One port of one host."""

    def __init__(
        self, asker: Asker, profiles: tuple[Profile, ...], found: Callable[[FoundDevice], None],
        asked: Callable[[Place], None],
    ) -> None:  # fmt: skip
        self.asker, self.profiles = asker, profiles
        self.failure: BusError | None = None  # why the first unit that didn't answer did not
        self._found, self._asked = found, asked
        self.answered = False  # by any unit
        self._last: FoundDevice | None = None  # not handed over yet: it may answer at further unit ids
        self._mark: Registers | Value | None = None

    async def units(self, wanted: tuple[int, ...], planned: Iterable[PlannedDevice]) -> None:
        """Ask every unit; without any named, one, and when nobody is there those of known kinds of device."""
        expected = {device.unit: device.profile for device in planned}
        named = tuple(dict.fromkeys((*(wanted or (USUAL_UNIT,)), *expected)))
        for unit in named:
            await self._unit(unit, expected.get(unit, ""), more=unit != named[-1])
        for unit in () if wanted or expected else UNIT_IDS:
            if not self.answered and unit != USUAL_UNIT:
                await self._unit(unit, "", more=False)

    async def _unit(self, unit: int, expected: str, more: bool) -> None:
        asker = self.asker
        before = asker.requests
        await asker.turn_to(unit)
        try:
            if await self._is_the_last_one(unit):
                self._asked((asker.endpoint.host, asker.endpoint.port, unit))
                return
            found = await identify_unit(
                asker, self.profiles, _id_of(expected), brief=self.failure is not None and not asker.heard
            )
        except NoConnectionError:
            if not asker.heard and self.failure is None:
                raise
            self.failure = self.failure or NoConnectionError(
                f"{asker.endpoint.place} takes no more connections"
            )
            return
        except BusError as error:
            self.failure = self.failure or error
            self._asked((asker.endpoint.host, asker.endpoint.port, unit))
            return
        self._asked((asker.endpoint.host, asker.endpoint.port, unit))
        self.hand_over()
        self._keep(found, asker.requests - before)
        if self._last is not None and more:
            self._mark = await mark_of(asker, self._last.profile, self.profiles)

    async def _is_the_last_one(self, unit: int) -> bool:
        """Many devices with a network port answer at every unit id; they are one device nevertheless."""
        if self._last is None or self._mark is None or not await self._mark.is_here(self.asker):
            return False
        self._last = replace(self._last, also_units=(*self._last.also_units, unit))
        return True

    def hand_over(self) -> None:
        """Report the device found last; whether it answers at further unit ids is known only at the end."""
        if self._last is not None:
            self._found(self._last)
        self._last = None

    def _keep(self, found: Identification, requests: int) -> None:
        host, port = self.asker.endpoint.host, self.asker.endpoint.port
        for plate in found.behind:
            self._found(
                FoundDevice(
                    host, port, found.unit, plate.profile, plate.vendor, plate.model, "certain",
                    alternatives=_files(plate.models, self.profiles), serial_number=plate.serial_number,
                    firmware_version=plate.firmware_version, behind=found.unit,
                )
            )  # fmt: skip
        self._last, self.answered = found_device(host, port, found, self.profiles, requests), True


def found_device(
    host: str, port: int, found: Identification, profiles: Iterable[Profile], requests: int
) -> FoundDevice:
    """Return what is said of an identified device."""
    best, plate = found.best, found.plate
    profile = next((p for p in profiles if best and p.id == best.profile), None)
    rivals = tuple(c.profile for c in found.candidates[1:] if best and c.may_be(best))
    return FoundDevice(
        host, port, found.unit, best.profile if best else "", plate.vendor, plate.model,
        best.confidence if best else "possible", kind=profile.kind if profile else "",
        alternatives=rivals, evidence=best.evidence if best else (), decides=found.decides,
        serial_number=plate.serial_number, firmware_version=plate.firmware_version, requests=requests,
    )  # fmt: skip


def _files(models: tuple[int, ...], profiles: Iterable[Profile]) -> tuple[str, ...]:
    return tuple(p.id for p in profiles if p.sunspec_model in models)


def _id_of(name: str) -> str:
    """Return the id of the profile that a plan names, by id or by file."""
    try:
        return load_profile(name).id if name else ""
    except ProfileError:
        return ""
