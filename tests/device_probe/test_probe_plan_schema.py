"""Site plans and judgements as JSON: what a later version adds travels both ways, old files still load."""

import json
from dataclasses import replace
from typing import Any

import pytest

from device_probe.judgement import Check, Connection, Likely, MeterJudgement, QualityVerdict, WiringJudgement
from device_probe.model import Expectation
from device_probe.problems import PlanFileError
from device_probe.report import dump_plan, dump_report, load_plan, load_report
from tests.device_probe.contract_schemas import VECTORS, faults

LATER = {
    "isc_over_il": 42.0,
    "voltage_standard": "61000-2-4-class-2",
    "grid_harmonics": {"h5": 3.0, "h11": 2.0},
    "expected": {
        "PM1": {
            "current_a": 120.0, "thd_voltage_percent": 2.1, "harmonic_voltage_percent": {"h5": 1.4},
            "harmonic_current_a": {"h5": 4.0, "h7": 2.5}, "source": "harmonic study of revision 3",
        }
    },
}  # fmt: skip


def example(name: str) -> Any:
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


def test_what_the_study_says_travels_with_the_plan() -> None:
    document = example("site-plan.json") | LATER
    document["devices"][1] |= {"resistance_ohm": 0.012, "load": "ev_charging"}
    plan = load_plan(document)
    assert plan.expected["PM1"] == Expectation(
        120.0, 2.1, {5: 1.4}, {5: 4.0, 7: 2.5}, "harmonic study of revision 3"
    )
    assert plan.grid_harmonics == {5: 3.0, 11: 2.0}
    assert (plan.devices[1].resistance_ohm, plan.devices[1].load) == (0.012, "ev_charging")
    written = dump_plan(plan)
    assert faults("site-plan", written) == []
    assert load_plan(json.loads(json.dumps(written))) == plan
    assert hash(plan) == hash(load_plan(written))


def test_a_plan_without_them_is_written_as_before() -> None:
    document = example("site-plan.json")
    plan = load_plan(document)
    assert (plan.isc_over_il, plan.voltage_standard, plan.expected) == (None, None, {})
    assert not set(dump_plan(plan)) & set(LATER)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"expected": {"PM9": {"current_a": 10}}}, "expected names PM9, which is not in the plan"),
        ({"expected": {"PM1": {"thd_voltage_percent": 2}}}, "current_a"),
        ({"grid_harmonics": {"5": 3.0}}, "is not an order like h5"),
        ({"grid_harmonics": {"h5": 0}}, "h5"),
        ({"voltage_standard": "ieee"}, "voltage_standard"),
        ({"isc_over_il": -1}, "isc_over_il"),
    ],
)
def test_what_is_wrong_in_them_is_refused_in_one_sentence(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(PlanFileError, match=r"\Asite plan: [^\n]*\Z") as refused:
        load_plan(example("site-plan.json") | change)
    assert sentence in str(refused.value)


def test_judgements_and_background_travel_with_the_report() -> None:
    old = load_report(example("probe-report-ct-reversed.json"))
    plain = replace(old, judgements=(), background=())
    judged = MeterJudgement(
        "PM1",
        WiringJudgement(
            "fail", "because", "do", (Likely(("L1",), ("-L1",), 0.9),), ((Connection(("L1",), ("-L1",)),),),
            "swap", (Connection(("L1",), ("+L1",)),), "+3.6 kW on L1", ("a note",),
        ),
        QualityVerdict(
            "pass", "fine", "",
            (Check("thd-voltage", "thd_voltage_l1", 2.0, 8.0, "%", "pass", "clause", "note", 1.0, 0.5),
             Check("k-factor", "k_factor_l1", 1.5, None, "-", "info")),
            "indicative at 5 A",
        ),
    )  # fmt: skip
    report = replace(plain, judgements=(judged, MeterJudgement("PM2")), background=plain.earlier)
    document = json.loads(json.dumps(dump_report(report)))
    assert faults("probe-report", document) == []
    again = load_report(document)
    assert again == report
    assert again.judgement("PM1") == judged
    assert again.judgement("CH01") is None
    assert not {"judgements", "background"} & set(dump_report(plain))
