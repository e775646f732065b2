"""How an equipment file is read: strictly, with one sentence that says file, item and what is wrong."""

import re
from collections.abc import Callable
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest

from designs.equipment_list import (
    CLASSES,
    Approval,
    BusbarType,
    CableType,
    FirmwareRange,
    Item,
    Mcb,
    SparePart,
    StationType,
    load_equipment,
)
from designs.errors import DesignError

FEED = "rated_current_a: 10, short_circuit_rating_ka: 5"
ITEM = "{id: x, title: X, source: s, " + FEED + "}"


@pytest.fixture
def own(tmp_path: Path) -> Callable[[str], Path]:
    """Write one equipment file of a user's own and return the folder."""

    def write(text: str) -> Path:
        path = tmp_path / "equipment" / "own.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return tmp_path

    return write


def board(extra: str) -> str:
    return "equipment_class: switchboard\nitems: [" + ITEM.replace("source: s", f"source: s, {extra}") + "]\n"


def approved(text: str) -> str:
    return board(f"approved: [{{{text}}}]")


def with_key(equipment_class: str, keys: dict[str, str], change: str) -> str:
    """Return a file with one item, one of its keys changed."""
    name, _, value = change.partition(": ")
    item = {"id": "x", "title": "X", "source": "s", **keys, name: value}
    rows = ", ".join(f"{key}: {each}" for key, each in item.items())
    return f"equipment_class: {equipment_class}\nitems: [{{{rows}}}]\n"


def rcd(change: str) -> str:
    return with_key(
        "rcd", {"type": "A", "rated_current_a": "40", "rated_residual_ma": "30", "poles": "4"}, change
    )


def station(change: str) -> str:
    outlet = "[{kind: type2-socket, rated_current_a: 16, phases: 3, power_kw: 11}]"
    keys = {"rated_input_a": "16", "phases": "3", "dc_fault_protection": "rdc-dd", "connectors": outlet}
    return with_key("station", keys, change)


def meter(change: str) -> str:
    return with_key("meter", {"connection": "direct", "max_current_a": "65", "accuracy_percent": "1"}, change)


def mccb(change: str) -> str:
    keys = {
        "rated_current_a": "100", "setting_min_a": "70", "instantaneous_min_a": "500",
        "instantaneous_max_a": "1000", "breaking_capacity_ka": "25", "poles": "4",
    }  # fmt: skip
    return with_key("mccb", keys, change)


def cable(methods: str) -> str:
    keys = {
        "conductor": "Cu", "insulation": "PVC", "cores": "5", "area_mm2": "10", "pe_area_mm2": "10",
        "r20_ohm_per_km": "1.83", "x_ohm_per_km": "0.09", "pe_r20_ohm_per_km": "1.83",
    }  # fmt: skip
    return with_key("cable", keys, f"iz_a: {methods}")


