"""The simulated site through the eyes of the probe: every profile reads back the truth, faults are found."""

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from device_probe.model import PlannedDevice
from device_probe.profile import PROFILES, Point, Profile
from device_probe.profile_format.yaml_text import read_yaml
from device_probe.profile_schema import list_profiles, load_profile
from device_probe.read import read_device, read_rounds, read_site
from device_probe.report import judge_rounds
from device_probe.simulator import (
    MeterFault,
    SimulatedSite,
    encode,
    list_scenarios,
    load_scenario,
    serve_image,
    simulate,
)
from device_probe.simulator.encode import LIMITS
from device_probe.simulator.example import example_plan
from device_probe.simulator.meter import measured
from device_probe.simulator.raw_image import load_raw_image
from device_probe.simulator.residents import Residents
from device_probe.simulator.scenario import Cable, DeviceManner
from device_probe.simulator.state import SiteState

PLAN = example_plan()
GROUPS = {"ac_charger": "station", "dc_charger": "station", "meter": "group_meter", "analyser": "group_meter"}
CHECKED = re.compile(
    r"voltage_l\d_n|current_l\d|active_power_(l\d|total)|reactive_power_(l\d|total)|apparent_power_(l\d|total)"
    r"|frequency|voltage_l\d_l\d|thd_voltage_l\d|thd_(r_)?current_l\d|harmonic_(voltage|current)_l\d_h\d+|current_n"
)


def unhurried(profile: Profile, folder: Path) -> str:
    """A profile without its waits, which would make the test slow."""
    if not profile.min_gap_ms and not profile.connect_delay_ms:
        return profile.id
    text = (PROFILES / f"{profile.id}.yaml").read_text(encoding="utf-8")
    path = folder / f"{profile.id}.yaml"
    path.write_text(
        re.sub(r"^(min_gap_ms|connect_delay_ms): \d+", r"\1: 0", text, flags=re.M), encoding="utf-8"
    )
    return str(path)


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedSite]:
    """A site with one device of every profile: all meters in a row, so that each carries all the current."""
    folder = tmp_path_factory.mktemp("profiles")
    known = sorted(list_profiles(), key=lambda profile: GROUPS.get(profile.kind, "other") != "group_meter")
    devices = [PLAN.devices[0]]
    for number, profile in enumerate(known, 1):
        role = GROUPS.get(profile.kind, "other")
        above = [d.tag for d in devices if d.role in ("main_meter", "group_meter")][-1]
        devices.append(
            PlannedDevice(
                f"D{number:02}", unhurried(profile, folder), f"10.0.0.{number}", 502, profile.default_unit_id,
                role, above, ct_primary_a=400, ct_secondary_a=5, design_current_a=32, accuracy_percent=0.5,
            )
        )  # fmt: skip
    scenario = replace(load_scenario("unbalanced"), cables={"group_meter": Cable()})
    with simulate(replace(PLAN, devices=tuple(devices)), scenario) as site:
        yield site


@pytest.fixture(scope="module")
def snapshots(everything: SimulatedSite):
    return {snapshot.tag: snapshot for snapshot in read_site(everything.plan)}


def resolution(point: Point) -> float:
    step = 0.1 if point.scale_register is not None else abs(point.scale)
    if point.type.startswith("float"):
        return 0.0
    return step * (80 if point.ratio_register is not None else 1)


def test_every_profile_is_read_through_a_real_socket_without_a_refusal(everything, snapshots) -> None:
    assert len(snapshots) == len(list_profiles()) + 1
    for snapshot in snapshots.values():
        assert snapshot.problem is None, snapshot.profile
        assert [r.quantity for r in snapshot.readings if r.problem == "unreadable"] == [], snapshot.profile
        # a hole too wide to be filled costs a device without a known limit one more try
        assert snapshot.requests <= snapshot.planned + 3, snapshot.profile
    assert everything.writes == 0


