"""Scanning: what is found, how politely, and how it differs from the plan."""

import asyncio
import csv
import io
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from device_probe.__main__ import main
from device_probe.model import PlannedDevice, SitePlan
from device_probe.scan.compare import compare
from device_probe.scan.findings import firmware_approved
from device_probe.scan.result import FoundDevice, ScanRange, ScanResult
from device_probe.scan.search import ConnectGate, scan
from device_probe.schema import dump_plan, load_plan
from device_probe.simulator import SimulatedSite
from tests.device_probe import sunspec_images as images
from tests.device_probe.register_server import RegisterServer, Unit, serve
from tests.device_probe.test_probe_identify import IEM3155, SDM630, words

ROOT = Path(__file__).parents[2]
CONTRACTS = ROOT / "docs" / "contracts"


def sdm(serial: int) -> Unit:
    return Unit(SDM630.holding | words(64512, images.u32(serial)), SDM630.input,
                identification={0: "Eastron", 1: "SDM630", 2: "2.7"})  # fmt: skip


def planned(tag: str, host: str, port: int, unit: int = 1, profile: str = "eastron-sdm630", **more: Any):
    return PlannedDevice(tag, profile, host, port, unit, "other", **more)


def plan(*devices: PlannedDevice) -> SitePlan:
    return SitePlan("S1", "Depot", 400, 50, 8, "EN 50160", 100, 8, devices)


class Network:
    """127.0.0.21 to .26 on one port: a gateway of three units, a network device, SunSpec, silence, a hang."""

    def __init__(self, servers: list[RegisterServer]) -> None:
        self.gateway, self.anywhere, self.sunspec, self.hanging = servers
        self.servers, self.port = servers, servers[0].port

    def forget(self) -> None:
        for server in self.servers:
            server.counters = type(server.counters)()


@pytest.fixture(scope="module")
def served() -> Iterator[Network]:
    with socket.socket() as free:
        free.bind(("127.0.0.21", 0))
        port = free.getsockname()[1]
    gateway = RegisterServer({1: sdm(1001), 2: sdm(1002), 7: IEM3155})
    anywhere = RegisterServer({}, any_unit=sdm(4711))  # answers whatever the unit id
    sunspec = RegisterServer({1: Unit(holding=images.solaredge())})
    hanging = RegisterServer({1: SDM630}, hangs=True)
    with serve((gateway, "127.0.0.21", port), (anywhere, "127.0.0.22", port), (sunspec, "127.0.0.23", port),
               (hanging, "127.0.0.24", port)) as servers:  # fmt: skip
        yield Network(servers)


@pytest.fixture
def network(served: Network) -> Network:
    served.forget()
    return served


def look(network: Network, *devices: PlannedDevice, hosts: str = "21-26", **options: Any) -> ScanResult:
    low, _, high = hosts.partition("-")
    names = tuple(f"127.0.0.{number}" for number in range(int(low), int(high or low) + 1))
    asked = {
        "units": (1, 2, 3, 7),
        "timeout_s": 0.3,
        "min_gap_s": 0.0,
        "connects_per_second": 200.0,
    } | options
    return scan(ScanRange(names, (network.port,), **asked), plan(*devices) if devices else None)


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["scan", *[str(argument) for argument in arguments]])


def test_everything_that_answers_is_found_once(network: Network) -> None:
    result = look(network)
    found = {(f.host[-2:], f.unit, f.profile, f.serial_number) for f in result.found}
    assert found == {
        ("21", 1, "eastron-sdm630", "1001"), ("21", 2, "eastron-sdm630", "1002"),
        ("21", 7, "schneider-iem3155-iem3255", ""), ("22", 1, "eastron-sdm630", "4711"),
        ("23", 1, "sunspec", "7E1A2B3C"), ("23", 1, "sunspec-2", "2141234"),
    }  # fmt: skip
    assert next(f for f in result.found if f.host == "127.0.0.22").also_units == (2, 3, 7)
    assert [place.host for place in result.silent] == ["127.0.0.24"]
    assert result.complete
    assert result.requests == sum(server.counters.requests for server in network.servers)


