"""Who looks after background work: what they see of it, what they try again and call off."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from fieldapp import jobs
from fieldapp.problems import Problem
from fieldapp.store import jobs as rows
from fieldapp.store.database import session
from fieldapp.usecases import jobs as use
from fieldapp.usecases.issue_pack import Tell
from tests.fieldapp.hall_cast import Hall
from tests.fieldapp.test_hall_jobs import row_of


def add(
    hall: Hall, key: str, who: str = "engineer", *, site: bool = True, runner: rows.Runner = "worker"
) -> str:
    with hall.inside(), session() as db:
        of = hall.site if site else None
        return rows.add(db, "count", {}, key, site=of, person=hall.people[who].id, runner=runner).id


def work(monkeypatch: pytest.MonkeyPatch, done: Any) -> None:
    monkeypatch.setattr(jobs, "WORK", {"count": done})


def refuse(arguments: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    raise Problem("unavailable", what="The pack", why="the disk is full.")


def test_everybody_sees_the_jobs_that_concern_them(hall: Hall) -> None:
    of_site, own = add(hall, "a"), add(hall, "b", site=False)
    elsewhere = add(hall, "c", "other_engineer", site=False)

    def seen(who: str) -> set[str]:
        return {line.id for line in use.list_jobs(hall.people[who]).lines}

    with hall.inside():
        assert seen("engineer") == {of_site, own}
        assert seen("other_engineer") == {elsewhere}
        for who in ("contractor", "reviewer", "service"):
            with pytest.raises(Problem) as caught:
                seen(who)
            assert caught.value.status == 403
        assert use.job_line(hall.people["contractor"], of_site).site == "Parkhaus Nord"
        for who, job_id in (("stranger", of_site), ("other_engineer", own), ("contractor", own)):
            for verb in (use.job_line, use.retry_job, use.cancel_job):
                with pytest.raises(Problem) as caught:
                    verb(hall.people[who], job_id)
                assert caught.value.status == 404, (who, verb)
        for verb in (use.retry_job, use.cancel_job):
            with pytest.raises(Problem) as caught:
                verb(hall.people["contractor"], of_site)
            assert caught.value.status == 403


def test_a_failed_job_says_why_and_is_tried_again(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    engineer, job_id = hall.people["engineer"], add(hall, "a")
    work(monkeypatch, refuse)
    with hall.inside():
        jobs.run(job_id)
        (line,) = use.list_jobs(engineer, ["failed"]).lines
        assert (line.error, line.attempts, line.may_retry) == (
            "The pack is not available: the disk is full.", 1, True,
        )  # fmt: skip
        assert use.failed_jobs(engineer) == 1
        use.retry_job(engineer, job_id)
        work(monkeypatch, lambda arguments, tell: {"done": True})
        assert jobs.run(job_id)
        after = use.job_line(engineer, job_id)
        assert (after.state, after.attempts, after.error) == ("done", 2, "")
        with pytest.raises(Problem) as caught:
            use.retry_job(engineer, job_id)
    assert (caught.value.code, caught.value.status) == ("wrong_job_state", 409)


def test_what_waits_is_cancelled_at_once_and_nobody_does_it(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    engineer, job_id = hall.people["engineer"], add(hall, "a")
    work(monkeypatch, refuse)
    with hall.inside():
        assert use.cancel_job(engineer, job_id) == "cancelled"
        assert not jobs.run(job_id)
        assert use.job_line(engineer, job_id).state == "cancelled"
        assert use.job_view(engineer, job_id).error == "It was cancelled."
        with pytest.raises(Problem):
            use.cancel_job(engineer, job_id)
    assert add(hall, "a") == job_id, "asked for anew it is queued again"
    assert row_of(hall, job_id).state == "queued"


def test_what_runs_is_cancelled_at_its_next_sign_of_life(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    engineer, job_id, steps = hall.people["engineer"], add(hall, "a"), []

    def long_work(arguments: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
        for step in range(3):
            steps.append(step)
            if step == 1:
                assert use.cancel_job(engineer, job_id) == "running"
                assert use.job_line(engineer, job_id).cancelling
            tell(step, "at it")
        return {}

    work(monkeypatch, long_work)
    with hall.inside():
        jobs.run(job_id)
        assert (use.job_line(engineer, job_id).state, steps) == ("cancelled", [0, 1])


def test_the_sweeper_ends_what_was_cancelled_while_its_worker_was_dead(hall: Hall) -> None:
    job_id = add(hall, "a")
    with hall.inside():
        with session() as db:
            assert rows.claim(db, job_id, "dead", -1)
            assert rows.cancel(db, job_id) == "running"
            assert rows.due(db) == []
        jobs.queue_of(hall.app).sweep()
    assert row_of(hall, job_id).state == "cancelled"


def test_a_job_that_ends_every_worker_is_given_up(hall: Hall) -> None:
    job_id = add(hall, "a")
    with hall.inside():
        for attempt in range(1, jobs.MOST_ATTEMPTS + 1):
            with session() as db:
                row = rows.claim(db, job_id, "dead", -1)
                assert row
                assert row.attempts == attempt
        jobs.queue_of(hall.app).sweep()
    assert row_of(hall, job_id).state == "failed"
    assert "fell silent" in row_of(hall, job_id).error


def test_waits_grow_are_spread_and_end(hall: Hall) -> None:
    waits = [jobs.wait_before(attempt) for attempt in range(1, 2000)]
    assert 8 <= waits[0] <= 12 < 16 <= waits[1] <= 24
    assert max(waits) <= 1080
    assert len(set(waits[100:])) > 1000, "those that failed together come back one by one"


def test_workers_leave_agents_jobs_alone(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    work(monkeypatch, refuse)
    job_id, mine = add(hall, "a", runner="agent"), add(hall, "b")
    jobs.queue_of(hall.app).huey.flush()
    with hall.inside():
        queue = jobs.queue_of(hall.app)
        queue.sweep()
        assert queue.huey.pending_count() == 1, "a worker is woken for the other job alone"
        assert not jobs.run(job_id)
        with session() as db:
            assert rows.due(db) == [mine]
            assert rows.due(db, runner="agent") == [job_id]
            assert rows.claim(db, mine, "agent:x", 60, "agent") is None
            assert rows.running(db) == []


def test_what_a_result_was_stays_when_it_is_listed(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = add(hall, "a")
    work(monkeypatch, lambda arguments, tell: {"kept": 1})
    with hall.inside():
        jobs.run(job_id)
        with pytest.raises(Problem):
            use.cancel_job(hall.people["engineer"], job_id)
    assert json.loads(row_of(hall, job_id).result) == {"kept": 1}
