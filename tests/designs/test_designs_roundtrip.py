"""A site design and a study survive JSON exactly; anything else is refused with the key that is wrong."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import rfc8785

from designs.errors import DesignError
from designs.model import SiteDesign, Study
from designs.schema import dump_site_design, dump_study, load_site_design, load_study


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
