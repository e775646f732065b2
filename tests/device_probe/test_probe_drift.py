"""Drift: what moved since the baseline is named with its size; what did not is not; unlike loads say so."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from device_probe.cli import main
from device_probe.diagnosis.drift import Drift, drift, dump_drift
from device_probe.model import ProbeReport, Reading, Snapshot
from device_probe.problems import PlanFileError
from device_probe.read import read_rounds
from device_probe.report import dump_report, judge, judge_rounds
from device_probe.simulator import SimulatedSite, load_scenario
from device_probe.simulator.scenario import MeterFault
from tests.device_probe.contract_schemas import faults

Change = Callable[[Reading], float | str | None]


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)


def probe(site: SimulatedSite, scenario: object = "healthy") -> ProbeReport:
    site.set_scenario(scenario)  # type: ignore[arg-type]
    return judge_rounds(site.plan, read_rounds(site.plan, 3, 0.02))


@pytest.fixture
def base(simulated: SimulatedSite) -> ProbeReport:
    return probe(simulated)


def changed(report: ProbeReport, tag: str, change: Change) -> ProbeReport:
    """The same report with some readings of one device changed in every round."""

    def one(snapshot: Snapshot) -> Snapshot:
        if snapshot.tag != tag:
            return snapshot
        readings = tuple(
            r if (value := change(r)) is None else replace(r, value=value) for r in snapshot.readings
        )
        return replace(snapshot, readings=readings)

    return judge(report.plan, map(one, report.snapshots), earlier=map(one, report.earlier))


def with_reading(report: ProbeReport, tag: str, reading: Reading) -> ProbeReport:
    """The same report with one more value of a device in every round."""

    def one(snapshot: Snapshot) -> Snapshot:
        return replace(snapshot, readings=(*snapshot.readings, reading)) if snapshot.tag == tag else snapshot

    return replace(
        report, snapshots=tuple(map(one, report.snapshots)), earlier=tuple(map(one, report.earlier))
    )


def scaled(pattern: str, factor: float) -> Change:
    return lambda r: (
        r.value * factor if r.quantity.startswith(pattern) and isinstance(r.value, float) else None
    )


def set_to(quantity: str, value: float | str) -> Change:
    return lambda r: value if r.quantity == quantity else None


def moved(found: Drift) -> set[tuple[str, str, str]]:
    return {(m.kind, m.tag, m.quantity) for m in found.moved}


def test_the_same_site_a_moment_later_has_not_moved(simulated: SimulatedSite, base: ProbeReport) -> None:
    found = drift(base, probe(simulated))
    assert (found.answer, found.moved, found.still_open) == ("same", (), ())
    assert faults("drift", dump_drift(found)) == []


def test_a_meter_that_was_rewired_is_named_with_its_correction(
    simulated: SimulatedSite, base: ProbeReport
) -> None:
    found = drift(base, probe(simulated, "ct-reversed"))
    assert found.answer == "moved"
    assert moved(found) == {("wiring", "PM1", "wiring")}
    assert (found.moved[0].before, found.moved[0].now) == ("pass", "fail")
    assert "the CT at input L2 is reversed" in found.moved[0].sentence
    assert "swap S1 and S2" in found.moved[0].remedy
    corrected = drift(probe(simulated, "ct-reversed"), base)
    assert moved(corrected) == {("wiring", "PM1", "wiring")}  # a correction asks for a new baseline
    assert "new baseline" in corrected.moved[0].remedy


def test_distortion_that_grew_at_the_same_load_is_told_in_percent_and_amperes(
    simulated: SimulatedSite, base: ProbeReport
) -> None:
    found = drift(base, probe(simulated, "thd-high"))
    assert found.answer == "moved"
    assert {
        ("distortion", "PM0", f"thd_{kind}_l{k}") for kind in ("voltage", "current") for k in (1, 2, 3)
    } <= moved(found)
    thd = next(m for m in found.moved if m.quantity == "thd_voltage_l1" and m.tag == "PM0")
    assert thd.unit == "%"
    assert thd.threshold is not None
    assert abs(thd.now - thd.before) > thd.threshold  # type: ignore[operator]
    assert faults("drift", dump_drift(found)) == []


@pytest.mark.parametrize(("factor", "moves"), [(1.1, False), (0.8, False), (1.6, True), (0.4, True)])
def test_one_order_moves_only_beyond_what_class_and_supply_allow(
    base: ProbeReport, factor: float, moves: bool
) -> None:
    name = "harmonic_voltage_l2_h5"
    before, now = (with_reading(base, "PM0", Reading(name, value, "%")) for value in (2.0, 2.0 * factor))
    assert moved(drift(before, now)) == ({("harmonic", "PM0", name)} if moves else set())


def test_harmonic_currents_grow_with_the_load_and_no_more(base: ProbeReport) -> None:
    """What a load of 1.4 times makes likely is no drift; twice the current at the same load is."""
    name = "harmonic_current_l1_h7"
    before = with_reading(base, "PM0", Reading(name, 30.0, "A"))
    grown = changed(before, "PM0", lambda r: scaled("current_l", 1.4)(r) or scaled(name, 1.4)(r))
    found = drift(before, grown)
    assert ("harmonic", "PM0", name) not in moved(found)
    twice = with_reading(base, "PM0", Reading(name, 60.0, "A"))
    assert moved(drift(before, twice)) == {("harmonic", "PM0", name)}


def test_one_voltage_against_the_others_moves_earlier_than_all_together(base: ProbeReport) -> None:
    together = changed(base, "PM1", scaled("voltage_l", 1.02))
    assert not [m for m in drift(base, together).moved if m.kind == "voltage"]
    one = changed(base, "PM1", scaled("voltage_l2_n", 0.96))
    assert ("voltage", "PM1", "voltage_l2_n") in moved(drift(base, one))


@pytest.mark.parametrize("scenario", ["idle", "dc-fast"])
def test_unlike_loads_are_not_compared_and_the_answer_says_so(
    simulated: SimulatedSite, base: ProbeReport, scenario: str
) -> None:
    found = drift(base, probe(simulated, scenario))
    assert found.answer == "not_comparable"
    assert not [m for m in found.moved if m.kind in ("distortion", "harmonic")]
    assert "load of PM0" in found.sentence
    assert ("PM0", "distortion") in {(o.tag, o.quantity) for o in found.still_open}
    assert "1.5 times that of the baseline" in found.action


def test_two_idle_reports_are_alike(simulated: SimulatedSite) -> None:
    assert drift(probe(simulated, "idle"), probe(simulated, "idle")).answer == "same"


def test_a_load_without_a_meter_moves_the_balance(simulated: SimulatedSite, base: ProbeReport) -> None:
    fault = MeterFault("ct_ratio", tag="PM0", factor=1.2)
    found = drift(base, probe(simulated, replace(load_scenario("healthy"), faults=(fault,))))
    remainder = next(m for m in found.moved if m.kind == "balance")
    assert (remainder.tag, remainder.quantity, remainder.unit) == ("PM0", "remainder", "W")
    assert remainder.now - remainder.before > 15_000  # type: ignore[operator]


def test_settings_and_identity_are_compared_whatever_the_load(
    simulated: SimulatedSite, base: ProbeReport
) -> None:
    tags = {s.tag: {r.quantity for r in s.readings} for s in base.snapshots}
    ratio = next(
        t for t, names in tags.items() if "ct_primary" in names and base.snapshot(t).value("ct_primary")
    )
    idle = probe(simulated, "idle")
    set_before = base.snapshot(ratio).value("ct_primary")
    assert set_before is not None
    found = drift(base, changed(idle, ratio, set_to("ct_primary", set_before * 2)))
    assert found.answer == "moved"
    item = next(m for m in found.moved if m.quantity == "ct_primary")
    assert (item.kind, item.tag, item.before, item.now) == ("setting", ratio, set_before, set_before * 2)
    assert item.threshold is None


def with_serial(report: ProbeReport, serials: dict[str, str], firmware: str = "1.0") -> ProbeReport:
    def one(s: Snapshot) -> Snapshot:
        own = [r for r in s.readings if r.quantity not in ("serial_number", "firmware_version")]
        if s.tag in serials:
            own += [Reading("serial_number", serials[s.tag], "-"), Reading("firmware_version", firmware, "-")]
        return replace(s, readings=tuple(own))

    return replace(
        report, snapshots=tuple(map(one, report.snapshots)), earlier=tuple(map(one, report.earlier))
    )


def test_another_device_another_firmware_and_exchanged_addresses(base: ProbeReport) -> None:
    before = with_serial(base, {"CH01": "A1", "CH02": "A2"})
    replaced = drift(before, with_serial(base, {"CH01": "A9", "CH02": "A2"}))
    assert moved(replaced) == {("identity", "CH01", "serial_number")}
    exchanged = drift(before, with_serial(base, {"CH01": "A2", "CH02": "A1"}))
    assert "that was CH02 before" in exchanged.moved[0].sentence
    assert "addresses" in exchanged.moved[0].remedy
    newer = drift(before, with_serial(base, {"CH01": "A1", "CH02": "A2"}, "1.1"))
    assert moved(newer) == {("identity", tag, "firmware_version") for tag in ("CH01", "CH02")}
    # a serial number that was not read says nothing
    assert drift(before, with_serial(base, {"CH02": "A2"})).answer == "same"


def test_devices_that_are_missing_or_new(base: ProbeReport) -> None:
    gone = replace(
        base,
        snapshots=tuple(replace(s, problem="no answer") if s.tag == "CH03" else s for s in base.snapshots),
        earlier=tuple(s for s in base.earlier if s.tag != "CH03"),
    )
    missing = next(m for m in drift(base, gone).moved if m.tag == "CH03")
    assert (missing.kind, missing.before, missing.now) == ("device", "yes", "no")
    assert "no answer" in missing.sentence
    new = next(m for m in drift(gone, base).moved if m.tag == "CH03")
    assert (new.before, new.now) == ("no", "yes")


def test_a_plan_that_says_something_else_is_told(base: ProbeReport) -> None:
    devices = tuple(replace(d, ct_primary_a=250.0) if d.tag == "PM3" else d for d in base.plan.devices)
    found = drift(base, replace(base, plan=replace(base.plan, devices=devices)))
    assert ("plan", "PM3", "ct_primary_a") in moved(found)


def test_reports_of_two_sites_are_refused(base: ProbeReport) -> None:
    with pytest.raises(PlanFileError, match="reports of two sites"):
        drift(base, replace(base, plan=replace(base.plan, site="S-0002")))


def test_the_command_ends_with_0_1_2_and_3(
    simulated: SimulatedSite, base: ProbeReport, tmp_path: Path
) -> None:
    def file(name: str, report: ProbeReport) -> Path:
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(dump_report(report)), encoding="utf-8")
        return path

    approved = file("approved", base)
    same = call("drift", approved, approved)
    assert same.exit_code == 0
    assert "Nothing moved." in same.stdout
    wrong = file("wrong", probe(simulated, "ct-reversed"))
    result = call("drift", approved, wrong, "--json")
    assert result.exit_code == 1
    assert faults("drift", json.loads(result.stdout)) == []
    words = " ".join(call("drift", approved, wrong).stdout.split())
    assert "PM1 wiring pass fail" in words
    assert "do: PM1: Isolate" in words
    idle = file("idle", probe(simulated, "idle"))
    assert call("drift", approved, idle).exit_code == 3
    other = file("other", replace(base, plan=replace(base.plan, site="S-0002")))
    assert call("drift", approved, other).exit_code == 2
    assert call("drift", approved, tmp_path / "no-such.json").exit_code == 2
