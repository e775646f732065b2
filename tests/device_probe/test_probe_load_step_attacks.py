"""What may happen to a load step: killed at a write, another beside it, restarts, liars, a full disk."""

import asyncio
import random
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from device_probe.cli import main
from device_probe.load_step.journal import Journals
from device_probe.load_step.merged import managed
from device_probe.load_step.result import LoadStepResult
from device_probe.load_step.run import LoadStep, Settings
from device_probe.model import SitePlan
from device_probe.problems import OutputError, ProbeError, RefusedError
from device_probe.simulator import MeterFault, simulate

from .load_step_kill import limits, wrongs_after
from .load_step_sites import SiteClock, running, scenario, site_plan, step_through

PLAN = site_plan(4, 2)
TAGS = [d.tag for d in PLAN.devices if d.role == "station"]
SHORT = Settings(rounds=4, passes=1, follow_s=8)


def test_killed_at_a_write_nothing_stands_above_its_old_value_and_all_is_restored(tmp_path: Path) -> None:
    plan = site_plan(2, 1)
    number = random.Random(1).randint(2, 4)  # every one: script/prove load_step
    with simulate(plan, scenario(plan, ["CH01", "CH02"], background=False), speed=8, writes=True) as site:
        assert wrongs_after(site, tmp_path, number, "after") == []


def test_two_at_once_leave_the_site_as_it_was(tmp_path: Path) -> None:
    """Two laptops, each with its journal; what one sets the other must not take for the old value."""
    with running(PLAN, scenario(PLAN, TAGS)) as site:
        found = limits(site)

        turned = replace(site.plan, devices=site.plan.devices[::-1])  # one begins at the other end

        async def one(folder: str, plan: SitePlan, after_writes: int) -> str:
            step = LoadStep(plan, SHORT, SiteClock(site))
            while site.accepted < after_writes:
                await asyncio.sleep(0)
            try:
                with Journals(tmp_path / folder) as journals:
                    await step.run(await step.survey(), journals)
            except ProbeError as error:
                return str(error)
            finally:
                await step.close()
            return ""

        async def both() -> list[str]:
            return await asyncio.gather(one("a", site.plan, 0), one("b", turned, 1))

        said = asyncio.run(both())
        assert any("another client" in words for words in said), said
        assert all(value <= found[tag] for tag, value in limits(site).items())
        for folder in ("a", "b"):
            CliRunner().invoke(main, ["load-step", "--restore", "--journal", str(tmp_path / folder)])
        assert limits(site) == found


class Restarting(SiteClock):
    """When CH01 is lowered it restarts: away for a while, and back with the limit of its circuit."""

    done = False

    async def sleep(self, seconds: float) -> None:
        if not self.done and limits(self.site)["CH01"] == 6.0:
            self.done = True
            self.site.inject(MeterFault("dead", tag="CH01"))
            await super().sleep(2.0)
            self.site.clear("CH01")
            self.site.set_point("CH01", 32)
        await super().sleep(seconds)


def test_a_station_that_restarts_ends_it_and_goes_back_to_the_value_found(tmp_path: Path) -> None:
    with running(PLAN, scenario(PLAN, TAGS)) as site:
        site.set_point("*", 20)
        site.advance(10)
        with pytest.raises(RefusedError, match=r"CH01.*restarted"):
            step_through(site, tmp_path, SHORT, Restarting(site))
        assert limits(site) == dict.fromkeys(TAGS, 20.0), "also where it woke up above the value found"


def test_a_station_that_can_not_be_read_all_the_time_is_no_test_load(tmp_path: Path) -> None:
    class Away(SiteClock):
        async def sleep(self, seconds: float) -> None:
            away = limits(self.site)["CH02"] == 6.0
            self.site.inject(MeterFault("dead", tag="CH01")) if away else self.site.clear("CH01")
            await super().sleep(seconds)

    with running(PLAN, scenario(PLAN, TAGS[:3])) as site:
        result = step_through(site, tmp_path, replace(SHORT, order="single"), Away(site))
    assert [(o.tag, o.code) for o in result.left_out if o.tag == "CH01"] == [("CH01", "not-read")]
    assert result.verdict == "inconclusive"