def test_a_scan_is_polite(network: Network) -> None:
    look(network, hosts="21-23", min_gap_s=0.02)
    for server in network.servers[:3]:
        assert server.counters.open_most == 1  # one connect at a time to each host
        assert server.counters.writes == 0
        assert {function for _, function, _, _ in server.counters.asked} <= {3, 4, 0x2B}
    gaps = [later - earlier for earlier, later in zip(
        network.gateway.counters.times, network.gateway.counters.times[1:], strict=False)]  # fmt: skip
    assert min(gaps) >= 0.015
    assert network.gateway.counters.connects == 1  # all units on one connection
    assert network.gateway.counters.requests < 60


def test_connects_are_spread_over_the_seconds() -> None:
    async def run() -> float:
        gate = ConnectGate(3, per_second=20)
        clock = asyncio.get_running_loop().time
        began = clock()

        async def connect() -> None:
            async with gate:
                pass

        await asyncio.gather(*(connect() for _ in range(9)))
        return clock() - began

    assert asyncio.run(run()) >= 8 / 20 - 0.01


def test_without_units_the_usual_ones_are_tried_where_unit_1_is_nobody() -> None:
    server = RegisterServer({71: Unit(holding=words(535, images.text("KOSTAL", 16)))})
    with serve((server, "127.0.0.1")):
        result = scan(ScanRange(("127.0.0.1",), (server.port,), timeout_s=0.3, min_gap_s=0, patience_s=0.1))
    assert [(f.unit, f.profile) for f in result.found] == [(71, "kostal-plenticore")]


def test_a_site_as_planned_has_no_differences(network: Network) -> None:
    port = network.port
    result = look(
        network,
        planned("PM1", "127.0.0.21", port, 1, serial_number="1001", approved_firmware=(">=2.1", "<=2.9")),
        planned("PM2", "127.0.0.21", port, 2, serial_number="0001002", approved_firmware=("2.7",)),
        planned("PM3", "127.0.0.21", port, 7, "schneider-iem3155-iem3255"),
        planned("PM4", "127.0.0.22", port, 3),
        planned("INV1", "127.0.0.23", port, 1, "sunspec-inverter-103"),
        planned("PM5", "127.0.0.23", port, 1, "sunspec-meter-203", serial_number="2141234"),
    )
    assert result.findings == ()


def codes(result: ScanResult) -> dict[str, str]:
    return {finding.code: finding.tag for finding in result.findings}


def test_swapped_addresses_are_recognised_by_serial_number(network: Network) -> None:
    result = look(
        network,
        planned("PM1", "127.0.0.21", network.port, 1, serial_number="1002"),
        planned("PM2", "127.0.0.21", network.port, 2, serial_number="1001"),
        hosts="21",
        units=(1, 2),
    )
    (swapped,) = result.findings
    assert (swapped.code, swapped.tag) == ("address-swapped", "PM1")
    assert "PM1 and PM2 are swapped" in swapped.sentence
    assert "Exchange the addresses" in swapped.remedy


def test_swapped_addresses_of_different_kinds_need_no_serial_number(network: Network) -> None:
    result = look(
        network,
        planned("PM1", "127.0.0.21", network.port, 1, "schneider-iem3155-iem3255"),
        planned("PM2", "127.0.0.21", network.port, 7),
        hosts="21",
        units=(1, 7),
    )
    assert codes(result) == {"address-swapped": "PM1"}


def test_each_difference_has_its_finding(network: Network) -> None:
    port = network.port
    result = look(
        network,
        planned("PM1", "127.0.0.21", port, 1, serial_number="999"),  # another of its kind
        planned("PM2", "127.0.0.21", port, 3, serial_number="1002"),  # answers as unit 2
        planned("PM3", "127.0.0.21", port, 7, "siemens-pac2200"),  # another kind
        planned("PM4", "127.0.0.25", port, 1),  # nobody
        planned("PM5", "127.0.0.24", port, 1),  # takes the connection, says nothing
        planned("PM6", "127.0.0.22", port, 1, approved_firmware=("3.0",)),
        planned("PM7", "127.0.0.90", port, 1),  # outside the range
    )  # fmt: skip
    found = {(finding.code, finding.tag) for finding in result.findings}
    assert found == {
        ("serial-differs", "PM1"), ("unit-differs", "PM2"), ("model-differs", "PM3"), ("missing", "PM4"),
        ("missing", "PM5"), ("firmware-not-approved", "PM6"), ("not-scanned", "PM7"), ("unknown-device", ""),
        ("device-behind", ""),
    }  # fmt: skip
    assert all(finding.remedy and finding.sentence.endswith(".") for finding in result.findings)
    silent = next(f for f in result.findings if f.tag == "PM5")
    assert "no answer" in silent.sentence or "nobody answers" in silent.sentence


