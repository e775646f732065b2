"""What was found against what was planned -> findings. Pure."""

import re
from dataclasses import dataclass

from device_probe.model import Finding, PlannedDevice, SitePlan
from device_probe.problems import ProfileError
from device_probe.profile_schema import load_profile
from device_probe.scan import findings as say
from device_probe.scan.result import FoundDevice, ScanResult


def compare(plan: SitePlan, result: ScanResult) -> tuple[Finding, ...]:
    """Return every difference between the devices of a plan and those that a scan found."""
    pairs = _Pairs(plan, result)
    findings = [finding for device in plan.devices for finding in pairs.differences(device)]
    return (*findings, *pairs.unknown())


def is_difference(finding: Finding) -> bool:
    """Return True for what has to be put right; False for what is only said."""
    return finding.severity != "info"


def _same_serial(one: str | None, other: str) -> bool:
    """Return True for the same serial number, however it is padded."""
    plain = [re.sub(r"[\s-]", "", text or "").upper().lstrip("0") for text in (one, other)]
    return bool(plain[0]) and plain[0] == plain[1]


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Who stands where, seen from both sides."""

    plan: SitePlan
    result: ScanResult

    def differences(self, device: PlannedDevice) -> list[Finding]:
        """Return what is different about one planned device."""
        here = self._at(device)
        if here is None:
            return self._absent(device)
        stranger = self._taken_by(device, here)
        if stranger is not None:
            return self._exchanged(device, here, stranger)
        found = [] if self._is(device, here) else [say.model_differs(device, here)]
        if not found and here.serial_number and device.serial_number:
            found += (
                []
                if _same_serial(device.serial_number, here.serial_number)
                else [say.serial_differs(device, here)]
            )
        return [*found, *say.firmware(device, here)]

    def unknown(self) -> list[Finding]:
        """Return what was found and is not in the plan."""
        rest = [f for f in self.result.found if not any(self._stands_at(d, f) for d in self.plan.devices)]
        return [say.unknown(f) for f in rest if not any(self._moved(d) == f for d in self.plan.devices)]

    def _at(self, device: PlannedDevice) -> FoundDevice | None:
        here = [found for found in self.result.found if self._stands_at(device, found)]
        fitting = [found for found in here if self._is(device, found)]
        return next(iter(fitting or [found for found in here if found.behind is None]), None)

    def _stands_at(self, device: PlannedDevice, found: FoundDevice) -> bool:
        if not self.result.same_host(device.host, found.host) or device.port != found.port:
            return False
        if found.behind is not None and not self._is(device, found):
            return False  # the device in front of it has the place
        return device.unit in found.units

    def _is(self, device: PlannedDevice, found: FoundDevice) -> bool:
        return _profile_id(device) in found.profiles

    def _absent(self, device: PlannedDevice) -> list[Finding]:
        moved = self._moved(device)
        if moved is not None:
            return [say.moved(device, moved), *say.firmware(device, moved)]
        place = (device.host, device.port, device.unit)
        asked = any(self.result.same_host(device.host, host) and place[1:] == (port, unit)
                    for host, port, unit in self.result.asked)  # fmt: skip
        if not asked:
            return [say.not_looked_at(device)]
        silent = next((s for s in self.result.silent if self.result.same_host(device.host, s.host)
                       and device.port == s.port), None)  # fmt: skip
        return [say.missing(device, silent.problem if silent else "")]

    def _moved(self, device: PlannedDevice) -> FoundDevice | None:
        """Return the planned device where nothing, or nothing of its kind, is expected."""
        if any(self._stands_at(device, found) for found in self.result.found):
            return None
        free = [f for f in self.result.found if not any(self._stands_at(d, f) for d in self.plan.devices)]
        by_serial = [f for f in free if _same_serial(device.serial_number, f.serial_number)]
        near = [
            f for f in free
            if self.result.same_host(device.host, f.host) and device.port == f.port and self._is(device, f)
            and not (device.serial_number and f.serial_number)
        ]  # fmt: skip
        return next(iter(by_serial), near[0] if len(near) == 1 else None)

    def _taken_by(self, device: PlannedDevice, here: FoundDevice) -> PlannedDevice | None:
        """Return the other planned device that stands at this one's place."""
        if not _same_serial(device.serial_number, here.serial_number):
            for other in self.plan.devices:
                if _same_serial(other.serial_number, here.serial_number):
                    return other
        if self._is(device, here):
            return None
        return next(
            (other for other in self.plan.devices if self._in_each_others_place(device, here, other)), None
        )

    def _in_each_others_place(self, device: PlannedDevice, here: FoundDevice, other: PlannedDevice) -> bool:
        """Return True for two of different kinds; without serial numbers that is how a swap is known."""
        there = self._at(other)
        if there is None or there == here or other.tag == device.tag:
            return False
        return self._is(other, here) and self._is(device, there) and not self._is(other, there)

    def _exchanged(self, device: PlannedDevice, here: FoundDevice, stranger: PlannedDevice) -> list[Finding]:
        there = self._at(stranger)
        mutual = there is not None and self._taken_by(stranger, there) == device
        if not mutual:
            return [say.wrong_device(device, here, stranger)]
        tags = [d.tag for d in self.plan.devices]
        return (
            [say.swapped(device, here, stranger)] if tags.index(device.tag) < tags.index(stranger.tag) else []
        )


def _profile_id(device: PlannedDevice) -> str:
    try:
        return load_profile(device.profile).id
    except ProfileError:  # a user's own file that is not at hand
        return device.profile
