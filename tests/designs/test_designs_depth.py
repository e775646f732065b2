"""Switchboards under switchboards and single-phase stations: currents, study and drawing hold there too."""

from pathlib import Path

import pytest

from designs.apply import apply
from designs.library import SiteInput, find_design, load_equipment
from designs.loading import full_demand, station_phases
from designs.model import SiteDesign, Study
from designs.study import study

SINGLE_PHASE = """
equipment_class: station
items:
  - {id: one-phase, title: Post, source: data sheet, profile: null, rated_input_a: 16,
     phases: 1, dc_fault_protection: none,
     connectors: [{kind: type2-socket, rated_current_a: 16, phases: 1, power_kw: 3.7}]}
"""
DEEP = """
id: deep
revision: 1
title: Two boards
segment: test
summary: A board under a board, single-phase posts with rotated phases.
checklists: [inspection]
parameters:
  - {key: limit, kind: number, unit: A, title: Limit of the sub-board, minimum: 6, maximum: 400,
     optional: true}
  - {key: posts, kind: integer, title: Posts, minimum: 1, maximum: 40, default: 7}
cross_checks: []
ranges: [{name: posts, variable: n, count: $posts}]
one_line:
  supply: {tag: GRID, title: Supply, voltage_v: 400, frequency_hz: 50, earthing: TN-S, ik_max_ka: 9,
           r_over_x: 0.5, ze_ohm: 0.06, import_limit_a: 200}
  switchboards:
    - {tag: MSB, title: Main, equipment: msb-400-25ka, spd: spd-t12-tn}
    - {tag: SB-1, title: Sub, equipment: msb-250-16ka, spd: spd-t2-tn}
  stations:
    - {repeat: posts, tag: "CH{n:02}", title: Post, equipment: one-phase, group: 1,
       phase_rotation: {pick: [L1L2L3, L2L3L1, L3L1L2], by: $n}}
    - {tag: CH99, title: Big, equipment: alfen-eve-single-pro, group: 2, phase_rotation: L1L2L3}
  meters: []
  circuits:
    - {tag: F00, title: Main, source: GRID, target: MSB, device: {equipment: mccb-250-36ka},
       cable: {equipment: cu-xlpe-4x150-95, length_m: 5, method: C, grouped_circuits: 1, ambient_c: 30}}
    - {tag: F98, title: Sub, source: MSB, target: SB-1, device: {equipment: gg-nh-125},
       managed_to_a: $limit,
       cable: {equipment: cu-xlpe-4x70-35, length_m: 40, method: C, grouped_circuits: 1, ambient_c: 30}}
    - {tag: F99, title: Big, source: MSB, target: CH99, device: {equipment: mcb-b40-10ka}, rcd: rcd-a-40-30ma,
       cable: {equipment: cu-xlpe-5g10, length_m: 20, method: C, grouped_circuits: 1, ambient_c: 30}}
    - {repeat: posts, tag: "F{n:02}", title: Post, source: SB-1, target: "CH{n:02}", rcd: rcd-b-40-30ma,
       device: {equipment: mcb-b20-10ka},
       cable: {equipment: cu-xlpe-5g6, length_m: 30, method: C, grouped_circuits: 1, ambient_c: 30}}
"""


def deep(folder: Path, **parameters: object) -> SiteDesign:
    for name, text in (("standard", DEEP), ("equipment", SINGLE_PHASE)):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "own.yaml").write_text(text, encoding="utf-8")
    site = SiteInput("Deep", "Street", "DE", "Europe/Berlin", "deep", None, parameters)
    return apply(find_design("deep", folder), site, load_equipment(folder))


def test_single_phase_stations_are_added_per_phase(tmp_path: Path) -> None:
    line = deep(tmp_path).one_line
    assert station_phases(line.stations[1]) == (0.0, 16.0, 0.0)
    assert full_demand(line) == (32 + 3 * 16, 32 + 2 * 16, 32 + 2 * 16)
    assert line.circuit("F98").design_current_a == 48.0
    assert line.circuit("F00").design_current_a == 80.0
    assert line.circuit("F01").phases == 1


def test_a_managed_sub_board_relieves_what_is_above_it(tmp_path: Path) -> None:
    line = deep(tmp_path, limit=20).one_line
    assert line.circuit("F98").design_current_a == 20.0
    assert line.circuit("F00").design_current_a == 52.0
    assert line.circuit("F01").design_current_a == 16.0


def test_an_rcd_of_type_b_upstream_counts_as_dc_protection(tmp_path: Path) -> None:
    line = deep(tmp_path).one_line
    assert {station.dc_fault_protection for station in line.stations[:-1]} == {"rcd-b"}


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> tuple[SiteDesign, Study]:
    made = deep(tmp_path_factory.mktemp("deep"))
    return made, study(made)


def test_the_study_follows_the_path_through_both_boards(studied: tuple[SiteDesign, Study]) -> None:
    made, done = studied
    assert [step.tag for step in made.one_line.path_to("CH03")] == ["F00", "F98", "F03"]
    zs = [done.board(tag).zs_ohm for tag in ("GRID", "MSB", "SB-1", "CH03")]
    assert zs == sorted(zs)
    drops = [done.circuit(tag).voltage_drop_percent for tag in ("F00", "F98", "F03")]
    assert done.circuit("F03").voltage_drop_total_percent == pytest.approx(sum(drops), abs=0.002)
    both_ways = 2 * 16 * 3.08 * (1 + 0.00393 * 70) * 0.03 / 230 * 100
    assert done.circuit("F03").voltage_drop_percent == pytest.approx(both_ways, rel=0.01)
    assert not done.refused
