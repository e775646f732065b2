"""Every item of the built-in equipment list is sound: figures, profiles, steps, sources and dates."""

import math
import re
from collections import defaultdict
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import checklists.library
import device_probe
from designs.equipment_list import (
    CLASSES,
    Acb,
    BusbarType,
    CableType,
    ConnectorType,
    CurrentTransformer,
    Equipment,
    FoundationType,
    Fuse,
    Mcb,
    Mccb,
    MeterType,
    PvInverterType,
    Rcd,
    Spd,
    StationType,
    StorageType,
    SwitchboardType,
    TransformerType,
    load_equipment,
)

ITEMS = load_equipment().items
PROFILES = {path.stem for path in (Path(device_probe.__file__).parent / "profiles").glob("*.yaml")}
STEPS = {step.id for template in checklists.library.load_templates().values() for step in template.steps}
#: Ids of the first list: sites keep them, so none is ever renamed or removed.
FIRST_IDS = """
alfen-eve-double-pro alfen-eve-single-pro carlo-gavazzi-em330 carlo-gavazzi-em340 ct-100-5 ct-150-5
ct-200-5 ct-250-5 ct-300-5 ct-400-5 ct-600-5 cu-xlpe-4x120-70 cu-xlpe-4x150-95 cu-xlpe-4x185-95
cu-xlpe-4x240-120 cu-xlpe-4x25-16 cu-xlpe-4x35-16 cu-xlpe-4x50-25 cu-xlpe-4x70-35 cu-xlpe-4x95-50
cu-xlpe-5g1-5 cu-xlpe-5g10 cu-xlpe-5g16 cu-xlpe-5g2-5 cu-xlpe-5g4 cu-xlpe-5g6 eastron-sdm630
eastron-sdm630-mct gg-nh-100 gg-nh-125 gg-nh-160 gg-nh-200 gg-nh-250 gg-nh-315 gg-nh-400 gg-nh-500
gg-nh-630 janitza-umg-96rm-e keba-kecontact-p40 mcb-b16-10ka mcb-b16-6ka mcb-b20-10ka mcb-b20-6ka
mcb-b25-10ka mcb-b25-6ka mcb-b32-10ka mcb-b32-6ka mcb-b40-10ka mcb-b40-6ka mcb-b50-10ka mcb-b50-6ka
mcb-b63-10ka mcb-b63-6ka mcb-c16-10ka mcb-c16-6ka mcb-c20-10ka mcb-c20-6ka mcb-c25-10ka mcb-c25-6ka
mcb-c32-10ka mcb-c32-6ka mcb-c40-10ka mcb-c40-6ka mcb-c50-10ka mcb-c50-6ka mcb-c63-10ka mcb-c63-6ka
mccb-125-25ka mccb-125-36ka mccb-160-25ka mccb-160-36ka mccb-200-25ka mccb-200-36ka mccb-250-25ka
mccb-250-36ka mccb-250-50ka mccb-320-36ka mccb-320-50ka mccb-400-36ka mccb-400-50ka mccb-500-36ka
mccb-500-50ka mccb-630-36ka mccb-630-50ka msb-250-16ka msb-400-25ka msb-630-25ka msb-630-50ka
rcd-a-40-30ma rcd-a-63-30ma rcd-b-250-300ma-s rcd-b-40-30ma rcd-b-63-30ma rcd-b-630-300ma-s
rcd-f-40-30ma spd-t12-tn spd-t2-tn
"""
#: Of the bare metal at 20 °C, mΩ·mm²/m; IEC 60228 class 2 allows up to an eighth more for stranding.
RESISTIVITY = {"Cu": 17.241, "Al": 28.03}


def of(kind: type[Any]) -> list[Any]:
    """Return the ids of a class as test parameters."""
    return [item for item in ITEMS.values() if isinstance(item, kind)]


def name(item: Equipment) -> str:
    return item.id


def cables() -> list[CableType]:
    return [item for item in of(CableType) if not isinstance(item, BusbarType)]


@pytest.mark.parametrize("word", CLASSES)
def test_items_are_whole(word: str) -> None:
    for item_id in load_equipment().of_class(word):
        item = ITEMS[item_id]
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", item_id)
        assert item.title.strip() == item.title != "", item_id
        assert len(item.source.strip()) > 10, item_id
        assert getattr(item, "profile", None) in {None, *PROFILES}, item_id
        assert set(item.tests) <= STEPS, item_id
        assert len(set(item.tests)) == len(item.tests), item_id
        for approval in item.approved:
            assert approval.from_date <= (approval.until or "9999"), item_id
            assert date.fromisoformat(approval.from_date) < date(2026, 1, 1), item_id


