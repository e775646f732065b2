"""Which items are asked of stations that go live before the rest."""

from itertools import combinations

import pytest

from checklists.generate import generate
from checklists.model import Checklist
from checklists.sections import section_items, section_tags
from designs import library
from designs.apply import apply
from designs.model import SiteDesign
from designs.study import study
from designs.topology import Topology

SITE = """
name: Testhof
address: Testweg 1, 20095 Hamburg
country: DE
timezone: Europe/Berlin
design: destination-ac
parameters: {stations: 5, group_size: 2, supply_ik: 10 kA, supply_ze: 0.055 Ω, import_limit: 160 A}
"""


@pytest.fixture(scope="module")
def site() -> tuple[SiteDesign, tuple[Checklist, ...]]:
    parameters = library.parse_site(SITE, "site")
    design = apply(library.find_design("destination-ac"), parameters)
    return design, tuple(generate(design, study(design)))


def test_a_section_asks_for_its_stations_and_the_way_to_them(
    site: tuple[SiteDesign, tuple[Checklist, ...]],
) -> None:
    design, checklists = site
    line = design.one_line
    items = {item.key: item for each in checklists for item in each.items}
    found = [items[key] for key in section_items(checklists, line, ["CH02"])]
    tags = {item.tag for item in found}
    way = {circuit.tag for circuit in Topology(line).path("CH02")} | set(Topology(line).way("CH02"))
    assert {"CH02", "CH02.1"} | (way & {item.tag for item in items.values()}) <= tags
    others = {station.tag for station in line.stations} - {"CH02"}
    assert not {tag for tag in tags if tag.partition(".")[0] in others}
    assert not {circuit.tag for circuit in line.circuits if circuit.target in others} & tags
    assert tags >= {each.tag for each in line.controllers if "CH02" in each.controls}
    site_wide = [item for item in found if item.tag == line.supply.tag]
    assert {item.key for item in site_wide} == {
        item.key for item in items.values() if item.tag == line.supply.tag and item.safety
    }
    assert not [item for item in found if item.section == "handover"]


def test_sections_only_grow_with_their_stations_and_keep_the_order_of_work(
    site: tuple[SiteDesign, tuple[Checklist, ...]],
) -> None:
    design, checklists = site
    line, order = design.one_line, [item.key for each in checklists for item in each.items]
    stations = [station.tag for station in line.stations]
    alone = {tag: section_items(checklists, line, [tag]) for tag in stations}
    for pair in combinations(stations, 2):
        found = section_items(checklists, line, pair)
        assert set(found) == set(alone[pair[0]]) | set(alone[pair[1]])
        assert list(found) == sorted(found, key=order.index)
        assert found == section_items(checklists, line, [*reversed(pair), "CH99"])
    assert section_items(checklists, line, []) == section_items(checklists, line, ["CH99"]) == ()


def test_everything_between_a_station_and_the_supply_belongs_to_it(
    site: tuple[SiteDesign, tuple[Checklist, ...]],
) -> None:
    line = site[0].one_line
    feeder = {circuit.target: circuit for circuit in line.circuits}
    for station in line.stations:
        tags, node = section_tags(line, [station.tag]), station.tag
        while node in feeder:
            assert {node, feeder[node].tag} <= tags
            node = feeder[node].source
        assert node == line.supply.tag in tags
