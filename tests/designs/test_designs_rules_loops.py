"""What an earth-fault loop may have: published tables of Zs, hot and cold, and the times to disconnect."""

from dataclasses import replace
from typing import Any

import pytest

from designs import fault_loop
from designs.model import Circuit, OneLine, ProtectiveDevice
from designs.rules import disconnection as disconnection_rules
from designs.topology import Topology
from tests.designs.one_lines import (
    board,
    cable,
    circuit,
    load,
    mcb,
    mv_supply,
    one_line,
    pv,
    station,
    storage,
    supply,
    transformer,
)
from tests.designs.rule_changes import figures, found, part, rcd
from tests.designs.rule_changes import supply as of_supply

#: Ω at 230 V: In, then for B, C and D: the highest by BS 7671 Table 41.3, 0.8 of it, and 2/3 · U0/Ia.
MCB_ROWS = (
    (6, 7.283, 5.827, 5.111, 3.642, 2.913, 2.556, 1.821, 1.457, 1.278),
    (10, 4.370, 3.496, 3.067, 2.185, 1.748, 1.533, 1.093, 0.874, 0.767),
    (13, 3.362, 2.689, 2.359, 1.681, 1.345, 1.179, 0.840, 0.672, 0.590),
    (16, 2.731, 2.185, 1.917, 1.366, 1.093, 0.958, 0.683, 0.546, 0.479),
    (20, 2.185, 1.748, 1.533, 1.093, 0.874, 0.767, 0.546, 0.437, 0.383),
    (25, 1.748, 1.398, 1.227, 0.874, 0.699, 0.613, 0.437, 0.350, 0.307),
    (32, 1.366, 1.093, 0.958, 0.683, 0.546, 0.479, 0.341, 0.273, 0.240),
    (40, 1.093, 0.874, 0.767, 0.546, 0.437, 0.383, 0.273, 0.219, 0.192),
    (50, 0.874, 0.699, 0.613, 0.437, 0.350, 0.307, 0.218, 0.175, 0.153),
    (63, 0.694, 0.555, 0.487, 0.347, 0.277, 0.243, 0.173, 0.139, 0.122),
    (80, 0.546, 0.437, 0.383, 0.273, 0.219, 0.192, 0.137, 0.109, 0.096),
    (100, 0.437, 0.350, 0.307, 0.218, 0.175, 0.153, 0.109, 0.087, 0.077),
    (125, 0.350, 0.280, 0.245, 0.175, 0.140, 0.123, 0.087, 0.070, 0.061),
)
MCB_CASES = [
    (amps, characteristic, row[3 * place : 3 * place + 3])
    for amps, *row in MCB_ROWS
    for place, characteristic in enumerate("BCD")
]
#: BS 7671 Tables 41.2 and 41.4, BS 88-2: In, Ia in 0.4 s, highest Zs, 0.8 of it; then the same for 5 s.
BS_88_2 = (
    (2, 6.6, 33.1, 26.48, 5.0, 44, 35.2), (4, 14.0, 15.6, 12.48, 10.4, 21, 16.8),
    (6, 28.0, 7.8, 6.24, 18.2, 12, 9.6), (10, 47.0, 4.65, 3.72, 32.1, 6.8, 5.44),
    (16, 89.9, 2.43, 1.94, 54.6, 4.0, 3.2), (20, 130.1, 1.68, 1.34, 78.0, 2.8, 2.24),
    (25, 169.4, 1.29, 1.03, 99.3, 2.2, 1.76), (32, 220.7, 0.99, 0.79, 128.5, 1.7, 1.36),
    (40, 291.3, 0.75, 0.60, 168.1, 1.3, 1.04), (50, 383.3, 0.57, 0.46, 220.7, 0.99, 0.79),
    (63, 496.6, 0.44, 0.35, 280.1, 0.78, 0.62),
)  # fmt: skip
#: IEC 60269-1 gates: In, Ia in 5 s, highest Zs by BS 7671, 0.8 of it, 2/3 · U0/Ia.
GATES = (
    (16, 65, 3.361, 2.689, 2.358), (20, 85, 2.570, 2.056, 1.803), (25, 110, 1.986, 1.589, 1.393),
    (32, 150, 1.456, 1.165, 1.022), (40, 190, 1.150, 0.920, 0.807), (50, 250, 0.874, 0.699, 0.613),
    (63, 320, 0.682, 0.546, 0.479), (80, 425, 0.514, 0.411, 0.360), (100, 580, 0.376, 0.301, 0.264),
    (125, 715, 0.305, 0.244, 0.214), (160, 950, 0.230, 0.184, 0.161), (200, 1250, 0.174, 0.139, 0.122),
    (250, 1650, 0.132, 0.105, 0.092), (315, 2200, 0.099, 0.079, 0.069), (400, 2840, 0.076, 0.061, 0.053),
    (500, 3800, 0.057, 0.046, 0.040), (630, 5100, 0.042, 0.034, 0.030),
)  # fmt: skip


