"""What a study says by rule set, and the data that it refuses, each in one sentence."""

from dataclasses import replace
from typing import Any

import pytest

from designs.errors import DesignError
from designs.model import OneLine, Study
from designs.study import study
from tests.designs.one_lines import (
    board,
    cable,
    circuit,
    mv_supply,
    one_line,
    site_design,
    small_site,
    station,
    supply,
    transformer,
)


def done(line: OneLine) -> Study:
    return study(site_design(line))


def test_iec_hot_and_cold_limits_never_mix() -> None:
    found = done(small_site()).circuit("F01")
    assert (found.zs_permitted_hot_ohm, found.zs_permitted_ohm) == (1.15, 0.76)  # B40: U0/Ia, 2/3 of it
    assert "411.4.4" in found.zs_hot_rule
    assert "2/3" in found.zs_rule
    assert "2/3" not in found.zs_hot_rule
    assert found.zs_expected_ohm > found.zs_expected_cold_ohm


def test_bs_7671_has_its_own_factors() -> None:
    found = done(small_site(rule_set="bs7671"))
    final = found.circuit("F01")
    assert (final.zs_permitted_hot_ohm, final.zs_permitted_ohm) == (1.09, 0.87)  # 1.093 and 0.874, down
    assert "0.8" in final.zs_rule
    assert "BS 7671" in found.rule_set
    assert any("Appendix 4" in sentence for sentence in found.not_computed)
    assert final.ik_min_end_ka == done(small_site()).circuit("F01").ik_min_end_ka  # cmin 0.95 as in IEC


def test_nec_has_no_iec_limit_under_its_name() -> None:
    found = done(small_site(rule_set="nec"))
    assert "no data" in found.rule_set
    assert found.not_computed
    for each in found.circuits:
        assert each.zs_permitted_ohm is None
        assert each.zs_permitted_hot_ohm is None
        assert each.iz_a is None
        assert each.loading_percent is None
        assert each.disconnection_time_s is None
        assert "IEC" not in each.zs_rule + each.zs_hot_rule
    assert found.boards == ()
    assert found.selectivity == ()
    for each in found.circuits:
        figures = (each.ik_max_source_ka, each.ik_min_end_ka, each.zs_expected_ohm, each.zs_expected_cold_ohm)
        assert (*figures, each.voltage_drop_percent, each.voltage_drop_total_percent) == (None,) * 6
    assert "IEEE 519" in found.connection_point.thd_clause
    assert "IEC" not in " ".join(each.clause for each in found.findings)
    assert found.connection_point.demand_full_a == 96.0


def test_the_studied_line_is_left_as_it_was() -> None:
    line = small_site()
    before = repr(line)
    first = done(line)
    assert repr(line) == before
    assert done(line) == first


def own(**changes: Any) -> OneLine:
    return one_line(mv_supply(), [transformer(**changes)], [])


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (replace(small_site(), supply=supply(ze_ohm=0.001)), "Ze 0.001 Ω is lower than the line impedance"),
        (replace(small_site(), supply=supply(ze_ohm=None)), "Ze is not given"),
        (replace(small_site(), supply=supply(earthing="TT", ze_ohm=None)), "RA of the earth electrode"),
        (replace(small_site(), supply=supply(ik_min_ka=11.0)), "is above the highest"),
        (own(vector_group="Yyn0"), "vector group Yyn0"),
        (own(copper_loss_kw=30.0), "more than uk"),
        (own(rated_primary_v=10000.0), "nameplate voltage 10000 V does not fit"),
        (own(nominal_voltage_v=690.0), "does not fit a network of 690 V"),
        (
            one_line(mv_supply(), [station("CH1")], [circuit("F1", "GRID", "CH1", cable(10.0, 5.0))]),
            "CH1: it would stand at 20000 V",
        ),
    ],
)
def test_contradictory_data_are_refused_in_one_sentence(line: OneLine, sentence: str) -> None:
    with pytest.raises(DesignError) as refused:
        done(line)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_above_1000_v_the_figures_are_those_of_the_three_phase_fault() -> None:
    wires = [circuit("M1", "GRID", "RMU", cable(150.0, 400.0))]
    found = done(one_line(mv_supply(ik_min_ka=8.0), [board("RMU")], wires))
    assert found.board("GRID").nominal_voltage_v == 20000.0
    assert found.board("GRID").ik_min_ka == pytest.approx(8.0, rel=0.01)
    assert found.board("RMU").ik_min_ka < 8.0
    assert found.circuit("M1").zs_permitted_ohm is None
    assert found.circuit("M1").neutral_a is None
    assert any("Above 1000 V" in sentence for sentence in found.assumptions)
