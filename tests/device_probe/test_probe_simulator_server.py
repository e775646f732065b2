"""The simulated devices on the wire: frames, limits, slow lines, faults, set-points, overlapping clients."""

import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from device_probe.model import PlannedDevice, SitePlan
from device_probe.problems import PlanFileError
from device_probe.profile import PROFILES
from device_probe.simulator import MeterFault, SimulatedSite, load_scenario, serve_image, simulate
from device_probe.simulator.example import example_plan
from device_probe.simulator.frames import Request, crc16, rtu_answer
from device_probe.simulator.raw_image import load_raw_image, parse_raw_image
from device_probe.simulator.scenario import LineManner

PLAN = example_plan()
VOLTAGE = struct.pack(">BHH", 4, 0, 2)  # of an SDM630: input registers 0 and 1


@pytest.fixture(scope="module")
def serving() -> Iterator[SimulatedSite]:
    with simulate(PLAN, "healthy") as site:
        yield site


@pytest.fixture
def site(serving: SimulatedSite) -> Iterator[SimulatedSite]:
    serving.set_scenario("healthy")
    yield serving
    serving.set_scenario("healthy")


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


def test_five_requests_in_one_segment_are_answered_each_with_its_own_id(site: SimulatedSite) -> None:
    with connection(site, "PM1") as client:
        frames = [client.frame(read(4, 2 * n, 2)) for n in range(3)]
        frames += [client.frame(VOLTAGE, 12), client.frame(read(4, 70, 2))]
        client.sock.sendall(b"".join(frames))
        answers = [client.answer() for _ in range(5)]
    assert [number for number, _ in answers] == [1, 2, 3, 4, 5]
    volts = [struct.unpack(">f", pdu[2:])[0] for _, pdu in answers[:3]]
    assert all(v == pytest.approx(230, abs=2) for v in volts)
    assert len(set(volts)) == 3
    assert struct.unpack(">f", answers[4][1][2:])[0] == 50.0


def test_overlapping_requests_wait_their_turn_and_keep_their_ids() -> None:
    with (
        simulate(PLAN, "healthy", latency_s=0.02) as site,
        connection(site, "PM1") as one,
        connection(site, "PM1") as two,
    ):
        begin = time.monotonic()
        one.sock.sendall(one.frame(VOLTAGE) + one.frame(read(4, 70, 2)))
        two.sock.sendall(two.frame(read(4, 2, 2)))
        assert [one.answer()[0], one.answer()[0], two.answer()[0]] == [1, 2, 1]
        assert time.monotonic() - begin >= 0.06  # one line: three answers in turn


def test_a_request_that_comes_byte_by_byte_is_answered(site: SimulatedSite) -> None:
    with connection(site, "PM1") as client:
        client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in client.frame(VOLTAGE):
            client.sock.sendall(bytes([byte]))
        assert client.answer()[1][:2] == b"\x04\x04"


def test_what_is_no_modbus_closes_the_connection(site: SimulatedSite) -> None:
    with connection(site, "PM1") as client:
        client.sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert client.sock.recv(100) == b""


def test_many_clients_at_once_get_the_same_values(site: SimulatedSite) -> None:
    seen = []

    def run() -> None:
        with connection(site, "PM1") as client:
            seen.extend(client.volts() for _ in range(20))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(seen) == 160
    assert len(set(seen)) == 1


@pytest.mark.parametrize(
    ("tag", "pdu", "code"),
    [
        ("PM1", read(4, 1, 2), 2),  # an SDM630 wants even starts
        ("PM1", read(4, 0, 3), 2),
        ("PM1", read(4, 0, 82), 3),  # and at most 80 registers
        ("PM1", read(4, 0, 0), 3),
        ("PM1", read(4, 9000, 2), 2),
        ("PM1", read(3, 0, 126), 3),
        ("PM1", bytes([7]), 1),
        ("PM1", bytes([43, 14, 9, 0]), 3),
    ],
)
def test_limits_are_kept_as_the_real_device_keeps_them(
    site: SimulatedSite, tag: str, pdu: bytes, code: int
) -> None:
    with connection(site, tag) as client:
        assert client.ask(pdu) == bytes([pdu[0] | 0x80, code])
        assert client.volts() == pytest.approx(230, abs=2)


MANNERS = """
id: strict
vendor: Test
model: T1
kind: meter
phases: 3
transport: tcp
{keys}
points:
  voltage_l1_n: {{table: holding, address: 0, type: float32, unit: V}}
  voltage_l2_n: {{table: holding, address: 4, type: float32, unit: V}}
  voltage_l3_n: {{table: holding, address: 8, type: float32, unit: V}}
"""