WRONG = {
    "unknown class": (
        "equipment_class: boat\nitems: []\n",
        r"'boat' is unknown; use station, meter.*spare\.",
    ),
    "unknown key": (board("colour: red"), r"own\.yaml, item 1: colour: unknown key, allowed are .*maker"),
    "zero": (board("x: 1").replace("x: 1", "width_m: 0"), r"width_m must be above 0, not 0"),
    "negative": (board("depth_m: -1"), "depth_m must be above 0, not -1"),
    "NaN": (board("height_m: .nan"), r"item 1: height_m"),
    "interval of 0 months": (board("service_interval_months: 0"), "service_interval_months must be above 0"),
    "half a month": (board("service_interval_months: 0.5"), "service_interval_months"),
    "unknown region": (approved("from: 2024-01-01, regions: [UK]"), r"region 'UK' .*GB, not UK"),
    "Norway without quotes": (approved("from: 2024-01-01, regions: [SE, NO]"), 'write the region "NO"'),
    "region is no list": (approved("from: 2024-01-01, regions: SE"), "approved.0.regions"),
    "no region": (approved("from: 2024-01-01, regions: []"), "region '' of approved is unknown"),
    "until before from": (approved("from: 2024-02-01, until: 2024-01-31"), "lies before from 2024-02-01"),
    "no such day": (approved("from: 2023-02-29"), r"must be a day such as 2024-01-31, not '2023-02-29'"),
    "day of another order": (approved("from: 31-01-2024"), "must be a day such as"),
    "short day": (approved("from: '20240131'"), "must be a day such as"),
    "no from": (approved("until: 2024-01-01"), r"approved.*from"),
    "approved is text": (board("approved: yes please"), "approved must be a list"),
    "approved holds text": (board("approved: [always]"), "approved"),
    "unknown spare": (
        board("spare_parts: [{equipment: wing, per: 2}]"),
        r"item 1: the spare part 'wing' is no equipment of the class spare; there are .*spare-antenna",
    ),
    "spare of another class": (board("spare_parts: [{equipment: rcd-a-40-30ma, per: 2}]"), "no equipment of"),
    "spare per 0": (board("spare_parts: [{equipment: spare-antenna, per: 0}]"), "per must be above 0"),
    "no source": (board("x: 1").replace("source: s, x: 1, ", ""), "source"),
    "blank source": (
        board("x: 1").replace("source: s, x: 1", "source: ' '"),
        "every figure carries a source",
    ),
    "unknown method of firmware": (board("firmware: {lowest: 1.0}"), r"firmware\.lowest"),
    "firmware as number": (board("firmware: {minimum: 1.2}"), r"firmware\.minimum"),
    "column twice": (
        "equipment_class: spare\ntable: {columns: [id, title, id, source], rows: []}\n",
        "the column 'id' of the table stands there twice",
    ),
    "column and part of it": (
        "equipment_class: cable\ntable: {columns: [id, iz_a, iz_a.C], rows: [[x, 5, 7]]}\n",
        "the column 'iz_a' of the table",
    ),
    "seven poles": (rcd("poles: 7"), "poles must be one of 1, 2, 3, 4, not 7"),
    "a huge number of poles": (rcd(f"poles: {10**400}"), "poles must be one of"),
    "a hugely negative one": (rcd(f"poles: -{10**400}"), "poles must be above 0"),
    "two phases": (station("phases: 2"), "phases must be one of 1, 3, not 2"),
    "power factor above 1": (station("power_factor: 1.1"), "power_factor is at most 1, not 1.1"),
    "more out than in": (station("efficiency_percent: 101"), "efficiency_percent is at most 100"),
    "no connector": (station("connectors: []"), "at least one connector"),
    "AC outlet of a DC station": (station("current: DC"), "with current DC phases 0"),
    "meter without secondaries": (meter("connection: ct"), "names its ct_secondaries_a"),
    "direct meter with secondaries": (meter("ct_secondaries_a: [5]"), "a direct one has none"),
    "setting above rating": (mccb("setting_min_a: 101"), "setting_min_a lies above rated_current_a"),
    "instantaneous range upside down": (mccb("instantaneous_min_a: 1001"), "instantaneous_min_a lies above"),
    "unknown method": (cable("{Z9: 10}"), "iz_a needs installation methods of A1, .*, not Z9"),
    "no method": (cable("{}"), "iz_a needs installation methods of .*, not none"),
    "row too short": (
        "equipment_class: spare\ntable: {columns: [id, title, source], rows: [[a, A]]}\n",
        r"own\.yaml, row 1 must be a list of 3 values",
    ),
    "row is no row": (
        "equipment_class: spare\ntable: {columns: [id, title, source], rows: [text]}\n",
        "row 1 must be a list",
    ),
    "unknown column": (
        "equipment_class: spare\ntable: {columns: [id, title, source, hue], rows: [[a, A, s, red]]}\n",
        "row 1: hue: unknown key",
    ),
    "id of the built-in list": (
        "equipment_class: spare\ntable: {columns: [id, title, source], rows: [[spare-antenna, A, s]]}\n",
        "'spare-antenna' is taken already",
    ),
    "curve without source": (
        (
            "equipment_class: mcb\nitems: [{id: m, title: M, source: s, rated_current_a: 16,"
            " characteristic: B, breaking_capacity_ka: 6, poles: 4,"
            " let_through: [{ik_ka: 6, i2t_a2s: 20000}]}]\n"
        ),
        "let_through needs let_through_source",
    ),
    "curve out of order": (
        (
            "equipment_class: mcb\nitems: [{id: m, title: M, source: s, rated_current_a: 16,"
            " characteristic: B, breaking_capacity_ka: 6, poles: 4, let_through_source: p,"
            " let_through: [{ik_ka: 6, i2t_a2s: 20000}, {ik_ka: 3, i2t_a2s: 9000}]}]\n"
        ),
        "order of rising ik_ka",
    ),
    "spectrum without source": (
        (
            "equipment_class: pv\nitems: [{id: p, title: P, source: s, rated_power_kw: 10,"
            " rated_current_a: 15, spectrum: {source: '', kind: measured, percent: {'5': 1}}}]\n"
        ),
        "spectrum needs its source",
    ),
}


