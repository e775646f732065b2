"""The simulated site through the eyes of the probe: every profile reads back the truth, faults are found."""

import json
import math
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from device_probe.__main__ import main
from device_probe.model import PlannedDevice
from device_probe.problems import PlanFileError, ProbeError
from device_probe.profile import PROFILES, Point, Profile
from device_probe.profile_schema import list_profiles, load_profile
from device_probe.profile_yaml import read_yaml
from device_probe.read import read_device, read_site
from device_probe.report import judge
from device_probe.simulator import (
    MeterFault,
    SimulatedSite,
    encode,
    list_scenarios,
    load_scenario,
    serve_image,
    simulate,
)
from device_probe.simulator.commands import ControlFile, obey
from device_probe.simulator.encode import LIMITS
from device_probe.simulator.example import example_plan
from device_probe.simulator.meter import measured
from device_probe.simulator.raw_image import load_raw_image
from device_probe.simulator.residents import Residents
from device_probe.simulator.scenario import Cable, DeviceManner
from device_probe.simulator.scenario_file import parse_scenario
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
        return judge(site.plan, read_site(site.plan))


@pytest.mark.parametrize(
    ("scenario", "code", "tag"),
    [
        ("ct-swapped", "ct-on-wrong-phase", "PM1"),
        ("voltage-swapped", "voltage-leads-swapped", "PM1"),
        ("wrong-ratio", "ct-ratio", "PM1"),
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
    balance = {v.tag: v.verdict for v in report.verdicts if v.aspect == "balance"}
    assert balance == {"PM0": "pass", "PM1": "fail", "PM2": "fail"}


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


def test_lines_of_text_change_the_site(running: SimulatedSite) -> None:
    assert obey(running, "ramp") == "Scenario: Stations follow their set-points, which may be written"
    assert "thd-high" in obey(running, "help")
    obey(running, "healthy")
    obey(running, "set CH01 current 10")
    assert running.state()["devices"]["CH01"]["limit_a"] == 10
    obey(running, "set CH02 demand 7")
    assert running.state()["devices"]["CH02"]["demand_a"] == 7
    obey(running, "fault PM1 ct_swapped phase=1 other_phase=3")
    assert running.state()["faults"] == [{"kind": "ct_swapped", "tag": "PM1", "other_phase": 3}]
    assert "faults: 1" in obey(running, "state PM1")
    obey(running, "clear PM1")
    assert running.state()["faults"] == []
    assert obey(running, "advance 60").startswith("60 s")
    obey(running, "speed 1000")
    assert obey(running, "# a remark") == obey(running, "") == ""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("party", "There is no scenario 'party'"),
        ("make tea now", "is no command"),
        ("set CH99 current 5", "There is no CH99"),
        ("set CH01 colour 5", "can't be set"),
        ("set CH01 current much", "'much' is no number"),
        ("set CH01 current nan", "nan is not a number"),
        ("set CH01", "Say it like"),
        ("fault PM1", "Say it like"),
        ("fault PM9 dead", "the plan has no such device"),
        ("fault PM1 broken", "Must be one of"),
        ("fault PM1 ct_reversed phase=4", "phase"),
        ("fault PM1 currents_permuted order=[1,1,2]", "each of the phases"),
        ("fault PM1 address_swapped", "Give that one's tag"),
        ("fault PM1 other_device profile=none", "There is no profile 'none'"),
        ("advance -5", "Time only goes forward"),
        ("speed -1", "A speed of -1 is none"),
    ],
)
def test_a_wrong_line_is_refused_in_one_sentence_and_changes_nothing(
    running: SimulatedSite, line: str, words: str
) -> None:
    before = running.state()
    with pytest.raises(ProbeError, match=re.escape(words)) as caught:
        obey(running, line)
    assert "\n" not in str(caught.value)
    assert running.state() == before