@pytest.mark.parametrize(
    ("version", "rules", "good"),
    [
        ("2.7", (), True), ("2.7", ("2.7",), True), ("v2.7.0", ("2.7",), True), ("2.8", ("2.7", "2.8"), True),
        ("2.9", ("2.7", "2.8"), False), ("1.10", (">=1.9",), True), ("1.2", (">=1.2.1",), False),
        ("2.0.0", (">=1.2.1", "<=2.0"), True), ("2.0.1", (">=1.2.1", "<=2.0"), False),
        ("2.0", ("<2.0",), False), ("2.1", (">2.0",), True), ("6.5.0-4214", ("<=6.5.0",), False),
        ("1.0b", ("1.0",), False),
    ],
)  # fmt: skip
def test_firmware_is_compared_as_versions(version: str, rules: tuple[str, ...], good: bool) -> None:
    assert firmware_approved(version, rules) is good


def test_three_in_a_ring_are_each_named() -> None:
    devices = [planned(f"PM{n}", "h", 502, n, serial_number=f"S{n}") for n in (1, 2, 3)]
    found = tuple(
        FoundDevice(
            "h", 502, n, "eastron-sdm630", "Eastron", "SDM630", "certain", serial_number=f"S{n % 3 + 1}"
        )
        for n in (1, 2, 3)
    )
    asked = frozenset(("h", 502, n) for n in (1, 2, 3))
    result = ScanResult("", "", ("h",), (502,), (1, 2, 3), found, (), asked, {}, 0)
    findings = compare(plan(*devices), result)
    assert [(f.code, f.tag) for f in findings] == [("wrong-device", f"PM{n}") for n in (1, 2, 3)]


def test_a_stopped_scan_says_nothing_of_what_it_did_not_see() -> None:
    result = ScanResult("", "", ("a", "b"), (502,), (1,), (), (), frozenset({("a", 502, 1)}), {}, 0, False)
    findings = compare(plan(planned("PM1", "a", 502), planned("PM2", "b", 502)), result)
    assert [(f.code, f.tag) for f in findings] == [("missing", "PM1"), ("not-scanned", "PM2")]


