# ruff: noqa: E501 - cases, one a row
"""A one-line that can't be built is refused in one sentence that names the tag."""

import pytest

from designs.checks import check_one_line
from designs.errors import DesignError
from tests.designs import park

ROW = 'target: "SB{r:02}",'
STATION_DEVICE = "device: {equipment: mcb-b40-15ka}"
ONE_PHASE = ("default: alfen-eve-single-pro", "default: ac-7-4-single")

WRONG = [
    # feeds
    ("source: MSB, " + ROW, "source: LOST, " + ROW, "circuit FR01 ends at LOST, which does not exist"),
    (ROW, "target: MSB,", "MSB is fed by more than one circuit: F00 and FR01"),
    ("source: MSB, " + ROW, 'source: "SB{r:02}", ' + ROW, "SB01 is fed in a circle through SB01"),
    ("source: TR1, target: MSB", "source: SB01, target: MSB", "is fed in a circle through"),
    ("source: TR1, target: MSB", "source: MSB, target: GRID", "circuit F00 ends at the supply; turn it round"),
    ("source: TR1, target: MSB", "source: TR1, target: TR1", "TR1 is fed by more than one circuit: TR1 and F00"),
    ("equipment: tr-dry-1000-20-400, source: GRID", "equipment: tr-dry-1000-20-400, source: TR1", "circle"),
    ("equipment: tr-dry-1000-20-400, source: GRID", "equipment: tr-dry-1000-20-400, source: X", "fed from X, which"),
    ("source: SB{r:02}\n", "source: CH01\n", "circle through CH01"),
    ("    - {tag: MSB, title", "    - {tag: SB99, title: Lost, equipment: msb-630-50ka}\n    - {tag: MSB, title",
     "SB99 is not fed from GRID by any circuit"),
    ("source: MSB, target: LD1", "source: CH01, target: LD1", "LD1 is fed from CH01, which can't feed"),
    # tags
    ("tag: F{n:02}", "tag: f{n:02}", "'f01' is not a tag"),
    ("tag: CH{n:02}\n      title", "tag: CH{n:02}-\n      title", "'CH01-' is not a tag"),
    ("tag: F{n:02}", "tag: FR01", "the tag FR01 is used twice"),
    ("tag: NW1", "tag: CH01.1", "the tag CH01.1 is used twice"),
    ("tag: NW1", "tag: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "is not a tag"),
    # protection
    (STATION_DEVICE, "device: {protected_by: F99}", "protected_by F99, which is not a circuit with a device"),
    (STATION_DEVICE, "device: {protected_by: F90}", "F01 is protected_by F90, which is not upstream of it"),
    (STATION_DEVICE, 'device: {protected_by: "F{n:02}"}', "which is not a circuit with a device"),
    (STATION_DEVICE, "device: {protected_by: F00, equipment: mcb-b40-15ka}", "a device or is protected_by"),
    (STATION_DEVICE, "device: {}", "F01: the device needs an equipment, or protected_by"),
    (STATION_DEVICE, "device: {equipment: mcb-b40-15ka, short_time_a: 90}", "has no settings"),
    ("device: {equipment: mccb-630-50ka},\n       cable: {equipment: cu-xlpe-4x240-120, method: E, grouped",
     "device: {equipment: mccb-630-50ka, short_time_a: 90},\n       cable: {equipment: cu-xlpe-4x240-120, method: E, grouped",
     "has no short_time_a, only setting_a, instantaneous_a"),
    ("{equipment: acb-2000-65ka}", "{equipment: acb-2000-65ka, short_time_a: 9000}", "go together"),
    ("{equipment: acb-2000-65ka}", "{equipment: acb-2000-65ka, short_time_a: 9, short_time_s: 0.1}", "Isd of this"),
    ("{equipment: acb-2000-65ka}", "{equipment: acb-2000-65ka, short_time_a: 9000, short_time_s: 9}", "is one of"),
    # phases
    ("default: cu-xlpe-5g10", "default: cu-xlpe-3g10", "the single-phase cable cu-xlpe-3g10; alfen-eve-single-pro"),
    ("by: $n}", "by: $n, x: 1}", "the expression pick has the keys by, pick"),
    ("pick: [L1L2L3,", "pick: [L1L1L3,", "phase_rotation must be like L1L2L3"),
    ("pick: [L1L2L3,", "pick: [L1,", "phase_rotation must be like L1L2L3"),
    ("mcb-b40-15ka", "mcb-b40-2p-10ka", "F01 to CH01 has 3 phases, its device mcb-b40-2p-10ka only 2 poles"),
    ("rcd: rcd-a-40-30ma", "rcd: rcd-a-40-2p-30ma", "has 2 poles, too few for 3 phases and neutral"),
    # meters
    ("measures: [F00]", "measures: [F77]", "meter PM0 measures F77, which is not a circuit"),
    ("board: MSB, measures: [F00]", "board: CH01, measures: [F00]", "PM0 stands in CH01, which is not a switchboard"),
    ("parent: PM0", "parent: PM9", "the parent PM9 of meter PM1 is not another meter"),
    ("measures: [F00],", "measures: [F00], parent: PM1,", "is its own parent through"),
    # controllers, stops, network
    ('meter: "PM{r}"', "meter: CH01", "controller LC01 reads CH01, which is not a meter"),
    ('value: "CH{n:02}"}, fallback_a', 'value: "F{n:02}"}, fallback_a', "controls F01, which is no station"),
    ("equipment: lm-dynamic-32, board: MSB", "equipment: lm-dynamic-32, board: GRID", "which is not a switchboard"),
    ("fallback_a: 6, mode: dynamic", "fallback_a: 6, mode: scheduled", "lm-dynamic-32 works"),
    ('controls: {each: stations, value: "CH{n:02}"}', "controls: [CH01]", "CH01 is controlled by LC01 and by LC02"),
    ('value: "FR{r:02}"}, {switch', 'value: "CH{r:02}"}, {switch', "ES1 opens CH01, which is not a circuit"),
    ("[[PM0],", "[[NW9],", "NW1 connects NW9, which does not exist"),
    ("[[PM0],", "[[NW1],", "NW1 connects NW1"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), WRONG, ids=[case[2][:44] for case in WRONG])
def test_a_wrong_one_line_is_refused_in_one_sentence(old: str, new: str, said: str) -> None:
    with pytest.raises(DesignError) as caught:
        park.made((old, new), building=50)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_single_phase_station_has_single_phase_cable_and_device() -> None:
    line = park.made(
        ONE_PHASE,
        ("mcb-b40-15ka", "mcb-b40-2p-10ka"),
        ("rcd-a-40-30ma", "rcd-a-40-2p-30ma"),
        ("default: cu-xlpe-5g10", "default: cu-xlpe-3g10"),
        ("pick: [L1L2L3,", "pick: [L1,"),
    ).one_line
    assert (line.circuit("F01").phases, line.circuit("F01").cable.cores) == (1, 3)
    assert line.circuit("FR01").design_current_a == 64.0  # four posts on three phases


def test_a_dc_station_is_known_as_such() -> None:
    line = park.made(
        ("default: alfen-eve-single-pro", "default: dc-100-dual"),
        ("mcb-b40-15ka", "mccb-200-36ka"),
        ("default: cu-xlpe-5g10", "default: cu-xlpe-4x95-50"),
        ("rcd: rcd-a-40-30ma", "rcd: null"),
    ).one_line
    station = line.stations[0]
    assert (station.current, station.dc_fault_protection, station.phases) == ("DC", "isolated", 3)
    assert [connector.tag for connector in station.connectors] == ["CH01.1", "CH01.2"]


def test_an_air_circuit_breaker_takes_its_short_time_settings() -> None:
    settings = "short_time_a: 9000, short_time_s: 0.1, setting_a: 1800"
    device = park.made(("{equipment: acb-2000-65ka}", f"{{equipment: acb-2000-65ka, {settings}}}")).one_line.circuit("F00").device  # fmt: skip
    assert (device.kind, device.rated_current_a, device.short_time_a, device.short_time_s) == (
        "acb", 1800.0, 10800.0, 0.1,
    )  # fmt: skip


def test_a_sound_one_line_of_a_thousand_stations_is_checked_without_growing_slow() -> None:
    line = park.made(stations=1000, row_size=20, import_kva=60000).one_line
    assert len(line.stations) == 1000
    check_one_line(line, "site")