@contextmanager
def strict(tmp_path: Path, keys: str) -> Iterator[SimulatedSite]:
    path = tmp_path / "strict.yaml"
    path.write_text(MANNERS.format(keys=keys))
    plan = replace(PLAN, devices=(replace(PLAN.devices[0], profile=str(path)),))
    with simulate(plan) as site:
        yield site


@pytest.mark.parametrize(
    ("keys", "refused", "taken"),
    [
        ("exact_reads: true", (0, 6), (4, 2)),
        ("max_gap: 1", (0, 6), (0, 2)),
        ("forbidden_gaps: [{table: holding, from: 6, to: 7}]", (4, 6), (0, 6)),
        ("whole_values: true", (1, 3), (0, 6)),
        ("max_registers_per_read: 2", (0, 4), (0, 2)),
    ],
)
def test_every_limit_of_a_profile_is_kept(tmp_path: Path, keys: str, refused, taken) -> None:
    with strict(tmp_path, keys) as site, connection(site, "PM0") as client:
        assert client.ask(read(3, *refused))[0] == 0x83
        assert client.ask(read(3, *taken))[0] == 3


def test_a_device_for_one_client_sends_the_second_away_until_the_first_has_left(tmp_path: Path) -> None:
    with strict(tmp_path, "single_client: true") as site:
        with connection(site, "PM0") as first:
            assert first.ask(read(3, 0, 2))[0] == 3
            with connection(site, "PM0") as second:
                assert second.sock.recv(1) == b""
            assert first.ask(read(3, 0, 2))[0] == 3
        for _ in range(50):
            with connection(site, "PM0") as third:
                third.sock.sendall(third.frame(read(3, 0, 2)))
                if third.sock.recv(1):
                    return
            time.sleep(0.05)
        pytest.fail("the line never became free")


def test_a_request_too_soon_after_connecting_is_not_heard(tmp_path: Path) -> None:
    with strict(tmp_path, "connect_delay_ms: 300") as site, connection(site, "PM0") as client:
        client.sock.sendall(client.frame(read(3, 0, 2)))
        time.sleep(0.4)
        client.sock.sendall(client.frame(read(3, 4, 2)))
        assert client.answer()[0] == 2


def test_a_slow_line_takes_the_time_that_is_reckoned_and_a_missing_unit_the_gateways_timeout() -> None:
    scenario = replace(
        load_scenario("slow-gateway"), lines={"*": LineManner(9600, 10, 150, True)}
    )  # fmt: skip
    with simulate(PLAN, scenario) as site, connection(site, "PM1") as client:
        begin = time.monotonic()
        for _ in range(2):
            client.ask(read(4, 0, 60))
        characters = 8 + 125 + 7  # request, answer, silence
        assert time.monotonic() - begin >= 2 * (characters * 11 / 9600 + 0.010)
        begin = time.monotonic()
        assert client.ask(VOLTAGE, unit=99) == b"\x84\x0b"
        assert time.monotonic() - begin >= 0.15
        with connection(site, "CH01") as station:  # on TCP: no serial line
            assert station.ask(read(3, 306, 2))[0] == 3


def test_fc43_tells_vendor_and_model(site: SimulatedSite) -> None:
    with connection(site, "PM1") as client:
        pdu = client.ask(bytes([43, 14, 1, 0]))
        assert pdu[:3] == bytes([43, 14, 1])
        assert b"Eastron" in pdu
        assert b"SDM630" in pdu
        assert pdu[6] == 3
        assert b"SDM630" in client.ask(bytes([43, 14, 4, 1]))
        assert client.ask(bytes([43, 14, 4, 9])) == bytes([0xAB, 2])


def fault(site: SimulatedSite, kind: str, **more) -> None:
    site.inject(MeterFault(kind, tag="PM1", **more))


def test_communication_faults_come_and_go_while_a_client_reads(site: SimulatedSite) -> None:
    with connection(site, "PM1") as client:
        healthy = client.volts()
        fault(site, "busy")
        assert client.ask(VOLTAGE) == b"\x84\x06"
        site.clear("PM1")
        fault(site, "dead")
        assert client.ask(VOLTAGE) == b"\x84\x0b"
        assert client.ask(read(4, 0, 2), unit=12)[0] == 4
        site.clear()
        fault(site, "slow", seconds=0.1)
        begin = time.monotonic()
        assert client.volts() == healthy
        assert time.monotonic() - begin >= 0.1
        site.clear()
        fault(site, "word_order")
        data = client.ask(VOLTAGE)[2:]
        assert struct.unpack(">f", data[2:] + data[:2])[0] == healthy
        site.clear()
        fault(site, "other_device", profile="carlo-gavazzi-em340")
        data = client.ask(read(4, 0, 2))[2:]
        assert struct.unpack(">HH", data)[0] == pytest.approx(2300, abs=20)
        site.clear()
        fault(site, "not_available", quantity="frequency")
        assert client.ask(read(4, 70, 2))[2:] == bytes(4)  # as the manual of this meter says: 0
        site.clear()
        assert client.volts() == healthy


