# ruff: noqa: E501 - rows of YAML
"""A standard design that uses every word of the language, for tests: a car park with boards per row."""

from functools import lru_cache
from typing import Any

from designs.apply import apply
from designs.library import SiteInput
from designs.model import SiteDesign
from designs.reading import parse_yaml
from designs.standard_design import StandardDesign, parse_design

PARK = """
id: park
revision: 1
title: Car park with rows
segment: test
summary: Rows of stations behind boards of their own, an own transformer, storage and PV by choice.
checklists: [inspection]
strict: [voltage_drop]
parameters:
  - {key: stations, kind: integer, title: Stations, minimum: 0, maximum: 1200, default: 6}
  - {key: removed, kind: numbers, title: Numbers taken away, minimum: 1, maximum: 1200}
  - {key: row_size, kind: integer, title: Stations in a row, minimum: 1, maximum: 20, default: 4}
  - {key: import_kva, kind: number, unit: kVA, title: Import limit, minimum: 10, maximum: 90000, default: 600}
  - {key: reserved_kva, kind: number, unit: kVA, title: Reserved, minimum: 0, maximum: 5000, default: 40}
  - {key: storage, kind: flag, title: Battery storage, default: false}
  - {key: pv, kind: integer, title: PV inverters, minimum: 0, maximum: 4, default: 0}
  - {key: building, kind: number, unit: A, title: Building, minimum: 0, maximum: 500, default: 0}
  - {key: station_type, kind: equipment, equipment_class: station, title: Station, default: alfen-eve-single-pro}
  - {key: cable, kind: equipment, equipment_class: cable, title: Cable, default: cu-xlpe-5g10}
  - key: per_station
    kind: table
    rows: stations
    title: Single stations
    columns:
      - {key: length, kind: number, unit: m, title: Length, minimum: 1, maximum: 500, optional: true}
      - {key: cable, kind: equipment, equipment_class: cable, title: Cable, default: $cable}
      - {key: x, kind: number, unit: m, title: Place, minimum: 0, maximum: 5000, optional: true}
ranges:
  - {name: stations, variable: n, count: $stations, without: $removed}
  - {name: rows, variable: r, of: stations, size: $row_size}
  - {name: pv, variable: p, count: $pv, start: 11}
one_line:
  rule_set: iec
  supply: {tag: GRID, title: Medium voltage, voltage_v: 20000, frequency_hz: 50, earthing: TN-S, s_k_mva: 250,
           r_over_x: 0.2, import_limit_kva: $import_kva, reserved_kva: $reserved_kva, own_transformer: true}
  transformers:
    - {tag: TR1, title: Transformer, equipment: tr-dry-1000-20-400, source: GRID}
  switchboards:
    - {tag: MSB, title: Main, equipment: msb-2000-65ka, spd: spd-t12-tn}
    - {repeat: rows, tag: "SB{r:02}", title: "Row {r}", equipment: msb-630-50ka, kind: distribution}
  stations:
    - repeat: stations
      tag: CH{n:02}
      title: Station {n}
      equipment: $station_type
      phase_rotation: {pick: [L1L2L3, L2L3L1, L3L1L2], by: $n}
      group: $r
      modbus: {host: "st{n}.site", port: 502, unit: 1}
  loads:
    - when: {left: $building, compare: ">", right: 0}
      tag: LD1
      title: Building
      kind: building
      currents_a: [$building, $building, $building]
  storage:
    - {when: $storage, tag: BS1, title: Storage, equipment: storage-100-200}
  pv:
    - {repeat: pv, tag: "PV{p}", title: "Inverter {p}", equipment: pv-50}
  meters:
    - {tag: PM0, title: Main meter, equipment: eastron-sdm630-mct, ct: ct-1000-5, board: MSB, measures: [F00],
       modbus: {host: meters.site, port: 502, unit: 100}}
    - {repeat: rows, tag: "PM{r}", title: "Meter of row {r}", equipment: eastron-sdm630-mct, ct: ct-600-5,
       board: MSB, parent: PM0, measures: ["FR{r:02}"], modbus: {host: "row{r}.site", port: 502, unit: 1}}
  circuits:
    - {tag: F00, title: Main, source: TR1, target: MSB, device: {equipment: acb-2000-65ka},
       managed_to_a: {sum: [{lookup: acb-2000-65ka, figure: rated_current_a}, -560]},
       cable: {equipment: cu-xlpe-4x240-120, parallel: 6, method: E, grouped_circuits: 1, ambient_c: 30, length_m: 8}}
    - {repeat: rows, tag: "FR{r:02}", title: "Row {r}", source: MSB, target: "SB{r:02}",
       device: {equipment: mccb-630-50ka},
       cable: {equipment: cu-xlpe-4x240-120, method: E, grouped_circuits: 1, ambient_c: 30}}
    - repeat: stations
      tag: F{n:02}
      title: Station {n}
      source: SB{r:02}
      target: CH{n:02}
      device: {equipment: mcb-b40-15ka}
      rcd: rcd-a-40-30ma
      cable: {equipment: {table: per_station, row: $n, column: cable}, method: E, grouped_circuits: 3, ambient_c: 30,
              length_m: {table: per_station, row: $n, column: length}}
    - {when: {left: $building, compare: ">", right: 0}, tag: F90, title: Building, source: MSB, target: LD1,
       device: {equipment: mccb-630-50ka},
       cable: {equipment: cu-xlpe-4x240-120, method: E, grouped_circuits: 1, ambient_c: 30, length_m: 20}}
    - {when: $storage, tag: F91, title: Storage, source: MSB, target: BS1, device: {equipment: mccb-200-36ka},
       cable: {equipment: cu-xlpe-4x95-50, method: E, grouped_circuits: 1, ambient_c: 30, length_m: 20}}
    - {repeat: pv, tag: "F9{p}", title: "PV {p}", source: MSB, target: "PV{p}", device: {equipment: gg-nh-100},
       cable: {equipment: cu-xlpe-4x35-16, method: E, grouped_circuits: 1, ambient_c: 30, length_m: 30}}
  emergency_stops:
    - when: {left: $stations, compare: ">", right: 0}
      tag: ES1
      title: Emergency stop
      opens: {join: [{each: rows, value: "FR{r:02}"}, {switch: $storage, cases: {true: [F91]}, otherwise: []}]}
  controllers:
    - {repeat: rows, tag: "LC{r:02}", title: "Load management of row {r}", equipment: lm-dynamic-32, board: MSB,
       meter: "PM{r}", controls: {each: stations, value: "CH{n:02}"}, fallback_a: 6, mode: dynamic,
       limit_a: {least: [400, {product: [$row_size, 25]}]}}
  network:
    - {tag: NW1, title: Router, equipment: router-lte, host: router.site,
       connects: {join: [[PM0], {each: stations, value: "CH{n:02}", when: {left: $n, compare: <=, right: 8}}]}}
layout:
  width_m: {greatest: [60, {sum: [20, {product: [4, $row_size]}]}]}
  depth_m: {least: [4900, {sum: [30, {product: [12, $stations]}]}]}
  items:
    - {tag: TR1, kind: transformer, title: Transformer, size_m: [3, 2.5], at_m: [4, 4]}
    - {tag: MSB, kind: switchboard, title: Main, size_m: [2, 0.6], at_m: [10, 4]}
    - repeat: rows
      tag: SB{r:02}
      kind: switchboard
      title: Row {r}
      size_m: [1, 0.5]
      place: {start_m: [6, 12], step_m: [0, 12], by: $r}
    - repeat: stations
      tag: CH{n:02}
      kind: station
      title: Station {n}
      size_m: [0.6, 0.4]
      place: {start_m: [12, 14], step_m: [2.5, 0], by: $n, per_row: $row_size, row_step_m: [0, 12]}
      x_m: {table: per_station, row: $n, column: x}
    - {repeat: stations, tag: "BAY{n:02}", kind: bay, title: "Bay {n}", size_m: [2.4, 5],
       place: {start_m: [12, 18], step_m: [2.5, 0], by: $n, per_row: $row_size, row_step_m: [0, 12]}}
  ducts:
    - {tag: DU0, title: Spine, kind: trench, along_m: [[8, 4], [8, {least: [4890, {sum: [20, {product: [12, $stations]}]}]}]], ways: 8}
    - {repeat: rows, tag: "DU{r}", title: "Row {r}", kind: duct, cover_m: 0.6,
       along_m: [[8, {sum: [{product: [12, $r]}, 1]}], [58, {sum: [{product: [12, $r]}, 1]}]]}
  routes:
    - {repeat: rows, circuit: "FR{r:02}", through: [DU0], ends_m: 4}
    - {repeat: stations, circuit: "F{n:02}", through: ["DU{r}"], ends_m: 3.5}
"""


@lru_cache(maxsize=32)
def design(*changes: tuple[str, str]) -> StandardDesign:
    """Return the design, with texts of its file exchanged first."""
    text = PARK
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return parse_design(parse_yaml(text, "park.yaml"), "park.yaml")


def site(as_built: dict[str, dict[str, Any]] | None = None, **parameters: Any) -> SiteInput:
    """Return a site file's content."""
    return SiteInput(
        "Park", "Street 1", "DE", "Europe/Berlin", "park", None, parameters, "site", as_built or {}
    )


def made(
    *changes: tuple[str, str], as_built: dict[str, dict[str, Any]] | None = None, **parameters: Any
) -> SiteDesign:
    """Return the site design of the park."""
    return apply(design(*changes), site(as_built, **parameters))