def load_management(result: LoadStepResult) -> dict[str, tuple[str, str]]:
    return {v.tag: (v.verdict, v.reason) for v in managed(result)}


def test_a_station_that_ignores_its_limit_is_told(tmp_path: Path) -> None:
    chosen = scenario(PLAN, TAGS[:3], phases=(1, 1, 2))
    deaf = replace(chosen.stations["CH02"], reaction_s=5000.0)
    with running(PLAN, replace(chosen, stations={**chosen.stations, "CH02": deaf})) as site:
        found = load_management(step_through(site, tmp_path, SHORT))
    assert {tag: word for tag, (word, _) in found.items()} == {
        "": "pass", "CH01": "pass", "CH02": "fail", "CH03": "pass",
    }  # fmt: skip
    assert "still draws 1" in found["CH02"][1]


def test_a_station_that_only_says_that_it_follows_is_told(tmp_path: Path) -> None:
    class Liar(SiteClock):
        async def sleep(self, seconds: float) -> None:
            self.site.clear("CH02")
            if limits(self.site)["CH02"] == 6.0:
                for quantity in ("current_l1", "active_power_l1", "active_power_total"):
                    self.site.inject(MeterFault("lies", tag="CH02", quantity=quantity, factor=0.375))
            await super().sleep(seconds)

    chosen = scenario(PLAN, TAGS[:3], phases=(1, 1, 1), background=False)
    deaf = replace(chosen.stations["CH02"], reaction_s=5000.0)
    with running(PLAN, replace(chosen, stations={**chosen.stations, "CH02": deaf})) as site:
        result = step_through(site, tmp_path, SHORT, Liar(site))
    found = load_management(result)
    assert found["CH02"][0] == "fail"
    assert "No meter sees" in found["CH02"][1]
    assert {found["CH01"][0], found["CH03"][0]} == {"pass"}
    assert found[""][0] == "fail", "the import falls by less than the stations say"


def test_what_was_not_used_and_why_is_in_the_result(tmp_path: Path) -> None:
    changed = {"CH03": {"design_current_a": 20}}
    plan = replace(PLAN, devices=tuple(replace(d, **changed.get(d.tag, {})) for d in PLAN.devices))  # type: ignore[arg-type]
    with running(PLAN, scenario(PLAN, TAGS[:3])) as site:
        result = step_through(site, tmp_path, SHORT, plan=plan)
    assert {(o.tag, o.code) for o in result.left_out} == {("CH03", "limit-above-design"), ("CH04", "no-load")}
    assert ("limit-above-design", "CH03") in {(f.code, f.tag) for f in result.findings}
    assert (result.verdict, load_management(result)["CH03"][0]) == ("fail", "fail")


@contextmanager
def full_disk() -> Iterator[None]:
    """No file can grow any more, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_without_room_for_the_journal_nothing_is_written(tmp_path: Path) -> None:
    with running(PLAN, scenario(PLAN, TAGS[:2])) as site:

        async def go() -> None:
            step = LoadStep(site.plan, SHORT, SiteClock(site))
            try:
                survey = await step.survey()
                with Journals(tmp_path) as journals, full_disk():
                    await step.run(survey, journals)
            finally:
                await step.close()

        with pytest.raises(OutputError, match="can't be kept"):
            asyncio.run(go())
        assert site.writes == 0
    with full_disk(), pytest.raises(ProbeError, match="no device is written to"):
        Journals(tmp_path / "new").__enter__()


def test_where_the_journal_can_not_be_written_nothing_is() -> None:
    read_only = Path("/proc/self")
    if not read_only.is_dir():
        pytest.skip("there is no read-only folder that the superuser can't write to either")
    with pytest.raises(OutputError, match="no device is written to"):
        Journals(read_only).__enter__()