def test_a_dead_device_of_its_own_is_silent_and_takes_no_connection(site: SimulatedSite) -> None:
    with connection(site, "CH01") as client:
        assert client.ask(read(3, 306, 2))[0] == 3
        site.inject(MeterFault("dead", tag="CH01"))
        client.sock.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.ask(read(3, 306, 2))
        with connection(site, "CH01") as late:
            assert late.sock.recv(1) == b""


def test_swapped_addresses_exchange_two_meters_of_one_gateway(site: SimulatedSite) -> None:
    def power(client: Client, unit: int, profile_is_sdm: bool) -> float:
        if profile_is_sdm:
            return struct.unpack(">f", client.ask(read(4, 52, 2), unit)[2:])[0]
        low, high = struct.unpack(">HH", client.ask(read(4, 40, 2), unit)[2:])
        return (high << 16 | low) / 10

    for tag in ("CH01", "CH02"):
        site.set_demand(tag, 8)
    with connection(site, "PM1") as client:
        first, second = power(client, 11, True), power(client, 12, False)
        assert first < 0.8 * second
        site.inject(MeterFault("address_swapped", tag="PM1", other="PM2"))
        assert power(client, 12, True) == first
        assert power(client, 11, False) == second


def write(address: int, values: tuple[int, ...]) -> bytes:
    data = struct.pack(f">{len(values)}H", *values)
    return struct.pack(">BHHB", 16, address, len(values), len(data)) + data


def amperes(value: float) -> tuple[int, ...]:
    return struct.unpack(">HH", struct.pack(">f", value))


def test_writes_are_refused_and_counted_by_default(site: SimulatedSite) -> None:
    before = site.writes
    with connection(site, "CH01") as client:
        assert client.ask(write(1210, amperes(10))) == b"\x90\x01"
        assert client.ask(struct.pack(">BHH", 6, 1210, 1)) == b"\x86\x01"
        assert client.ask(struct.pack(">BHH", 5, 0, 0xFF00)) == b"\x85\x01"
    assert site.writes == before + 3
    assert site.written[-3] == (1, 16, 1210, amperes(10))
    assert site.accepted == 0


def test_a_set_point_that_is_written_shows_in_the_meter_after_the_ramp() -> None:
    scenario = replace(load_scenario("ramp"), timeline=())
    with simulate(PLAN, scenario, speed=0) as site, connection(site, "CH01") as client:

        def station() -> dict:
            return site.state()["devices"]["CH01"]

        assert client.ask(write(1210, amperes(10))) == struct.pack(">BHH", 16, 1210, 2)
        assert client.ask(read(3, 1210, 2))[2:] == struct.pack(">f", 10)
        assert station()["limit_a"] == 10
        assert station()["current_a"][0] > 30
        site.advance(3)
        assert 20 < station()["current_a"][0] < 30  # 1.5 s of reaction, then 4 A a second
        site.advance(10)
        assert station()["current_a"][0] == pytest.approx(10, abs=0.1)
        assert client.ask(write(1210, amperes(4))) == b"\x90\x03"  # below what the profile calls safe
        assert client.ask(write(1210, amperes(0)))[0] == 16
        site.advance(10)
        assert station()["state"] == "B"
        assert station()["current_a"] == [0, 0, 0]
        assert client.ask(write(300, amperes(1))) == b"\x90\x02"
        assert site.accepted == 2
        assert site.writes == 4


def test_a_still_picture_follows_a_set_point_at_once(site: SimulatedSite) -> None:
    site.set_point("*", 8)
    devices = site.state()["devices"]
    assert devices["CH01"]["current_a"][0] == pytest.approx(8, abs=0.05)
    assert devices["PM1"]["current_a"][0] == pytest.approx(24, abs=0.3)


def test_time_passes_by_itself_and_counters_go_on() -> None:
    with simulate(PLAN, "healthy", speed=600) as site:
        site.state()
        time.sleep(0.3)
        state = site.state()
        assert state["time_s"] >= 100
        energy = site.state_now.counters["PM0"].imported_wh
        assert energy > 0
        site.set_scenario("idle")
        assert site.state_now.counters["PM0"].imported_wh >= energy


