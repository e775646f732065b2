"""The bill of a site design: what is bought, how much cable, which spare parts."""

from dataclasses import replace

import pytest

from designs.bill import BillLine, bill
from designs.equipment_list import CLASSES, EquipmentList, load_equipment
from designs.model import (
    Circuit,
    EmergencyStop,
    Layout,
    LayoutItem,
    Load,
    LoadController,
    Meter,
    NetworkDevice,
    OneLine,
    ResidualCurrentDevice,
    SiteDesign,
)
from tests.designs import one_lines


def lines_of(design: SiteDesign, equipment: EquipmentList | None = None) -> dict[tuple[str, str], BillLine]:
    return {(it.kind, it.equipment): it for it in bill(design, equipment or load_equipment())}


def feeder(number: int, length_m: float, cable: str = "cu-xlpe-5g10", parallel: int = 1) -> Circuit:
    wire = one_lines.cable(10.0, length_m, equipment=cable, parallel=parallel)
    device = replace(one_lines.mcb(40.0), equipment="mcb-b40-10ka")
    rcd = ResidualCurrentDevice("rcd-a-40-30ma", "A", 30.0)
    return one_lines.circuit(f"F{number:02}", "MSB", f"CH{number:02}", wire, 40.0, device=device, rcd=rcd)


def posts(count: int, kind: str = "keba-kecontact-p40") -> OneLine:
    stations = [one_lines.station(f"CH{n:02}", equipment=kind) for n in range(1, count + 1)]
    board = one_lines.board("MSB", equipment="msb-400-25ka")
    main = one_lines.circuit("F00", "GRID", "MSB", one_lines.cable(70.0, 12.5, 35.0), 250.0)
    return one_lines.one_line(
        one_lines.supply(), [board, *stations], [main, *(feeder(n, 10.1 * n) for n in range(1, count + 1))]
    )


def test_the_example_hotel_is_counted(hotel: SiteDesign) -> None:
    found = lines_of(hotel)
    total = sum(each.cable.length_m * each.cable.parallel for each in hotel.one_line.circuits)
    metres = [it.quantity for it in found.values() if it.unit == "m"]
    assert sum(metres) == pytest.approx(total)
    stations = [it for it in found.values() if it.kind == "station"]
    assert sum(it.quantity for it in stations) == 12
    assert sorted(tag for it in stations for tag in it.tags) == [f"CH{n:02}" for n in range(1, 13)]
    assert sum(it.quantity for it in found.values() if it.kind == "ct") == sum(
        meter.ct_primary_a is not None for meter in hotel.one_line.meters
    )
    assert all(it.equipment in load_equipment().items for it in found.values())


def test_cable_is_summed_per_type_with_parallel_runs() -> None:
    line = posts(3)
    two = feeder(3, 20.2, "al-xlpe-4x240-120", parallel=2)
    line = replace(line, circuits=(*line.circuits[:3], two))
    found = lines_of(one_lines.site_design(line))
    assert found["cable", "cu-xlpe-5g10"].quantity == 30.3
    assert found["cable", "cu-xlpe-5g10"].tags == ("F01", "F02")
    assert found["cable", "al-xlpe-4x240-120"].quantity == 40.4
    assert {it.unit for it in found.values() if it.kind == "cable"} == {"m"}
    assert found["mcb", "mcb-b40-10ka"].quantity == 3
    assert found["rcd", "rcd-a-40-30ma"].service_interval_months == 6


def test_a_section_without_a_device_of_its_own_buys_none() -> None:
    line = posts(2)
    tapped = replace(line.circuits[2], protected_by="F01")
    found = lines_of(one_lines.site_design(replace(line, circuits=(*line.circuits[:2], tapped))))
    assert found["mcb", "mcb-b40-10ka"].tags == ("F01",)
    assert found["cable", "cu-xlpe-5g10"].tags == ("F01", "F02")


@pytest.mark.parametrize(("count", "sockets"), [(1, 1), (20, 1), (21, 2), (40, 2), (41, 3)])
def test_spare_parts_are_rounded_up(count: int, sockets: int) -> None:
    line = lines_of(one_lines.site_design(posts(count)))["spare", "spare-type2-socket"]
    assert (line.quantity, line.unit, line.tags) == (sockets, "pcs", ())


def test_spare_parts_of_two_types_share_before_rounding() -> None:
    one, other = posts(10), posts(10, "ac-22-single")
    moved = tuple(replace(each, tag=each.tag.replace("CH", "CX")) for each in other.stations)
    both = replace(one, stations=(*one.stations, *moved))
    assert lines_of(one_lines.site_design(both))["spare", "spare-type2-socket"].quantity == 1


