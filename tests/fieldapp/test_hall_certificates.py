"""Certificates of instruments: a reading counts under the one of its own day; changes are judged anew."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from fieldapp import jobs
from fieldapp.problems import Problem
from fieldapp.store import instruments as rows
from fieldapp.store import jobs as job_rows
from fieldapp.store import journal
from fieldapp.store.database import reading, session
from fieldapp.usecases import check_journal, instruments, review_site, submit_site
from fieldapp.usecases.instruments import InstrumentLine, NewCertificate, NewInstrument
from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import Hall, do_all_items, good_answer, picture
from tests.fieldapp.hostile_files import document as pdf

TODAY = datetime.now(UTC).date()


def day(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


def lines(hall: Hall, who: str = "contractor") -> dict[str, InstrumentLine]:
    with hall.inside():
        return {line.id: line for line in instruments.list_instruments(hall.people[who])}


def add(hall: Hall, since: int, until: int, number: str = "D-K-1", which: str = "IT1") -> str:
    new = NewCertificate(day(since), day(until), number, "Test lab")
    with hall.inside():
        return instruments.add_certificate(hall.people["contractor"], which, new)


def revoke(hall: Hall, certificate: str, reason: str = "the laboratory withdrew it") -> None:
    with hall.inside():
        instruments.revoke_certificate(hall.people["contractor"], certificate, reason)


def judge_anew(hall: Hall) -> None:
    """Do what a worker does."""
    with hall.inside():
        with reading() as db:
            waiting = job_rows.due(db, "rejudge")
        for job in waiting:
            assert jobs.run(job)


def measured(hall: Hall) -> str:
    """Return an item that is read with the installation tester."""
    return next(
        item.key
        for checklist in hall.view().checklists
        for item in checklist.items
        if item.criterion.kind == "range" and item.instrument == "installation-tester" and not item.photos
    )


def read(hall: Hall, tablet: FieldTablet, item: str, days: int) -> None:
    """Record a good reading of some days ago."""
    wanted = next(it for each in hall.view().checklists for it in each.items if it.key == item)
    at = (datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="milliseconds")
    body = {"value": good_answer(wanted), "instrument": "IT1"}
    base = list(hall.view().states[item].heads)
    assert (
        tablet.sync(tablet.record(hall.site, item, body=body, base=base, recorded_at=at))[0]["status"]
        == "applied"
    )


def test_a_reading_of_last_year_counts_under_last_year_s_certificate(hall: Hall, tablet: FieldTablet) -> None:
    """The first certificate began 100 days ago, and a later one never makes an earlier reading good."""
    item = measured(hall)
    read(hall, tablet, item, -300)
    assert hall.status(item) == "inconclusive"
    add(hall, -10, 355)
    judge_anew(hall)
    assert hall.status(item) == "inconclusive"
    add(hall, -465, -100, "D-K-0")
    judge_anew(hall)
    assert hall.status(item) == "passed"
    line = lines(hall)["IT1"]
    assert (line.standing, line.until) == ("valid", day(355))
    assert [each.number for each in line.certificates] == ["D-K-1", "", "D-K-0"]
    bundle = tablet.call("GET", f"/sites/{hall.site}/bundle").json
    assert bundle
    (held,) = [each for each in bundle["instruments"] if each["id"] == "IT1"]
    assert [each["since"] for each in held["calibrations"]] == [day(-465), day(-100), day(-10)]


def test_a_revoked_certificate_lapses_the_approval_and_the_journal_says_why(
    hall: Hall, tablet: FieldTablet
) -> None:
    do_all_items(hall, tablet)
    with hall.inside():
        submit_site.submit_site(hall.people["contractor"], hall.site)
        review_site.approve_site(hall.people["reviewer"], hall.site)
    item, first = measured(hall), lines(hall)["IT1"].certificates[0]
    revoke(hall, first.id)
    assert hall.view().summary.state == "approved", "a worker judges anew"
    judge_anew(hall)
    assert hall.status(item) == "inconclusive"
    assert hall.view().summary.state == "submitted"
    with hall.inside():
        with reading() as db:
            (entry,) = journal.read(db, hall.site, types=["certificate_changed"])
        assert (entry.body["change"], entry.body["reason"]) == ("revoked", "the laboratory withdrew it")
        assert entry.author == hall.people["contractor"].id
        assert item in entry.body["items"]
        (approval,) = [each for each in hall.view().sign_offs if each.kind == "approval"]
        assert (approval.standing, approval.changes[0].number) == ("superseded", entry.number)
        assert check_journal.verify_site(hall.people["reviewer"], hall.site).good
    judge_anew(hall)
    with hall.inside(), session() as db:
        job = job_rows.with_key(db, f"rejudge:{first.id}:revoked")
        assert job
        job_rows.put_again(db, job, json.loads(job.arguments))
    judge_anew(hall)
    with hall.inside(), reading() as db:
        assert len(journal.read(db, hall.site, types=["certificate_changed"])) == 1, "done twice, told once"


def test_a_certificate_that_changes_nothing_leaves_everything_as_it_is(
    hall: Hall, tablet: FieldTablet
) -> None:
    item = measured(hall)
    read(hall, tablet, item, -1)
    head = hall.view().journal_head.number
    add(hall, -5, 400)
    judge_anew(hall)
    assert (hall.status(item), hall.view().journal_head.number) == ("passed", head)


def test_who_looks_after_instruments(hall: Hall, tablet: FieldTablet) -> None:
    certificate = lines(hall)["IT1"].certificates[0].id
    assert "IT1" not in lines(hall, "engineer"), "an operator sees what was used on its sites"
    read(hall, tablet, measured(hall), -1)
    for who in ("engineer", "reviewer", "admin"):
        assert set(lines(hall, who)) == {"IT1"}
        assert not lines(hall, who)["IT1"].manageable
    for who in ("stranger", "other_engineer", "other_reviewer"):
        assert lines(hall, who) == {}
    for who, status in (("engineer", 404), ("stranger", 404), ("admin", 404)):
        with hall.inside():
            for call in (
                lambda it: instruments.revoke_certificate(it, certificate, "no"),
                lambda it: instruments.add_certificate(it, "IT1", NewCertificate(day(-1), day(1))),
                lambda it: instruments.retire(it, "IT1"),
                lambda it: instruments.certificate_file(it, certificate),
            ):
                with pytest.raises(Problem) as caught:
                    call(hall.people[who])
                assert caught.value.status == status, who
    with hall.inside(), pytest.raises(Problem) as caught:
        instruments.list_instruments(hall.people["service"])
    assert caught.value.status == 403


def test_a_certificate_has_its_file(hall: Hall, tablet: FieldTablet) -> None:
    contractor, document = hall.people["contractor"], pdf()
    with hall.inside():
        new = NewInstrument("clamp-meter", "Fluke", "376", "S-1")
        key = instruments.add_instrument(
            contractor, new, NewCertificate(day(-20), day(20), "7", "Lab", document)
        )
        line = {each.id: each for each in instruments.list_instruments(contractor)}[key]
        (kept,) = line.certificates
        assert (line.standing, kept.number, kept.by) == ("due", "7", contractor.name)
        assert instruments.certificate_file(contractor, kept.id) == (document, "application/pdf")
        photo = NewCertificate(day(-5), day(5), "8", "Lab", picture())
        assert instruments.certificate_file(contractor, instruments.add_certificate(contractor, key, photo))
        for who in ("stranger", "engineer"):
            with pytest.raises(Problem) as caught:
                instruments.certificate_file(hall.people[who], kept.id)
            assert caught.value.status == 404
        with pytest.raises(Problem) as caught:
            instruments.add_certificate(contractor, key, NewCertificate(day(0), day(1), file=b"<html>"))
        assert caught.value.code == "evidence_refused"
        with reading() as db:
            assert len(rows.certificates(db, [key])[key]) == 2, "nothing is kept of what was refused"


@pytest.mark.parametrize(
    ("since", "until", "where"),
    [
        (day(3), day(400), "calibrated_on"),
        (day(-3), day(-4), "calibration_due"),
        ("yesterday", day(4), "calibrated_on"),
        (day(-3), "", "calibration_due"),
    ],
)
def test_days_that_cannot_be(hall: Hall, since: str, until: str, where: str) -> None:
    with hall.inside(), pytest.raises(Problem) as caught:
        instruments.add_certificate(hall.people["contractor"], "IT1", NewCertificate(since, until))
    assert caught.value.detail.startswith(where)


def test_a_retired_instrument_is_offered_no_more_and_its_readings_stay(
    hall: Hall, tablet: FieldTablet
) -> None:
    item = measured(hall)
    read(hall, tablet, item, -1)
    with hall.inside():
        instruments.retire(hall.people["contractor"], "IT1")
        instruments.retire(hall.people["contractor"], "CLAMP-METER")
    assert hall.status(item) == "passed"
    offered = {each["id"] for each in tablet.call("GET", f"/sites/{hall.site}/bundle").json["instruments"]}
    assert "CLAMP-METER" not in offered
    assert "IT1" in offered, "what it was used for needs it"
    assert lines(hall)["IT1"].standing == "retired"