def test_rtu_frames_over_tcp() -> None:
    devices = tuple(replace(d, link="rtu_tcp") if d.tag in ("PM1", "PM2") else d for d in PLAN.devices)
    with simulate(replace(PLAN, devices=devices)) as site, connection(site, "PM1") as client:
        frame = rtu_answer(Request(11, b""), VOLTAGE)
        client.sock.sendall(b"\x00\x55" + frame)  # noise before it
        answer = client.exactly(9)
        assert crc16(answer) == 0
        assert answer[:3] == bytes([11, 4, 4])


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
def test_a_serial_line_is_a_pseudo_terminal() -> None:
    devices = tuple(replace(d, link="serial") if d.tag in ("PM1", "PM2") else d for d in PLAN.devices)
    with simulate(replace(PLAN, devices=devices)) as site:
        line = os.open(device(site, "PM1").host, os.O_RDWR | os.O_NOCTTY)
        try:
            os.write(line, rtu_answer(Request(11, b""), VOLTAGE))
            answer = b""
            while len(answer) < 9:
                answer += os.read(line, 9 - len(answer))
        finally:
            os.close(line)
    assert crc16(answer) == 0
    assert struct.unpack(">f", answer[3:7])[0] == pytest.approx(230, abs=2)


def test_the_check_sum_is_that_of_the_standard() -> None:
    assert crc16(bytes.fromhex("01040000000271cb")) == 0
    assert crc16(b"123456789") == 0x4B37


def test_only_loopback_is_served_unless_told() -> None:
    devices = (replace(PLAN.devices[0], host="192.0.2.1"),)
    unsafe = simulate(replace(PLAN, devices=devices), host=None, port=None)
    with pytest.raises(PlanFileError, match="is not an address of this computer alone"), unsafe:
        pass


def test_a_hundred_devices_are_served_at_addresses_of_their_own() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.3.1", 0))
        free_port = probe.getsockname()[1]
    devices = tuple(
        replace(PLAN.devices[4], tag=f"CH{n:03}", host=f"127.0.3.{n}", port=free_port, parent=None)
        for n in range(1, 121)
    )
    with simulate(replace(PLAN, devices=devices), "idle", host=None, port=None) as site:
        for tag in ("CH001", "CH060", "CH120"):
            with connection(site, tag) as client:
                assert client.sock.getpeername()[0].startswith("127.0.3.")
                assert struct.unpack(">f", client.ask(read(3, 306, 2))[2:])[0] == pytest.approx(230, abs=3)


IMAGE = """
device: a meter written down by hand
units:
  5:
    input:
      0: "4366 3333"
      2: [0x4365, 26214]
    coil: {0: 1, 1: 0, 2: 1}
  6:
    holding: {40000: "53756e53 ffff"}
"""


def test_registers_written_by_hand_are_served_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "image.yaml"
    path.write_text(IMAGE)
    with serve_image(load_raw_image(path)) as place, socket.create_connection(place, timeout=10) as sock:
        client = Client(sock, 5)
        assert client.ask(read(4, 0, 4)).hex() == "040843663333" + "43656666"
        assert client.ask(read(1, 0, 3)).hex() == "010105"
        assert client.ask(read(3, 40000, 3), unit=6).hex() == "0306" + "53756e53ffff"
        assert client.ask(read(4, 0, 2), unit=9) == b"\x84\x0b"
        assert client.ask(write(0, (1,))) == b"\x90\x01"


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "an image must map"),
        ({"x": {}}, "'x' is no unit id"),
        ({1: {"output": {}}}, "'output' is none of"),
        ({1: {"input": {70000: "0000"}}}, "70000 is no address"),
        ({1: {"input": {0: "123"}}}, "'123' is not 4 hex digits"),
        ({1: {"input": {0: "00010002", 1: "0003"}}}, "register 1 is given twice"),
        ({1: {"input": {0: [70000]}}}, "70000 is no register's content"),
    ],
)
def test_a_wrong_image_is_refused_in_one_sentence(document, words: str) -> None:
    with pytest.raises(PlanFileError, match=words):
        parse_raw_image(document, "image.yaml")


def test_there_is_a_profile_behind_every_device_of_the_example() -> None:
    assert isinstance(PLAN, SitePlan)
    assert {d.profile for d in PLAN.devices} <= {path.stem for path in PROFILES.glob("*.yaml")}
