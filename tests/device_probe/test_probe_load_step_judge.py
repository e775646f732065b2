"""What a load step decides, on sites known to the last watt: right, or not decided."""

import math

import pytest

from device_probe.load_step.judge import judge_load_step
from device_probe.load_step.manual import (
    begin,
    complaint_about,
    leave_out,
    manual_result,
    next_instruction,
    note_done,
)
from device_probe.load_step.program import program, word_length
from device_probe.load_step.result import LoadStepResult, dump_result
from device_probe.load_step.steps import Hold

from .load_step_known import Truth, known_holds
from .load_step_sites import site_plan

PLAN = site_plan(40, 4)
TAGS = tuple(d.tag for d in PLAN.devices if d.role == "station")
#: one, two and three phases, so that every feeder has all of them on every phase
PHASES = {tag: (1, 1, 2, 1, 3)[n % 5] for n, tag in enumerate(TAGS)}


def judged(truth: Truth, count: int = 40, seed: int = 1, **how: float) -> LoadStepResult:
    """Judge one pass, and up to two further ones of what is suspect, as the run itself would make them."""
    tests, more = TAGS[:count], []
    for _ in range(3):
        holds = known_holds(PLAN, tests, PHASES, truth, seed, more=more, **how)
        result = judge_load_step(PLAN, holds, tests)
        if not result.suspects:
            break
        more.append(result.suspects)
    return result


def codes(result: LoadStepResult) -> set[tuple[str, str, str | None]]:
    return {(f.code, f.tag, f.phase) for f in result.findings}


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 10, 40, 100, 500])
def test_code_words_are_distinct_balanced_and_few(count) -> None:
    tags = [f"CH{n}" for n in range(count)]
    for turn in range(2):
        states = program(tags, "coded", turn)
        words = [tuple(tag in state for state in states) for tag in tags]
        assert len(set(words)) == count
        assert len({sum(word) for word in words}) == 1
        assert len(states) <= min(count, word_length(count))
    assert word_length(count) <= math.log2(count) + 4
    assert program(tags, "single") == tuple(frozenset((tag,)) for tag in tags)


@pytest.mark.parametrize("count", [4, 10, 40])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_site_as_planned_is_never_called_wrong(count, seed) -> None:
    result = judged(Truth(), count, seed)
    assert not result.findings
    assert result.steps <= 2 * min(count, math.ceil(math.log2(count)) + 2)
    for station in result.stations:
        assert station.below.verdict == "pass", station
        assert station.phases.verdict == ("inconclusive" if PHASES[station.tag] == 3 else "pass"), station


def test_stations_on_wrong_feeders_and_phases_are_named_among_forty() -> None:
    turned = {"CH01": (1, 2, 0), "CH04": (2, 0, 1), "CH11": (0, 1, 2)}
    moved = {"CH02": "PM3", "CH07": "PM1", "CH12": "PM2"}
    result = judged(Truth(landings=turned, feeders=moved), seed=4)
    assert codes(result) == (
        {("station-phase-rotation", "CH01", None), ("station-phase-rotation", "CH04", None),
         ("station-phase-rotation", "CH11", None)}
        | {("station-on-wrong-feeder", tag, None) for tag in moved}
    )  # fmt: skip
    found = {s.tag: s for s in result.stations}
    assert {tag: found[tag].feeder for tag in moved} == moved
    assert found["CH01"].landing == ("L2",) or found["CH01"].landing[0] == "L2"


def test_two_stations_in_each_others_place_are_both_named() -> None:
    result = judged(Truth(feeders={"CH01": "PM2", "CH02": "PM1"}), seed=5)
    assert codes(result) == {
        ("station-on-wrong-feeder", "CH01", None),
        ("station-on-wrong-feeder", "CH02", None),
    }


