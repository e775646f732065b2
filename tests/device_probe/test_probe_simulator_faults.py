"""Faults come and go while the simulated devices answer, set-points act, and time passes."""

import struct
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from device_probe.simulator import MeterFault, SimulatedSite, load_scenario, simulate
from tests.device_probe.simulated_wire import PLAN, VOLTAGE, Client, amperes, connection, read, write


@pytest.fixture(scope="module")
def serving() -> Iterator[SimulatedSite]:
    with simulate(PLAN, "healthy") as site:
        yield site


@pytest.fixture
def site(serving: SimulatedSite) -> Iterator[SimulatedSite]:
    serving.set_scenario("healthy")
    yield serving
    serving.set_scenario("healthy")


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
