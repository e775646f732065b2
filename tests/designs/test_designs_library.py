"""Designs and equipment of a user's own folder; digests; what a broken file is answered."""

import hashlib
from pathlib import Path

import pytest
import rfc8785
import yaml

from designs import library
from designs.apply import apply
from designs.equipment_list import CableType, Mccb, MeterType, StationType
from designs.errors import DesignError
from designs.library import SiteInput, find_design, list_designs, load_equipment

BUILT_IN = library.BUILT_IN / "standard" / "destination-ac.yaml"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_the_digest_is_over_the_canonical_content() -> None:
    raw = yaml.safe_load(BUILT_IN.read_text(encoding="utf-8"))
    raw["one_line"]["circuits"][0]["managed_to_a"]["cases"] = {"True": "$import_limit"}
    expected = hashlib.sha256(b"fieldapp-design-v1\n" + rfc8785.dumps(raw)).hexdigest()
    assert find_design("destination-ac", revision=1).digest == expected


def test_comments_do_not_change_a_digest_but_a_figure_does(tmp_path: Path) -> None:
    text = BUILT_IN.read_text(encoding="utf-8").replace("id: destination-ac", "id: mine")
    write(tmp_path / "a" / "standard" / "mine.yaml", text)
    write(tmp_path / "b" / "standard" / "mine.yaml", "# another comment\n" + text)
    write(tmp_path / "c" / "standard" / "mine.yaml", text.replace("default: 25", "default: 26"))
    a, b, c = (find_design("mine", tmp_path / name).digest for name in "abc")
    assert a == b
    assert a != c


def test_a_published_revision_can_not_be_changed_under_the_same_number(tmp_path: Path) -> None:
    write(
        tmp_path / "standard" / "copy.yaml",
        BUILT_IN.read_text(encoding="utf-8").replace("default: 25", "default: 26"),
    )
    with pytest.raises(DesignError, match=r"copy\.yaml: destination-ac revision 1 is already in"):
        list_designs(tmp_path)


def test_the_newest_revision_is_found(tmp_path: Path) -> None:
    write(
        tmp_path / "standard" / "next.yaml",
        BUILT_IN.read_text(encoding="utf-8").replace("revision: 1", "revision: 900", 1),
    )
    assert find_design("destination-ac", tmp_path).revision == 900
    assert find_design("destination-ac", tmp_path, revision=1).revision == 1
    with pytest.raises(DesignError, match="destination-ac revision 901"):
        find_design("destination-ac", tmp_path, revision=901)


def test_an_unknown_design_is_answered_with_what_there_is() -> None:
    with pytest.raises(
        DesignError, match=r"no standard design moon-base; there are destination-ac \(revision 1\)"
    ):
        find_design("moon-base")


EIGHTH = """
id: kerb
revision: 1
title: One post on the kerb
segment: curbside
summary: A design written from the recipe, no Python.
checklists: [inspection]
parameters:
  - {key: posts, kind: integer, title: Posts, minimum: 1, maximum: 3, default: 2}
  - {key: reach, kind: number, unit: m, title: Cable, minimum: 1, maximum: 90, default: 12}
  - {key: limit, kind: number, unit: m, title: Longest cable, minimum: 1, maximum: 90, default: 60}
cross_checks:
  - {left: $reach, compare: <=, right: $limit, sentence: "reach {reach} m is longer than {limit} m."}
ranges:
  - {name: posts, variable: n, count: $posts}
one_line:
  supply: {tag: GRID, title: Street, voltage_v: 400, frequency_hz: 50, earthing: TN-S, ik_max_ka: 5,
           r_over_x: 1, ze_ohm: 0.2, import_limit_a: 100}
  switchboards: [{tag: DB-1, title: Pillar, equipment: msb-250-16ka, spd: spd-t2-tn}]
  stations:
    - {repeat: posts, tag: "CH{n:02}", title: Post, equipment: alfen-eve-single-pro,
       phase_rotation: L1L2L3, group: 1}
  meters: []
  circuits:
    - {tag: F00, title: Main, source: GRID, target: DB-1, device: {equipment: gg-nh-100},
       cable: {equipment: cu-xlpe-4x35-16, length_m: 5, method: D2, grouped_circuits: 1, ambient_c: 20}}
    - {repeat: posts, tag: "F{n:02}", title: Post, source: DB-1, target: "CH{n:02}", rcd: rcd-b-40-30ma,
       device: {equipment: mcb-b40-10ka},
       cable: {equipment: cu-xlpe-5g10, length_m: $reach, method: D2, grouped_circuits: 1, ambient_c: 20}}
"""


