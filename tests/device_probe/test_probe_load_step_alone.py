"""Fall-back over real Modbus: stations that miss their client, and the load step that proves what they do."""

from dataclasses import replace
from pathlib import Path

from device_probe.load_step.result import FollowResult
from device_probe.load_step.run import Settings
from device_probe.read import read_site
from device_probe.simulator import SimulatedSite
from device_probe.simulator.scenario import DeviceManner, Scenario

from .load_step_sites import SiteClock, running, scenario, site_plan, step_through

ALONE = Settings(rounds=4, passes=1, fall_back=True, cards=("USER_ID",))
PLAN = site_plan(3, 1, "alfen-eve-ng9xx")
PLAN = replace(PLAN, devices=tuple(
    replace(d, profile="webasto-next") if d.tag == "CH03" else d for d in PLAN.devices
))  # fmt: skip
GOOD = DeviceManner(timeout_s=60.0, failsafe_a=8.0)


def watched(**changes: DeviceManner) -> Scenario:
    """Two that want their set-point repeated, and one that wants a life sign."""
    chosen = scenario(PLAN, ["CH01", "CH02", "CH03"], background=False)
    return replace(chosen, devices={"CH01": GOOD, "CH02": GOOD, "CH03": GOOD} | changes)


def fall_backs(site: SimulatedSite, folder: Path, clock: SiteClock | None = None) -> dict[str, FollowResult]:
    result = step_through(site, folder, ALONE, clock)
    return {f.tag: f for f in result.following if f.kind == "fall_back"}


def currents(site: SimulatedSite) -> dict[str, float]:
    return {tag: max(line["current_a"]) for tag, line in site.state()["devices"].items() if "limit_a" in line}


def test_a_simulated_station_falls_back_when_it_misses_what_it_needs() -> None:
    with running(PLAN, watched()) as site:
        site.give_life_sign("CH03")
        site.advance(40)  # 70 s after the last set-point of CH01 and CH02, 40 s after the life sign
        assert {t: round(a) for t, a in currents(site).items()} == {"CH01": 8, "CH02": 8, "CH03": 16}
        read_site(site.plan)  # to be read is neither a set-point nor a life sign
        site.advance(25)
        assert {t: round(a) for t, a in currents(site).items()} == {"CH01": 8, "CH02": 8, "CH03": 8}
        site.give_life_sign("CH03")
        site.advance(5)
        assert round(currents(site)["CH03"]) == 16


def test_stations_that_fall_back_pass_and_are_taken_up_again(tmp_path: Path) -> None:
    with running(PLAN, watched()) as site:
        site.give_life_sign("CH03")
        found = fall_backs(site, tmp_path)
        assert {tag: f.judged.verdict for tag, f in found.items()} == dict.fromkeys(
            ("CH01", "CH02", "CH03"), "pass"
        ), [f.judged.reason for f in found.values()]
        assert "its set-point being repeated" in found["CH01"].judged.reason
        assert "a life sign" in found["CH03"].judged.reason
        assert all(write[2] != 6000 for write in site.written), "a life sign is never written"
        site.advance(5)
        assert round(currents(site)["CH01"]) == 16


def test_a_station_that_does_not_fall_back_is_named(tmp_path: Path) -> None:
    with running(PLAN, watched(CH02=replace(GOOD, falls_back=False))) as site:
        site.give_life_sign("CH03")
        found = fall_backs(site, tmp_path)
    assert found["CH01"].judged.verdict == "pass"
    assert found["CH02"].judged.verdict == "fail"
    assert "still draws 1" in found["CH02"].judged.reason


def test_a_life_sign_from_somebody_else_decides_nothing(tmp_path: Path) -> None:
    class Manager(SiteClock):
        async def sleep(self, seconds: float) -> None:
            for _ in range(10):
                await super().sleep(seconds / 10)
                self.site.give_life_sign("CH03")

    with running(PLAN, watched()) as site:
        site.give_life_sign("CH03")
        one = fall_backs(site, tmp_path, Manager(site))["CH03"].judged
    assert (one.verdict, "somebody else gives it a life sign" in one.reason) == ("inconclusive", True)


def test_contact_alone_keeps_another_kind_awake(tmp_path: Path) -> None:
    plan = site_plan(2, 1, "heidelberg-energy-control")
    chosen = replace(
        scenario(plan, ["CH01", "CH02"], background=False),
        devices={"CH01": replace(GOOD, timeout_s=30.0), "CH02": DeviceManner()},
    )
    plan = replace(plan, devices=tuple(
        replace(d, design_current_a=16) if d.role == "station" else d for d in plan.devices
    ))  # fmt: skip
    with running(plan, chosen) as site:
        site.advance(1)
        read_site(site.plan)
        site.advance(25)
        read_site(site.plan)
        site.advance(25)
        assert round(currents(site)["CH01"]) == 16
        found = fall_backs(site, tmp_path)
    assert found["CH01"].judged.verdict == "pass"
    assert found["CH02"].judged.verdict == "fail"
    assert "timeout of 0" in found["CH02"].judged.reason