def site(device: ProtectiveDevice, rule_set: Any = "iec", final: bool = True, **origin: Any) -> OneLine:
    """Return a site whose circuit F00 feeds a station (final) or a board behind which one stands."""
    nodes = [station("CH01")] if final else [board("MSB"), station("CH01")]
    first = circuit("F00", "GRID", nodes[0].tag, cable(10.0, 20.0), device=device)
    more = [] if final else [circuit("F01", "MSB", "CH01", cable(10.0, 20.0))]
    return one_line(supply(**origin), nodes, [first, *more], rule_set=rule_set)


def permitted(line: OneLine, tag: str = "F00") -> fault_loop.PermittedZs:
    return fault_loop.permitted(Topology(line), line.circuit(tag))


def fuse(amps: float, in_5s: float, in_04s: float | None = None) -> ProtectiveDevice:
    return ProtectiveDevice(f"gg-{amps:g}", "gg-fuse", "", amps, 80.0, 3, in_5s, operating_04s_a=in_04s)


def assert_rounded_down(limit: float | None, printed: float, tolerance: float = 0.0005) -> None:
    """A limit is the printed figure rounded down to what a tester shows, never above it."""
    assert limit is not None
    step = 0.01 if printed >= 0.1 else 0.001
    assert printed - step - tolerance < limit <= printed + tolerance


@pytest.mark.parametrize(("amps", "characteristic", "row"), MCB_CASES)
def test_zs_of_an_mcb_is_that_of_the_published_table(
    amps: float, characteristic: str, row: tuple[float, float, float]
) -> None:
    device = mcb(amps, characteristic)
    iec, uk = permitted(site(device)), permitted(site(device, "bs7671"))
    assert_rounded_down(uk.hot_ohm, row[0])
    assert_rounded_down(uk.cold_ohm, row[1])
    assert_rounded_down(iec.cold_ohm, row[2])
    assert_rounded_down(iec.hot_ohm, row[2] * 1.5, tolerance=0.001)


@pytest.mark.parametrize(("amps", "in_04s", "zs_04", "cold_04", "in_5s", "zs_5", "cold_5"), BS_88_2)
def test_zs_of_a_fuse_is_that_of_the_published_tables(
    amps: float, in_04s: float, zs_04: float, cold_04: float, in_5s: float, zs_5: float, cold_5: float
) -> None:
    device = fuse(amps, in_5s, in_04s)
    final, other = permitted(site(device, "bs7671")), permitted(site(device, "bs7671", final=False))
    for limit, printed in ((final.hot_ohm, zs_04), (other.hot_ohm, zs_5)):
        assert_rounded_down(limit, printed, tolerance=0.01 * printed)
    for limit, printed in ((final.cold_ohm, cold_04), (other.cold_ohm, cold_5)):
        assert_rounded_down(limit, printed, tolerance=0.01 * printed)


@pytest.mark.parametrize(("amps", "gate", "uk_hot", "uk_cold", "iec_cold"), GATES)
def test_zs_of_a_fuse_by_its_gate(
    amps: float, gate: float, uk_hot: float, uk_cold: float, iec_cold: float
) -> None:
    uk, iec = (permitted(site(fuse(amps, gate), name, final=False)) for name in ("bs7671", "iec"))
    assert_rounded_down(uk.hot_ohm, uk_hot, tolerance=0.001)
    assert_rounded_down(uk.cold_ohm, uk_cold, tolerance=0.001)
    assert_rounded_down(iec.cold_ohm, iec_cold, tolerance=0.001)