def kerb(**parameters: object) -> SiteInput:
    return SiteInput("Kerb", "Street", "DE", "Europe/Berlin", "kerb", None, parameters)


def test_another_design_needs_no_python(tmp_path: Path) -> None:
    write(tmp_path / "standard" / "kerb.yaml", EIGHTH)
    made = apply(find_design("kerb", tmp_path), kerb(posts=3))
    assert [circuit.tag for circuit in made.one_line.circuits] == ["F00", "F01", "F02", "F03"]
    assert made.one_line.circuit("F00").design_current_a == 96.0
    with pytest.raises(DesignError, match="reach 80 m is longer than 60 m"):
        apply(find_design("kerb", tmp_path), kerb(reach=80))


BROKEN = [
    ("target: DB-1,", "target: DB-9,", "ends at DB-9"),
    ('target: "CH{n:02}"', "target: DB-1", "fed by more than one"),
    ('tag: "CH{n:02}", title', "tag: CH01, title", "CH01 is used twice|ends at CH02"),
    ('tag: "CH{n:02}", title', 'tag: "ch{n:02}", title', "not a tag|ends at"),
    ("length_m: $reach", "length_m: $raech", r"\$raech is not known"),
    ('tag: "F{n:02}"', 'tag: "F{n.real}"', "may hold only"),
    ('tag: "F{n:02}"', 'tag: "F{__import__}"', "__import__ is not known"),
    ('tag: "F{n:02}"', 'tag: "F{n!r}"', "may hold only"),
    ('repeat: posts, tag: "F', 'repeat: pots, tag: "F', "no range pots"),
    (
        "method: D2, grouped_circuits: 1, ambient_c: 20}}\n    - ",
        "method: Z9, grouped_circuits: 1, ambient_c: 20}}\n    - ",
        "method Z9",
    ),
    ("cu-xlpe-4x35-16", "rope", "not on the approved equipment list"),
    ("equipment: gg-nh-100", "equipment: spd-t2-tn", "another class"),
    ("phase_rotation: L1L2L3, ", "phase_rotation: {pick: [], by: $n}, ", "pick needs"),
    ("phase_rotation: L1L2L3, ", "phase_rotation: {switch: $posts, cases: {9: a}}, ", "no case for 2"),
    ("phase_rotation: L1L2L3, ", "phase_rotation: {pick: [a], to: 1}, ", "the expression pick has the keys"),
    ("phase_rotation: L1L2L3, ", "phase_rotation: {table: posts, row: 1, column: x}, ", "not a table"),
    ("count: $posts", "count: $reach", "whole number from 0"),
    ("kind: number, unit: m, title: Cable", "kind: numbre, unit: m, title: Cable", "parameters.1.kind"),
    ("minimum: 1, maximum: 3,", "minimum: 1,", "needs a minimum and a maximum"),
    ("key: limit", "key: reach", "stands here twice"),
    ("revision: 1", "revision: one", "revision"),
    ("segment: curbside\n", "segment: curbside\ncolour: red\n", "unknown key"),
    (
        "meters: []",
        "meters: [{tag: PM0, title: M, equipment: eastron-sdm630, board: DB-1, measures: [F77]}]",
        "F77",
    ),
    (
        "meters: []",
        "meters: [{tag: PM0, title: M, equipment: eastron-sdm630, board: X1, measures: [F00]}]",
        "X1",
    ),
    (
        "meters: []",
        "meters: [{tag: PM0, title: M, equipment: eastron-sdm630, board: DB-1, measures: [], parent: PM0}]",
        "parent",
    ),
    (
        "meters: []",
        "meters: [{tag: PM0, title: M, equipment: eastron-sdm630-mct, board: DB-1, measures: [F00]}]",
        "current transformers",
    ),
    ("source: GRID, target: DB-1", "source: CH01, target: DB-1", "circle"),
    ("  switchboards: [", "  switchboards: [{tag: DB-2, title: Lost, equipment: msb-250-16ka}, ", "not fed"),
]