def test_titles_tell_items_apart() -> None:
    titles = [(type(item), item.title) for item in ITEMS.values()]
    assert len(set(titles)) == len(titles)


def test_no_id_of_the_first_list_is_gone() -> None:
    assert set(FIRST_IDS.split()) <= set(ITEMS)
    assert len(FIRST_IDS.split()) == 97


def test_what_no_document_supports_is_left_out() -> None:
    for item in ITEMS.values():
        assert getattr(item, "spectrum", None) is None
        assert getattr(item, "third_harmonic_percent", None) is None
        assert getattr(item, "let_through", ()) == ()
        assert getattr(item, "i2t_a2s", None) is None
    for cable in cables():
        assert not (cable.conductor == "Al" and cable.insulation == "XLPE" and "D2" in cable.iz_a)
        assert not (cable.insulation == "XLPE" and cable.area_mm2 >= 150 and "B2" in cable.iz_a)
        assert ("by memory" in cable.source) == (cable.area_mm2 == 300 or cable.single_core)


@pytest.mark.parametrize("cable", cables(), ids=name)
def test_a_cable_has_the_resistance_of_its_metal(cable: CableType) -> None:
    bare = RESISTIVITY[cable.conductor]
    assert 1.0 < cable.r20_ohm_per_km * cable.area_mm2 / bare < 1.15
    assert 1.0 < cable.pe_r20_ohm_per_km * cable.pe_area_mm2 / bare < 1.15
    assert 0.07 < cable.x_ohm_per_km < 0.12
    # IEC 60364-5-54 Table 54.2
    least = min(cable.area_mm2, 16.0) if cable.area_mm2 <= 35 else cable.area_mm2 / 2
    assert least <= cable.pe_area_mm2 <= cable.area_mm2
    assert cable.cores == (3 if "3g" in cable.id else 5)


@pytest.mark.parametrize("cable", cables(), ids=name)
def test_a_cable_carries_most_in_free_air_and_least_in_a_duct(cable: CableType) -> None:
    carried = cable.iz_a
    assert carried.get("C", 0) <= carried.get("E", math.inf)
    assert carried.get("B2", 0) < carried.get("C", math.inf)
    # Printed so for two loaded conductors with PVC of 2.5 mm²: 28 A in the ground, 29 A in a duct.
    assert carried.get("D1", 0) <= carried.get("D2", math.inf) or cable.id == "cu-pvc-3g2-5"
    densest = max(carried.values()) / cable.area_mm2
    assert 1.0 < densest < 20.0


def test_capacity_rises_with_area_and_resistance_falls() -> None:
    families: defaultdict[Any, list[CableType]] = defaultdict(list)
    for cable in cables():
        families[cable.conductor, cable.insulation, cable.cores, cable.single_core].append(cable)
    assert len(families) == 7
    for family in families.values():
        by_area = sorted(family, key=lambda it: it.area_mm2)
        for small, large in pairwise(by_area):
            assert large.r20_ohm_per_km < small.r20_ohm_per_km
            assert large.x_ohm_per_km <= small.x_ohm_per_km
            shared = small.iz_a.keys() & large.iz_a.keys()
            assert shared
            # Capacity grows slower than the area, and not much slower than its square root.
            growth = large.area_mm2 / small.area_mm2
            assert all(growth**0.35 < large.iz_a[m] / small.iz_a[m] < growth**0.9 for m in shared), large.id


def test_copper_carries_more_than_aluminium_and_xlpe_more_than_pvc() -> None:
    by_make = {(c.conductor, c.insulation, c.cores, c.area_mm2): c for c in cables() if not c.single_core}
    compared = 0
    for (metal, insulation, cores, area), cable in by_make.items():
        for other in (
            ("Al", insulation, cores, area),
            (metal, "PVC", cores, area),
            (metal, insulation, 5, area),
        ):
            weaker = by_make.get(other)
            if weaker is None or weaker is cable:
                continue
            for method in cable.iz_a.keys() & weaker.iz_a.keys():
                assert weaker.iz_a[method] < cable.iz_a[method], (weaker.id, cable.id, method)
                compared += 1
    assert compared > 150