def test_a_control_file_holds_what_is_wanted_now(running: SimulatedSite, tmp_path: Path) -> None:
    path = tmp_path / "control"
    watched = ControlFile(path, running)
    assert watched.look() == []
    path.write_text("fault PM1 dead\nset CH01 current 10\nnonsense\n")
    said = watched.look()
    assert said[:2] == ["PM1: dead", "CH01: current 10"]
    assert said[2].startswith("control, line 3: There is no scenario 'nonsense'")
    assert watched.look() == []
    path.write_text("set CH01 current 12\n")
    watched.look()
    assert running.state()["faults"] == []
    assert running.state()["devices"]["CH01"]["limit_a"] == 12
    path.unlink()
    watched.look()
    assert running.state()["devices"]["CH01"]["limit_a"] == 32


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: x\ntitle: y\n", "stations: Missing data"),
        ('name: x\ntitle: y\nstations: {"1": {current_a: 5}}\n', 'the entry "\\*"'),
        ('name: x\ntitle: y\nstations: {"*": {current_a: -5}}\n', "current_a"),
        ('name: x\ntitle: y\nstations: {"*": {current_a: 5}}\ntimeline: [{at_s: 1}]\n', "exactly one of"),
        ('name: x\ntitle: y\nstations: {"*": {current_a: 5}}\nfaults: [{kind: gone}]\n', "Must be one of"),
        ('name: x\ntitle: y\nstations: {"*": {current_a: 5}}\ncolour: red\n', "Unknown field"),
        (
            """{name: x, title: y, stations: {"*": {current_a: 5}},
            injections: [{name: P, kind: pv, power_w: 5, sunrise_s: 5}]}""",
            "sunrise_s and a later sunset_s",
        ),
        ("name: [", "line"),
    ],
)
def test_a_wrong_scenario_is_refused_in_one_sentence(text: str, words: str) -> None:
    with pytest.raises(PlanFileError, match=words) as caught:
        parse_scenario(text, "mine.yaml")
    assert str(caught.value).startswith("mine.yaml")
    assert "\n" not in str(caught.value)


def call(*arguments: object):
    return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)


def test_every_scenario_has_a_title_and_an_explanation_that_list_tells() -> None:
    told = json.loads(call("simulate", "--list", "--json").stdout)["scenarios"]
    assert [each["name"] for each in told] == list(list_scenarios())
    assert all(each["title"] and each["explanation"] for each in told)
    assert all(name in call("simulate", "--list").stdout for name in list_scenarios())


def test_without_a_plan_an_example_is_served(tmp_path: Path) -> None:
    out = tmp_path / "site.json"
    done = call("simulate", "--seconds", "0", "--plan-out", out)
    assert done.exit_code == 0
    assert "PM1" in done.stdout
    assert len(json.loads(out.read_text())["devices"]) == len(PLAN.devices)


def test_it_obeys_its_keyboard_and_ends_when_interrupted() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "device_probe", "simulate", "--json"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    document = json.loads(process.stdout.readline())
    meter = next(d for d in document["plan"]["devices"] if d["tag"] == "PM1")
    process.stdin.write("fault PM1 dead\n")
    process.stdin.flush()
    assert process.stderr.readline() == "PM1: dead\n"
    planned = PlannedDevice(
        "PM1", "eastron-sdm630", meter["host"], meter["port"], meter["unit"], "group_meter"
    )
    assert read_device(planned, quantities=["voltage_l1_n"]).problem
    process.stdin.write("no such thing\nclear\n")
    process.stdin.flush()
    assert process.stderr.readline().startswith("Error: 'no such thing' is no command")
    process.stderr.readline()
    assert read_device(planned, quantities=["voltage_l1_n"]).problem is None
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, "Ended.\n")


def test_fault_injection_while_the_site_is_read_harms_nothing_else(running: SimulatedSite) -> None:
    running.inject(MeterFault("busy", tag="PM1"))
    snapshots = {s.tag: s for s in read_site(running.plan)}
    assert snapshots["PM1"].problem
    assert all(s.problem is None for tag, s in snapshots.items() if tag != "PM1")
    running.clear()
    assert all(s.problem is None for s in read_site(running.plan))
