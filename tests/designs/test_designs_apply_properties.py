"""Over random valid parameters nothing fails, tags are unique and stable, the same input gives the same."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from designs.model import Circuit, OneLine, SiteDesign
from designs.schema import dump_site_design, load_site_design
from tests.designs import park

QUICK = settings(max_examples=20, deadline=None, derandomize=True)


@st.composite
def parameters(draw: st.DrawFn) -> dict[str, Any]:
    """Return parameters of the park that its bounds allow."""
    stations = draw(st.integers(2, 24))
    removed = draw(st.sets(st.integers(1, stations), max_size=stations - 2))
    return {
        "stations": stations,
        "removed": sorted(removed),
        "row_size": draw(st.integers(1, 9)),
        "storage": draw(st.booleans()),
        "pv": draw(st.integers(0, 4)),
        "building": draw(st.sampled_from([0, 16.5, 250])),
        "station_type": draw(
            st.sampled_from(["alfen-eve-single-pro", "alfen-eve-double-pro", "abl-em4-twin"])
        ),
    }


def tags(line: OneLine) -> list[str]:
    groups = (line.meters, line.circuits, line.emergency_stops, line.controllers, line.network)
    connectors = [connector.tag for station in line.stations for connector in station.connectors]
    return [*line.nodes(), *(each.tag for group in groups for each in group), *connectors]  # type: ignore[attr-defined]


def of_station(made: SiteDesign, number: int) -> tuple[Any, ...]:
    """Return everything that belongs to one station: itself, its circuit, its place and its route."""
    tag, circuit = f"CH{number:02}", f"F{number:02}"
    layout = made.layout
    assert layout is not None
    return (
        [station for station in made.one_line.stations if station.tag == tag],
        [each for each in made.one_line.circuits if each.tag == circuit],
        [item for item in layout.items if item.tag in (tag, f"BAY{number:02}")],
        [route for route in layout.routes if route.circuit == circuit],
    )


@QUICK
@given(parameters())
def test_tags_are_unique_and_a_design_comes_back_from_json_as_it_was(values: dict[str, Any]) -> None:
    made = park.made(**values)
    found = tags(made.one_line)
    assert len(found) == len(set(found))
    dumped = json.dumps(dump_site_design(made))
    assert load_site_design(json.loads(dumped)) == made
    assert json.dumps(dump_site_design(park.made(**values))) == dumped


@QUICK
@given(parameters())
def test_one_more_station_changes_no_other(values: dict[str, Any]) -> None:
    before, after = park.made(**values), park.made(**{**values, "stations": values["stations"] + 1})
    for number in range(1, values["stations"] + 1):
        assert of_station(after, number) == of_station(before, number)
    assert set(tags(before.one_line)) <= set(tags(after.one_line))


@QUICK
@given(parameters(), st.data())
def test_a_station_taken_away_changes_no_other(values: dict[str, Any], data: st.DataObject) -> None:
    there = [n for n in range(1, values["stations"] + 1) if n not in values["removed"]]
    gone = data.draw(st.sampled_from(there))
    before = park.made(**values)
    after = park.made(**{**values, "removed": [*values["removed"], gone]})
    assert of_station(after, gone) == ([], [], [], [])
    for number in there:
        if number != gone:
            assert of_station(after, number) == of_station(before, number)
    assert set(tags(after.one_line)) < set(tags(before.one_line))


@QUICK
@given(parameters())
def test_every_circuit_carries_what_is_behind_it_within_its_cap(values: dict[str, Any]) -> None:
    line = park.made(**values).one_line
    below: dict[str, list[Circuit]] = {}
    for circuit in line.circuits:
        below.setdefault(circuit.source, []).append(circuit)
    for circuit in line.circuits:
        behind = below.get(circuit.target, [])
        if behind:
            assert circuit.design_current_a <= sum(each.design_current_a for each in behind) + 1e-9
            cap = circuit.managed_to_a
            assert cap is None or circuit.design_current_a <= cap