@pytest.mark.parametrize(
    ("equipment", "method", "amps"),
    [
        ("cu-xlpe-5g10", "D1", 58), ("cu-pvc-5g16", "D2", 70), ("cu-pvc-4x150-95", "B2", 225),
        ("cu-xlpe-3g6", "D2", 58), ("cu-pvc-3g2-5", "C", 27), ("al-xlpe-4x150-95", "D1", 197),
        ("al-pvc-4x240-120", "D2", 250), ("al-xlpe-5g16", "E", 77), ("cu-xlpe-sc-4x95-50", "F", 328),
    ],
)  # fmt: skip
def test_capacities_are_those_of_iec_60364_5_52(equipment: str, method: str, amps: float) -> None:
    cable = ITEMS[equipment]
    assert isinstance(cable, CableType)
    assert cable.iz_a[method] == amps


@pytest.mark.parametrize("bar", of(BusbarType), ids=name)
def test_trunking_has_the_resistance_of_its_area(bar: BusbarType) -> None:
    resistivity = {"Cu": 17.5, "Al": 28.3}[bar.conductor]
    assert bar.r20_ohm_per_km * bar.area_mm2 == pytest.approx(resistivity, rel=0.05)
    assert bar.pe_r20_ohm_per_km * bar.pe_area_mm2 == pytest.approx(resistivity, rel=0.05)
    assert str(int(bar.iz_a["E"])) in bar.id
    assert 1.0 < bar.iz_a["E"] / bar.area_mm2 < 4.0
    assert "by memory" in bar.source


def test_circuit_breakers_are_there_in_every_size() -> None:
    sizes = (6, 10, 13, 16, 20, 25, 32, 40, 50, 63)
    found = {(it.characteristic, it.rated_current_a, it.poles, it.breaking_capacity_ka) for it in of(Mcb)}
    assert found == {(c, a, p, k) for c in "BCD" for a in sizes for p in (2, 4) for k in (6, 10, 15)}
    for item in of(Mcb):
        size = f"{item.characteristic}{item.rated_current_a:g}"
        assert item.title == f"MCB {size} {item.poles}P {item.breaking_capacity_ka:g} kA"


@pytest.mark.parametrize("item", [*of(Mccb), *of(Acb)], ids=name)
def test_an_adjustable_breaker_has_ranges_in_order(item: Mccb | Acb) -> None:
    assert 0.3 * item.rated_current_a < item.setting_min_a < item.rated_current_a
    assert 2 * item.rated_current_a <= item.instantaneous_min_a < item.instantaneous_max_a
    assert item.instantaneous_max_a <= 15 * item.rated_current_a
    assert f"-{item.rated_current_a:g}-{item.breaking_capacity_ka:g}ka" in item.id
    if isinstance(item, Acb):
        assert item.withstand_ka <= item.breaking_capacity_ka
        assert item.instantaneous_max_a < 1000 * item.withstand_ka
        assert 1 < item.short_time_min_ir < item.short_time_max_ir
        assert list(item.short_time_delays_s) == sorted(item.short_time_delays_s)
        assert max(item.short_time_delays_s) <= item.withstand_s


#: BS 7671 Table 41.2, Ω at 218.5 V and 0.4 s, BS 88-2.
PRINTED_ZS = {16: 2.43, 20: 1.68, 25: 1.29, 32: 0.99, 40: 0.75, 50: 0.57, 63: 0.44}


@pytest.mark.parametrize("prefix", ["gg-nh-", "gg-bs88-"])
def test_the_gates_of_fuses_rise(prefix: str) -> None:
    fuses = sorted((it for it in of(Fuse) if it.id.startswith(prefix)), key=lambda it: it.rated_current_a)
    for small, large in pairwise(fuses):
        assert small.operating_5s_a < large.operating_5s_a
        assert (small.operating_04s_a or 0) < (large.operating_04s_a or math.inf)
    for fuse in fuses:
        assert 4.0 <= fuse.operating_5s_a / fuse.rated_current_a <= 8.2
        assert (fuse.operating_04s_a is not None) == (fuse.rated_current_a <= 63)
        assert fuse.operating_04s_a is None or fuse.operating_04s_a > fuse.operating_5s_a


def test_fuses_melt_in_time_at_the_printed_loop_impedance_and_never_easier() -> None:
    for amps, printed in PRINTED_ZS.items():
        british, continental = ITEMS[f"gg-bs88-{amps}"], ITEMS[f"gg-nh-{amps}"]
        assert isinstance(british, Fuse)
        assert isinstance(continental, Fuse)
        assert british.operating_04s_a is not None
        assert continental.operating_04s_a is not None
        assert 0.975 * printed < 218.5 / british.operating_04s_a <= printed
        assert continental.operating_04s_a >= british.operating_04s_a
        assert continental.operating_5s_a == british.operating_5s_a