@pytest.mark.parametrize(("text", "words"), WRONG.values(), ids=WRONG)
def test_wrong_equipment_is_refused_in_one_sentence(
    own: Callable[[str], Path], text: str, words: str
) -> None:
    with pytest.raises(DesignError, match=words) as caught:
        load_equipment(own(text))
    assert str(caught.value).startswith("own.yaml")
    assert "\n" not in str(caught.value)


def test_the_common_fields_are_read(own: Callable[[str], Path]) -> None:
    text = """
equipment_class: station
common:
  approved: [{from: 2024-01-01, until: null, regions: [EU, GB]}]
  spare_parts: [{equipment: spare-display, per: 10}]
items:
  - {id: post, title: Post, source: data sheet 7, maker: ACME, model: P1, rated_input_a: 16, phases: 3,
     dc_fault_protection: rdc-dd, firmware: {minimum: "5.2", maximum: null}, tests: [load-test],
     connectors: [{kind: type2-socket, rated_current_a: 16, phases: 3, power_kw: 11}],
     spectrum: {source: "type test 12, page 3", kind: type-test, percent: {"5": 2.5, "7": 1.1}}}
"""
    post = load_equipment(own(text)).items["post"]
    assert isinstance(post, StationType)
    assert post.approved == (Approval("2024-01-01", None, ("EU", "GB")),)
    assert post.firmware == FirmwareRange("5.2", None)
    assert (post.maker, post.model, post.tests) == ("ACME", "P1", ("load-test",))
    assert post.spare_parts == (SparePart("spare-display", 10),)
    assert post.service_interval_months is None
    assert post.spectrum is not None
    assert post.spectrum.percent == {"5": 2.5, "7": 1.1}


def test_a_table_is_the_same_as_items(own: Callable[[str], Path]) -> None:
    text = """
equipment_class: cable
common: {conductor: Cu, insulation: XLPE, cores: 5, source: data sheet, x_ohm_per_km: 0.09}
items:
  - {id: as-item, title: T, area_mm2: 10, pe_area_mm2: 10, r20_ohm_per_km: 1.83, pe_r20_ohm_per_km: 1.83,
     iz_a: {C: 71, D1: 58}}
table:
  columns: [id, title, area_mm2, pe_area_mm2, r20_ohm_per_km, pe_r20_ohm_per_km, iz_a.C, iz_a.D1, iz_a.E]
  rows:
    - [as-row, T, 10, 10, 1.83, 1.83, 71, 58, null]
"""
    items = load_equipment(own(text)).items
    item, row = items["as-item"], items["as-row"]
    assert isinstance(item, CableType)
    assert isinstance(row, CableType)
    assert row.iz_a == item.iz_a == {"C": 71.0, "D1": 58.0}
    assert row.r20_ohm_per_km == item.r20_ohm_per_km


def test_the_examples_of_the_recipe_load(tmp_path: Path) -> None:
    recipe = Path(__file__).parents[2] / "docs" / "recipes" / "add-equipment.md"
    examples = re.findall(r"```yaml\n(.*?)```", recipe.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "equipment").mkdir()
    for number, text in enumerate(examples):
        (tmp_path / "equipment" / f"{number}.yaml").write_text(text, encoding="utf-8")
    items = load_equipment(tmp_path).items
    assert items["acme-post-22"].approved[0].regions == ("EU", "GB", "NO", "CH")
    thick = items["acme-5g16"]
    assert isinstance(thick, CableType)
    assert thick.iz_a == {"C": 96.0}