@pytest.mark.parametrize(("rule_set", "hot", "cold"), [("iec", 1.15, 0.76), ("bs7671", 1.09, 0.87)])
def test_the_factor_of_a_cold_reading_never_lowers_the_hot_limit(
    rule_set: str, hot: float, cold: float
) -> None:
    limits = permitted(site(mcb(40.0), rule_set))
    assert (limits.hot_ohm, limits.cold_ohm) == (hot, cold)
    assert "hot" in limits.hot_rule
    assert "cold" in limits.cold_rule
    between = (hot + cold) / 2  # above the cold limit, within the hot one
    changed = figures("F01", zs_expected_ohm=between, zs_permitted_hot_ohm=hot, zs_permitted_ohm=cold)
    assert found(disconnection_rules.loop_hot, changed) == []


def test_each_limit_is_named_with_its_own_figure_and_clause() -> None:
    too_long = figures("F01", zs_expected_ohm=1.2, zs_expected_cold_ohm=0.9)
    (hot,) = found(disconnection_rules.loop_hot, too_long)
    (cold,) = found(disconnection_rules.loop_cold, too_long)
    assert (hot.figures[0].name, hot.limit and hot.limit.value) == ("zs_expected_hot", 1.15)
    assert (cold.figures[0].name, cold.limit and cold.limit.value) == ("zs_expected_cold", 0.76)
    assert (hot.clause, "Annex D" in cold.clause) == ("IEC 60364-4-41, 411.4.4", True)
    assert "1.15 Ω with which B40 disconnects in 0.4 s" in hot.sentence


@pytest.mark.parametrize(
    ("earthing", "voltage", "seconds"),
    [("TN-S", 400.0, 0.4), ("TN-C-S", 400.0, 0.4), ("TT", 400.0, 0.2), ("TN-S", 208.0, 0.4),
     ("TN-S", 200.0, 0.8), ("TN-S", 690.0, 0.2), ("TT", 690.0, 0.07)],
)  # fmt: skip
def test_final_circuits_have_the_times_of_table_41_1(earthing: Any, voltage: float, seconds: float) -> None:
    line = site(mcb(63.0), earthing=earthing, voltage_v=voltage)
    assert fault_loop.disconnection_time_s(Topology(line), line.circuit("F00")) == seconds


@pytest.mark.parametrize(
    ("node", "amps", "tn", "tt"),
    [
        (station("N"), 63.0, 0.4, 0.2), (station("N"), 63.1, 5.0, 1.0), (board("N"), 16.0, 5.0, 1.0),
        (load("N", (9.0, 9.0, 9.0)), 16.0, 5.0, 1.0),
        (load("N", (9.0, 9.0, 9.0), kind="auxiliary"), 16.0, 5.0, 1.0),
        (load("N", (9.0, 9.0, 9.0), kind="lighting"), 16.0, 0.4, 0.2), (storage("N"), 32.0, 0.4, 0.2),
        (pv("N"), 32.1, 5.0, 1.0),
    ],
)  # fmt: skip
def test_the_time_depends_on_what_is_fed(node: Any, amps: float, tn: float, tt: float) -> None:
    feed = circuit("F00", "GRID", "N", cable(10.0, 20.0), device=mcb(amps))
    lines = [one_line(supply(earthing=earthing), [node], [feed]) for earthing in ("TN-S", "TT")]
    assert [fault_loop.disconnection_time_s(Topology(line), feed) for line in lines] == [tn, tt]


def test_tt_is_judged_by_the_touch_voltage_at_the_rcd() -> None:
    line = site(mcb(32.0), earthing="TT", ze_ohm=80.0)
    guarded = rcd("F00", residual_ma=300.0)(line, None)[0]  # type: ignore[arg-type]
    limits = permitted(guarded)
    assert (limits.hot_ohm, limits.cold_ohm) == (166.66, 166.66)
    assert "411.5.3" in limits.hot_rule
    assert permitted(line).hot_ohm == 1.43  # no RCD: 230 V / 160 A