@pytest.mark.parametrize("rcd", of(Rcd), ids=name)
def test_an_rcd_for_people_is_not_delayed(rcd: Rcd) -> None:
    assert rcd.selective == (rcd.rated_residual_ma > 30)
    assert ("rcd-trip-time-selective" in rcd.tests) == rcd.selective
    assert ("rcd-dc-trip-current" in rcd.tests) == (rcd.type == "B")
    assert rcd.poles in (2, 4)


@pytest.mark.parametrize("spd", of(Spd), ids=name)
def test_an_spd_reaches_the_least_values_of_clause_534(spd: Spd) -> None:
    assert spd.nominal_discharge_ka >= 5
    assert spd.protection_level_kv <= 2.5
    assert spd.max_continuous_v is not None
    assert spd.max_continuous_v >= 1.1 * 230
    assert (spd.impulse_ka or 0) >= (12.5 if spd.kind == "type 1+2" else 0)
    assert ("TT" in spd.earthings) == any(word in spd.title for word in ("3+1", "1+1"))


@pytest.mark.parametrize("item", of(TransformerType), ids=name)
def test_a_transformer_has_a_sound_impedance(item: TransformerType) -> None:
    impedance = item.uk_percent / 100 * item.rated_voltage_v**2 / item.rated_power_kva / 1000
    resistance = item.copper_loss_kw * 1000 * (item.rated_voltage_v / item.rated_power_kva / 1000) ** 2
    assert item.uk_percent in (4, 4.75, 6)
    assert 0.1 < resistance / impedance < 0.25
    assert item.no_load_loss_kw is not None
    assert item.no_load_loss_kw < 0.2 * item.copper_loss_kw
    assert item.rated_voltage_v in (400, 410, 420, 433)
    assert item.rated_primary_v in (10000, 11000, 15000, 20000)
    assert 0.006 <= item.copper_loss_kw / item.rated_power_kva <= 0.0137
    assert re.fullmatch(rf"tr-(oil|dry)-{item.rated_power_kva:g}-\d\d-{item.rated_voltage_v:g}", item.id)


@pytest.mark.parametrize(
    ("equipment", "z_milliohm", "r_milliohm", "amps"),
    [
        ("tr-oil-400-20-400", 16.00, 3.25, 577),
        ("tr-oil-630-20-400", 10.16, 1.85, 909),
        ("tr-oil-1000-20-400", 9.60, 1.22, 1443),
        ("tr-oil-2500-20-400", 3.84, 0.47, 3608),
    ],
)
def test_transformers_agree_with_published_impedances(
    equipment: str, z_milliohm: float, r_milliohm: float, amps: float
) -> None:
    item = ITEMS[equipment]
    assert isinstance(item, TransformerType)
    power = item.rated_power_kva * 1000
    assert item.uk_percent * 10 * item.rated_voltage_v**2 / power == pytest.approx(z_milliohm, rel=0.002)
    assert 1e6 * item.copper_loss_kw * (item.rated_voltage_v / power) ** 2 == pytest.approx(
        r_milliohm, rel=0.01
    )
    assert power / math.sqrt(3) / item.rated_voltage_v == pytest.approx(amps, rel=0.001)


def outlet_power_kw(outlet: ConnectorType) -> float:
    return 0.23 * outlet.rated_current_a * outlet.phases


@pytest.mark.parametrize("item", [it for it in of(StationType) if it.current == "AC"], ids=name)
def test_an_ac_station_delivers_what_its_current_gives(item: StationType) -> None:
    for outlet in item.connectors:
        assert outlet.power_kw == pytest.approx(outlet_power_kw(outlet), rel=0.02)
        assert outlet.phases == item.phases
        assert outlet.rated_current_a <= item.rated_input_a
    assert item.rated_input_a <= sum(outlet.rated_current_a for outlet in item.connectors)
    assert len(item.connectors) == 1 or item.rated_input_a >= 32
    assert ("outlet-rotation" in item.tests) == (item.phases == 3)
    assert ("rdc-dd-trip" in item.tests) == (item.dc_fault_protection == "rdc-dd")
    assert ("outlet-rcd-trip-time" in item.tests) == (item.point_rcd is not None)
    assert ("pp-coding" in item.tests) == any("socket" in outlet.kind for outlet in item.connectors)
    assert ("open-pen-protection" in item.tests) == item.open_pen_protection
    assert len(item.connectors) == 1 or item.point_rcd is not None or item.maker is not None