def test_a_reversed_current_transformer_is_named() -> None:
    assert codes(judged(Truth(signs={"PM1": (1, -1, 1)}))) == {("ct-reversed", "PM1", "L2")}
    assert codes(judged(Truth(signs={"PM0": (-1, 1, 1)}))) == {("ct-reversed", "PM0", "L1")}


def test_exchanged_leads_are_named() -> None:
    assert codes(judged(Truth(currents={"PM2": (2, 1, 0)}))) == {
        ("ct-on-wrong-phase", "PM2", "L1"), ("ct-on-wrong-phase", "PM2", "L3"),
    }  # fmt: skip
    assert codes(judged(Truth(voltages={"PM3": (1, 0, 2)}))) == {
        ("voltage-leads-swapped", "PM3", "L1"), ("voltage-leads-swapped", "PM3", "L2"),
    }  # fmt: skip


def test_the_rotation_that_no_single_meter_can_show_is_shown() -> None:
    result = judged(Truth(currents={"PM4": (1, 2, 0)}, voltages={"PM4": (1, 2, 0)}))
    assert codes(result) == {("phases-rotated", "PM4", phase) for phase in ("L1", "L2", "L3")}
    (meter,) = (m for m in result.meters if m.tag == "PM4")
    assert [i.current for i in meter.inputs] == ["+L2", "+L3", "+L1"]


def test_another_ratio_is_named_with_the_likely_transformer() -> None:
    (finding,) = judged(Truth(ratios={"PM1": 512 / 250})).findings
    assert (finding.code, finding.tag) == ("ct-ratio", "PM1")
    assert "250 A" in finding.sentence


def test_a_missing_current_is_named() -> None:
    result = judged(Truth(signs={"PM1": (1, 0, 1)}))
    assert codes(result) == {("ct-missing", "PM1", "L2")}


def test_a_background_that_drowns_everything_decides_nothing_wrongly() -> None:
    for seed in range(3):
        result = judged(Truth(), 10, seed, walk=0.5, background=3.0)
        assert not result.findings
        assert result.verdict == "inconclusive"


def test_a_result_can_be_written_as_json() -> None:
    document = dump_result(judged(Truth(signs={"PM1": (-1, 1, 1)}), 4))
    assert document["verdict"] == "fail"
    assert {s["tag"] for s in document["stations"]} == set(TAGS[:4])


def test_the_same_is_decided_by_hand() -> None:
    plan, tests = site_plan(4, 2), ("CH01", "CH02", "CH03")
    truth = Truth(feeders={"CH02": "PM1"})
    holds = iter(known_holds(plan, tests, dict.fromkeys(tests, 1), truth, order="single", low=0.0))
    state = begin(plan, ("CH01", "CH02", "CH03"))
    asked = next_instruction(state)
    assert asked is not None
    assert asked.kind == "wait"
    baseline = next(holds).rounds
    state = note_done(state, baseline)
    kinds = []
    for _ in tests:
        rounds = next(holds).rounds
        for each in (rounds, baseline):
            asked = next_instruction(state)
            assert asked is not None
            kinds.append((asked.kind, asked.tag))
            assert "no step yet" in complaint_about(state, state.holds[-1].rounds)
            state = note_done(state, _later(each, state.holds[-1]))
    assert next_instruction(state) is None
    assert kinds[:2] == [("stop", "CH01"), ("start", "CH01")]
    result = manual_result(state)
    assert codes(result) == {("station-on-wrong-feeder", "CH02", None)}


def test_by_hand_a_station_can_be_left_out() -> None:
    plan = site_plan(4, 2)
    state = note_done(begin(plan, ("CH01", "CH02")), [])
    state = leave_out(state)
    asked = next_instruction(state)
    assert asked is not None
    assert asked.tag == "CH02"
    assert next_instruction(leave_out(state)) is None
    assert manual_result(state).verdict == "inconclusive"


def _later(rounds, hold: Hold):
    shift = hold.rounds[-1].at_s + 5 - rounds[0].at_s
    return tuple(type(r)(r.at_s + shift, r.samples) for r in rounds)