@pytest.mark.parametrize(("old", "new", "words"), BROKEN, ids=[case[2][:30] for case in BROKEN])
def test_a_broken_design_is_refused_in_one_sentence(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in EIGHTH
    write(tmp_path / "standard" / "kerb.yaml", EIGHTH.replace(old, new))
    with pytest.raises(DesignError, match=words) as caught:
        apply(find_design("kerb", tmp_path), kerb())
    assert "\n" not in str(caught.value)


def test_equipment_of_an_own_folder_is_added(tmp_path: Path) -> None:
    write(
        tmp_path / "equipment" / "own.yaml",
        "equipment_class: meter\nitems:\n  - {id: own, title: Own, source: data sheet, profile: null,"
        " connection: direct, max_current_a: 63, accuracy_percent: 1}\n",
    )
    equipment = load_equipment(tmp_path)
    assert isinstance(equipment.items["own"], MeterType)
    assert "eastron-sdm630" in equipment.of_class("meter")


ITEM = "{id: x, title: X, source: s, rated_current_a: 10, short_circuit_rating_ka: 5}"
WRONG_EQUIPMENT = [
    ("equipment_class: boat\nitems: []\n", "boat"),
    (f"equipment_class: switchboard\nitems: [{ITEM.replace('source: s, ', '')}]\n", "source"),
    (f"equipment_class: switchboard\nitems: [{ITEM.replace('source: s', 'source: ')}]\n", "source"),
    (f"equipment_class: switchboard\nitems: [{ITEM.replace('10', '0')}]\n", "above 0"),
    (f"equipment_class: switchboard\nitems: [{ITEM.replace('10', '.nan')}]\n", "rated_current_a"),
    (f"equipment_class: switchboard\nitems: [{ITEM}, {ITEM}]\n", "taken already"),
    (f"equipment_class: switchboard\nitems: [{ITEM.replace('id: x', 'id: x, colour: red')}]\n", "colour"),
    ("equipment_class: switchboard\nitems: [text]\n", "items"),
    ("[]\n", "equipment_class and items"),
]


@pytest.mark.parametrize(
    ("text", "words"), WRONG_EQUIPMENT, ids=[case[1] + str(n) for n, case in enumerate(WRONG_EQUIPMENT)]
)
def test_wrong_equipment_is_refused(tmp_path: Path, text: str, words: str) -> None:
    write(tmp_path / "equipment" / "bad.yaml", text)
    with pytest.raises(DesignError, match=words):
        load_equipment(tmp_path)


def test_every_item_names_its_source_and_real_figures() -> None:
    items = load_equipment().items
    assert all(item.source.strip() for item in items.values())
    ten = items["cu-xlpe-5g10"]
    assert isinstance(ten, CableType)
    assert (ten.r20_ohm_per_km, ten.iz_a["D1"], ten.iz_a["C"]) == (1.83, 58.0, 71.0)
    large = items["cu-xlpe-4x240-120"]
    assert isinstance(large, CableType)
    assert (large.r20_ohm_per_km, large.pe_r20_ohm_per_km) == (0.0754, 0.153)
    breaker = items["mccb-630-50ka"]
    assert isinstance(breaker, Mccb)
    assert breaker.instantaneous_min_a == 5 * 630
    station = items["alfen-eve-double-pro"]
    assert isinstance(station, StationType)
    assert len(station.connectors) == 2
