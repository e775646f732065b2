"""What a request costs: behind a serial line its time on the line, on a network the waiting for an answer."""

from dataclasses import dataclass

from device_probe.model import PlannedDevice
from device_probe.profile import Profile

REQUEST_CHARACTERS = 8  # unit, function code, address, count, CRC
ANSWER_CHARACTERS = 5  # unit, function code, byte count, CRC
SILENCE_CHARACTERS = 7  # 3.5 before and after
TURN_AROUND_S = 0.010
NETWORK_ANSWER_S = 0.020  # an assumption for showing times; it does not change the plan
NANO = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """What one request and one byte of its answer cost, in nanoseconds: whole numbers add without error."""

    request_ns: int
    byte_ns: int
    serial: bool

    def of(self, bits: bool, count: int) -> int:
        """Return the price of a request for ``count`` registers, or bits."""
        return self.request_ns + self.byte_ns * ((count + 7) // 8 if bits else 2 * count)

    def seconds(self, bits: bool, count: int) -> float:
        """Return the time that a request is expected to take."""
        return self.of(bits, count) / NANO

    @property
    def break_even(self) -> float:
        """Return how many registers take as long as one request more."""
        return self.request_ns / (2 * self.byte_ns) if self.byte_ns else float("inf")


def cost_of(profile: Profile, device: PlannedDevice | None = None) -> Cost:
    """Return the price of a request: on a network the fewest requests win, whatever they hold."""
    pause = profile.min_gap_ms / 1000
    links = ("serial", "rtu_tcp")
    if profile.transport != "rtu_gateway" and (device is None or device.link not in links):
        return Cost(round((NETWORK_ANSWER_S + pause) * NANO), 0, serial=False)
    character = _bits(profile, device) / (device.baud if device and device.baud else profile.baud)
    frame = (REQUEST_CHARACTERS + ANSWER_CHARACTERS + SILENCE_CHARACTERS) * character
    return Cost(round((frame + TURN_AROUND_S + pause) * NANO), round(character * NANO), serial=True)


def _bits(profile: Profile, device: PlannedDevice | None) -> int:
    """Start bit, eight data bits, parity and stop bits."""
    parity, stop_bits = profile.parity, profile.stop_bits
    if device is not None and device.link == "serial":
        parity, stop_bits = device.parity or parity, device.stop_bits or stop_bits
    return 1 + 8 + (parity != "N") + stop_bits
