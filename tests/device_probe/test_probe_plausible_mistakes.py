"""Each classic mistake: the registers stay true, the profile is broken, and the right name must come."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from device_probe.blocks import decode_blocks
from device_probe.model import PlannedDevice, RawBlock, SitePlan, Snapshot
from device_probe.plausibility import diagnose, examined
from device_probe.profile import PROFILES, Point, Profile
from device_probe.profile_schema import load_profile
from device_probe.report import dump_report, judge, load_report, rejudge
from tests.device_probe.physical import UNIT, Load, each, healthy, misread, read, registers_of, values_of

METERS = (
    "eastron-sdm630", "janitza-umg-96rm-e", "carlo-gavazzi-em24-e1", "schneider-pm5320", "siemens-pac3200",
    "shelly-pro-3em", "abb-b23-b24", "lovato-dmg610",
)  # fmt: skip
WHOLE = ("carlo-gavazzi-em24-e1", "abb-b23-b24", "lovato-dmg610")  # that count in whole numbers
BROKEN = ("eastron-sdm630", "janitza-umg-96rm-e", "schneider-pm5320", "siemens-pac3200", "shelly-pro-3em")
AS_WHOLE = {"float32": "uint32", "float64": "uint64"}
AS_BROKEN = {"uint32": "float32", "int32": "float32", "uint64": "float64", "int64": "float64"}
FAMILIES = {
    "voltages": ("voltage_",),
    "currents": ("current_",),
    "powers": ("active_power_", "reactive_power_", "apparent_power_"),
}


def other_order(profile: Profile) -> Profile:
    return replace(profile, word_order="little" if profile.word_order == "big" else "big")


def moved(step: int) -> Callable[[Profile], Profile]:
    def change(point: Point) -> Point:
        scale = None if point.scale_register is None else point.scale_register + step
        return replace(point, address=point.address + step, scale_register=scale)

    return lambda profile: replace(
        profile, points=tuple(change(p) for p in profile.points if p.address + step >= 0)
    )


def swapped(point: Point) -> Point:
    return point if point.type == "string" else replace(point, byte_swap=not point.byte_swap)


def typed(types: dict[str, str]) -> Callable[[Point], Point]:
    return lambda point: replace(point, type=types.get(point.type, point.type))


def signed(point: Point) -> Point:
    return replace(point, type=point.type.replace("int", "uint")) if point.type.startswith("int") else point


def scaled(family: str, factor: float) -> Callable[[Point], Point]:
    def change(point: Point) -> Point:
        hit = point.quantity.startswith(FAMILIES[family])
        return replace(point, scale=point.scale * factor) if hit else point

    return change


def named(profile_id: str, change: Callable[[Profile], Profile], load: Load | None = None):
    profile = load_profile(profile_id)
    found = diagnose(misread(profile, change, load), change(profile))
    assert found is not None
    assert found.sentence.endswith((".", ")."))
    assert found.remedy
    return found


@pytest.mark.parametrize("profile_id", METERS)
def test_the_wrong_word_order_is_named(profile_id: str) -> None:
    found = named(profile_id, other_order)
    assert (found.kind, found.confidence) == ("word_order", "high")
    order = "low" if load_profile(profile_id).word_order == "little" else "high"
    assert f"the {order} word" in found.sentence
    figures = {figure.name: figure.value for figure in found.figures}
    assert figures["voltage_l1_n_then"] == pytest.approx(230, abs=1)
    assert figures["checks_held_then"] > figures["checks_held_as_read"]


@pytest.mark.parametrize("profile_id", METERS)
def test_exchanged_bytes_are_named(profile_id: str) -> None:
    assert named(profile_id, each(swapped)).kind == "byte_order"


@pytest.mark.parametrize("profile_id", METERS)
@pytest.mark.parametrize(("step", "side"), [(1, "lower"), (-1, "higher")])
def test_addresses_that_are_off_by_one_are_named(profile_id: str, step: int, side: str) -> None:
    found = named(profile_id, moved(step))
    assert found.kind == "address"
    assert f"one address {side}" in found.sentence


@pytest.mark.parametrize("profile_id", METERS)
def test_whole_numbers_and_floating_point_numbers_taken_for_each_other_are_named(profile_id: str) -> None:
    types = AS_BROKEN if profile_id in WHOLE else AS_WHOLE
    assert named(profile_id, each(typed(types))).kind == "type"


@pytest.mark.parametrize("profile_id", WHOLE)
def test_a_sign_that_is_not_read_is_named(profile_id: str) -> None:
    assert named(profile_id, each(signed), Load(angle_deg=172.0)).kind == "sign"


@pytest.mark.parametrize("profile_id", METERS)
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("factor", [1000.0, 100.0, 10.0, 0.1, 0.01, 0.001])
def test_a_wrong_scale_is_named_or_both_that_it_may_be(profile_id: str, family: str, factor: float) -> None:
    found = named(profile_id, each(scaled(family, factor)))
    assert found.candidates == ("scale",)
    cure = f"the {family} {'divided by' if factor > 1 else 'times'} {max(factor, 1 / factor):g}"
    assert cure in found.sentence
    if "mistakes explain" in found.sentence:  # a current 10 times too small, or a power 10 times too great
        assert found.confidence == "low"
        assert family != "voltages"


def test_the_transformers_of_the_plan_tell_which_of_two_scales_is_wrong() -> None:
    profile = load_profile("eastron-sdm630")
    device = PlannedDevice("PM1", profile.id, "h", 502, UNIT, "group_meter", ct_primary_a=30)
    snapshot = misread(profile, each(scaled("currents", 10.0)))
    found = diagnose(snapshot, each(scaled("currents", 10.0))(profile), device=device)
    assert found is not None
    assert "currents divided by 10" in found.sentence
    assert "powers times" not in found.sentence


@pytest.mark.parametrize("ratio", [80.0, 30.0, 250.0])
def test_secondary_currents_are_named_by_their_ratio(ratio: float) -> None:
    profile = load_profile("siemens-pac3200")
    values = values_of(Load(amperes=(401.0, 380.0, 420.0)))
    small = {name: value / ratio for name, value in values.items() if name.startswith("current_")}
    snapshot = read(registers_of(profile, values | small), profile)
    found = diagnose(snapshot, profile)
    assert found is not None
    assert (found.kind, "secondary values" in found.sentence, f"{ratio:g}" in found.sentence) == (
        "ct_ratio",
        True,
        True,
    )


def test_a_ratio_that_is_also_a_power_of_ten_is_called_both() -> None:
    profile = load_profile("siemens-pac3200")
    device = PlannedDevice(
        "PM1", profile.id, "h", 502, UNIT, "group_meter", ct_primary_a=500, ct_secondary_a=5
    )
    values = values_of(Load(amperes=(401.0, 380.0, 420.0))) | {"ct_primary": 500.0}
    small = {name: value / 100 for name, value in values.items() if name.startswith("current_")}
    found = diagnose(read(registers_of(profile, values | small), profile), profile, device=device)
    assert found is not None
    assert found.kind == "ambiguous"
    assert set(found.candidates) == {"scale", "ct_ratio"}


def test_transformers_that_are_set_otherwise_than_planned_are_named() -> None:
    profile = load_profile("schneider-pm5320")  # its register says 400 A
    device = PlannedDevice("PM1", profile.id, "h", 502, UNIT, "group_meter", ct_primary_a=250)
    found = diagnose(healthy(profile), profile, device=device)
    assert found is not None
    assert (found.kind, "400 A" in found.sentence, "250 A" in found.sentence) == ("ct_ratio", True, True)
    assert diagnose(healthy(profile), profile, device=replace(device, ct_primary_a=400)) is None


def test_another_device_at_the_address_is_named_by_its_profile() -> None:
    true, taken_for = load_profile("carlo-gavazzi-em340"), load_profile("hager-ecr380d")
    words = registers_of(true, values_of(Load()))
    both = replace(true, points=tuple(replace(p, quantity=q.quantity, scale=q.scale, type=q.type) if q else p
                   for p, q in zip(true.points, (*taken_for.points, *[None] * 99), strict=False)),
                   id="mine")  # fmt: skip
    found = diagnose(read(words, both), both)
    assert found is not None
    assert found.kind == "profile"
    assert true.id in found.sentence


def filled(profile: Profile, byte: str) -> Snapshot:
    snapshot = healthy(profile)
    blocks = tuple(
        RawBlock(b.unit, b.table, b.address, b.count, byte * (2 * b.count), b.taken_at)
        for b in snapshot.blocks
    )

    return replace(snapshot, blocks=blocks, readings=decode_blocks(profile, UNIT, blocks, {}))


@pytest.mark.parametrize("byte", ["00", "ff"])
def test_registers_that_hold_nothing_at_all_are_a_wrong_unit_id(byte: str) -> None:
    profile = load_profile("schneider-pm5320")
    found = examined(filled(profile, byte), profile)
    assert found.diagnosis is not None
    assert found.diagnosis.kind == "unit_id"
    assert f"unit id {UNIT}" in found.diagnosis.sentence
    assert all(r.problem for r in found.readings if r.value is not None)


def test_a_meter_without_voltage_is_told_from_one_that_is_read_wrongly() -> None:
    profile = load_profile("schneider-pm5320")
    found = examined(healthy(profile, Load(volts=(0, 0, 0), amperes=(0, 0, 0))), profile)
    assert found.diagnosis is not None
    assert found.diagnosis.kind == "no_voltage"
    assert not any(r.problem == "suspect" for r in found.readings)


def test_what_nothing_explains_is_said_to_be_unknown() -> None:
    profile = load_profile("eastron-sdm630")
    words = registers_of(profile, values_of(Load()))
    words["input"] = {address: (word * 40503 + 977) & 0xFFFF for address, word in words["input"].items()}
    found = diagnose(read(words, profile), profile)
    assert found is not None
    assert (found.kind, found.candidates, found.confidence) == ("unknown", (), "low")
    assert "nothing that is known" in found.sentence


def test_a_report_names_the_mistake_and_holds_the_other_judgements_back(
    plan: SitePlan, tmp_path: Path
) -> None:
    profile = load_profile("janitza-umg-96rm-e")
    text = (PROFILES / f"{profile.id}.yaml").read_text(encoding="utf-8")
    mine = tmp_path / "mine.yaml"
    mine.write_text(text.replace("word_order: big", "word_order: little"), encoding="utf-8")
    device = replace(
        next(d for d in plan.devices if d.role == "main_meter"), profile=str(mine), ct_primary_a=None
    )
    plan = replace(plan, devices=(device,))
    wrong = replace(misread(profile, other_order), tag=device.tag, profile=str(mine))
    earlier = [replace(wrong, taken_at=f"2026-01-01T00:00:0{k}Z") for k in range(2)]
    report = judge(plan, [wrong], earlier=earlier)
    verdicts = report.verdicts_of(device.tag)
    assert verdicts["communication"].verdict == "fail"
    assert verdicts["wiring"].verdict == verdicts["power_quality"].verdict == "inconclusive"
    assert [f.code for f in report.findings] == ["decoding-word-order"]
    assert "high word" in verdicts["wiring"].reason
    assert report.findings[0].remedy == verdicts["wiring"].action
    assert report.snapshots[0].diagnosis is not None
    assert load_report(dump_report(report)) == report
    assert [f.code for f in rejudge(report).findings] == ["decoding-word-order"]
    mine.write_text(text, encoding="utf-8")  # the profile put right, the same registers are good
    right = rejudge(report)
    assert right.snapshots[0].diagnosis is None
    assert right.verdicts_of(device.tag)["wiring"].verdict == "pass"
