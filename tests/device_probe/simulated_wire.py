"""A few lines of Modbus that know nothing of the code under test, for the simulated devices."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from device_probe.model import PlannedDevice
from device_probe.simulator import SimulatedSite
from device_probe.simulator.example import example_plan

PLAN = example_plan()
VOLTAGE = struct.pack(">BHH", 4, 0, 2)  # of an SDM630: input registers 0 and 1


def device(site: SimulatedSite, tag: str) -> PlannedDevice:
    return next(d for d in site.plan.devices if d.tag == tag)


@contextmanager
def connection(site: SimulatedSite, tag: str) -> Iterator["Client"]:
    found = device(site, tag)
    with socket.create_connection((found.host, found.port), timeout=10) as sock:
        yield Client(sock, found.unit)


class Client:
    """A few lines of Modbus/TCP that know nothing of the code under test."""

    def __init__(self, sock: socket.socket, unit: int) -> None:
        self.sock, self.unit, self.number = sock, unit, 0

    def frame(self, pdu: bytes, unit: int | None = None) -> bytes:
        self.number += 1
        return struct.pack(">HHHB", self.number, 0, len(pdu) + 1, self.unit if unit is None else unit) + pdu

    def answer(self) -> tuple[int, bytes]:
        number, _, length, _ = struct.unpack(">HHHB", self.exactly(7))
        return number, self.exactly(length - 1)

    def exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            data += self.sock.recv(count - len(data)) or pytest.fail("closed")
        return data

    def ask(self, pdu: bytes, unit: int | None = None) -> bytes:
        self.sock.sendall(self.frame(pdu, unit))
        return self.answer()[1]

    def volts(self) -> float:
        return struct.unpack(">f", self.ask(VOLTAGE)[2:])[0]


def read(function: int, address: int, count: int) -> bytes:
    return struct.pack(">BHH", function, address, count)


def write(address: int, values: tuple[int, ...]) -> bytes:
    data = struct.pack(f">{len(values)}H", *values)
    return struct.pack(">BHHB", 16, address, len(values), len(data)) + data


def amperes(value: float) -> tuple[int, ...]:
    return struct.unpack(">HH", struct.pack(">f", value))