def meter(tag: str, equipment: str, primary: float | None, accuracy: float) -> Meter:
    return Meter(
        tag, tag, equipment, None, "MSB", None, ("F00",), primary, 5.0 if primary else None, accuracy
    )


def test_current_transformers_are_known_by_ratio_and_accuracy() -> None:
    meters = (
        meter("PM0", "janitza-umg-96rm-e", 400.0, 0.71),  # 0.5 and 0.5
        meter("PM1", "janitza-umg-96-pa", 400.0, 0.28),  # 0.2 and 0.2S
        meter("PM2", "eastron-sdm630", None, 1.0),
    )
    found = lines_of(one_lines.site_design(replace(posts(1), meters=meters)))
    assert found["ct", "ct-400-5"].tags == ("PM0",)
    assert found["ct", "ct-400-5-02s"].tags == ("PM1",)
    assert found["ct", "ct-400-5"].unit == "set"
    assert len([it for it in found.values() if it.kind == "ct"]) == 2


def test_the_whole_site_is_on_the_bill() -> None:
    line = replace(
        posts(1),
        transformers=(one_lines.transformer(equipment="tr-oil-630-20-400"),),
        storage=(one_lines.storage("ST1", equipment="storage-100-200"),),
        pv=(one_lines.pv("PV1", equipment="pv-50"),),
        loads=(Load("LD1", "Hotel", "building", (10.0, 10.0, 10.0)),),
        controllers=(
            LoadController(
                "LM1", "Load management", "lm-dynamic-32", None, "MSB", None, (), 100.0, 6.0, "static"
            ),
        ),
        network=(NetworkDevice("NET1", "Router", "router-lte", "10.0.0.1", ()),),
        emergency_stops=(EmergencyStop("ES1", "Stop", ("F00",)), EmergencyStop("ES2", "Stop", ("F00",))),
    )
    items = (
        LayoutItem("CH01", "station", "Station", 1.0, 1.0, 0.4, 0.4, equipment="keba-kecontact-p40"),
        LayoutItem("FO1", "foundation", "Foundation", 1.0, 1.0, 0.4, 0.4, equipment="foundation-ac-post"),
        LayoutItem("BO1", "bollard", "Bollard", 1.0, 2.0, 0.1, 0.1),
        LayoutItem("BO2", "bollard", "Bollard", 2.0, 2.0, 0.1, 0.1),
        LayoutItem("SG1", "sign", "Sign", 2.0, 3.0, 0.4, 0.1, equipment="sign-ev-bay"),
        LayoutItem("BAY1", "bay", "Bay", 2.0, 5.0, 2.5, 5.0),
        LayoutItem("ES1", "emergency-stop", "Stop", 3.0, 3.0, 0.2, 0.2, equipment="estop-outdoor-2"),
    )
    design = replace(one_lines.site_design(line), layout=Layout(20.0, 20.0, items))
    found = lines_of(design)
    expected = {
        ("transformer", "tr-oil-630-20-400"), ("storage", "storage-100-200"), ("pv", "pv-50"),
        ("controller", "lm-dynamic-32"), ("network", "router-lte"), ("foundation", "foundation-ac-post"),
        ("sign", "sign-ev-bay"), ("emergency-stop", "estop-outdoor-2"), ("spd", "spd-t12-tn"),
    }  # fmt: skip
    assert {key for key in expected if found[key].quantity == 1} == expected
    assert found["station", "keba-kecontact-p40"].quantity == 1
    assert found["bollard", ""].tags == ("BO1", "BO2")
    assert found["bollard", ""].title == "Bollard, type not chosen"
    assert found["emergency-stop", ""].tags == ("ES2",)
    assert not any("BAY1" in it.tags or "LD1" in it.tags for it in found.values())


def test_equipment_that_left_the_list_keeps_its_line() -> None:
    line = lines_of(one_lines.site_design(posts(2, "withdrawn-post")))["station", "withdrawn-post"]
    assert line.quantity == 2
    assert line.title == "withdrawn-post (not on the equipment list)"


def test_the_bill_is_sorted_and_always_the_same() -> None:
    design = one_lines.site_design(posts(5))
    made = bill(design, load_equipment())
    shuffled = EquipmentList(dict(reversed(list(load_equipment().items.items()))))
    assert made == bill(design, shuffled)
    order = list(CLASSES)
    places = [(order.index(it.kind), it.equipment) for it in made]
    assert places == sorted(places)
