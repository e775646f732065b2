"""The real agent and the real hall: asked for on the page, read over Modbus, in the journal, once."""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from device_probe.agent.spool import Spool
from device_probe.agent.start import Wanted, run
from device_probe.read import read_site
from device_probe.report import dump_plan, dump_report, judge
from fieldapp.store import journal
from fieldapp.store.database import database, reading
from fieldapp.usecases import jobs as use
from fieldapp.usecases import tokens
from tests.fieldapp.hall_cast import Hall, hall_of
from tests.fieldapp.probe_boxes import addresses, ask, devices, line, once, runs, served, token_of
from tests.fieldapp.signed_in import sign_in

SECONDS = 60


@pytest.fixture
def hall(hall_home: Path) -> Iterator[Hall]:
    opened = hall_of(hall_home, FIELDAPP_JOB_LEASE_SECONDS="2")
    yield opened
    with opened.inside():
        database().dispose()


@pytest.fixture
def url(hall: Hall) -> Iterator[str]:
    with served(hall) as address:
        yield address


def ask_on_the_page(hall: Hall) -> None:
    client = hall.app.test_client()
    sign_in(hall.app, client, hall.people["contractor"].id)
    page = client.get(f"/sites/{hall.site}/probe").text
    assert "Ask for a probe run" in page
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    answer = client.post(f"/sites/{hall.site}/probe-jobs", data={"csrf_token": token[1]})
    assert answer.status_code in (302, 303)


def until(done: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not done():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.05)


def while_running(hall: Hall, job: str, act: Callable[[], None]) -> threading.Thread:
    def wait_and_act() -> None:
        until(lambda: line(hall, job).state == "running")
        act()

    thread = threading.Thread(target=wait_and_act)
    thread.start()
    return thread


def test_what_is_asked_for_on_the_page_is_read_and_stands_in_the_journal(
    hall: Hall, url: str, tmp_path: Path
) -> None:
    token = token_of(hall)
    ask_on_the_page(hall)
    with devices(hall, "ct-reversed") as network:
        assert once(url, token, tmp_path, network) == 0
        assert network.writes == 0
    with hall.inside(), reading() as db:
        (entry,) = journal.read(db, hall.site, types=["probe_run"])
    assert (entry.body["verdict"], entry.body["through"]["agent"]) == ("fail", "Box in MSB")
    assert Spool(tmp_path).waiting() == ()
    assert "ct-reversed" in (tmp_path / "last.json").read_text()


def test_a_cancelled_run_stops_the_agent_and_leaves_no_report(hall: Hall, url: str, tmp_path: Path) -> None:
    token, job = token_of(hall), ask(hall)

    def cancel() -> None:
        with hall.inside():
            assert use.cancel_job(hall.people["engineer"], job) == "running"

    with devices(hall, latency_s=5) as network:
        thread = while_running(hall, job, cancel)
        begun = time.monotonic()
        assert once(url, token, tmp_path, network) == 1
        assert time.monotonic() - begun < 30, "far less than the devices would take"
        thread.join()
    assert (line(hall, job).state, runs(hall)) == ("cancelled", 0)
    assert Spool(tmp_path).begun() == ()


def test_a_token_revoked_in_the_middle_ends_the_agent_and_a_new_one_sends_the_report(
    hall: Hall, url: str, tmp_path: Path
) -> None:
    with hall.inside():
        made = tokens.make_agent_token(hall.people["engineer"], "Box", [hall.site])
    job = ask(hall)

    def revoke() -> None:
        with hall.inside():
            tokens.revoke_token(hall.people["engineer"], made.id)

    with devices(hall, latency_s=0.05) as network:
        thread = while_running(hall, job, revoke)
        assert once(url, made.token, tmp_path, network) == 4
        thread.join()
        assert (len(Spool(tmp_path).waiting()), runs(hall)) == (1, 0)
        assert once(url, token_of(hall), tmp_path, network) == 0
    assert (line(hall, job).state, runs(hall)) == ("done", 1)


def test_killed_while_it_reads_the_next_agent_reports_once(hall: Hall, url: str, tmp_path: Path) -> None:
    token, job = token_of(hall), ask(hall)
    with devices(hall, latency_s=0.2) as network:
        places = [word for each in addresses(network.plan) for word in ("--address", each)]
        command = [sys.executable, "-m", "device_probe", "agent", "--server", url, "--token", token]
        process = subprocess.Popen([*command, "--spool", str(tmp_path), *places], stderr=subprocess.DEVNULL)
        try:
            until((tmp_path / "jobs" / f"{job}.json").exists)
        finally:
            process.kill()
            process.wait(SECONDS)
        assert runs(hall) == 0
        assert once(url, token, tmp_path, network) == 0
    until(lambda: line(hall, job).state == "done")
    assert runs(hall) == 1


def test_a_report_that_nobody_asked_for_is_taken_and_one_of_a_strange_site_is_kept_for_a_person(
    hall: Hall, url: str, tmp_path: Path
) -> None:
    token, spool = token_of(hall), Spool(tmp_path)
    spool.prepare()
    with devices(hall) as network:
        snapshots = read_site(network.plan)
        document = dump_report(judge(network.plan, snapshots))
        spool.keep(document, None)
        plan = {**dump_plan(network.plan), "site": "nobodys"}
        strange = spool.keep({**document, "id": "strange", "plan": plan}, None)
        assert once(url, token, tmp_path, network) == 1
    assert (runs(hall), spool.waiting(), spool.count("refused")) == (1, (), 1)
    assert "no such site" in (tmp_path / "refused" / strange.path.name).with_suffix(".txt").read_text()


def test_an_agent_gives_up_at_once_with_the_token_of_a_tablet(
    hall: Hall, url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _ = run(Wanted(url, hall.tablet().token, None, False, tmp_path, None, None))
    assert code == 4
    assert "make a token on the page Tokens" in capsys.readouterr().err
