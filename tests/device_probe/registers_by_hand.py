"""An encoder of its own, and a server of its own: nothing here comes from the probe.

Written from the Modbus specification and the meaning of the profile keys, so that a mistake in the
probe's decoder (or in the simulator's encoder) isn't made twice.
"""

import contextlib
import random
import socket
import struct
import threading
from collections.abc import Iterator

FORMATS = {
    "uint16": "H", "int16": "h", "bitmask16": "H", "uint32": "I", "int32": "i", "bitmask32": "I",
    "uint64": "Q", "int64": "q", "float32": "f", "float64": "d",
}  # fmt: skip


def words_of(kind: str, raw, little: bool, byte_swap: bool = False, fully: bool = False) -> list[int]:
    """Return the registers that hold one raw number, or one text given as bytes."""
    data = raw if kind == "string" else struct.pack(">" + FORMATS[kind], raw)
    if fully:
        data = bytes(reversed(data))
    words = [data[i] * 256 + data[i + 1] for i in range(0, len(data), 2)]
    if byte_swap:
        words = [(word % 256) * 256 + word // 256 for word in words]
    return words[::-1] if little and kind != "string" and not fully else words


def a_raw_number(kind: str, chance: random.Random):
    """Return any number that the registers can hold; floats are finite."""
    if kind in ("float32", "float64"):
        return struct.unpack(">f", struct.pack(">f", chance.uniform(-1e6, 1e6)))[0]
    size = struct.calcsize(FORMATS[kind]) * 8
    low = -(2 ** (size - 1)) if FORMATS[kind].islower() else 0
    return chance.choice([chance.randrange(low, low + 2**size), chance.randrange(2 ** (size - 1) - 1)])


FUNCTIONS = {1: "coil", 2: "discrete", 3: "holding", 4: "input"}


class Registers:
    """What one device holds: (unit, table) -> address -> register, or bit."""

    def __init__(self) -> None:
        self.words: dict[tuple[int, str], dict[int, int]] = {}
        self.requests: list[tuple[int, str, int, int]] = []
        self.other_functions = 0

    def put(self, unit: int, table: str, address: int, words: list[int]) -> None:
        """Write registers."""
        self.words.setdefault((unit, table), {}).update(enumerate(words, address))

    def answer(self, unit: int, pdu: bytes) -> bytes:
        """Answer one request; what was never put reads 0, as in many devices."""
        if pdu[0] not in FUNCTIONS:
            self.other_functions += pdu[0] != 43
            return bytes([pdu[0] | 0x80, 1])
        table, (address, count) = FUNCTIONS[pdu[0]], struct.unpack(">HH", pdu[1:5])
        self.requests.append((unit, table, address, count))
        held = self.words.get((unit, table))
        if held is None:
            return bytes([pdu[0] | 0x80, 2])
        values = [held.get(address + i, 0) for i in range(count)]
        if table in ("coil", "discrete"):
            packed = sum(bit << i for i, bit in enumerate(values))
            data = packed.to_bytes((count + 7) // 8, "little")
        else:
            data = struct.pack(f">{count}H", *values)
        return bytes([pdu[0], len(data)]) + data


@contextlib.contextmanager
def served(registers: Registers) -> Iterator[int]:
    """Serve a device on a port of this computer until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(0.02)
        over = threading.Event()
        thread = threading.Thread(target=_serve, args=(door, registers, over))
        thread.start()
        try:
            yield door.getsockname()[1]
        finally:
            over.set()
            thread.join()


def _serve(door: socket.socket, registers: Registers, over: threading.Event) -> None:
    while not over.is_set():
        try:
            line, _ = door.accept()
        except TimeoutError:
            continue
        with line:
            line.settimeout(0.02)
            _talk(line, registers, over)


def _talk(line: socket.socket, registers: Registers, over: threading.Event) -> None:
    waiting = b""
    while not over.is_set():
        try:
            more = line.recv(4096)
        except TimeoutError:
            continue
        except OSError:
            return
        if not more:
            return
        waiting += more
        while len(waiting) >= 7 and len(waiting) >= 6 + int.from_bytes(waiting[4:6], "big"):
            length = int.from_bytes(waiting[4:6], "big")
            head, unit, pdu = waiting[:4], waiting[6], waiting[7 : 6 + length]
            waiting = waiting[6 + length :]
            answer = registers.answer(unit, pdu)
            line.sendall(head + (len(answer) + 1).to_bytes(2, "big") + bytes([unit]) + answer)