def test_every_profile_reads_the_truth_within_its_class_and_resolution(everything, snapshots) -> None:
    checked = 0
    for device in everything.original.devices:
        truth = measured(everything.state_now.inputs_of(device), 50.0)
        assert truth["current_l1"] > 5 or device.role == "other"
        profile, snapshot = load_profile(device.profile), snapshots[device.tag]
        readings = {r.quantity: r for r in snapshot.readings}
        for point in profile.points:
            reading = readings.get(point.quantity)
            if (
                reading is None
                or not CHECKED.fullmatch(point.quantity)
                or not isinstance(reading.value, float)
            ):
                continue
            expected = truth[point.quantity]
            if point.unit == "%" and point.quantity.startswith("harmonic"):
                expected = (
                    100 * expected / truth[point.quantity.rsplit("_h", 1)[0] + "_h1"] if expected else 0.0
                )
            if point.unit == "%" and point.basis == "rms" and not point.quantity.startswith("thd_r"):
                expected = 100 * expected / math.hypot(100, expected)
            base = truth[f"apparent_power_{point.quantity[-2:]}"] if point.unit in ("W", "var") and (
                point.quantity[-2:] in ("l1", "l2", "l3")) else truth["apparent_power_total"] if (
                point.unit in ("W", "var")) else abs(expected)  # fmt: skip
            tolerance = device.accuracy_percent / 100 * base + resolution(point) + 1e-4 * base + 1e-6
            assert abs(reading.value - expected) <= tolerance, (
                profile.id,
                point.quantity,
                reading.value,
                expected,
            )
            checked += 1
    assert checked > 1000


@pytest.mark.parametrize("name", list_scenarios())
def test_no_scenario_leaves_the_range_of_a_register(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, int]] = []
    packed = encode._integer

    def watching(point: Point, raw: int) -> bytes:
        low, high = LIMITS[point.type]
        if not low <= raw <= high and not (raw < 0 <= low):  # a reversed CT shows 0 in an unsigned register
            seen.append((point.quantity, raw))
        return packed(point, raw)

    monkeypatch.setattr(encode, "_integer", watching)
    state = SiteState(PLAN, load_scenario(name), 0)
    state.advance(150)
    residents = Residents(state)
    for place in dict.fromkeys((d.host, d.port) for d in PLAN.devices):
        assert all(residents.served(place, unit, {}) for unit in residents.units(place))
    assert seen == []


def probe(scenario: str, plan=PLAN):
    with simulate(plan, scenario) as site:
        return judge_rounds(site.plan, read_rounds(site.plan, interval_s=0.02))


@pytest.mark.parametrize(
    ("scenario", "code", "tag"),
    [
        ("ct-swapped", "ct-on-wrong-phase", "PM1"),
        ("voltage-swapped", "voltage-leads-swapped", "PM1"),
        ("wrong-ratio", "balance-ambiguous", "PM1"),
        ("address-swapped", "decoding-profile", "PM1"),
    ],
)
def test_a_scenario_with_a_fault_is_judged_as_its_title_says(scenario: str, code: str, tag: str) -> None:
    found = {(f.code, f.tag) for f in probe(scenario).findings}
    assert tag in {finding_tag for _, finding_tag in found}
    assert code in {finding_code for finding_code, _ in found}


def test_meters_of_one_kind_at_exchanged_addresses_are_found_by_their_sums() -> None:
    devices = tuple(replace(d, profile="eastron-sdm630") if d.tag == "PM2" else d for d in PLAN.devices)
    report = probe("address-swapped", replace(PLAN, devices=devices))
    balance = {tag: report.verdicts_of(tag)["balance"].verdict for tag in ("PM0", "PM1", "PM2")}
    assert balance == {"PM0": "pass", "PM1": "fail", "PM2": "fail"}
    assert [f.code for f in report.findings] == ["addresses-swapped"]


def test_a_meter_set_to_three_wires_knows_no_voltage_to_neutral(running: SimulatedSite) -> None:
    running.inject(MeterFault("three_wire", tag="PM1"))
    device = next(d for d in running.plan.devices if d.tag == "PM1")
    snapshot = read_device(device)
    system = next(r for r in snapshot.readings if r.quantity == "system_type")
    assert system.value == "3P3W"
    assert snapshot.value("voltage_l1_n") in (0, None)
    assert snapshot.value("voltage_l1_l2") == pytest.approx(398, abs=4)
    assert snapshot.value("active_power_total") == pytest.approx(31_000, rel=0.03)