def test_a_delayed_breaker_counts_with_its_short_time_setting_where_the_time_allows_it() -> None:
    device = ProtectiveDevice(
        "acb", "acb", "", 1000.0, 50.0, 4, 12000.0, short_time_a=4800.0, short_time_s=0.4
    )
    line = site(device, final=False)
    assert permitted(line).hot_ohm == 0.047  # 230 V / 4800 A
    slow = replace(device, short_time_s=6.0)
    assert permitted(site(slow, final=False)).hot_ohm == 0.019  # 230 V / 12 000 A


def test_a_fuse_without_its_current_for_the_time_has_no_limit_and_says_so() -> None:
    limits = permitted(site(fuse(40.0, 190.0)))
    assert (limits.hot_ohm, limits.cold_ohm) == (None, None)
    assert "0.4 s" in limits.hot_rule


def test_no_limit_is_given_without_data_or_at_medium_voltage() -> None:
    assert permitted(site(mcb(32.0), "nec")).hot_ohm is None
    assert "NEC" in permitted(site(mcb(32.0), "nec")).cold_rule
    rmu = circuit("F00", "GRID", "RMU", cable(95.0, 20.0))
    line = one_line(mv_supply(), [board("RMU"), transformer(source="RMU")], [rmu])
    assert permitted(line).hot_ohm is None
    assert "1000 V" in permitted(line).hot_rule


def test_behind_an_own_transformer_its_own_voltage_counts() -> None:
    feed = circuit("F01", "T1", "CH01", cable(10.0, 20.0), device=mcb(32.0))
    line = one_line(mv_supply(), [transformer(), station("CH01")], [feed])
    assert permitted(line, "F01").hot_ohm == 1.43


@pytest.mark.parametrize(
    ("selective", "zs", "late"),
    [(False, 150.0, False), (True, 150.0, False), (False, 500.0, True), (True, 90.0, False)],
)  # fmt: skip
def test_the_time_of_an_rcd_follows_from_the_current_that_can_flow(
    selective: bool, zs: float, late: bool
) -> None:
    """300 mA: at 230 V / 150 Ω = 1.5 A (5 IΔn) 0.04 s, selective 0.15 s; at 0.46 A (1.5 IΔn) 0.3 s."""
    changes = (
        of_supply(earthing="TT", ze_ohm=zs), rcd("F01", residual_ma=300.0, selective=selective),
        figures("F01", zs_expected_ohm=zs, disconnection_time_s=0.2),
    )  # fmt: skip
    assert [each.code for each in found(disconnection_rules.rcd_time, *changes)] == ["rcd_too_slow"] * late


def test_a_circuit_behind_a_riser_names_the_device_that_disconnects() -> None:
    riser: tuple[Any, ...] = (
        part("F01", "device", rated_current_a=160.0, kind="mccb", equipment="mccb-160"),
        lambda line, done: (
            replace(line, circuits=tuple(_shared(each) for each in line.circuits)), done,
        ),
        figures("F01", zs_expected_ohm=1.2),
    )  # fmt: skip
    (said,) = found(disconnection_rules.loop_hot, *riser)
    assert "mccb-160 of F00 disconnects" in said.sentence


def _shared(each: Circuit) -> Circuit:
    return replace(each, protected_by="F00") if each.tag == "F01" else each


def test_tt_by_rcd_is_said_once_with_the_touch_voltage() -> None:
    changes = (
        of_supply(earthing="TT", ze_ohm=170.0), rcd("F01", residual_ma=300.0),
        figures("F01", zs_expected_ohm=170.2, zs_expected_cold_ohm=170.1, zs_permitted_hot_ohm=166.66,
                zs_permitted_ohm=166.66),
    )  # fmt: skip
    (said,) = found(disconnection_rules.loop_hot, *changes)
    assert found(disconnection_rules.loop_cold, *changes) == []
    assert "166.66 Ω with which the touch voltage stays within 50 V at the 300 mA" in said.sentence
    assert said.clause == "IEC 60364-4-41, 411.5.3"
    assert "earth electrode" in said.remedy


def test_tt_without_an_rcd_asks_for_one() -> None:
    tt, high = of_supply(earthing="TT", ze_ohm=80.0), figures("F01", zs_expected_ohm=80.1)
    (said,) = found(disconnection_rules.loop_hot, tt, high)
    assert said.remedy.startswith("Give F01, or a circuit upstream of it, an RCD")
    assert said.clause == "IEC 60364-4-41, 411.5.4"
