"""Every word of the template language, as it shows in a site that uses it."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from designs.addresses import address_list
from designs.as_built import PROPERTIES
from designs.errors import DesignError
from designs.expressions import EXPRESSIONS, LARGEST
from designs.layout import DuctRow, ItemRow, PlaceRow, RouteRow
from designs.model import ItemKind
from designs.ranges import MAX_ELEMENTS, Spans
from designs.rows import LISTS, CableRow, DeviceRow, SupplyRow
from designs.scope import Scope
from designs.standard_design import ParameterKind, Range
from designs.template import MAX_TEXT, compile_elements, expand, resolve
from tests.designs import park

STATIONS = Range("stations", "n", "$stations", without="$removed")
ROWS = Range("rows", "r", of="stations", size="$size")
FLOORS = Range("floors", "f", of="rows", size=2, start=0)


def scope(**values: Any) -> Scope:
    """Return a scope with three ranges, one dividing another."""
    found = {"stations": 7, "removed": [3], "size": 2, "storage": False, "name": "x", **values}
    return Scope(found, Spans((STATIONS, ROWS, FLOORS)))


def value(template: Any, **values: Any) -> Any:
    return resolve(template, scope(**values), "file.yaml: key")


def refused(template: Any, **values: Any) -> str:
    with pytest.raises(DesignError) as caught:
        value(template, **values)
    return str(caught.value)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("$stations", 7),
        ("CH{stations:02}", "CH07"),
        ({"least": [4, None, "$stations"]}, 4),
        ({"greatest": [4, None, "$stations"]}, 7),
        ({"greatest": [None]}, None),
        ({"sum": [1, None, 2.5]}, 3.5),
        ({"sum": []}, 0),
        ({"product": [2, None, "$stations"]}, 14),
        ({"sum": {"each": "stations", "value": "$n"}}, 1 + 2 + 4 + 5 + 6 + 7),
        ({"join": [["A"], None, {"each": "rows", "value": "R{r}"}]}, ["A", "R1", "R2", "R3", "R4"]),
        (
            {"each": "stations", "value": "$n", "when": {"left": "$n", "compare": ">", "right": 4}},
            [5, 6, 7],
        ),
        ({"each": "floors", "value": "$f"}, [0, 1]),
        ({"switch": "$storage", "cases": {True: 1, False: 2}}, 2),
        ({"switch": None, "cases": {"a": 1}, "otherwise": 5}, 5),
        ({"pick": ["a", "b"], "by": 3}, "a"),
        ({"lookup": None, "figure": "x"}, None),
    ],
)
def test_an_expression_gives_its_value(template: Any, expected: Any) -> None:
    assert value(template) == expected


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("$nothing", "$nothing is not known here"),
        ("$n.__class__", "not a reference"),
        ("{n.__class__}", "may hold only"),
        ("{{ 7 * 7 }}", "may hold only"),
        ("{% for x in y %}", "may hold only"),
        ("{stations!r}", "may hold only"),
        ("{stations:>9999999}", "may hold only"),
        ("${stations}", "not a reference"),
        ("{storage}", "neither a whole number nor a text"),
        ("x" * (MAX_TEXT + 1), "at most"),
        ({"sum": ["a"]}, "sum needs numbers"),
        ({"sum": 3}, "sum needs a list"),
        ({"sum": [True]}, "sum needs numbers"),
        ({"product": [LARGEST, 10]}, "too large"),
        ({"product": [10**9] * 400}, "too large"),
        ({"join": ["a"]}, "join needs a list of lists"),
        ({"each": "nothing", "value": 1}, "no range nothing"),
        ({"each": "stations", "value": 1, "when": 3}, "needs a flag"),
        ({"each": "stations", "value": 1, "if": True}, "the expression each has the keys"),
        ({"each": "stations", "value": 1, "when": {"left": 1, "compare": "~", "right": 2}}, "one of <, <="),
        (
            {"each": "stations", "value": 1, "when": {"left": "a", "compare": "<", "right": 2}},
            "compares numbers",
        ),
        ({"lookup": "mcb-b16-6ka", "figure": "__class__"}, "not on the approved"),
        ({"switch": "$storage", "cases": {"a": 1}}, "no case for False"),
    ],
)
def test_what_the_language_has_not_is_refused_with_its_place(template: Any, said: str) -> None:
    sentence = refused(template)
    assert said in sentence
    assert "file.yaml: key" in sentence
    assert "\n" not in sentence
    assert len(sentence) < 600


def test_texts_can_not_grow_without_end() -> None:
    assert "at most" in refused("{name}{name}{name}", name="x" * 900)


def test_a_figure_of_equipment_is_looked_up_and_nothing_else_of_it() -> None:
    assert park.made().one_line.circuit("F00").managed_to_a == 2000 - 560
    for figure, said in (
        ("__class__", "no figure '__class__'"),
        ("approved_for", "no figure 'approved_for'"),
        ("let_through", "not a single figure"),
    ):
        with pytest.raises(DesignError, match=said):
            park.made(("figure: rated_current_a}, -560", f"figure: {figure}}}, -560"))


def test_groups_divide_groups_and_keep_their_numbers_when_a_member_is_taken_out() -> None:
    found = list(scope(removed=[1, 2]).repeat("stations", ""))
    assert [dict(each.numbers) for each in found] == [
        {"n": 3, "r": 2, "f": 0},
        {"n": 4, "r": 2, "f": 0},
        {"n": 5, "r": 3, "f": 1},
        {"n": 6, "r": 3, "f": 1},
        {"n": 7, "r": 4, "f": 1},
    ]
    rows = scope(removed=[1, 2]).repeat("rows", "")
    members = [[inner.numbers["n"] for inner in row.members("stations", "")] for row in rows]
    assert members == [[3, 4], [5, 6], [7]]


def test_a_range_may_be_empty_and_start_anywhere() -> None:
    assert value({"each": "stations", "value": "$n"}, stations=0, removed=[]) == []
    assert value({"each": "rows", "value": "$r"}, stations=0, removed=[]) == []
    high = Scope({}, Spans((Range("high", "n", 2, start=101),)))
    assert resolve({"each": "high", "value": "$n"}, high) == [101, 102]


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (-1, "whole number from 0"),
        (2.0, "whole number from 0"),
        (True, "whole number from 0"),
        (10**9, f"at most {MAX_ELEMENTS}"),
        (10**400, "far too many"),
    ],
)
def test_the_count_of_a_range_is_bounded_before_anything_is_made(count: Any, said: str) -> None:
    with pytest.raises(DesignError, match=said):
        list(scope(stations=count).repeat("stations", "here"))


def test_elements_and_values_are_bounded_together() -> None:
    many = scope(stations=MAX_ELEMENTS - 1, removed=[])
    element = compile_elements([{"repeat": "stations", "tag": "A{n}"}], "file")
    assert len(expand(element, many)) == MAX_ELEMENTS - 1
    with pytest.raises(DesignError, match="more than 5000 elements"):
        expand(element, many)
    nested: Any = "$n"
    for _ in range(12):
        nested = {"each": "stations", "value": nested}
    with pytest.raises(DesignError, match="more than 50000 values"):
        value(nested, stations=4000, removed=[])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("- {name: stations, variable: n,", "- {name: stations, variable: n.real,", "the variable must be"),
        ("of: stations, size: $row_size", "of: floors, size: 2", "not a range above it"),
        ("of: stations, size: $row_size", "of: stations", "has a size"),
        ("variable: p, count: $pv,", "variable: p,", "needs a count"),
        ("count: $pv, start: 11", "count: $pv, start: -1", "the start of pv needs a whole number from 0"),
        ("without: $removed", "without: $stations", "list of whole numbers"),
        ("equipment_class: station,", "equipment_class: boat,", "no equipment_class boat"),
        (
            "- {when: $storage, tag: BS1, title: Storage, equipment: storage-100-200}",
            "- {pick: [1], by: 1}",
            "storage, element 1 must give a mapping",
        ),
        ("rule_set: iec", "rule_set: vde", "rule_set must be iec, bs7671 or nec, not 'vde'"),
        ("- {when: $storage, tag: BS1", "- {when: $pv, tag: BS1", "when needs a flag"),
        ("- {when: $storage, tag: BS1", "- {repeat: [a], tag: BS1", "repeat needs the name of a range"),
        ("kind: building\n", "kind: castle\n", "kind: must be one of: building"),
        ("id: park\n", "id: ../park\n", "small letters and digits"),
        ("revision: 1\n", "revision: 0\n", "from 1, not 0"),
        ("s_k_mva: 250,\n", "s_k_mva: 250, ik_max_ka: 8,\n", "give ik_max_ka or s_k_mva; both"),
        ("s_k_mva: 250,\n", "\n", "give ik_max_ka or s_k_mva; none"),
        ("s_k_mva: 250,\n", "s_k_mva: -250,\n", "s_k_mva must be above 0, not -250"),
        ("import_limit_kva: $import_kva, ", "", "import_limit_a or import_limit_kva; none"),
        ("grouped_circuits: 3", "grouped_circuits: 0", "cable.grouped_circuits must be 1 to 100, not 0"),
        ("fallback_a: 6", "fallback_a: -6", "fallback_a must be from 0, not -6"),
        ("fallback_a: 6", "fallbak_a: 6", "fallbak_a: unknown key, allowed are tag"),
        ("limit_a: {least:", "limit_a: {leest:", "limit_a: not a number but a mapping with the key leest"),
        ("port: 502, unit: 1}\n  loads", "port: 0, unit: 1}\n  loads", "port must be 1 to 65535"),
    ],
)
def test_a_design_that_is_wrong_is_refused_in_one_sentence(old: str, new: str, said: str) -> None:
    with pytest.raises(DesignError) as caught:
        park.made((old, new), building=20, pv=1)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_site_has_every_kind_of_thing_that_its_parameters_ask_for() -> None:
    line = park.made(stations=9, removed=[2], storage=True, pv=2, building=60).one_line
    assert [board.tag for board in line.switchboards] == ["MSB", "SB01", "SB02", "SB03"]
    assert [board.kind for board in line.switchboards] == ["main", *["distribution"] * 3]
    assert [station.tag for station in line.stations] == [f"CH{n:02}" for n in (1, 3, 4, 5, 6, 7, 8, 9)]
    assert line.stations[1].phase_rotation == "L3L1L2"
    assert [load.currents_a for load in line.loads] == [(60.0, 60.0, 60.0)]
    assert (line.storage[0].tag, line.storage[0].capacity_kwh) == ("BS1", 200.0)
    assert [inverter.tag for inverter in line.pv] == ["PV11", "PV12"]
    assert line.emergency_stops[0].opens == ("FR01", "FR02", "FR03", "F91")
    assert [each.controls for each in line.controllers] == [
        ("CH01", "CH03", "CH04"),
        ("CH05", "CH06", "CH07", "CH08"),
        ("CH09",),
    ]
    assert line.controllers[0].limit_a == 100.0
    assert line.network[0].connects[:3] == ("PM0", "CH01", "CH03")
    assert line.transformers[0].source == "GRID"
    assert line.supply.tag == "GRID"


def test_what_no_parameter_asks_for_is_left_out() -> None:
    line = park.made(stations=0).one_line
    assert (line.stations, line.storage, line.pv, line.loads, line.controllers) == ((), (), (), (), ())
    assert line.emergency_stops == ()


def test_apparent_power_becomes_current_at_the_voltage_of_the_supply() -> None:
    supply = park.made().one_line.supply
    assert supply.import_limit_a == pytest.approx(600e3 / (3**0.5 * 20e3), abs=0.001)
    assert supply.reserved_a == pytest.approx(40e3 / (3**0.5 * 20e3), abs=0.001)
    assert supply.ik_max_ka == pytest.approx(250 / (3**0.5 * 20), abs=0.001)
    with pytest.raises(DesignError, match="leave nothing of the import limit"):
        park.made(import_kva=100, reserved_kva=100)


def test_the_design_hands_on_what_it_is_strict_about() -> None:
    assert park.made().strict == ("voltage_drop",)


def test_loads_above_a_cap_are_refused_and_below_it_are_never_capped() -> None:
    assert park.made(building=300).one_line.circuit("F90").design_current_a == 300.0
    with pytest.raises(DesignError, match="the loads behind it draw 300 A, more than the 250 A"):
        park.made(("}, -560]}", "}, -1750]}"), building=300)


def test_a_number_to_leave_out_must_be_there() -> None:
    with pytest.raises(DesignError, match="there is no number 9 to leave out; there are 1 to 6"):
        park.made(stations=6, removed=[9])
    with pytest.raises(DesignError, match="removed: 3 stands here twice"):
        park.made(removed=[3, 3])
    with pytest.raises(DesignError, match="removed must be a list of whole numbers, 1 to 1200, not 3"):
        park.made(removed=3)
    with pytest.raises(DesignError, match="per_station: there is no row '3'; rows are 1, 2, 4, 5, 6"):
        park.made(removed=[3], per_station={3: {"length": 20}})


def test_the_address_list_names_every_device_once_and_in_order() -> None:
    lines = address_list(park.made(stations=3).one_line)
    assert [line.tag for line in lines] == ["CH01", "CH02", "CH03", "PM0", "PM1"]
    assert (lines[0].host, lines[0].port, lines[0].unit, lines[0].profile) == (
        "st1.site",
        502,
        1,
        "alfen-eve-ng9xx",
    )


def test_two_devices_at_one_address_are_refused() -> None:
    with pytest.raises(
        DesignError, match=r"CH01 and CH02 answer at the same host one\.site, port 502 and unit 1"
    ):
        park.made(('host: "st{n}.site"', "host: one.site"))


def test_the_page_about_the_language_names_every_word() -> None:
    page = (Path(__file__).parents[2] / "docs" / "design-language.md").read_text(encoding="utf-8")
    fields = [
        name
        for row in (
            *LISTS.values(),
            ItemRow,
            DuctRow,
            RouteRow,
            PlaceRow,
            Range,
            CableRow,
            DeviceRow,
            SupplyRow,
        )
        for name in row.__dataclass_fields__
    ]
    words = [*EXPRESSIONS, *LISTS, *PROPERTIES, *fields, *get_args(ParameterKind), *get_args(ItemKind)]
    assert [word for word in words if not re.search(rf"\b{re.escape(word)}\b", page)] == []
