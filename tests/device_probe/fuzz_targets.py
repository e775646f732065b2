"""What must hold for any bytes at all, for hypothesis and for coverage-guided fuzzing alike.

Each target takes bytes; they choose the request, what the device sends and where it is cut. What is right is
said here a second time, in the plainest way, so that an error in the reader can't excuse itself.
"""

import random
import struct
from collections.abc import Callable

import yaml

from device_probe.bus.framing import RtuStream, Stream, TcpStream
from device_probe.bus.request import Request, identification, identified, reading
from device_probe.plan import plan_requests
from device_probe.problems import BusError, ProfileError
from device_probe.profile import PROFILES, Profile
from device_probe.profile_schema import parse_profile
from tests.device_probe.faultserver import crc16

TABLES = ("coil", "discrete", "holding", "input")
KINDS = 7
HEAD = 10  # bytes of a frame that say what it answers
Outcome = tuple[str, object]


class Choices:
    """The first bytes of the input decide, the rest is what comes over the wire."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def number(self, below: int) -> int:
        part = self.data[self.at : self.at + 2].ljust(2, b"\0")
        self.at += 2
        return int.from_bytes(part, "big") % below

    def rest(self) -> bytes:
        return self.data[self.at :]


def request_of(choices: Choices) -> Request:
    unit, address = choices.number(256), choices.number(65536)
    if choices.number(8) == 7:
        return identification(unit, address % 256)
    return reading(TABLES[choices.number(4)], address, 1 + choices.number(125), unit)  # type: ignore[arg-type]


def good_pdu(request: Request, chance: random.Random) -> bytes:
    if request.size is not None:
        return bytes((request.function, request.size)) + chance.randbytes(request.size)
    texts = [chance.randbytes(chance.randrange(12)) for _ in range(chance.randrange(4))]
    body = b"".join(bytes((number, len(text))) + text for number, text in enumerate(texts))
    return bytes((43, 14, 1, 1, chance.choice((0, 255)), chance.randrange(256), len(texts))) + body


def mbap(transaction: int, unit: int, pdu: bytes) -> bytes:
    return struct.pack(">HHHB", transaction, 0, len(pdu) + 1, unit) + pdu


def rtu(unit: int, pdu: bytes) -> bytes:
    return bytes((unit,)) + pdu + crc16(bytes((unit,)) + pdu)


def sealed(frame: bytes) -> bytes:
    """Return an RTU frame with the checksum that fits what else is in it."""
    return frame[:-2] + crc16(frame[:-2])


def wire(
    choices: Choices, good: bytes, stale: bytes, echo: bytes, seal: Callable[[bytes], bytes] = bytes
) -> bytes:
    """Return what the device sends: noise, the right answer, or that with something done to it."""
    kind, seed = choices.number(KINDS), choices.number(65536)
    chance, rest = random.Random(seed), choices.rest()
    place, head = seed % (len(good) + 1), seed % HEAD
    return (
        rest,
        good + rest,
        good[:place] + rest + good[place:],
        stale + good,
        seal(good[:head] + rest[:1] + good[head + 1 :]),
        echo + good[:place] + rest,
        bytes(byte ^ (1 << chance.randrange(8) if chance.random() < 0.02 else 0) for byte in good) + rest,
    )[kind]


def pieces(data: bytes, seed: int) -> list[bytes]:
    chance, cut = random.Random(seed), []
    while data:
        size = chance.choice((1, 2, 3, 7, 8, 20, 300))
        cut.append(data[:size])
        data = data[size:]
    return cut


def outcome(stream: Stream, request: Request, transaction: int, zero_ok: bool, parts: list[bytes]) -> Outcome:
    """Return what reading came to: a value, the name of a BusError, or nothing yet."""
    stream.begin(request, transaction, zero_ok)
    for part in parts:
        try:
            found = stream.feed(part)
        except BusError as error:
            return "error", type(error).__name__
        if found is not None:
            return "value", found
    return "waiting", None


def first_right_tcp(stream: bytes, request: Request, transaction: int, zero_ok: bool) -> bytes | None:
    """Return the data of the first frame that carries our number, if it is right in all its parts."""
    at = 0
    while len(stream) >= at + 6:
        number, protocol, length = struct.unpack_from(">HHH", stream, at)
        frame = stream[at + 6 : at + 6 + length]
        if protocol or not 2 <= length <= 254 or len(frame) < length:
            return None
        at += 6 + length
        if number == transaction or (zero_ok and number == 0):
            return right_pdu(frame[0], frame[1:], request)
    return None


def right_rtu(stream: bytes, request: Request) -> bytes | None:
    """Return the data of the one frame that the stream is, but for noise and an echo before it."""
    for _ in range(2):
        while stream and stream[0] in (0, 255) and stream[0] != request.unit:
            stream = stream[1:]
        stream = stream.removeprefix(request.rtu)
    if crc16(stream[:-2]) != stream[-2:] or len(stream) < 4:
        return None
    return right_pdu(stream[0], stream[1:-2], request)


def right_pdu(unit: int, pdu: bytes, request: Request) -> bytes | None:
    if unit != request.unit or pdu[:1] != bytes((request.function,)):
        return None
    if request.size is None:
        return pdu
    return pdu[2:] if pdu[1:2] == bytes((request.size & 255,)) and len(pdu) == request.size + 2 else None


def tcp_frames(data: bytes) -> None:
    """Modbus/TCP: a value only from the frame that answers, however the bytes are cut."""
    choices = Choices(data)
    request, transaction, zero_ok = request_of(choices), choices.number(65536), choices.number(2) == 1
    seed = choices.number(65536)
    pdu = good_pdu(request, random.Random(seed))
    good, other = mbap(transaction, request.unit, pdu), good_pdu(request, random.Random(seed + 1))
    sent = wire(choices, good, mbap((transaction - 1) % 65536, request.unit, other), good)
    whole = outcome(TcpStream("here"), request, transaction, zero_ok, [sent])
    cut = outcome(TcpStream("here"), request, transaction, zero_ok, pieces(sent, seed))
    assert whole == cut, (request, sent, whole, cut)
    if whole[0] == "value":
        assert whole[1] == first_right_tcp(sent, request, transaction, zero_ok), (request, sent, whole)
        read_identification(request, whole[1])


def rtu_frames(data: bytes) -> None:
    """RTU: a value only from the bytes up to some cut, and only when these are one sound answer."""
    choices = Choices(data)
    request, seed = request_of(choices), choices.number(65536)
    pdu = good_pdu(request, random.Random(seed))
    good = rtu(request.unit, pdu)
    sent = wire(choices, good, rtu(request.unit, pdu), request.rtu, sealed)
    for parts in ([sent], pieces(sent, seed)):
        found = outcome(RtuStream("here"), request, 1, False, parts)
        if found[0] == "value":
            came = [right_rtu(b"".join(parts[: end + 1]), request) for end in range(len(parts))]
            assert found[1] in [each for each in came if each is not None], (request, parts, found)
            read_identification(request, found[1])


def read_identification(request: Request, found: object) -> None:
    if request.size is None and isinstance(found, bytes):
        try:
            identified(found)
        except BusError:
            return


def stray_bytes(data: bytes) -> None:
    """What came before the question is never its answer."""
    choices = Choices(data)
    request, transaction = request_of(choices), choices.number(65536)
    pdu = good_pdu(request, random.Random(transaction))
    for stream, good in (
        (TcpStream("here"), mbap(transaction, request.unit, pdu)),
        (RtuStream("here"), rtu(request.unit, pdu)),
    ):
        sent = wire(choices, good, good, request.rtu, bytes)
        for part in pieces(sent, transaction):
            stream.stray(part)
        if stream.clean:  # else the connection is given up, or waits for silence
            assert outcome(stream, request, transaction, False, [b""])[0] == "waiting", (request, sent)
        stream.forget()
        assert stream.clean


def profile_text(text: str) -> Profile | None:
    """Any text: a profile that can be planned, or a sentence that says why it is none."""
    try:
        profile = parse_profile(text, "fuzz.yaml")
    except ProfileError as error:
        refusal = str(error)
    else:
        refusal = ""
    if refusal:
        assert refusal.startswith("fuzz.yaml"), text
        assert "\n" not in refusal, text
        return None
    for block in plan_requests(profile, profile.default_unit_id):
        reading(block.table, block.address, block.count, block.unit)
    return profile


def piece(lines: list[str], seed: int) -> list[str]:
    """Return the head of a profile and some of its points; a whole one takes long to parse."""
    head = lines.index("points:") + 1
    start = head + seed % max(1, len(lines) - head)
    return [*lines[:head], *lines[start : start + 6]]


def profile_file(data: bytes) -> None:
    """Any bytes as a profile: a piece of a real one with some of its words changed, or just text."""
    choices = Choices(data)
    names = sorted(PROFILES.glob("*.yaml"))
    name, places = names[choices.number(len(names))], choices.number(6)
    lines = piece(name.read_text(encoding="utf-8").splitlines(), choices.number(65536))
    if choices.number(8) == 0:
        lines = []
    rest = choices.rest().decode("utf-8", "replace")
    for place in range(places):
        if lines:
            at = random.Random(places * 7 + len(rest) + place).randrange(len(lines))
            word = rest[place * 5 : place * 5 + 9]
            lines[at] = lines[at].replace(lines[at].split(":")[-1].strip(" ,}"), word, 1)
    profile_text("\n".join(lines) if lines else rest)


def document(value: object) -> None:
    """Any YAML document."""
    profile_text(yaml.safe_dump(value, allow_unicode=True))


TARGETS: dict[str, Callable[[bytes], None]] = {
    "tcp-frames": tcp_frames,
    "rtu-frames": rtu_frames,
    "stray-bytes": stray_bytes,
    "profiles": profile_file,
}
