"""Whatever valid parameters a site gives, the physics and the tags hold."""

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from designs.apply import apply
from designs.drawing import one_line_svg, thumbnail_svg
from designs.errors import DesignError
from designs.library import SiteInput, find_design, parse_site
from designs.loading import full_demand
from designs.model import OneLine, SiteDesign
from designs.schema import dump_site_design, load_site_design
from designs.study import study

DESIGN = find_design("destination-ac")
CABLES = ["cu-xlpe-5g6", "cu-xlpe-5g10", "cu-xlpe-5g16", "cu-xlpe-4x25-16"]
STATIONS = ["alfen-eve-single-pro", "alfen-eve-double-pro", "keba-kecontact-p40"]


@st.composite
def parameters(draw: st.DrawFn) -> dict[str, Any]:
    """Return valid parameters of destination-ac; Ze is at least what Ik implies."""
    stations = draw(st.integers(4, 12))
    ik = draw(st.floats(0.5, 50))
    lowest = 1.1 * 400 / 3**0.5 / (ik * 1000) * 1.001
    earthing = draw(st.sampled_from(["TN-S", "TN-C-S", "TT"]))
    rows = draw(st.sets(st.integers(1, stations), max_size=stations))
    return {
        "stations": stations,
        "group_size": draw(st.integers(1, 4)),
        "earthing": earthing,
        "supply_ik": ik,
        "supply_r_over_x": draw(st.floats(0.05, 10)),
        "supply_ze": draw(st.floats(max(lowest, 0.002), 500 if earthing == "TT" else lowest + 2)),
        "import_limit": draw(st.floats(16, 630)),
        "load_management": draw(st.booleans()),
        "own_transformer": draw(st.booleans()),
        "main_length": draw(st.floats(0.5, 400)),
        "main_device": draw(st.sampled_from(["mccb-250-36ka", "mccb-630-50ka", "gg-nh-250"])),
        "station_grouped": draw(st.integers(1, 6)),
        "station_method": draw(st.sampled_from(["B2", "C", "D1", "D2", "E"])),
        "ambient": draw(st.floats(10, 60)),
        "per_station": {
            row: {
                "length": draw(st.floats(0.5, 300)),
                "cable": draw(st.sampled_from(CABLES)),
                "type": draw(st.sampled_from(STATIONS)),
            }
            for row in rows
        },
    }


def site(values: dict[str, Any]) -> SiteInput:
    return SiteInput('Any <&> "site"', "Street", "DE", "UTC", "destination-ac", None, values)


def refusal(act: Callable[[], object]) -> str:
    """Return the sentence with which something is refused, or nothing; any other error passes through."""
    try:
        act()
    except DesignError as error:
        return str(error)
    return ""


def tags(line: OneLine) -> list[str]:
    things = (*line.switchboards, *line.stations, *line.meters, *line.circuits)
    connectors = [connector.tag for station in line.stations for connector in station.connectors]
    return [line.supply.tag, *(thing.tag for thing in things), *connectors]


@given(parameters())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_valid_site_applies_with_unique_tags_and_conserved_currents(values: dict[str, Any]) -> None:
    made = apply(DESIGN, site(values))
    line = made.one_line
    assert len(tags(line)) == len(set(tags(line)))
    outgoing = sum(circuit.design_current_a for circuit in line.circuits if circuit.source == "MSB")
    assert max(full_demand(line)) == outgoing
    main = line.circuit("F00").design_current_a
    assert main == (min(outgoing, values["import_limit"]) if values["load_management"] else outgoing)
    measured = [tag for meter in line.meters if meter.parent == "PM0" for tag in meter.measures]
    assert sorted(measured) == sorted(circuit.tag for circuit in line.circuits if circuit.source == "MSB")
    assert load_site_design(json.loads(json.dumps(dump_site_design(made)))) == made


def check_physics(made: SiteDesign) -> None:
    done = study(made)
    for station in made.one_line.stations:
        nodes = ["GRID", *(circuit.target for circuit in made.one_line.path_to(station.tag))]
        for upper, lower in pairwise(done.board(node) for node in nodes):
            assert lower.ik_max_ka <= upper.ik_max_ka
            assert lower.ik_min_ka <= upper.ik_min_ka
            assert lower.zs_ohm >= upper.zs_ohm
    for circuit in done.circuits:
        assert circuit.zs_expected_cold_ohm <= circuit.zs_expected_ohm
        assert circuit.voltage_drop_total_percent >= circuit.voltage_drop_percent - 0.001
        assert circuit.zs_permitted_ohm > 0
    point = done.connection_point
    if made.parameters.values["load_management"]:
        assert point.demand_managed_a <= point.import_limit_a
    over = point.demand_managed_a > point.import_limit_a
    assert over == any(finding.code == "import_limit" for finding in done.findings)
    drawing = one_line_svg(made, done)
    assert all(f">{station.tag}</text>" in drawing for station in made.one_line.stations)
    assert "nan" not in drawing
    assert thumbnail_svg(made).startswith("<svg")


@given(parameters())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_along_every_path_ik_falls_and_zs_rises(values: dict[str, Any]) -> None:
    check_physics(apply(DESIGN, site(values)))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
        max_leaves=6,
    ),
    st.sampled_from([parameter.key for parameter in DESIGN.parameters]),
)
@settings(max_examples=200, deadline=None)
def test_nonsense_for_any_parameter_is_a_sentence_not_a_traceback(value: Any, key: str) -> None:
    given_values = {"supply_ik": 8, "supply_ze": 0.06, "import_limit": 160, key: value}
    said = refusal(lambda: apply(DESIGN, site(given_values)))
    assert said == "" or key in said
    assert "\n" not in said


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text_as_a_site_file_is_a_sentence_not_a_traceback(text: str) -> None:
    assert "site.yaml" in refusal(lambda: parse_site(text, "site.yaml"))
