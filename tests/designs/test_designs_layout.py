"""The layout plan: items by rule, ducts, and routes whose lengths the circuits take."""

from typing import Any

import pytest

from designs.errors import DesignError
from designs.layout_model import Point
from designs.model import SiteDesign
from designs.polyline import Polyline, distance, manhattan, tidy
from tests.designs import park


def at(made: SiteDesign, tag: str) -> tuple[float, float]:
    assert made.layout is not None
    return next((item.x_m, item.y_m) for item in made.layout.items if item.tag == tag)


def way(made: SiteDesign, circuit: str) -> list[tuple[float, float]]:
    assert made.layout is not None
    route = next(route for route in made.layout.routes if route.circuit == circuit)
    return [(point.x_m, point.y_m) for point in route.points]


def test_items_stand_in_rows_by_their_number() -> None:
    made = park.made(stations=6, row_size=4)
    assert [at(made, f"CH{n:02}") for n in (1, 2, 4, 5, 6)] == [
        (12.0, 14.0),
        (14.5, 14.0),
        (19.5, 14.0),
        (12.0, 26.0),
        (14.5, 26.0),
    ]
    assert at(made, "BAY05") == (12.0, 30.0)
    assert made.layout is not None
    assert (made.layout.width_m, made.layout.depth_m) == (60.0, 102.0)


def test_the_place_of_a_station_taken_away_stays_empty() -> None:
    before, after = park.made(stations=6), park.made(stations=6, removed=[2])
    assert at(after, "CH03") == at(before, "CH03")
    assert "CH02" not in {item.tag for item in after.layout.items} if after.layout else False


def test_a_route_runs_at_right_angles_along_its_duct() -> None:
    made = park.made(stations=2)
    assert way(made, "FR01") == [(10, 4), (8, 4), (8, 12), (6, 12)]
    assert way(made, "F02") == [(6, 12), (8, 12), (8, 13), (14.5, 13), (14.5, 14)]


def test_the_circuit_takes_the_length_of_its_route_up_to_whole_metres() -> None:
    made = park.made(stations=2)
    one, two = made.one_line.circuit("FR01").cable, made.one_line.circuit("F02").cable
    assert (one.length_m, one.length_source) == (2 + 8 + 2 + 4, "layout")
    assert (two.length_m, two.length_source) == (14.0, "layout")  # 2 + 1 + 6.5 + 1 + 3.5
    assert made.one_line.circuit("F00").cable.length_source == "surveyed"


def test_a_surveyed_length_stands_before_that_of_the_route() -> None:
    cable = park.made(stations=2, per_station={2: {"length": "31.5 m"}}).one_line.circuit("F02").cable
    assert (cable.length_m, cable.length_source) == (31.5, "surveyed")


def test_an_item_can_be_moved_by_a_cell_of_a_table_and_its_cable_follows() -> None:
    made = park.made(stations=2, per_station={2: {"x": 40}})
    assert at(made, "CH02") == (40.0, 14.0)
    assert made.one_line.circuit("F02").cable.length_m == 40.0  # 2 + 1 + 32 + 1 + 3.5


def test_a_design_without_a_layout_must_give_every_length() -> None:
    text = park.PARK.split("layout:")[0]
    without = (park.PARK[len(text) :], "")
    with pytest.raises(DesignError, match="FR01 needs a length_m; the design has no layout"):
        park.made(without)
    row = (
        "device: {equipment: mccb-630-50ka},\n       cable: {",
        "device: {equipment: mccb-630-50ka},\n       cable: {length_m: 9, ",
    )
    made = park.made(without, row, per_station={n: {"length": 5} for n in range(1, 7)})
    assert made.layout is None
    assert {circuit.cable.length_source for circuit in made.one_line.circuits} == {"design"}