def test_json_fits_its_contract_and_csv_and_plan_can_be_used(network: Network, tmp_path: Path) -> None:
    out, expected = tmp_path / "found.json", tmp_path / "plan.json"
    expected.write_text(json.dumps(dump_plan(plan(planned("PM9", "127.0.0.21", network.port, 3)))))
    place = ("127.0.0.21-23", "--units", "1-3,7", "--port", network.port, "--timeout", 0.3, "--rate", 500)
    result = call(*place, "--expected", expected, "--plan-out", out, "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    finding = json.loads((CONTRACTS / "finding.schema.json").read_text())
    registry = Registry().with_resource("finding.schema.json", Resource.from_contents(finding))
    schema = json.loads((CONTRACTS / "scan.schema.json").read_text())
    assert list(Draft202012Validator(schema, registry=registry).iter_errors(document)) == []
    assert len(document["devices"]) == 6
    assert {f["code"] for f in document["findings"]} >= {"unknown-device", "device-behind"}
    skeleton = load_plan(json.loads(out.read_text()))
    assert {d.profile for d in skeleton.devices} == {
        "eastron-sdm630", "schneider-iem3155-iem3255", "sunspec", "sunspec-2",
    }  # fmt: skip
    assert call(*place, "--expected", out).exit_code == 0  # what was found is what is expected of it
    lines = list(csv.DictReader(io.StringIO(call(*place, "--csv").stdout)))
    assert [line["serial_number"] for line in lines] == ["1001", "1002", "", "4711", "7E1A2B3C", "2141234"]


def test_the_table_names_devices_differences_and_what_to_do(network: Network, tmp_path: Path) -> None:
    expected = tmp_path / "plan.json"
    devices = plan(planned("PM1", "127.0.0.21", network.port, 1, serial_number="999"))
    expected.write_text(json.dumps(dump_plan(devices)))
    result = call("--expected", expected, "--port", network.port, "--units", "1", "--rate", 500)
    shown = " ".join(result.stdout.split())
    assert result.exit_code == 1
    assert (
        "unit 1 Eastron SDM630-Modbus V2 profile eastron-sdm630 (certain), serial number 1001, firmware 2.7"
        in shown
    )
    assert "error: PM1 has the serial number 1001; the name plate said 999." in shown
    assert "1 differences from Depot" in shown
    assert "1 device at 1 host" in shown


@pytest.mark.parametrize(
    ("arguments", "words_"),
    [
        (["10.0.0.0/8"], "never scanned"), (["10.0.0.0/21"], "more than 1024 addresses"),
        (["10.0.0.1-10.0.8.1"], "more than 1024"), (["10.0.0.9-3"], "is no range"), (["a b"], "is no host"),
        (["10.0.0.0/40"], "is no network"), ([], "Say where to look"),
        (["10.0.0.1", "--units", "1-300"], "255"),
        (["10.0.0.1", "--units", "x"], "is no unit id"), (["10.0.0.1", "--port", "0"], "TCP port"),
        (["10.0.0.1", "--expected", "none.json"], "none.json"), (["10.0.0.1", "--json", "--csv"], "give one"),
    ],
)  # fmt: skip
def test_a_wrong_call_ends_with_2_before_anything_is_sent(arguments: list[str], words_: str) -> None:
    result = call(*arguments)
    assert result.exit_code == 2
    assert words_ in result.stderr
    assert "Traceback" not in result.output


def test_nothing_found_is_the_answer_no(network: Network) -> None:
    assert call("127.0.0.25-26", "--port", network.port, "--timeout", 0.2).exit_code == 1


def test_no_way_to_the_network_is_the_environment() -> None:
    result = call("no-such-host.invalid", "--timeout", 0.2)
    assert result.exit_code == 4
    assert result.stderr.count("\n") == 1


def test_ctrl_c_ends_cleanly_with_what_was_found(network: Network) -> None:
    network.forget()
    process = subprocess.Popen(
        [sys.executable, "-m", "device_probe", "scan", "127.0.0.21", "127.0.0.24",
         "--port", str(network.port), "--units", "1", "--timeout", "30", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip
    end = time.monotonic() + 60
    while (
        network.gateway.counters.open_now or not network.gateway.counters.requests
    ):  # until that host is done
        assert time.monotonic() < end
        time.sleep(0.05)
    while not network.hanging.counters.requests:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    document = json.loads(out)
    assert process.returncode == 130
    assert "Stopped" in err
    assert "Traceback" not in err
    assert document["complete"] is False
    assert [d["serial_number"] for d in document["devices"]] == ["1001"]


def test_devices_of_a_plan_are_compared_by_address_also_when_it_has_names(network: Network) -> None:
    device = planned("PM1", "localhost", network.port, 1)
    found = FoundDevice("127.0.0.1", network.port, 1, "eastron-sdm630", "Eastron", "SDM630", "certain")
    result = ScanResult(
        "",
        "",
        ("127.0.0.1",),
        (network.port,),
        (1,),
        (found,),
        (),
        frozenset(),
        {"localhost": "127.0.0.1"},
        0,
    )
    assert compare(plan(device), result) == ()
    assert compare(plan(replace(device, host="other.example")), result) != ()


def test_a_whole_simulated_site_is_recognised_and_as_planned(simulated: SimulatedSite) -> None:
    wanted = ScanRange(
        ("127.0.0.1",), (simulated.plan.devices[0].port,), min_gap_s=0.0, connects_per_second=500.0
    )
    result = scan(wanted, simulated.plan)
    assert result.findings == ()
    assert len(result.found) == len(simulated.plan.devices)
    assert {f.confidence for f in result.found} == {"certain"}
    assert result.requests < 10 * len(result.found)
    assert simulated.writes == 0
