"""Nothing entered is ever lost: the storm of script/prove chaos in short, and that it would notice."""

import random
from pathlib import Path

import pytest
from sqlalchemy import text

from fieldapp import jobs
from fieldapp.store import jobs as job_rows
from fieldapp.store.database import reading
from tests.fieldapp.conftest import Meddling
from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import Hall
from tests.proofs.chaos_parts.checks import faults_of
from tests.proofs.chaos_parts.crew import Tablet
from tests.proofs.chaos_parts.plan import plan_work
from tests.proofs.chaos_parts.storm import Scale, storm


@pytest.mark.slow
def test_whatever_network_and_server_do_everything_is_there_once(
    hall: Hall, hall_home: Path, database: dict[str, str]
) -> None:
    settings = {"FIELDAPP_HOME": str(hall_home), **database}
    scale = Scale(tablets=2, operations=40, photos=5, kills=4, seconds=300)
    found = storm(hall, settings, scale, seed=5)
    assert found.faults == (), found.figures
    assert found.figures["kills"] == 4
    assert found.figures["kills_while_work_was_left"] >= 3


@pytest.fixture
def crew(hall: Hall, tablet: FieldTablet) -> list[Tablet]:
    """One tablet that had no trouble: something of every kind is journalled, held and stored."""
    items = [hall.item(number=number) for number in range(3)]
    plan = plan_work(tablet, hall.site, items, 0, 1, random.Random(1))
    plan.signed += [tablet.record(hall.site, item) for item in (*items, "no-such-step@MSB")]
    found = Tablet(plan, port=0, seed=1, protocol=1, deadline=0.0)
    for signed, result in zip(plan.signed, tablet.sync(*plan.signed), strict=True):
        found.note(signed, result)
    assert tablet.upload(plan.photos[0]).status_code == 204
    found.receipts.append(tablet.receipts())
    found.contiguous.append(found.receipts[0]["contiguous"])
    found.leave_photos()
    with hall.inside():
        with reading() as db:
            due = job_rows.due(db)
        assert all(jobs.run(each) for each in due)
    assert faults_of(hall, [found]) == []
    return [found]


@pytest.mark.parametrize(
    ("loss", "says"),
    [
        ("DELETE FROM held_operation", "is kept 0 times: nowhere"),
        ("UPDATE held_operation SET status = 'adopted'", "is kept 0 times: nowhere"),
        ("UPDATE object SET problem = 'lost'", "is not as it was taken"),
        ("UPDATE journal_entry SET hash = previous WHERE number = 6", "gave out another hash of entry 6"),
        ("UPDATE item_state SET document = replace(document, 'passed', 'failed')", "is not what the journal"),
        ("UPDATE job SET state = 'running'", "is running after 1 attempts"),
    ],
)
def test_the_proof_notices_what_is_lost(
    hall: Hall, crew: list[Tablet], meddling: Meddling, loss: str, says: str
) -> None:
    with meddling() as connection:
        connection.execute(text(loss))
    assert any(says in fault for fault in faults_of(hall, crew))


def test_the_proof_notices_what_was_promised_and_is_elsewhere(hall: Hall, crew: list[Tablet]) -> None:
    first = next(iter(crew[0].said))
    crew[0].said[first] += 1
    assert [fault for fault in faults_of(hall, crew) if "was acknowledged as entry" in fault]
    crew[0].said[first] -= 1
    crew[0].contiguous.append(99)
    assert [fault for fault in faults_of(hall, crew) if "is not here" in fault]
