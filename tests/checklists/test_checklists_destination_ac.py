"""The built-in standard design with its example site, against limits worked out by hand."""

from dataclasses import replace
from pathlib import Path

import pytest

import designs
from checklists.generate import generate
from checklists.model import Item
from designs.apply import apply
from designs.library import find_design, read_site_file
from designs.study import study

SITE = Path(designs.__file__).parent / "sites" / "hotel-seeblick.yaml"


@pytest.fixture(scope="module")
def items() -> dict[str, Item]:
    site = apply(find_design("destination-ac"), read_site_file(SITE))
    site = replace(site, checklists=(*dict.fromkeys((*site.checklists, "handover")),))
    return {item.key: item for each in generate(site, study(site)) for item in each.items}


def test_every_station_circuit_has_its_loop_limit(items):
    # B40: Ia = 5 · 40 A = 200 A; 2/3 · 230 V / 200 A = 0.7667 Ω, rounded down
    assert {items[f"loop-impedance@F{n:02}"].limit_text for n in range(1, 13)} == {"≤ 0.76 Ω"}


def test_the_long_circuit_is_asked_for_its_voltage_drop(items):
    assert items["voltage-drop@F12"].limit_text == "≤ 5.35 %"  # 170 m from the origin
    assert not items["voltage-drop@F12"].safety


def test_twelve_stations_four_meters_and_one_board_are_all_visited(items):
    stations = {item.tag for item in items.values() if item.step == "state-c-charging"}
    meters = {item.tag for item in items.values() if item.step == "meter-wiring"}
    assert stations == {f"CH{n:02}.1" for n in range(1, 13)}
    assert meters == {"PM0", "PM1", "PM2", "PM3"}
    assert items["voltage-distortion@PM0"].criterion.aspect == "power_quality"
    assert items["installer-signature@GRID"].criterion.kind == "signature"
