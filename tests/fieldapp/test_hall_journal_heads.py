"""A journal against what people signed, what is kept beside it, and what was given out of it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, text, update
from sqlmodel import select

from fieldapp.cli import cli
from fieldapp.problems import Problem
from fieldapp.store import journal
from fieldapp.store.database import session
from fieldapp.store.journal import entry_hash
from fieldapp.tables import AnchorRow, JournalEntryRow, OperationRow, SiteRow
from fieldapp.usecases import check_journal, journal_heads
from fieldapp.usecases.check_journal import JournalCheck
from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import Hall


@pytest.fixture
def worked(hall: Hall, tablet: FieldTablet) -> Hall:
    """Four operations, entries 3 to 6."""
    for number in range(2):
        item = hall.item(number=number)
        tablet.sync(tablet.record(hall.site, item), tablet.record(hall.site, item, "note"))
    return hall


def check(hall: Hall, receipt: object = None) -> JournalCheck:
    given = [] if receipt is None else journal_heads.of_file("mine.json", json.dumps(receipt).encode())
    with hall.inside():
        return check_journal.verify_journals(hall.site, given=given)[0]


def forge(hall: Hall, number: int, old: str, new: str) -> None:
    """Change an entry and make everything after it, the head and the anchors fit again."""
    with hall.inside(), session() as db:
        rows = db.exec(select(JournalEntryRow).order_by(text("number"))).all()
        previous = journal.START
        for row in rows:
            if row.number == number:
                assert old in row.body
                row.body = row.body.replace(old, new)
            row.previous = previous
            previous = row.hash = entry_hash(journal.entry_of(row).unhashed())
        db.execute(update(SiteRow).values(head_hash=previous))
        db.execute(delete(AnchorRow))


def test_what_nobody_signed_is_found_in_a_chain_that_fits(worked: Hall) -> None:
    forge(worked, 3, '"raw":"yes"', '"raw":"no"')
    found = check(worked)
    assert found.first == 3
    assert found.problems[0] == "Entry 3 was never signed by its author: its signature does not belong to it."


def test_an_entry_under_another_name_is_found(worked: Hall) -> None:
    colleague = worked.people["colleague"].id
    with worked.inside(), session() as db:
        db.execute(update(JournalEntryRow).where(JournalEntryRow.number == 4).values(author=colleague))
    forge(worked, 4, "note", "note")
    assert check(worked).first == 4


def test_a_receipt_that_a_tablet_kept_tells_of_a_journal_made_anew(worked: Hall, tablet: FieldTablet) -> None:
    receipt = tablet.receipts()
    assert check(worked, receipt).compared == 2  # the server's own memory of it, and the file
    forge(worked, 2, "Contractor", "Somebody")
    assert check(worked).good, "nothing inside can tell"
    found = check(worked, receipt)
    assert found.first == 6
    assert found.problems == ("Entry 6 is not the one whose hash stands in mine.json.",)


def test_an_entry_lost_at_the_end_is_missed_by_who_has_a_receipt(worked: Hall, tablet: FieldTablet) -> None:
    receipt = tablet.receipts()
    with worked.inside(), session() as db:
        db.execute(delete(OperationRow).where(OperationRow.number == 6))
        db.execute(delete(JournalEntryRow).where(JournalEntryRow.number == 6))
        last = db.exec(select(JournalEntryRow.hash).where(JournalEntryRow.number == 5)).one()
        db.execute(update(SiteRow).values(head_hash=last, head_number=5))
        db.execute(delete(AnchorRow))
    assert check(worked, receipt).first == 6


def test_look_up_rows_that_differ_are_found_and_made_anew(worked: Hall) -> None:
    with worked.inside(), session() as db:
        db.execute(update(OperationRow).where(OperationRow.number == 3).values(seq=77))
        db.execute(delete(OperationRow).where(OperationRow.number == 5))
    found = check(worked)
    assert not found.good
    assert "fieldapp journal rebuild" in found.problems[-1]
    with worked.inside():
        check_journal.rebuild(worked.site)
    assert check(worked).good


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"{", b"%PDF-1.7", b'{"journal_heads": 5}', b"[" * 99_999]
)
def test_a_file_that_is_neither_pack_nor_receipt(content: bytes) -> None:
    with pytest.raises(Problem) as caught:
        journal_heads.of_file("x", content)
    assert caught.value.code == "invalid"


def test_a_file_about_another_site_is_no_proof(worked: Hall) -> None:
    with pytest.raises(Problem) as caught:
        check(worked, {"site": "elsewhere", "number": 1, "hash": "0" * 64})
    assert "elsewhere" in caught.value.detail


def test_from_the_command_line(
    worked: Hall, tablet: FieldTablet, hall_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = tmp_path / "receipt.json"
    receipt.write_text(json.dumps(tablet.receipts()))
    monkeypatch.setenv("FIELDAPP_HOME", str(hall_home))
    run = CliRunner().invoke
    arguments = ["journal", "verify", worked.site, "--against", str(receipt), "--json"]
    good = run(cli, arguments, standalone_mode=False)
    assert (good.return_value, json.loads(good.stdout)["journals"][0]["compared"]) == (0, 2)
    lines = run(cli, ["journal", "export", worked.site]).stdout.splitlines()
    assert [json.loads(line)["number"] for line in lines] == list(range(1, 7))
    forge(worked, 2, "Contractor", "Somebody")
    bad = run(cli, arguments, standalone_mode=False)
    assert (bad.return_value, json.loads(bad.stdout)["journals"][0]["first"]) == (1, 6)
