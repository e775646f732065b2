"""Probe agents over real sockets: a job is claimed, devices are read, and its report is taken once."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from werkzeug.serving import make_server

from device_probe.report import load_plan
from device_probe.simulator.server import SimulatedSite, simulate
from fieldapp.problems import Problem
from fieldapp.store import jobs as rows
from fieldapp.store import journal, people
from fieldapp.store.database import database, reading, session
from fieldapp.usecases import agent_jobs, site_plan, tokens, view_site
from fieldapp.usecases import jobs as use
from tests.fieldapp.hall_cast import Hall, hall_of
from tests.fieldapp.probe_agent import ProbeAgent, addresses_of
from tests.fieldapp.test_hall_contracts import validator

SECONDS = 60


@pytest.fixture
def hall(hall_home: Path) -> Iterator[Hall]:
    opened = hall_of(hall_home, FIELDAPP_JOB_LEASE_SECONDS="1")
    yield opened
    with opened.inside():
        database().dispose()


@pytest.fixture
def url(hall: Hall) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, hall.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def devices(hall: Hall, latency_s: float = 0.0) -> Iterator[SimulatedSite]:
    with hall.inside():
        plan = load_plan(site_plan.site_plan(hall.people["engineer"], hall.site))
    with simulate(plan, "healthy", latency_s=latency_s) as network:
        yield network


def agent(hall: Hall, url: str, network: SimulatedSite | None, who: str = "engineer") -> ProbeAgent:
    with hall.inside():
        token = tokens.make_agent_token(hall.people[who], "Box in MSB", [hall.site]).token
    return ProbeAgent(url, token, addresses_of(network.plan) if network else {})


def ask(hall: Hall, who: str = "contractor") -> str:
    with hall.inside():
        return agent_jobs.ask_for_probe(hall.people[who], hall.site)


def line(hall: Hall, job: str) -> use.JobLine:
    with hall.inside():
        return use.job_line(hall.people["engineer"], job)


def runs(hall: Hall) -> int:
    with hall.inside():
        return len(view_site.view_site(hall.people["engineer"], hall.site).probe_runs)


def test_a_run_is_asked_for_read_and_recorded_once(hall: Hall, url: str) -> None:
    with devices(hall) as network:
        box = agent(hall, url, network)
        assert box.work() is None, "nothing was asked for yet"
        job = ask(hall)
        assert ask(hall) == job, "while one waits it is the answer"
        claimed = box.claim()
        assert claimed is not None
        assert box.claim() is None, "it is taken"
        validator("agent-job").validate(claimed)
        report = box.probe(claimed)
        told = line(hall, job)
        assert (told.state, told.progress_percent) == ("running", 100)
        assert told.message.startswith("read ")
        first, second = box.send(job, report), box.send(job, report)
    validator("agent-job", "taken").validate(first.json())
    assert first.status_code == second.status_code == 200
    assert (
        first.json()
        == second.json()
        == {"id": report.id, "verdict": report.verdict, "number": 3, "taken": True}
    )
    assert (line(hall, job).state, runs(hall)) == ("done", 1)
    with hall.inside(), reading() as db:
        entry = journal.read(db, hall.site, types=["probe_run"])[0]
    assert entry.author == hall.people["engineer"].id, "who made the agent's token"
    assert entry.body["through"]["agent"] == "Box in MSB"
    assert entry.body["through"]["asked_by"] == hall.people["contractor"].id


def test_an_agent_killed_in_the_middle_is_replaced_and_its_late_report_changes_nothing(
    hall: Hall, url: str
) -> None:
    with devices(hall, latency_s=0.1) as network:
        job, box = (agent(hall, url, network), ask(hall))[::-1]
        command = [
            sys.executable,
            "-m",
            "tests.fieldapp.probe_agent",
            url,
            box.token,
            json.dumps(box.addresses),
        ]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process.stdout
        assert process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert line(hall, job).state == "running"
        other = agent(hall, url, network)
        deadline = time.monotonic() + SECONDS
        while (claimed := other.claim()) is None:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert (claimed["id"], claimed["attempt"]) == (job, 2)
        assert box.progress(job, 50, "late").json()["code"] == "lease_lost"
        late, good = box.probe(claimed, silent=True), other.probe(claimed, silent=True)
    assert box.send(job, late).json()["taken"], "a report is taken however late it comes"
    answer = other.send(job, good)
    assert answer.status_code == 200
    assert (answer.json()["id"], answer.json()["taken"]) == (late.id, False)
    assert (line(hall, job).state, line(hall, job).attempts, runs(hall)) == ("done", 2, 1)


def test_two_reports_at_the_same_moment_make_one_run(hall: Hall, url: str) -> None:
    with devices(hall) as network:
        box = agent(hall, url, network)
        job = ask(hall)
        claimed = box.claim()
        assert claimed
        reports = [box.probe(claimed, silent=True) for _ in range(2)]
    answers: list[dict[str, Any]] = []
    threads = [
        threading.Thread(target=lambda it=it: answers.append(box.send(job, it).json())) for it in reports
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({answer["number"] for answer in answers}) == 1, answers
    assert sorted(answer["taken"] for answer in answers) == [False, True]
    assert runs(hall) == 1


def test_a_cancelled_run_stops_the_agent(hall: Hall, url: str) -> None:
    with devices(hall) as network:
        box = agent(hall, url, network)
        job = ask(hall)

        def cancel(tag: str) -> None:
            if line(hall, job).state == "running" and not line(hall, job).cancelling:
                with hall.inside():
                    assert use.cancel_job(hall.people["engineer"], job) == "running"

        box.told = cancel
        answer = box.work()
        assert answer is not None
        assert answer.json() == {"state": "cancelled"}
        assert line(hall, job).state == "cancelled"
        assert box.progress(job, 1, "").json()["cancel"]
        late = box.call(f"/{job}/result", {})
    assert (late.status_code, late.json()["code"]) == (409, "wrong_job_state")
    assert runs(hall) == 0


def test_an_agent_that_cannot_says_why_and_tries_again_later(hall: Hall, url: str) -> None:
    box = agent(hall, url, None)
    job = ask(hall)
    assert box.claim()
    answer = box.call(f"/{job}/fail", {"reason": "no route to MSB"})
    assert answer.json() == {"state": "queued"}
    told = line(hall, job)
    assert told.error == "The agent says: no route to MSB"
    assert told.next_try
    assert box.claim() is None, "not before its time"
    assert box.call(f"/{job}/fail", {"reason": "again"}).json()["code"] == "lease_lost"
    with hall.inside(), session() as db:
        row = rows.get(db, job)
        assert row
        row.run_after = "2020-01-01T00:00:00.000Z"
    assert box.claim()
    assert box.call(f"/{job}/fail", {"reason": "broken", "again": False}).json() == {"state": "failed"}


def test_an_agent_has_its_own_sites_alone(hall: Hall, url: str) -> None:
    with pytest.raises(Problem) as caught:
        ask(hall)
    assert caught.value.code == "no_agent"
    box = agent(hall, url, None)
    job = ask(hall)
    with hall.inside():
        elsewhere = tokens.make_agent_token(hall.people["engineer"], "Gone", [hall.site])
        tokens.revoke_token(hall.people["engineer"], elsewhere.id)
    strangers = {"revoked": elsewhere.token, "tablet": hall.tablet().token, "guessed": "x" * 43}
    wanted = {"revoked": 401, "tablet": 403, "guessed": 401}
    for who, token in strangers.items():
        other = ProbeAgent(url, token, {})
        for path in ("/claim", f"/{job}/progress", f"/{job}/result", f"/{job}/fail"):
            assert other.call(path, {}).status_code in (wanted[who], 422), (who, path)
    assert httpx.post(f"{url}/api/v1/sites/{hall.site}/probe-jobs", json={}).status_code == 401
    with hall.inside(), session() as db:
        own = rows.add(db, "issue_pack", {}, "pack", site=hall.site, person=hall.people["engineer"].id).id
        foreign = rows.add(db, "probe", {}, "else", site=None, person=None, runner="agent").id
    for other_job in (own, foreign, "none"):
        assert box.progress(other_job, 1, "").status_code == 404
        assert box.call(f"/{other_job}/result", {}).status_code == 404
    assert box.call(f"/{job}/result", {}).json()["code"] == "wrong_job_state", "nobody has claimed it"


def test_an_agent_whose_maker_left_gets_nothing(hall: Hall, url: str) -> None:
    box = agent(hall, url, None)
    ask(hall)
    with hall.inside(), session() as db:
        pair = people.person(db, hall.people["engineer"].id)
        assert pair
        pair[0].active = False
    assert box.call("/claim", {}).status_code == 401
