"""What the hall promises to probe agents: a job is given to one, and its report is taken once."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from device_probe.problems import ServerRefusalError, TokenRefusedError
from fieldapp.problems import Problem
from fieldapp.store import jobs as rows
from fieldapp.store import journal, people
from fieldapp.store.database import database, reading, session
from fieldapp.usecases import tokens
from tests.fieldapp.hall_cast import Hall, hall_of
from tests.fieldapp.probe_boxes import ask, box, call, devices, line, read, runs, served, token_of
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
    with served(hall) as address:
        yield address


def test_a_run_is_asked_for_read_and_recorded_once(hall: Hall, url: str) -> None:
    token = token_of(hall)
    with devices(hall) as network:
        report = read(network)
    with box(url, token) as agent:
        assert agent.claim() == (None, 5.0), "nothing was asked for yet"
        job = ask(hall)
        assert ask(hall) == job, "while one waits it is the answer"
        claimed = call(url, token, "/claim", {}).json()
        validator("agent-job").validate(claimed)
        assert (claimed["id"], agent.claim()[0]) == (job, None), "it is taken"
        assert not agent.progress(job, 100, "read CH01").cancel
        told = line(hall, job)
        assert (told.state, told.progress_percent, told.message) == ("running", 100, "read CH01")
        first, second = (call(url, token, f"/{job}/result", report) for _ in range(2))
    validator("agent-job", "taken").validate(first.json())
    assert first.status_code == second.status_code == 200
    assert (
        first.json()
        == second.json()
        == {"id": report["id"], "verdict": report["verdict"], "number": 3, "taken": True}
    )
    assert (line(hall, job).state, runs(hall)) == ("done", 1)
    with hall.inside(), reading() as db:
        entry = journal.read(db, hall.site, types=["probe_run"])[0]
    assert entry.author == hall.people["engineer"].id, "who made the agent's token"
    assert entry.body["through"]["agent"] == "Box in MSB"
    assert entry.body["through"]["asked_by"] == hall.people["contractor"].id


def test_a_silent_agent_is_replaced_and_its_late_report_changes_nothing(hall: Hall, url: str) -> None:
    with devices(hall) as network, box(url, token_of(hall)) as silent, box(url, token_of(hall)) as other:
        job = ask(hall)
        assert silent.claim()[0]
        deadline = time.monotonic() + SECONDS
        while (claimed := other.claim()[0]) is None:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert (claimed.id, claimed.attempt) == (job, 2)
        with pytest.raises(ServerRefusalError) as lost:
            silent.progress(job, 50, "late")
        assert lost.value.code == "lease_lost"
        late, good = read(network), read(network)
        assert silent.result(job, late).taken, "a report is taken however late it comes"
        answer = other.result(job, good)
    assert (answer.id, answer.taken) == (late["id"], False)
    assert (line(hall, job).state, line(hall, job).attempts, runs(hall)) == ("done", 2, 1)


def test_two_reports_at_the_same_moment_make_one_run(hall: Hall, url: str) -> None:
    token = token_of(hall)
    with devices(hall) as network:
        reports = [read(network) for _ in range(2)]
    job = ask(hall)
    assert call(url, token, "/claim", {}).status_code == 200
    answers: list[dict[str, Any]] = []
    threads = [
        threading.Thread(target=lambda it=it: answers.append(call(url, token, f"/{job}/result", it).json()))
        for it in reports
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({answer["number"] for answer in answers}) == 1, answers
    assert sorted(answer["taken"] for answer in answers) == [False, True]
    assert runs(hall) == 1


def test_an_agent_that_cannot_says_why_and_tries_again_later(hall: Hall, url: str) -> None:
    with box(url, token_of(hall)) as agent:
        job = ask(hall)
        assert agent.claim()[0]
        assert agent.fail(job, "no route to MSB", again=True) == "queued"
        told = line(hall, job)
        assert told.error == "The agent says: no route to MSB"
        assert told.next_try
        assert agent.claim()[0] is None, "not before its time"
        with pytest.raises(ServerRefusalError) as lost:
            agent.fail(job, "again", again=True)
        assert lost.value.code == "lease_lost"
        with hall.inside(), session() as db:
            row = rows.get(db, job)
            assert row
            row.run_after = "2020-01-01T00:00:00.000Z"
        assert agent.claim()[0]
        assert agent.fail(job, "broken", again=False) == "failed"


def test_an_agent_has_its_own_sites_alone(hall: Hall, url: str) -> None:
    with pytest.raises(Problem) as caught:
        ask(hall)
    assert caught.value.code == "no_agent"
    token = token_of(hall)
    job = ask(hall)
    with hall.inside():
        elsewhere = tokens.make_agent_token(hall.people["engineer"], "Gone", [hall.site])
        tokens.revoke_token(hall.people["engineer"], elsewhere.id)
    strangers = {"revoked": elsewhere.token, "tablet": hall.tablet().token, "guessed": "x" * 43}
    wanted = {"revoked": 401, "tablet": 403, "guessed": 401}
    for who, other in strangers.items():
        for path in ("/claim", f"/{job}/progress", f"/{job}/result", f"/{job}/fail"):
            assert call(url, other, path, {}).status_code in (wanted[who], 422), (who, path)
    assert httpx.post(f"{url}/api/v1/sites/{hall.site}/probe-jobs", json={}).status_code == 401
    with hall.inside(), session() as db:
        own = rows.add(db, "issue_pack", {}, "pack", site=hall.site, person=hall.people["engineer"].id).id
        foreign = rows.add(db, "probe", {}, "else", site=None, person=None, runner="agent").id
    for other_job in (own, foreign, "none"):
        assert call(url, token, f"/{other_job}/progress", {"percent": 1}).status_code == 404
        assert call(url, token, f"/{other_job}/result", {}).status_code == 404
    unclaimed = call(url, token, f"/{job}/result", {})
    assert unclaimed.json()["code"] == "wrong_job_state", "nobody has claimed it"


def test_an_agent_whose_maker_left_gets_nothing(hall: Hall, url: str) -> None:
    with box(url, token_of(hall)) as agent:
        ask(hall)
        with hall.inside(), session() as db:
            pair = people.person(db, hall.people["engineer"].id)
            assert pair
            pair[0].active = False
        with pytest.raises(TokenRefusedError):
            agent.claim()
