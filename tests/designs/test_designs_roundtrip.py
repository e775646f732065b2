"""A site design and a study survive JSON exactly; anything else is refused with the key that is wrong."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import rfc8785

from designs.errors import DesignError
from designs.model import SiteDesign, Study
from designs.schema import dump_site_design, dump_study, load_site_design, load_study
from tests.designs import park


def test_a_site_design_comes_back_as_it_was(hotel: SiteDesign) -> None:
    dumped = dump_site_design(hotel)
    assert load_site_design(json.loads(json.dumps(dumped))) == hotel
    assert load_site_design(json.loads(rfc8785.dumps(dumped))) == hotel
    assert dump_site_design(load_site_design(dumped)) == dumped


def test_a_study_comes_back_as_it_was(hotel_study: Study) -> None:
    dumped = dump_study(hotel_study)
    assert load_study(json.loads(json.dumps(dumped))) == hotel_study
    assert all(figure["name"] for finding in dumped["findings"] for figure in finding["figures"])
    assert dumped["connection_point"]["expected_thd_voltage_percent"] is None


def test_a_tt_site_and_a_direct_meter_come_back_too(make_design: Callable[..., SiteDesign]) -> None:
    made = make_design(earthing="TT", supply_ze=20, per_group={1: {"meter": "eastron-sdm630"}}, spd=None)
    assert load_site_design(json.loads(json.dumps(dump_site_design(made)))) == made


def changed(path: list[Any], value: Any, data: dict[str, Any]) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(data))
    at: Any = copy
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return copy


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (["colour"], "red", "colour"),
        (["one_line", "supply", "earthing"], "IT", "one_line.supply.earthing"),
        (["one_line", "circuits", 0, "cable", "length_m"], "18", "one_line.circuits.0.cable.length_m"),
        (["one_line", "circuits", 0, "cable", "length_m"], True, "length_m"),
        (["one_line", "stations", 0, "group"], 1.5, "one_line.stations.0.group"),
        (["design", "revision"], None, "design.revision"),
        (["one_line", "meters"], {}, "one_line.meters"),
        (["parameters", "values"], [], "parameters.values"),
    ],
)
def test_a_wrong_value_is_named(hotel: SiteDesign, path: list[Any], value: Any, said: str) -> None:
    with pytest.raises(DesignError, match=said.replace(".", r"\.")):
        load_site_design(changed(path, value, dump_site_design(hotel)))


def test_nan_and_things_that_are_no_design_are_refused(hotel_study: Study) -> None:
    with pytest.raises(DesignError, match="ik_max_ka"):
        load_study(changed(["boards", 0, "ik_max_ka"], float("nan"), dump_study(hotel_study)))
    for nothing in (None, [], "text", 3):
        with pytest.raises(DesignError, match="must be a mapping"):
            load_study(nothing)


#: What later versions of the model added; sites kept before do not hold it.
ADDED_TO_ONE_LINE = ("loads", "storage", "pv", "emergency_stops", "controllers", "network", "rule_set")
ADDED_TO_CABLE = (
    "kind", "neutral_area_mm2", "neutral_r20_ohm_per_km", "spacing", "soil_km_per_w", "length_source",
)  # fmt: skip
ADDED_TO_STATION = (
    "current", "power_factor", "minimum_a", "third_harmonic_percent", "spectrum", "open_pen_protection",
)  # fmt: skip


def test_a_site_kept_by_the_first_version_loads(hotel: SiteDesign) -> None:
    old = dump_site_design(hotel)
    for key in ("layout", "as_built", "strict"):
        del old[key]
    line = old["one_line"]
    for key in ADDED_TO_ONE_LINE:
        del line[key]
    for circuit in line["circuits"]:
        for key in ("managed_to_a", "protected_by"):
            del circuit[key]
        for key in ADDED_TO_CABLE:
            del circuit["cable"][key]
        for key in ("instantaneous_low_a", "operating_04s_a", "let_through", "let_through_source"):
            del circuit["device"][key]
    for station in line["stations"]:
        for key in ADDED_TO_STATION:
            del station[key]
    loaded = load_site_design(json.loads(json.dumps(old)))
    assert loaded.layout is None
    assert loaded.one_line.rule_set == "iec"
    assert [circuit.tag for circuit in loaded.one_line.circuits] == [
        circuit.tag for circuit in hotel.one_line.circuits
    ]
    assert load_site_design(dump_site_design(loaded)) == loaded


def test_a_site_with_everything_comes_back_as_it_was() -> None:
    built = {"F03": {"length_m": 31, "cable": "cu-xlpe-5g16"}, "CH03": {"x_m": 18.5}}
    made = park.made(stations=9, removed=[2], storage=True, pv=2, building=60, as_built=built)
    dumped = dump_site_design(made)
    assert load_site_design(json.loads(json.dumps(dumped))) == made
    assert load_site_design(json.loads(rfc8785.dumps(dumped))) == made
    assert json.dumps(dump_site_design(load_site_design(dumped))) == json.dumps(dumped)
    assert made.layout is not None
    assert len(made.layout.routes) == 8 + 3
