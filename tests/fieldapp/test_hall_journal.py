"""The journal: chained, verified, and the source from which every state can be rebuilt."""

import pytest
from sqlalchemy import text

from fieldapp.store import journal
from fieldapp.usecases import check_journal
from fieldapp.usecases.check_journal import JournalCheck
from tests.fieldapp.conftest import Meddling
from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import Hall


@pytest.fixture
def worked(hall: Hall, tablet: FieldTablet) -> Hall:
    """Five operations and a receipt."""
    item, other = hall.item(), hall.item(number=1)
    first = tablet.record(hall.site, item)
    tablet.sync(first, tablet.record(hall.site, item, base=[first["op"]["id"]]))
    tablet.sync(*(tablet.record(hall.site, other, "note") for _ in range(3)))
    tablet.receipts()
    return hall


def check(hall: Hall) -> JournalCheck:
    with hall.inside():
        return check_journal.verify_journals(hall.site)[0]


def test_an_untouched_journal_is_intact(worked: Hall) -> None:
    found = check(worked)
    assert found.good, found.problems
    assert found.entries == 7


@pytest.mark.parametrize(
    ("meddle", "says"),
    [
        (
            "UPDATE journal_entry SET body = replace(body, 'yes', 'no') WHERE number = 3",
            "Entry 3 has been changed",
        ),
        ("UPDATE journal_entry SET author = 'x' WHERE number = 4", "Entry 4 has been changed"),
        (
            "UPDATE journal_entry SET received_at = '2020-01-01T00:00:00.000Z' WHERE number = 4",
            "Entry 4 has been",
        ),
        (
            "DELETE FROM operation WHERE number = 5; DELETE FROM journal_entry WHERE number = 5",
            "Entry 5 is missing",
        ),
        (
            "DELETE FROM operation WHERE number = 7; DELETE FROM journal_entry WHERE number = 7",
            "ends at entry 6",
        ),
        ("UPDATE journal_entry SET previous = hash WHERE number = 6", "Entry 6 does not follow"),
    ],
)
def test_tampering_is_found_and_named(worked: Hall, meddling: Meddling, meddle: str, says: str) -> None:
    with meddling() as connection:
        for statement in meddle.split(";"):
            connection.execute(text(statement))
    found = check(worked)
    assert not found.good
    assert says in found.problems[0]


def test_a_journal_rewritten_as_a_whole_differs_from_what_was_given_out(
    worked: Hall, meddling: Meddling
) -> None:
    """Who can change every row can make a chain that fits itself; what was given out does not fit it."""
    with worked.inside():
        entries = list(check_journal.export(worked.site))
    previous = journal.START
    with meddling() as connection:
        for entry in entries:
            entry["received_at"], entry["previous"] = "2020-01-01T00:00:00.000Z", previous
            previous = journal.entry_hash({key: value for key, value in entry.items() if key != "hash"})
            connection.execute(
                text(
                    "UPDATE journal_entry SET received_at = :at, previous = :p, hash = :h WHERE number = :n"
                ),
                {"at": entry["received_at"], "p": entry["previous"], "h": previous, "n": entry["number"]},
            )
        connection.execute(text("UPDATE site SET head_hash = :hash"), {"hash": previous})
    found = check(worked)
    assert len(found.problems) == 1
    assert "Entry 7 is not the one whose hash was given out in receipt:" in found.problems[0]


def test_states_that_differ_from_the_journal_are_found_and_rebuilt(worked: Hall, meddling: Meddling) -> None:
    item = worked.item()
    with meddling() as connection:
        connection.execute(
            text("UPDATE item_state SET document = replace(document, 'passed', 'failed') WHERE item = :item"),
            {"item": item},
        )
    found = check(worked)
    assert item in found.problems[0]
    with worked.inside():
        check_journal.rebuild(worked.site)
    assert check(worked).good
    assert worked.status(item) == "passed"


def test_every_hash_follows_from_the_exported_entries(worked: Hall) -> None:
    previous = journal.START
    with worked.inside():
        for number, entry in enumerate(check_journal.export(worked.site), 1):
            bare = {key: value for key, value in entry.items() if key != "hash"}
            assert (entry["number"], entry["previous"]) == (number, previous)
            assert journal.entry_hash(bare) == entry["hash"]
            previous = str(entry["hash"])
    assert previous == worked.view().journal_head.hash