def test_noise_changes_every_sample_and_stays_within_the_class() -> None:
    manners = {"PM1": DeviceManner(noise_percent=0.3), "PM2": DeviceManner(resolution={"V": 5.0})}
    scenario = replace(load_scenario("healthy"), devices=manners)
    with simulate(PLAN, scenario) as site:
        device, seen = site.plan.devices[1], []
        for _ in range(4):
            site.advance(1)
            seen.append(read_device(device, quantities=["voltage_l1_n"]).value("voltage_l1_n"))
        assert len(set(seen)) == 4
        assert seen == [pytest.approx(230.5, rel=0.01)] * 4
        assert read_device(site.plan.devices[2]).value("voltage_l1_n") == 230.0


@pytest.mark.parametrize("scenario", ["healthy", "single-phase", "slow-gateway"])
def test_a_scenario_without_a_fault_accuses_no_wiring(scenario: str) -> None:
    report = probe(scenario)
    assert {v.tag: v.verdict for v in report.verdicts if v.aspect == "wiring"} == {
        "PM0": "pass", "PM1": "pass", "PM2": "pass",
    }  # fmt: skip


def test_the_register_of_a_wrong_ratio_shows_what_is_set() -> None:
    devices = tuple(replace(d, profile="janitza-umg-96rm-e") if d.tag == "PM1" else d for d in PLAN.devices)
    with simulate(replace(PLAN, devices=devices), "wrong-ratio") as site:
        snapshot = read_device(site.plan.devices[1])
    assert snapshot.value("ct_primary") == pytest.approx(100 * 2 / 3, rel=0.01)


IMAGES = sorted((Path(__file__).parent / "images").glob("*.yaml"))


@pytest.mark.parametrize("path", IMAGES, ids=lambda path: path.stem)
def test_a_device_written_by_hand_is_served_as_it_stands(path: Path, tmp_path: Path) -> None:
    document = read_yaml(path.read_text(encoding="utf-8"), path.name)
    profile = unhurried(load_profile(document["profile"]), tmp_path)
    with serve_image(load_raw_image(path)) as (host, number):
        snapshot = read_device(PlannedDevice("X", profile, host, number, document["unit"], "other"))
    values = {r.quantity: r.value for r in snapshot.readings}
    for quantity, value in document["expected"].items():
        expected = tuple(value) if isinstance(value, list) else value
        assert values[quantity] == (pytest.approx(value) if isinstance(value, float) else expected), quantity


def test_two_connectors_of_a_station_have_their_own_values_and_set_points() -> None:
    first = replace(
        PLAN.devices[4],
        tag="CH01.1",
        profile="compleo-solo-duo",
        parent=None,
        unit=255,
        phase_rotation="L1L2L3",
    )
    second = replace(first, tag="CH01.2", connector=2)
    plan = replace(PLAN, devices=(PLAN.devices[0], first, second))
    with simulate(plan, "healthy", writes=True) as site:
        site.set_demand("CH01.2", 8)
        readings = [read_device(device) for device in site.plan.devices[1:]]
        assert [r.problem for s in readings for r in s.readings if r.problem == "unreadable"] == []
        assert readings[0].value("current_l1") == pytest.approx(15.5, rel=0.05)
        assert readings[1].value("current_l1") == pytest.approx(8, rel=0.05)


@pytest.fixture
def running() -> Iterator[SimulatedSite]:
    with simulate(PLAN, "healthy") as site:
        yield site


def test_fault_injection_while_the_site_is_read_harms_nothing_else(running: SimulatedSite) -> None:
    running.inject(MeterFault("busy", tag="PM1"))
    snapshots = {s.tag: s for s in read_site(running.plan)}
    assert snapshots["PM1"].problem
    assert all(s.problem is None for tag, s in snapshots.items() if tag != "PM1")
    running.clear()
    assert all(s.problem is None for s in read_site(running.plan))