def test_every_class_and_common_key_is_described() -> None:
    page = (Path(__file__).parents[2] / "docs" / "equipment.md").read_text(encoding="utf-8")
    common = [field.name for field in fields(Item)]
    assert [word for word in (*CLASSES, *common) if f"`{word}`" not in page] == []


def test_a_spare_part_may_stand_in_another_file_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "equipment"
    folder.mkdir()
    (folder / "a.yaml").write_text(board("spare_parts: [{equipment: own-lock, per: 3}]"), encoding="utf-8")
    (folder / "b.yaml").write_text(
        "equipment_class: spare\nitems: [{id: own-lock, title: Lock, source: own}]\n", encoding="utf-8"
    )
    assert load_equipment(tmp_path).items["x"].spare_parts == (SparePart("own-lock", 3),)


@pytest.mark.parametrize(
    ("regions", "country", "holds"),
    [
        (("EU",), "DE", True),
        (("EU",), "NO", False),
        (("EEA",), "NO", True),
        (("EEA",), "CH", False),
        (("EU", "CH"), "CH", True),
        (("GB",), "IE", False),
        (("*",), "US", True),
    ],
)
def test_an_approval_holds_in_its_regions(regions: tuple[str, ...], country: str, holds: bool) -> None:
    assert Approval("2024-01-01", None, regions).holds(country, date(2025, 6, 1)) is holds


def test_an_approval_holds_from_its_first_to_its_last_day() -> None:
    window = Approval("2024-03-01", "2024-09-30", ("DE",))
    days = [date(2024, 2, 29), date(2024, 3, 1), date(2024, 9, 30), date(2024, 10, 1)]
    assert [window.holds("DE", day) for day in days] == [False, True, True, False]


@pytest.mark.parametrize(
    ("minimum", "maximum", "version", "holds"),
    [
        ("1.2.1", None, "1.2.1", True),
        ("1.2.1", None, "v1.12", True),
        ("2.0", None, "2", True),
        ("1.2.1", None, "1.2", False),
        ("1.2.1", None, "1.2.0.9", False),
        ("2.0", "3.4", "3.4.7", True),
        ("2.0", "3.4", "3.5", False),
        ("2.0", "3.4", "1.99", False),
        (None, "3", "2", True),
        (None, None, "7", True),
        ("2.0", None, "2.0-rc1", None),
        ("2.0", None, "", None),
        ("2.0a", None, "3.0", None),
    ],
)
def test_a_firmware_is_compared_number_by_number(
    minimum: str | None, maximum: str | None, version: str, holds: bool | None
) -> None:
    assert FirmwareRange(minimum, maximum).holds(version) is holds


def test_an_item_without_approvals_is_approved_everywhere_and_one_with_only_there() -> None:
    items = load_equipment().items
    assert items["mcb-b16-6ka"].approved_for("US", date(2001, 1, 1))
    old = items["keba-kecontact-p30"]
    assert old.approved_for("DE", date(2025, 12, 31))
    assert not old.approved_for("DE", date(2026, 1, 1))
    assert not items["keba-kecontact-p40"].approved_for("US", date(2025, 1, 1))


def test_classes_are_kept_apart_and_trunking_fits_where_a_cable_does() -> None:
    equipment = load_equipment()
    by_class = {word: equipment.of_class(word) for word in CLASSES}
    assert sum(len(found) for found in by_class.values()) == len(equipment.items)
    assert all(by_class.values())
    assert "busbar-al-250" not in by_class["cable"]
    trunking = equipment.find("busbar-al-250", (CableType,), "F01")
    assert isinstance(trunking, BusbarType)
    assert trunking.kind == "busbar"
    with pytest.raises(DesignError, match=r"F01: 'busbar-al-250' is equipment of another class"):
        equipment.find("busbar-al-250", (Mcb,), "F01")