WRONG = [
    ("at_m: [10, 4]", "at_m: [100, 4]", "MSB at 100 m, 4 m stands outside the plan of 60 m by"),
    ("at_m: [10, 4]", "at_m: [0.5, 4]", "stands outside"),
    ("at_m: [10, 4]", "at_m: [10, 0.5], turned_deg: 90", "stands outside"),
    ("size_m: [2, 0.6]", "size_m: [2, 0]", "size_m must be two lengths above 0"),
    ("size_m: [2, 0.6]", "size_m: [2]", "size_m: not a list of 2 values"),
    ("size_m: [2, 0.6], at_m: [10, 4]", "size_m: [2, 0.6]", "MSB needs at_m, place"),
    ("kind: switchboard, title: Main,", "kind: boat, title: Main,", "kind: must be one of: bay"),
    ("- {tag: MSB, kind: switchboard", "- {tag: F00, kind: switchboard", "F00 bears the tag of a circuit"),
    (
        "- {tag: TR1, kind: transformer",
        "- {tag: TR9, kind: transformer",
        "transformer TR9 of the layout is not in",
    ),
    ("- {tag: MSB, kind: switchboard", "- {tag: TR1, kind: switchboard", "the tag TR1 is used twice"),
    ('tag: "BAY{n:02}"', 'tag: "bay{n:02}"', "'bay01' is not a tag"),
    ("- {tag: DU0,", "- {tag: CH01,", "the tag CH01 is used twice"),
    ("- {tag: DU0,", "- {tag: PM0,", "the duct PM0 bears a tag of the one-line"),
    ("along_m: [[8, 4], [8,", "along_m: [[8, 4], [-8,", "DU0 runs to -8 m"),
    ('circuit: "FR{r:02}", through', 'circuit: "FX{r:02}", through', "FX01 has no such circuit"),
    ('circuit: "FR{r:02}", through', "circuit: FR01, through", "the circuit FR01 has two routes"),
    ("through: [DU0]", "through: [DU99]", "runs through DU99, which is no duct; there are DU0, DU1"),
    (
        "- repeat: rows\n      tag: SB{r:02}",
        "- repeat: rows\n      tag: SX{r:02}",
        "ends at SB01, which is not on",
    ),
    ("ends_m: 4}", "ends_m: -4}", "ends_m must be from 0"),
    ("width_m: {greatest: [60,", "width_m: {greatest: [60000,", "width_m must be above 0 and up to 5000 m"),
    ("by: $r}", "by: 0}", "whole numbers from 1"),
    ("by: $r}", "per_row: 0, by: $r}", "whole numbers from 1"),
    ("at_m: [10, 4]", "at_m: [10, 4], equipment: rope", "'rope' is not on the approved"),
]


@pytest.mark.parametrize(("old", "new", "said"), WRONG, ids=[case[2][:40] for case in WRONG])
def test_a_wrong_layout_is_refused_in_one_sentence(old: str, new: str, said: str) -> None:
    with pytest.raises(DesignError) as caught:
        park.made((old, new), stations=6)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_circuit_without_route_and_length_is_named() -> None:
    with pytest.raises(DesignError, match="FR01 has neither a length_m nor a route"):
        park.made(('    - {repeat: rows, circuit: "FR{r:02}", through: [DU0], ends_m: 4}\n', ""))


def test_a_route_of_no_length_is_refused() -> None:
    with pytest.raises(DesignError, match="the route of circuit FR01 is 0 m long"):
        park.made(
            ("place: {start_m: [6, 12], step_m: [0, 12], by: $r}", "at_m: [10, 4]"),
            ("through: [DU0], ends_m: 4", "ends_m: 0"),
            stations=2,
        )


def points(*pairs: tuple[float, float]) -> tuple[Point, ...]:
    return tuple(Point(x, y) for x, y in pairs)


L_SHAPE = Polyline(points((0, 0), (10, 0), (10, 5)))


def test_places_on_a_line() -> None:
    assert L_SHAPE.length == 15.0
    assert L_SHAPE.nearest(Point(4, 3)) == 4.0
    assert L_SHAPE.nearest(Point(12, 3)) == 13.0
    assert L_SHAPE.nearest(Point(-5, -5)) == 0.0
    assert L_SHAPE.at(13) == Point(10, 3)
    assert L_SHAPE.between(13, 4) == list(points((10, 3), (10, 0), (4, 0)))


@pytest.mark.parametrize(
    ("other", "place"),
    [
        (((4, -2), (4, 9)), 4.0),  # crosses
        (((12, 3), (20, 3)), 13.0),  # ends beside
        (((10, 5), (10, 30)), 15.0),  # goes on
        (((3, 1), (6, 1)), 3.0),  # runs along: the first of equally near places
    ],
)
def test_two_ducts_meet_where_they_are_nearest(other: Any, place: float) -> None:
    assert L_SHAPE.meeting(Polyline(points(*other))) == pytest.approx(place)


def test_a_cable_through_two_ducts_changes_where_they_meet() -> None:
    made = park.made(('through: ["DU{r}"]', 'through: [DU0, "DU{r}"]'), stations=6)
    assert way(made, "F06") == [(6, 24), (8, 24), (8, 25), (14.5, 25), (14.5, 26)]


def test_ways_at_right_angles_take_the_longer_leg_first() -> None:
    assert manhattan(Point(0, 0), Point(5, 2)) == list(points((5, 0), (5, 2)))
    assert manhattan(Point(0, 0), Point(2, 5)) == list(points((0, 5), (2, 5)))
    assert manhattan(Point(0, 0), Point(0, 5)) == [Point(0, 5)]


def test_a_way_back_is_kept_and_counted() -> None:
    back = tidy(points((0, 0), (0, 0), (3, 0), (5, 0), (5, 0), (2, 0)))
    assert back == points((0, 0), (5, 0), (2, 0))
    assert distance(back[0], back[1]) + distance(back[1], back[2]) == 8.0
