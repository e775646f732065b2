"""What is PostgreSQL's own: tables, row locks, text that it can't hold, its queue, many at once."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from huey import PostgresHuey
from sqlalchemy import inspect
from sqlmodel import SQLModel

from fieldapp import auth, create_app, jobs
from fieldapp.problems import Problem
from fieldapp.store import database
from fieldapp.store import jobs as rows
from fieldapp.store.database import session
from fieldapp.usecases import check_journal, propose_change, revise_site
from tests.fieldapp.conftest import close
from tests.fieldapp.hall_cast import Hall, furnish, hall_of
from tests.fieldapp.postgres_cluster import Cluster

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def hall(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    """Furnished in PostgreSQL itself, not copied into it."""
    home = tmp_path_factory.mktemp("home")
    with cluster.empty() as url:
        settings = {"FIELDAPP_DATABASE_URL": url}
        app = create_app({"FIELDAPP_HOME": str(home), **settings})
        furnish(app)
        with app.app_context():
            database.database().dispose()
        opened = hall_of(home, **settings)
        yield opened
        close(opened)


def test_the_tables_are_those_of_the_models(hall: Hall) -> None:
    with hall.inside():
        found = inspect(database.database().engine)
        assert set(SQLModel.metadata.tables) <= set(found.get_table_names())
        assert database.is_current(database.database())
        for name, table in SQLModel.metadata.tables.items():
            assert {each["name"] for each in found.get_columns(name)} == set(table.columns.keys()), name


def test_a_sync_with_everything_that_can_happen(hall: Hall) -> None:
    tablet, item = hall.tablet(), hall.item()
    first = tablet.record(hall.site, item)
    second = tablet.record(hall.site, item, base=[first["op"]["id"]])
    forged = {**first, "signature": "A" * 86}
    hostile = {"op": {"id": "x\x00\ud800", "ü": "\x00"}, "signature": "\x00"}
    found = tablet.sync(second, forged, hostile, first, first)
    assert [each["status"] for each in found] == ["applied", "rejected", "rejected", "applied", "duplicate"]
    assert hall.status(item) == "passed"
    assert tablet.receipts()["contiguous"] == 2
    with hall.inside():
        assert check_journal.verify_journals(hall.site)[0].problems == ()


def test_a_nul_in_an_address_or_a_sign_in_is_nobody(hall: Hall) -> None:
    tablet, client = hall.tablet(), hall.app.test_client()
    assert tablet.call("GET", "/sites/a%00b/bundle").status_code == 404
    assert client.get("/sites/a%00b").status_code == 404
    with hall.app.test_request_context(), pytest.raises(Problem) as caught:
        auth.login("a\x00@example.org", "guess")
    assert caught.value.code == "bad_credentials"


def test_two_tablets_at_the_same_moment_number_without_gaps(hall: Hall) -> None:
    """The site row is locked: eight pushes at once get sixteen numbers, each once."""
    item, before = hall.item(number=2), hall.view().journal_head.number
    tablets = [hall.tablet(who) for who in ("contractor", "colleague") * 4]
    pushes = [[tablet.record(hall.site, item, "note") for _ in range(2)] for tablet in tablets]
    results: list[list[dict[str, Any]]] = [[] for _ in tablets]

    def push(number: int) -> None:
        results[number] = tablets[number].sync(*pushes[number])

    threads = [threading.Thread(target=push, args=(number,)) for number in range(len(tablets))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = sorted(each["number"] for result in results for each in result)
    assert numbers == list(range(before + 1, before + 17))
    with hall.inside():
        assert check_journal.verify_journals(hall.site)[0].problems == ()


def test_of_two_revisions_at_the_same_moment_one_is_kept(hall: Hall) -> None:
    engineer, number = hall.people["engineer"], hall.view().revision
    tablet = hall.tablet()
    outcomes: list[int] = []
    body = {"tag": "F03", "property": "length_m", "value": "24", "reason": "the way round"}
    mine = tablet.record(hall.site, "insulation-resistance@F03", "deviation", body=body)
    assert tablet.sync(mine)[0]["status"] == "applied"
    with hall.inside():
        text = propose_change.site_text_with(engineer, hall.site, [mine["op"]["id"]])
        made = revise_site.prepare(engineer, hall.site, text, [mine["op"]["id"]])

    def keep() -> None:
        with hall.inside():
            try:
                outcomes.append(revise_site.keep(engineer, hall.site, made, "as built"))
            except Problem as problem:
                outcomes.append(problem.status)

    threads = [threading.Thread(target=keep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [number + 1, 409, 409, 409]
    view = hall.view()
    assert (view.revision, view.proposals[0].status) == (number + 1, "accepted")
    with hall.inside():
        assert check_journal.verify_journals(hall.site)[0].problems == ()


def test_the_queue_lives_in_the_database_too(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "WORK", {"count": lambda arguments, tell: {"by": arguments["by"]}})
    with hall.inside(), session() as db:
        job_id = rows.add(db, "count", {"by": 7}, "pg", site=hall.site, person=hall.people["engineer"].id).id
    huey = jobs.queue_of(hall.app).huey
    assert isinstance(huey, PostgresHuey)
    huey.execute(huey.dequeue())
    with hall.inside(), session() as db:
        row = rows.get(db, job_id)
        assert row
        assert (row.state, row.result) == ("done", '{"by": 7}')
