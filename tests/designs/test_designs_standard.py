"""The seven standard designs at their smallest, usual and largest size; what each holds is data in sizes/."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from checklists.generate import generate
from checklists.model import Item
from designs import cable_rules
from designs.addresses import address_list
from designs.apply import apply
from designs.drawing import drawings
from designs.errors import DesignError
from designs.library import EXAMPLE_SITES, SiteInput, find_design, list_designs, read_site_file
from designs.model import OneLine, SiteDesign, Study
from designs.study import study
from designs.topology import Topology

SIZES: Mapping[str, Mapping[str, Any]] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parent / "sizes").glob("*.yaml"))
}
EVERY = [(design, size) for design in SIZES for size in ("smallest", "usual", "largest")]
DESIGNS = sorted(SIZES)


@dataclass(frozen=True)
class Built:
    """A site of a standard design with its study."""

    site_design: SiteDesign
    study: Study

    @property
    def line(self) -> OneLine:
        return self.site_design.one_line


def applied(design: str, size: str, **changes: Any) -> SiteDesign:
    parameters = {**SIZES[design][size]["parameters"], **changes}
    site = SiteInput("Test", "Street 1", "DE", "Europe/Berlin", design, None, parameters)
    return apply(find_design(design), site)


@cache
def built(design: str, size: str) -> Built:
    """Return a site, applied and studied once for all tests."""
    site_design = applied(design, size)
    return Built(site_design, study(site_design))


@cache
def items(design: str, size: str) -> Mapping[str, Item]:
    each = built(design, size)
    return {item.key: item for list_ in generate(each.site_design, each.study) for item in list_.items}


def test_there_are_seven_segments_each_with_its_sizes() -> None:
    newest = {design.id: design for design in list_designs()}
    assert sorted(newest) == DESIGNS
    assert len({design.segment for design in newest.values()}) == 7
    assert newest["destination-ac"].revision == 2


@pytest.mark.parametrize(("design", "size"), EVERY)
def test_no_size_has_an_error(design: str, size: str) -> None:
    found = [each.sentence for each in built(design, size).study.findings if each.severity == "error"]
    assert found == []


@pytest.mark.parametrize(("design", "size"), EVERY)
def test_a_size_holds_what_it_should(design: str, size: str) -> None:
    line = built(design, size).line
    counted = {
        "stations": len(line.stations),
        "circuits": len(line.circuits),
        "boards": len(line.switchboards),
    }
    assert counted == SIZES[design][size]["expected"]


@pytest.mark.parametrize(("design", "size"), EVERY)
def test_managed_demand_and_what_is_kept_free_fit_the_import_limit(design: str, size: str) -> None:
    each = built(design, size)
    point = each.study.connection_point
    assert point.demand_managed_a + each.line.supply.reserved_a <= point.import_limit_a + 1e-9
    if each.line.controllers:
        assert {tag for one in each.line.controllers for tag in one.controls} >= {
            station.tag for station in each.line.stations
        }


@pytest.mark.parametrize(("design", "size"), EVERY)
def test_every_ac_point_has_its_30_ma_and_no_dc_station_has_one_upstream(design: str, size: str) -> None:
    line = built(design, size).line
    topology = Topology(line)
    for station in line.stations:
        upstream = [step.rcd.rated_residual_ma for step in topology.path(station.tag) if step.rcd]
        if station.current == "DC":
            assert [each for each in upstream if each <= 30] == [], station.tag
        else:
            own = topology.feeder[station.tag].rcd
            assert station.point_rcd or (own and own.rated_residual_ma <= 30 and len(station.connectors) == 1)


@pytest.mark.parametrize(("design", "size"), EVERY)
def test_everything_that_draws_current_is_seen_by_one_meter_below_the_main_one(
    design: str, size: str
) -> None:
    line = built(design, size).line
    topology = Topology(line)
    below = [tag for meter in line.meters if meter.parent for tag in meter.measures]
    assert [tag for tag, often in Counter(below).items() if often > 1] == []
    for node in (*line.stations, *line.loads, *line.storage, *line.pv):
        seen = [circuit.tag for circuit in topology.path(node.tag) if circuit.tag in below]
        assert len(seen) == 1, node.tag


@pytest.mark.parametrize(("design", "size"), EVERY)
def test_no_two_devices_share_an_address_and_the_list_names_all(design: str, size: str) -> None:
    line = built(design, size).line
    networked = (*line.stations, *line.meters, *line.storage, *line.pv, *line.controllers)
    addresses = [each.modbus for each in networked]
    assert None not in addresses
    assert [each for each, often in Counter(addresses).items() if often > 1] == []
    hosts = [each.host for each in addresses if each] + [each.host for each in line.network]
    assert all(1 <= int(part) <= 254 for host in hosts for part in host.split(".")[-1:])
    assert all(0 <= int(part) <= 255 for host in hosts for part in host.split("."))
    listed = {each.tag for each in address_list(line)}
    assert listed >= {each.tag for each in networked}


@pytest.mark.parametrize(("design", "size"), EVERY)
def test_the_checklists_and_drawings_can_be_made(design: str, size: str) -> None:
    each = built(design, size)
    found = items(design, size)
    assert {f"station-label@{station.tag}" for station in each.line.stations} <= set(found)
    assert {f"pe-continuity@{circuit.tag}" for circuit in each.line.circuits} <= set(found)
    names = [drawing.name for drawing in drawings(each.site_design, each.study)]
    assert names[0] == "one-line-1"
    assert "layout" in names


@pytest.mark.parametrize("design", DESIGNS)
def test_every_length_left_out_comes_from_the_plan(design: str) -> None:
    each = built(design, "usual")
    layout = each.site_design.layout
    assert layout is not None
    routes = {route.circuit: route.length_m for route in layout.routes}
    riser = {circuit.tag for circuit in each.line.circuits if circuit.cable.kind == "busbar"}  # only surveyed
    for circuit in each.line.circuits:
        if circuit.tag not in riser:
            assert circuit.cable.length_source == "layout", circuit.tag
            assert circuit.cable.length_m == routes[circuit.tag]
    drawn = {item.tag for item in layout.items}
    nodes = (*each.line.stations, *each.line.switchboards, *each.line.transformers, *each.line.loads)
    assert {node.tag for node in nodes} | {stop.tag for stop in each.line.emergency_stops} <= drawn


#: How each design is told that station 3 is taken away, and the tag that goes.
REMOVED = {
    "destination-ac": ("removed", "CH03"),
    "fleet-depot": ("removed_dc", "DC03"),
    "highway-dc-hub": ("removed", "CH03"),
    "multi-family": ("removed", "CH03"),
    "municipal-mixed": ("removed_ac", "CH03"),
    "urban-curbside": ("removed", "CH03"),
    "workplace-ac": ("removed", "CH03"),
}


@pytest.mark.parametrize("design", DESIGNS)
def test_a_station_taken_away_renames_no_other(design: str) -> None:
    key, gone = REMOVED[design]
    before = built(design, "usual").line
    after = applied(design, "usual", **{key: [3]}).one_line
    assert {each.tag for each in before.stations} - {each.tag for each in after.stations} == {gone}
    feeder = {each.target: each for each in before.circuits}
    kept = {each.tag: (each.source, each.target) for each in before.circuits if each.target != gone}
    assert {each.tag: (each.source, each.target) for each in after.circuits} == kept
    assert feeder[gone].tag not in kept


@pytest.mark.parametrize("design", DESIGNS)
def test_rules_without_data_stop_all_work_until_the_engineers_design_is_there(design: str) -> None:
    site_design = applied(design, "smallest", rule_set="nec")
    studied = study(site_design)
    made = generate(site_design, studied)
    first = made[0].items[0]
    assert (first.step, first.stops_work) == ("nec-engineer-design", True)
    assert [each.severity for each in studied.findings if each.code == "rule_set_without_data"] == ["warning"]
    assert not studied.refused


# What one circuit of each design may have, worked out by hand from IEC 60364.
# Zs cold ≤ 2/3 · 230 V / Ia, rounded down; Ia: B 5 In, C 10 In, MCCB 1.2 Ii, gG 0.4 s by its curve.
# Iz = table (B.52.5, B.52.12) × grouping (B.52.17 bunched, B.52.19 ducts) × cables in parallel; soil and
# temperature are those of the tables, so their factors are 1.
BY_HAND = [
    ("destination-ac", "usual", "F01", 2 / 3 * 230 / (5 * 40), 58 * 0.70),  # B40; 10 mm² in ducts, 4 together
    (
        "highway-dc-hub",
        "usual",
        "F01",
        2 / 3 * 230 / (1.2 * 2500),
        324 * 0.80 * 2,
    ),  # 500 A; 2 × 240 mm², 0.25 m
    ("fleet-depot", "usual", "F01", 2 / 3 * 230 / (5 * 40), 75 * 0.65),  # B40; 10 mm² on a tray, 4 bunched
    ("fleet-depot", "usual", "FB1", 2 / 3 * 230 / (1.2 * 1250), 399 * 0.70),  # 250 A; 150 mm², 3 on a tray
    ("fleet-depot", "largest", "F01", 2 / 3 * 230 / 450, 75 * 0.65),  # gG 40: 450 A within 0.4 s
    ("multi-family", "usual", "F02", 2 / 3 * 230 / (5 * 40), 86 * 0.60),  # B40, single-phase; 3 × 10 mm²
    ("multi-family", "usual", "F01", 2 / 3 * 230 / (5 * 20), 54 * 0.60),  # B20; 6 mm², 5 on a tray
    ("municipal-mixed", "usual", "F01", 2 / 3 * 230 / (10 * 63), 96 * 0.70),  # C63; 25 mm² in ducts
    ("workplace-ac", "usual", "FC1", 2 / 3 * 230 / (1.2 * 1000), 298 * 0.80),  # 200 A; 95 mm², 2 on a tray
    ("urban-curbside", "usual", "F01", 50 / 0.300, 115 * 0.60),  # TT: 50 V / 300 mA; 35 mm², 6 ducts
    ("urban-curbside", "smallest", "F01", 50 / 0.030, 75 * 0.60),  # TT: 50 V / 30 mA; 16 mm², 6 ducts
]


@pytest.mark.parametrize(("design", "size", "tag", "zs", "iz"), BY_HAND)
def test_limits_of_a_circuit_worked_out_by_hand(
    design: str, size: str, tag: str, zs: float, iz: float
) -> None:
    each = built(design, size)
    digits = 100 if zs >= 0.1 else 1000
    assert each.study.circuit(tag).zs_permitted_ohm == pytest.approx(int(zs * digits) / digits)
    assert cable_rules.corrected_iz_a(each.line.circuit(tag).cable) == pytest.approx(iz)
    assert each.line.circuit(tag).device.rated_current_a <= iz
    assert items(design, size)[f"loop-impedance@{tag}"].criterion.maximum is not None


def test_a_car_park_whose_dc_stations_all_went_has_no_emergency_stop() -> None:
    assert applied("municipal-mixed", "usual", removed_dc=[1]).one_line.emergency_stops == ()


def test_british_rules_give_the_british_limit() -> None:
    # C63: 0.8 · 0.95 · 230 V / 630 A = 0.2774 Ω
    site_design = applied("municipal-mixed", "smallest", rule_set="bs7671")
    assert study(site_design).circuit("F01").zs_permitted_ohm == 0.27


def test_a_dc_hub_is_tested_as_dc_and_measured_at_low_voltage() -> None:
    found = items("highway-dc-hub", "largest")
    assert not [key for key in found if key.startswith(("state-", "outlet-rcd", "rdc-dd", "pp-coding"))]
    assert found["dc-isolation-monitoring@CH12.2"].safety
    assert found["emergency-stop-opens@ES2"].safety
    assert "F12" in found["emergency-stop-opens@ES2"].instruction
    assert "emergency-stop@GRID" not in found
    assert (found["supply-voltage@MSB"].criterion.minimum, found["supply-voltage@MSB"].criterion.maximum) == (
        "207",
        "253",
    )
    # (2100 − 100) kVA / (√3 · 400 V) = 2886.7 A, at low voltage, not the 57.7 A at 20 kV
    assert found["load-management-limit@GRID"].criterion.maximum == "2886"
    for key in ("transformer-nameplate@T1", "source-nameplate@BAT", "source-nameplate@PV"):
        assert found[key].safety
    assert "controller-settings@LM1" in found
    assert "network-addresses@NW1" in found


def test_a_riser_has_one_device_and_its_sections_say_so() -> None:
    line, found = built("multi-family", "usual").line, items("multi-family", "usual")
    assert [line.circuit(f"R{n:02}").protected_by for n in range(1, 7)] == [None, *["R01"] * 5]
    assert [line.circuit(f"R{n:02}").source for n in (1, 2, 6)] == ["MSB", "TO01", "TO05"]
    assert "protective-device-nameplate@R01" in found
    assert "protective-device-nameplate@R02" not in found
    assert "R02" not in found["polarity@R03"].instruction


def test_single_phase_points_land_on_the_three_phases_in_turn() -> None:
    line = applied("multi-family", "usual", per_point={}, point_kind="single").one_line
    first = Counter(station.phase_rotation[:2] for station in line.stations)
    assert first == {"L1": 8, "L2": 8, "L3": 8}
    assert {circuit.phases for circuit in line.circuits if circuit.target.startswith("CH")} == {1}


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("destination-ac", {"fallback": 21}, "Without communication 21 A at every station"),  # 8 · 21 A > 160 A
    ("workplace-ac", {"fallback": 17}, "Without communication"),  # 12 · 17 A + 120 A of the building > 315 A
    ("highway-dc-hub", {"stations": 2, "import_limit": "50 kVA", "fallback": 30}, "Without communication"),
    ("highway-dc-hub", {"earthing": "TT"}, "earthing"),
    ("highway-dc-hub", {"stations": 13}, "stations"),
    ("highway-dc-hub", {"supply_sk": None}, "ik_max_ka"),
    ("urban-curbside", {"spd": "spd-t12-tns-4p"}, "MSB: spd-t12-tns-4p is for TN-S, TN-C-S, not for TT"),
    ("urban-curbside", {"spd": "spd-t12-1p-tt"}, "MSB: spd-t12-1p-tt is single-phase"),
    ("urban-curbside", {"posts": 11}, "posts"),
    ("urban-curbside", {"posts": 8, "posts_per_pillar": 1}, "trench_grouped"),
    ("multi-family", {"removed": [61]}, "removed"),
    ("municipal-mixed", {"reserved": "250 A"}, "nothing is left"),
    ("workplace-ac", {"building_l2": "320 A"}, "L2"),
    ("fleet-depot", {"per_board": {9: {"length": "10 m"}}}, "per_board"),
    ("destination-ac", {"per_station": {1: {"length": "0 m"}}}, "length"),
]


@pytest.mark.parametrize(("design", "changes", "said"), REFUSED)
def test_what_a_design_does_not_serve_is_refused_in_one_sentence(
    design: str, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(DesignError, match=said) as refused:
        applied(design, "usual", **changes)
    assert "\n" not in str(refused.value)


GOOD_SITES = sorted(path for path in EXAMPLE_SITES.glob("*.yaml") if path.stem != "wrong-design")


@pytest.mark.parametrize("path", GOOD_SITES, ids=lambda path: path.stem)
def test_example_sites_are_free_of_errors(path: Path) -> None:
    site = read_site_file(path)
    studied = study(apply(find_design(site.design, revision=site.design_revision), site))
    assert [each.sentence for each in studied.findings if each.severity == "error"] == []


def test_every_design_has_an_example_site() -> None:
    assert {read_site_file(path).design for path in GOOD_SITES} == set(DESIGNS)


@pytest.mark.parametrize(
    ("design", "broken", "code"),
    [
        ("highway-dc-hub", {"main_ct": "ct-1500-5"}, "meter_range"),
        ("fleet-depot", {"ac_device": "mcb-b40-6ka"}, "breaking_capacity"),
        ("multi-family", {"riser_setting": "250 A", "riser": "busbar-al-160"}, "overload"),
        ("municipal-mixed", {"group_ct": "ct-150-5"}, "meter_range"),
        ("urban-curbside", {"main_rcd": "rcd-a-125-300ma-s"}, "rcd_blinded"),
    ],
)
def test_a_wrong_choice_is_found(
    design: str, broken: dict[str, Any], code: str, refuse: Callable[[SiteDesign], set[str]]
) -> None:
    assert code in refuse(applied(design, "usual", **broken))


@pytest.fixture
def refuse() -> Callable[[SiteDesign], set[str]]:
    """Return the codes of the errors of a site design."""
    return lambda site_design: {each.code for each in study(site_design).findings if each.severity == "error"}
