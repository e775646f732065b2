"""The simulated devices on the wire: frames, limits, slow lines, links, overlapping clients."""

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
from hypothesis import given, settings
from hypothesis import strategies as st

from device_probe.model import SitePlan
from device_probe.problems import PlanFileError
from device_probe.profile import PROFILES
from device_probe.simulator import SimulatedSite, load_scenario, simulate
from device_probe.simulator.frames import BrokenStreamError, Request, crc16, rtu_answer, take_rtu, take_tcp
from device_probe.simulator.port import Port
from device_probe.simulator.residents import Residents
from device_probe.simulator.scenario import LineManner
from device_probe.simulator.state import SiteState
from tests.device_probe.simulated_wire import PLAN, VOLTAGE, connection, device, read

ANY = Port(
    ("127.0.0.1", 5021), Residents(SiteState(PLAN, load_scenario("healthy"))), threading.RLock(), writes=True
)


@pytest.fixture(scope="module")
def serving() -> Iterator[SimulatedSite]:
    with simulate(PLAN, "healthy") as site:
        yield site


@pytest.fixture
def site(serving: SimulatedSite) -> Iterator[SimulatedSite]:
    serving.set_scenario("healthy")
    yield serving
    serving.set_scenario("healthy")


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
        # the clock of the line may be a few milliseconds coarser than that of the test
        assert time.monotonic() - begin >= 2 * (characters * 11 / 9600 + 0.010) - 0.01
        begin = time.monotonic()
        assert client.ask(VOLTAGE, unit=99) == b"\x84\x0b"
        assert time.monotonic() - begin >= 0.14
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


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=1, max_size=40), st.integers(0, 255))
def test_any_request_gets_an_answer_and_none_does_harm(pdu: bytes, unit: int) -> None:
    outcome = ANY.handle(Request(unit, pdu))
    assert outcome.pdu is None or 2 <= len(outcome.pdu) <= 253
    again = ANY.handle(Request(11, VOLTAGE))
    assert struct.unpack(">f", again.pdu[2:])[0] == pytest.approx(230, abs=3)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_cut_into_requests_or_refused(data: bytes) -> None:
    for take in (take_tcp, take_rtu):
        buffer = bytearray(data)
        try:
            while take(buffer) is not None:
                pass
        except BrokenStreamError:
            assert take is take_tcp
    framed = bytearray(rtu_answer(Request(7, b""), VOLTAGE))
    assert take_rtu(framed) == Request(7, VOLTAGE)


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


def test_there_is_a_profile_behind_every_device_of_the_example() -> None:
    assert isinstance(PLAN, SitePlan)
    assert {d.profile for d in PLAN.devices} <= {path.stem for path in PROFILES.glob("*.yaml")}
