"""A site whose devices are all read wrongly: the search for the mistake is bounded, and that is said."""

from dataclasses import replace

import pytest

from device_probe import report as report_module
from device_probe.blocks import decode_blocks
from device_probe.model import Snapshot
from device_probe.plausibility import device_of, gated
from device_probe.plausibility import diagnosis as search
from device_probe.profile_schema import load_profile
from device_probe.read import read_rounds
from device_probe.report import dump_report, judge_rounds, load_report, rejudge
from device_probe.simulator import load_scenario, simulate
from tests.device_probe.load_step_sites import site_plan


def spoiled(snapshot: Snapshot) -> Snapshot:
    """Every float from 128 to 256 is four times as much."""
    blocks = tuple(
        replace(block, data_hex="".join(
            "44" + word[2:] if word.startswith("43") else word
            for word in (block.data_hex[at : at + 4] for at in range(0, len(block.data_hex), 4))
        )) for block in snapshot.blocks
    )  # fmt: skip
    readings = decode_blocks(load_profile(snapshot.profile), snapshot.unit, blocks, {})
    return replace(snapshot, blocks=blocks, readings=readings)


def test_the_mistake_is_searched_for_in_the_first_devices_of_the_last_round_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(report_module, "MOST_SEARCHES", 3)
    searched: list[str] = []
    inner = search._explained

    def explained(case, found):
        searched.append(f"{case.snapshot.tag} {case.snapshot.taken_at}")
        return inner(case, found)

    monkeypatch.setattr(search, "_explained", explained)
    with simulate(site_plan(6, 1, "alfen-eve-ng9xx"), load_scenario("healthy"), speed=0) as network:
        rounds = read_rounds(network.plan, 2, 0.0)
        plan = network.plan
    report = judge_rounds(plan, [tuple(spoiled(each) for each in one) for one in rounds])
    assert len(searched) == 3
    assert {each.split()[1] for each in searched} <= {s.taken_at for s in report.snapshots}
    failed = {v.tag: v for v in report.verdicts if v.aspect == "communication" and v.verdict != "pass"}
    silent = [v for v in failed.values() if "was not looked into" in v.reason]
    assert len(silent) == len(failed) - 3 > 0
    assert all(verdict.action for verdict in failed.values())
    assert rejudge(load_report(dump_report(report))) == report


def test_what_the_reader_doubted_without_the_plan_is_judged_the_same_again() -> None:
    with simulate(site_plan(6, 1, "alfen-eve-ng9xx"), load_scenario("healthy"), speed=0) as network:
        plan, read = network.plan, read_rounds(network.plan, 2, 0.0)
    rounds = [
        tuple(gated(spoiled(each), load_profile(each.profile), device_of(plan, each)) for each in one)
        for one in read
    ]
    assert any(reading.problem == "suspect" for reading in rounds[0][0].readings)
    report = judge_rounds(plan, rounds)
    assert rejudge(load_report(dump_report(report))) == report
