"""The pack from request to verified file, on a real site with real PDF and real seal."""

import hashlib
import shutil
from pathlib import Path

import pytest
from sqlalchemy import delete, update
from sqlmodel import select

from fieldapp import jobs
from fieldapp.problems import Problem
from fieldapp.store import database, journal, records
from fieldapp.store.journal import entry_hash
from fieldapp.tables import AnchorRow, JournalEntryRow, PackRow, SiteRow
from fieldapp.usecases import check_journal, issue_pack, journal_heads, review_site, submit_site
from fieldapp.usecases.jobs import job_view
from tests.fieldapp.hall_cast import Hall, do_all_items, hall_of


@pytest.fixture(scope="module")
def approved_home(furnished_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("approved") / "home"
    shutil.copytree(furnished_home, home)
    hall = hall_of(home)
    do_all_items(hall, hall.tablet())
    with hall.inside():
        submit_site.submit_site(hall.people["contractor"], hall.site)
        review_site.approve_site(hall.people["reviewer"], hall.site)
        database.database().dispose()
    return home


@pytest.fixture
def hall_home(approved_home: Path, tmp_path: Path) -> Path:
    home = tmp_path / "home"
    shutil.copytree(approved_home, home)
    return home


def issue(hall: Hall) -> str:
    """Ask for the pack and be the worker; return the pack's id."""
    with hall.inside():
        job_id = issue_pack.request_pack(hall.people["engineer"], hall.site)
        assert jobs.run(job_id)
        found = job_view(hall.people["engineer"], job_id)
    assert found.state == "done", found.error
    return str(found.result["pack"])


@pytest.mark.slow
def test_from_approval_to_a_verified_file(hall: Hall) -> None:
    assert "download_pack" not in hall.view("engineer").actions
    with pytest.raises(Problem):
        hall.view("service")
    pack_id = issue(hall)
    view = hall.view("service")
    assert (view.summary.state, view.summary.pack_id, view.actions) == ("issued", pack_id, {"download_pack"})
    with hall.inside():
        data, name = issue_pack.pack_file(hall.people["service"], pack_id)
        found = issue_pack.verify_pack(data)
        assert found.good, found.problems
        assert (found.pack_id, found.superseded_by) == (pack_id, None)
        assert name == "handover-pack-parkhaus-nord-1.pdf"
        assert hashlib.sha256(data).hexdigest() == view.packs[0].sha256
        entries = list(check_journal.export(hall.site))
        assert [entry["type"] for entry in entries[-2:]] == ["pack_issued", "pack_downloaded"]
        assert entries[-2]["body"]["sha256"] == view.packs[0].sha256
        checked = check_journal.verify_journals(hall.site, given=journal_heads.of_file(name, data))[0]
        assert (checked.problems, checked.compared) == ((), 3)  # anchor, stored pack, downloaded file
        flipped = bytearray(data)
        flipped[len(data) // 2] ^= 1
        assert not issue_pack.verify_pack(bytes(flipped)).good
        assert not issue_pack.verify_pack(b"%PDF-1.7 nothing").good
        for who in ("stranger", "other_engineer"):
            with pytest.raises(Problem) as caught:
                issue_pack.pack_file(hall.people[who], pack_id)
            assert caught.value.status == 404
        with pytest.raises(Problem) as caught:
            issue_pack.pack_file(hall.people["contractor"], pack_id)
        assert caught.value.code == "forbidden"


@pytest.mark.slow
def test_a_worker_that_died_after_the_commit_leaves_one_pack(hall: Hall) -> None:
    pack_id = issue(hall)
    with hall.inside():
        with database.reading() as db:
            row = records.pack(db, pack_id)
            assert row
            approval = row.approval_number
        arguments = {
            "pack": pack_id, "site": hall.site, "approval": approval, "person": hall.people["engineer"].id,
        }  # fmt: skip
        again = issue_pack.make_pack(arguments, lambda percent, message: None)
    assert again["pack"] == pack_id
    assert len(hall.view().packs) == 1


def test_asking_twice_gives_one_job(hall: Hall) -> None:
    with hall.inside():
        first = issue_pack.request_pack(hall.people["engineer"], hall.site)
        assert issue_pack.request_pack(hall.people["reviewer"], hall.site) == first
    assert hall.view().open_job == first


@pytest.mark.parametrize(
    ("who", "code"), [("contractor", "forbidden"), ("stranger", "not_found"), ("service", "not_found")]
)
def test_who_may_not_ask(hall: Hall, who: str, code: str) -> None:
    with hall.inside(), pytest.raises(Problem) as caught:
        issue_pack.request_pack(hall.people[who], hall.site)
    assert caught.value.code == code


def test_an_approval_that_lapsed_while_waiting_makes_no_pack(hall: Hall) -> None:
    with hall.inside():
        job_id = issue_pack.request_pack(hall.people["engineer"], hall.site)
        review_site.return_item(hall.people["reviewer"], hall.site, hall.item(), "on second thoughts")
        jobs.run(job_id)
        found = job_view(hall.people["engineer"], job_id)
    assert found.state == "failed"
    assert "approval has lapsed" in found.error
    assert hall.view().packs == ()


@pytest.mark.slow
def test_a_journal_made_anew_is_told_from_the_one_in_the_pack(hall: Hall, hall_home: Path) -> None:
    """Who may write every row can make chain, anchors and states fit; the sealed pack names the entry."""
    issue(hall)
    with hall.inside():
        head = hall.view().packs[0].number
        with database.session() as db:
            rows = db.exec(select(JournalEntryRow).where(JournalEntryRow.number > 5)).all()
            previous = db.exec(select(JournalEntryRow.hash).where(JournalEntryRow.number == 5)).one()
            for row in sorted(rows, key=lambda row: row.number):
                row.received_at, row.previous = "2020-01-01T00:00:00.000Z", previous
                previous = row.hash = entry_hash(journal.entry_of(row).unhashed())
            db.execute(update(SiteRow).values(head_hash=previous))
            db.execute(delete(AnchorRow))
        (found,) = check_journal.verify_journals(hall.site)
    assert (found.first, head) == (6, 1)
    sentence = next(each for each in found.problems if each.startswith("Entry 6"))
    assert sentence.startswith("Entry 6 is not the one whose hash stands in pack 1 of 20")


@pytest.mark.slow
def test_a_pack_that_is_gone_is_told(hall: Hall, hall_home: Path) -> None:
    issue(hall)
    sha256 = hall.view().packs[0].sha256
    (hall_home / "objects" / sha256[:2] / sha256).unlink()
    with hall.inside():
        (found,) = check_journal.verify_journals(hall.site)
        assert [each.partition(" can't be compared")[1] for each in found.problems] == [" can't be compared"]
        with database.session() as db:
            db.execute(delete(PackRow))
        (found,) = check_journal.verify_journals(hall.site)
    assert len(found.problems) == 1
    assert "was issued" in found.problems[0]
    assert "is not kept" in found.problems[0]
