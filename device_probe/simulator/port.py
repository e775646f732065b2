"""What stands behind one host:port of the simulated site: devices with limits, slowness and faults."""

import threading

from device_probe.decode import decode
from device_probe.model import Link, PlannedDevice
from device_probe.profile import Point, Profile
from device_probe.simulator import device as answers
from device_probe.simulator.device import Write, exception
from device_probe.simulator.frames import Request
from device_probe.simulator.image import Image
from device_probe.simulator.line import Outcome, PortManners
from device_probe.simulator.residents import Place, Residents, Stored

BITS_PER_CHARACTER = 11
OVERHEAD_CHARACTERS = 4 + 7  # unit and check sum of both frames, 3.5 characters of silence before each
SETPOINTS = ("max_current_limit", "max_current_limit_fine")
POWER_SETPOINTS = ("max_power_limit",)
LIFE_SIGN = "life_bit"


class Port:
    """One port, whose units are asked in turn."""

    def __init__(
        self,
        place: Place,
        residents: Residents,
        lock: threading.RLock,
        *,
        latency_s: float = 0.0,
        writes: bool | None = None,
    ) -> None:
        self.place = place
        self.written: list[tuple[int, int, int, tuple[int, ...]]] = []
        self.accepted = 0
        self._residents, self._state = residents, residents.state
        self._lock, self._latency_s, self._writes = lock, latency_s, writes
        self._own = [d for d in self._state.plan.devices if (d.host, d.port) == place]
        self._tags = tuple(device.tag for device in self._own)
        self._stored: Stored = {}  # words written that stand for nothing simulated

    @property
    def link(self) -> Link:
        """Return what kind of line leads here."""
        return self._own[0].link

    def forget(self) -> None:
        """Forget what was written."""
        self._stored.clear()
        self._residents.forget()

    def reachable(self) -> bool:
        """Return False while every device here is dead."""
        with self._lock:
            return not all("dead" in self._residents.faults(device) for device in self._own)

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
            devices = self._residents.at(self.place, request.unit)
            faults = self._residents.faults(devices[0]) if devices else {}
            if not devices or "dead" in faults:
                return self._nobody(request)
            pdu = self._answer(request, "busy" in faults)
            for device in devices:
                self._state.heard(device.tag, "contact")
            slower = faults["slow"].seconds if "slow" in faults else 0.0
            return Outcome(pdu, self._line_time(request, pdu) + self._latency(devices[0]) + slower)

    def image(self) -> Image:
        """Return all registers behind this port."""
        found: Image = {}
        for unit in self._residents.units(self.place):
            served = self._residents.served(self.place, unit, self._stored)
            for key, words in served.image.items() if served else ():
                found.setdefault(key, {}).update(words)
        return found

    def _answer(self, request: Request, busy: bool) -> bytes:
        if busy:
            return exception(request.pdu[0], answers.BUSY)
        write = answers.write_of(request.pdu)
        if write is not None:
            return self._write(request, write)
        served = self._residents.served(self.place, request.unit, self._stored)
        if served is None:
            return exception(request.pdu[0], answers.NO_TARGET)
        return answers.answer(served, request.unit, request.pdu)

    def _nobody(self, request: Request) -> Outcome:
        """Behind a gateway its own timeout passes; a device alone on its port says nothing."""
        manner = self._state.scenario.line_of(self._tags)
        alone = len(self._own) == 1 and self._residents.units(self.place) == (request.unit,)
        if alone or self.link == "serial":
            return Outcome(None)
        waited = manner.gateway_timeout_ms / 1000 if self._serial else 0.0
        pdu = exception(request.pdu[0], answers.NO_TARGET)
        return Outcome(pdu, self._line_time(request, b"") + waited)

    @property
    def _serial(self) -> bool:
        manner = self._state.scenario.line_of(self._tags)
        gateway = any(self._state.profiles[d.tag].transport == "rtu_gateway" for d in self._own)
        return manner.serial and (gateway or self.link in ("rtu_tcp", "serial"))

    def _line_time(self, request: Request, pdu: bytes) -> float:
        if not self._serial:
            return 0.0
        manner = self._state.scenario.line_of(self._tags)
        device = self._own[0]
        baud = manner.baud or device.baud or self._state.profiles[device.tag].baud
        characters = len(request.pdu) + len(pdu) + OVERHEAD_CHARACTERS
        return characters * BITS_PER_CHARACTER / baud + manner.turn_around_ms / 1000

    def _latency(self, device: PlannedDevice) -> float:
        return self._latency_s + self._state.scenario.manner_of(device).latency_ms / 1000

    def _write(self, request: Request, write: Write) -> bytes:
        self.written.append((request.unit, write.function, write.address, write.values))
        allowed = self._state.scenario.writes if self._writes is None else self._writes
        devices = self._residents.at(self.place, request.unit)
        if not allowed or not devices:
            return exception(write.function, answers.ILLEGAL_FUNCTION)
        found = [
            (d, point) for d in devices if (point := answers.writable(self._residents.profile(d), write))
        ]
        if not found:
            return exception(write.function, answers.ILLEGAL_ADDRESS)
        device, point = found[0]
        if point.write_function not in (None, write.function):
            return exception(write.function, answers.ILLEGAL_FUNCTION)
        profile = self._residents.profile(device)
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
            if point.quantity == LIFE_SIGN:
                self._state.heard(device.tag, "life_sign")
                return True
            if point.access == "wo":
                return True
        for offset, word in enumerate(write.values):
            self._stored[unit, point.table, write.address + offset] = word
        self._residents.forget()
        return True

    def _set(self, device: PlannedDevice, point: Point, value: float) -> bool:
        if point.safe_range and value and not point.safe_range[0] <= value <= point.safe_range[1]:
            return False
        if point.quantity in POWER_SETPOINTS:
            value /= 230 * self._state.moment.stations[device.tag].phases
        self._state.change(device.tag, "limit_a", value)
        self._state.heard(device.tag, "set_point")
        return True
