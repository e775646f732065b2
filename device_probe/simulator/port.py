"""What stands behind one host:port of the simulated site: devices with limits, slowness and faults."""

import threading
from dataclasses import replace

from device_probe.decode import decode
from device_probe.model import Link, PlannedDevice
from device_probe.profile import Point, Profile, unit_of_connector
from device_probe.profile_schema import load_profile
from device_probe.simulator import device as answers
from device_probe.simulator.device import Served, Write, exception
from device_probe.simulator.frames import Request
from device_probe.simulator.image import Image, completed, encoded
from device_probe.simulator.line import Outcome, PortManners
from device_probe.simulator.scenario import meant
from device_probe.simulator.state import SiteState

Place = tuple[str, int]
BITS_PER_CHARACTER = 11
OVERHEAD_CHARACTERS = 4 + 7  # unit and check sum of both frames, 3.5 characters of silence before each
SETPOINTS = ("max_current_limit", "max_current_limit_fine")
POWER_SETPOINTS = ("max_power_limit",)


class Port:
    """One port, whose units are asked in turn."""

    def __init__(
        self,
        place: Place,
        state: SiteState,
        lock: threading.RLock,
        *,
        latency_s: float = 0.0,
        writes: bool | None = None,
    ) -> None:
        self.place = place
        self.written: list[tuple[int, int, int, tuple[int, ...]]] = []
        self.accepted = 0
        self._state, self._lock, self._latency_s, self._writes = state, lock, latency_s, writes
        self._own = [d for d in state.plan.devices if (d.host, d.port) == place]
        self._stored: dict[tuple[int, str, int], int] = {}  # words written that stand for nothing simulated
        self._served: dict[int, Served | None] = {}
        self._version = -1

    @property
    def link(self) -> Link:
        """Return what kind of line leads here."""
        return self._own[0].link

    def forget(self) -> None:
        """Forget what was written."""
        self._stored.clear()
        self._served.clear()

    def reachable(self) -> bool:
        """Return False while every device here is dead."""
        with self._lock:
            return not all(self._has(device, "dead") for device in self._own)

    def manners(self) -> PortManners:
        """Return how strict the devices here are with their clients."""
        if not self._state.scenario.limits_enforced:
            return PortManners()
        profiles = [self._state.profiles[device.tag] for device in self._own]
        return PortManners(
            any(profile.single_client for profile in profiles),
            max(profile.connect_delay_ms for profile in profiles) / 1000,
            max(profile.min_gap_ms for profile in profiles) / 1000,
        )

    def handle(self, request: Request) -> Outcome:
        """Answer one request."""
        with self._lock:
            self._state.refresh()
            device = self._device_at(request.unit)
            if device is None:
                return self._nobody(request)
            faults = {fault.kind: fault for fault in self._state.faults_of(device.tag)}
            if "dead" in faults:
                return self._nobody(request)
            pdu = self._answer(request, "busy" in faults)
            slower = faults["slow"].seconds if "slow" in faults else 0.0
            return Outcome(pdu, self._line_time(request, pdu) + self._latency(device) + slower)

    def image(self) -> Image:
        """Return all registers behind this port."""
        found: Image = {}
        for unit in dict.fromkeys(device.unit for device in self._present()):
            served = self._at(unit)
            for key, words in served.image.items() if served else ():
                found.setdefault(key, {}).update(words)
        return found

    def _answer(self, request: Request, busy: bool) -> bytes:
        if busy:
            return exception(request.pdu[0], answers.BUSY)
        write = answers.write_of(request.pdu)
        if write is not None:
            return self._write(request, write)
        served = self._at(request.unit)
        return answers.answer(served, request.unit, request.pdu) if served else exception(request.pdu[0], 11)

    def _present(self) -> list[PlannedDevice]:
        """Return the devices that answer here, with the unit id they answer at: addresses may be swapped."""
        places = {d.tag: (d.host, d.port, self._unit(d)) for d in self._state.plan.devices}
        for fault in self._state.moment.faults:
            tag = meant(self._state.plan, fault)
            if fault.kind == "address_swapped" and tag in places and fault.other in places:
                places[tag], places[fault.other] = places[fault.other], places[tag]
        here = [d for d in self._state.plan.devices if places[d.tag][:2] == self.place]
        return [replace(d, unit=places[d.tag][2]) for d in here]

    def _devices_at(self, unit: int) -> list[PlannedDevice]:
        """Return the devices behind a unit id: its own, else those that have points of that unit id."""
        present = self._present()
        return [device for device in present if device.unit == unit] or [
            device
            for device in present
            if any(point.unit_id == unit for point in self._profile(device).points)
        ]

    def _device_at(self, unit: int) -> PlannedDevice | None:
        return next(iter(self._devices_at(unit)), None)

    def _at(self, unit: int) -> Served | None:
        if self._version != self._state.version:
            self._served.clear()
            self._version = self._state.version
        if unit not in self._served:
            self._served[unit] = self._make(unit)
        return self._served[unit]

    def _make(self, unit: int) -> Served | None:
        devices = self._devices_at(unit)
        if not devices:
            return None
        image: Image = {}
        for device in devices:
            for key, words in self._encoded(device).items():
                known = image.setdefault(key, {})
                known.update({address: word for address, word in words.items() if address not in known})
        # the connectors of one station are one device with the points of all
        places = {
            (point.quantity, point.table, point.address): point
            for device in devices
            for point in self._profile(device).points
        }
        profile = replace(self._profile(devices[0]), points=tuple(places.values()))
        image = completed(profile, image)
        for (at, table, address), word in self._stored.items():
            image.setdefault((at, table), {})[address] = word
        enforced = profile if self._state.scenario.limits_enforced else None
        return Served(image, enforced, unit, _objects(profile, devices[0]))

    def _encoded(self, device: PlannedDevice) -> Image:
        profile = self._profile(device)
        values = self._state.values_of(self._state.devices[device.tag], profile)
        steps = self._state.scenario.manner_of(device).resolution
        return encoded(profile, device.unit, values, steps)

    def _profile(self, device: PlannedDevice) -> Profile:
        profile = self._state.profiles[device.tag]
        for fault in self._state.faults_of(device.tag):
            if fault.kind == "other_device" and fault.profile:
                profile = load_profile(fault.profile)
            elif fault.kind == "word_order":
                profile = replace(profile, word_order="big" if profile.word_order == "little" else "little")
        return profile

    def _unit(self, device: PlannedDevice) -> int:
        return unit_of_connector(self._state.profiles[device.tag], device.unit, device.connector)

    def _has(self, device: PlannedDevice, kind: str) -> bool:
        return any(fault.kind == kind for fault in self._state.faults_of(device.tag))

    def _nobody(self, request: Request) -> Outcome:
        """Behind a gateway its own timeout passes; a device alone on its port says nothing."""
        manner = self._state.scenario.line_of(tuple(device.tag for device in self._own))
        alone = len(self._own) == 1 and self._unit(self._own[0]) == request.unit
        if alone or self.link == "serial":
            return Outcome(None)
        waited = manner.gateway_timeout_ms / 1000 if self._serial else 0.0
        pdu = exception(request.pdu[0], answers.NO_TARGET)
        return Outcome(pdu, self._line_time(request, b"") + waited)

    @property
    def _serial(self) -> bool:
        manner = self._state.scenario.line_of(tuple(device.tag for device in self._own))
        gateway = any(self._state.profiles[d.tag].transport == "rtu_gateway" for d in self._own)
        return manner.serial and (gateway or self.link in ("rtu_tcp", "serial"))

    def _line_time(self, request: Request, pdu: bytes) -> float:
        if not self._serial:
            return 0.0
        manner = self._state.scenario.line_of(tuple(device.tag for device in self._own))
        device = self._own[0]
        baud = manner.baud or device.baud or self._state.profiles[device.tag].baud
        characters = len(request.pdu) + len(pdu) + OVERHEAD_CHARACTERS
        return characters * BITS_PER_CHARACTER / baud + manner.turn_around_ms / 1000

    def _latency(self, device: PlannedDevice) -> float:
        return self._latency_s + self._state.scenario.manner_of(device).latency_ms / 1000

    def _write(self, request: Request, write: Write) -> bytes:
        self.written.append((request.unit, write.function, write.address, write.values))
        allowed = self._state.scenario.writes if self._writes is None else self._writes
        devices = self._devices_at(request.unit)
        if not allowed or not devices:
            return exception(write.function, answers.ILLEGAL_FUNCTION)
        found = [(d, point) for d in devices if (point := answers.writable(self._profile(d), write))]
        if not found:
            return exception(write.function, answers.ILLEGAL_ADDRESS)
        device, point = found[0]
        if point.write_function not in (None, write.function):
            return exception(write.function, answers.ILLEGAL_FUNCTION)
        profile = self._profile(device)
        if point.table == "holding" and len(write.values) != point.registers:
            return exception(write.function, answers.ILLEGAL_VALUE)
        if not self._take(device, profile, point, request.unit, write):
            return exception(write.function, answers.ILLEGAL_VALUE)
        self.accepted += 1
        return request.pdu[:5]

    def _take(self, device: PlannedDevice, profile: Profile, point: Point, unit: int, write: Write) -> bool:
        """Carry a write out: a set-point acts on the station, anything else is only kept."""
        if point.table == "holding":
            data = b"".join(word.to_bytes(2, "big") for word in write.values)
            value = decode(profile, point, data).value
            if point.quantity in (*SETPOINTS, *POWER_SETPOINTS) and device.role == "station":
                return isinstance(value, float) and self._set(device, point, value)
            if point.access == "wo":
                return True
        for offset, word in enumerate(write.values):
            self._stored[unit, point.table, write.address + offset] = word
        self._served.clear()
        return True

    def _set(self, device: PlannedDevice, point: Point, value: float) -> bool:
        if point.safe_range and value and not point.safe_range[0] <= value <= point.safe_range[1]:
            return False
        if point.quantity in POWER_SETPOINTS:
            value /= 230 * self._state.moment.stations[device.tag].phases
        self._state.change(device.tag, "limit_a", value)
        return True


def _objects(profile: Profile, device: PlannedDevice) -> dict[int, str]:
    """Return what FC 43 tells: vendor, product code, revision, and the product's name."""
    vendor = profile.fc43.get("vendor", profile.vendor)
    product = profile.fc43.get("product", profile.model)
    firmware = next((version.lstrip("<>= ") for version in device.approved_firmware), "1")
    return {0: vendor, 1: product, 2: firmware, 4: profile.model}
