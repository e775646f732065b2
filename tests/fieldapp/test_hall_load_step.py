"""A report of a load step goes all the way: sent to the hall, judged again, seen on the page of the run."""

from dataclasses import replace
from pathlib import Path

from device_probe.load_step.run import Settings
from device_probe.model import ProbeReport
from device_probe.read import read_rounds
from device_probe.report import dump_report, judge_rounds, load_plan
from fieldapp.usecases import site_plan
from tests.device_probe.load_step_sites import reached, record_of, running, scenario
from tests.fieldapp.hall_cast import Hall
from tests.fieldapp.signed_in import sign_in


def stepped(hall: Hall, folder: Path) -> ProbeReport:
    """Return the report of a load step at the hall's own site, over Modbus."""
    with hall.inside():
        plan = load_plan(site_plan.site_plan(hall.people["engineer"], hall.site))
    stations = [device.tag for device in plan.devices if device.role == "station"]
    with running(plan, scenario(plan, stations[:4], phases=(1, 2))) as network:
        rounds = read_rounds(network.plan, 3, 0.0)
        record = record_of(network, folder, Settings(rounds=4, passes=1))
        return judge_rounds(reached(network, plan), rounds, record)


def test_a_load_step_is_judged_again_and_stands_on_its_page_beside_a_run_without_one(
    hall: Hall, tmp_path: Path
) -> None:
    report = stepped(hall, tmp_path)
    step = report.load_step
    assert step is not None
    claimed = replace(report, load_step=replace(step, result=replace(step.result, following=())), verdicts=())
    readings = replace(report, id="0193a4c2-0000-7000-8000-000000000001", load_step=None)
    tablet, path = hall.tablet(), f"/sites/{hall.site}/probe-runs"
    for each in (readings, claimed):
        assert tablet.call("POST", path, json=dump_report(each)).status_code in (200, 201)
    plain, stepped_run = hall.view().probe_runs
    kept = stepped_run.report.load_step
    assert kept is not None
    assert kept.result.following == step.result.following, "the registers, not the claim"
    judged = {verdict.tag for verdict in stepped_run.report.verdicts if verdict.aspect == "load_management"}
    assert judged >= {"", *(one.tag for one in step.result.following)}
    client = hall.app.test_client()
    sign_in(hall.app, client, hall.people["engineer"].id)
    for run, other in ((stepped_run, plain), (plain, stepped_run)):
        answer = client.get(f"/sites/{hall.site}/probe?run={run.number}&against={other.number}")
        assert answer.status_code == 200
        assert ("load step" in answer.text.lower()) == (run is stepped_run)