@pytest.mark.parametrize("item", [it for it in of(StationType) if it.current == "DC"], ids=name)
def test_a_dc_station_takes_in_what_it_gives_out(item: StationType) -> None:
    assert item.dc_fault_protection == "isolated"
    assert item.efficiency_percent is not None
    active_kw = math.sqrt(3) * 0.4 * item.rated_input_a * item.power_factor
    given_kw = max(outlet.power_kw for outlet in item.connectors)
    assert active_kw * item.efficiency_percent / 100 == pytest.approx(given_kw, rel=0.02)
    for outlet in item.connectors:
        assert outlet.phases == 0
        assert 200 < 1000 * outlet.power_kw / outlet.rated_current_a < 1000  # volts at rated power
    assert 0 < item.minimum_a < item.rated_input_a


def test_stations_are_there_in_every_size() -> None:
    powers = {it.connectors[0].power_kw for it in of(StationType) if it.current == "DC"}
    assert powers >= {50, 75, 100, 150, 180, 200, 240, 300, 350, 400}
    for watts in ("50", "75", "100", "150", "180", "200", "240", "300", "350", "400"):
        assert {f"dc-{watts}-single", f"dc-{watts}-dual"} <= set(ITEMS)
    assert {(it.phases, it.connectors[0].power_kw) for it in of(StationType)} >= {(1, 7.4), (3, 11), (3, 22)}


@pytest.mark.parametrize("item", of(MeterType), ids=name)
def test_a_meter_is_direct_or_names_its_secondaries(item: MeterType) -> None:
    assert (item.connection == "ct") == bool(item.ct_secondaries_a)
    assert all(5 * amps >= item.max_current_a or amps == 1 for amps in item.ct_secondaries_a)
    assert max(item.ct_secondaries_a, default=0) < item.max_current_a
    assert (item.max_current_a <= 10) == (item.connection == "ct")
    assert item.accuracy_percent in (0.2, 0.5, 1.0)
    assert item.profile is not None
    assert ("voltage-distortion" in item.tests) == (item.kind == "analyser")


def test_current_transformers_are_there_in_every_ratio() -> None:
    found = {(it.primary_a, it.secondary_a, it.accuracy_class) for it in of(CurrentTransformer)}
    assert {(p, s, "0.5") for p in (60, 100, 400, 1000, 2500) for s in (1, 5)} <= found
    assert {(p, s, "0.2S") for p in (100, 400, 1000, 2500) for s in (1, 5)} <= found
    assert all(it.accuracy_percent == float(it.accuracy_class.rstrip("S")) for it in of(CurrentTransformer))
    assert all(it.primary_a > 10 * it.secondary_a for it in of(CurrentTransformer))


@pytest.mark.parametrize("item", [*of(StorageType), *of(PvInverterType)], ids=name)
def test_a_converter_carries_the_current_of_its_power(item: StorageType | PvInverterType) -> None:
    needed = 1000 * item.rated_power_kw / math.sqrt(3) / 400
    assert needed <= item.rated_current_a * 1.005
    assert item.rated_current_a < 1.2 * needed
    assert 1.0 <= item.short_circuit_factor <= 2.0


def test_switchboards_withstand_more_as_they_grow() -> None:
    boards = [it for it in of(SwitchboardType) if it.kind == "main"]
    strongest = {a: max(b.short_circuit_rating_ka for b in boards if b.rated_current_a == a) for a in
                 sorted({b.rated_current_a for b in boards})}  # fmt: skip
    assert list(strongest.values()) == sorted(strongest.values())
    assert {it.kind for it in of(SwitchboardType)} == {"main", "distribution", "tap-off", "pillar"}
    assert {min(it.rated_current_a for it in of(SwitchboardType)), max(strongest)} == {32, 4000}
    assert all(it.outdoor == (it.kind == "pillar") for it in of(SwitchboardType))


@pytest.mark.parametrize("item", of(FoundationType), ids=name)
def test_a_foundation_weighs_what_concrete_weighs(item: FoundationType) -> None:
    assert item.mass_kg == pytest.approx(2400 * item.width_m * item.depth_m * item.height_m, abs=1)


def test_every_class_has_items() -> None:
    counted = {word: len(load_equipment().of_class(word)) for word in CLASSES}
    assert min(counted.values()) >= 4
