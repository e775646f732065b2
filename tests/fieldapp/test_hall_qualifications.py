"""Who was qualified on the day of the work: told to reviewers, once for those of whom nothing is known."""

from datetime import UTC, datetime, timedelta

import pytest

from checklists.model import Item
from checklists.plausibility import Doubt
from checklists.words import COMPETENCES
from fieldapp.problems import Problem
from fieldapp.store import qualifications as rows
from fieldapp.store.database import session
from fieldapp.tables import QualificationRow
from fieldapp.usecases import doubt_site, qualifications, view_site
from fieldapp.usecases.qualifications import NewQualification
from fieldapp.web.review_page import review_page
from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import Hall, good_answer, instrument_for
from tests.fieldapp.hostile_files import document

TODAY = datetime.now(UTC).date()


def day(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


def forget(hall: Hall, *who: str) -> None:
    with hall.inside(), session() as db:
        ids = [hall.people[each].id for each in who]
        for group in rows.of_people(db, ids).values():
            for row in group:
                db.delete(row)


def record(hall: Hall, new: NewQualification, who: str = "contractor") -> str:
    with hall.inside():
        return qualifications.add_qualification(hall.people["admin"], hall.people[who].id, new)


def told(hall: Hall, who: str = "reviewer") -> dict[str, list[str]]:
    """Return item -> sentences about who did it."""
    with hall.inside():
        view = view_site.view_site(hall.people[who], hall.site)
        found = doubt_site.doubts_of(hall.people[who], view)
    said = {key: [it.sentence for it in group if it.code == "unqualified"] for key, group in found.items()}
    return {key: sentences for key, sentences in said.items() if sentences}


def item_for(hall: Hall, who: str, *, safety: bool = True) -> Item:
    return next(
        item
        for checklist in hall.view().checklists
        for item in checklist.items
        if item.who == who and item.safety is safety and not item.photos and item.criterion.kind != "photo"
        and item.criterion.kind not in ("probe", "signature")
    )  # fmt: skip


def answer(hall: Hall, tablet: FieldTablet, item: Item, days: int = 0) -> None:
    at = (datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="milliseconds")
    body = {"value": good_answer(item), **instrument_for(item)}
    assert (
        tablet.sync(tablet.record(hall.site, item.key, body=body, recorded_at=at))[0]["status"] == "applied"
    )


def test_the_day_of_the_work_counts(hall: Hall, tablet: FieldTablet) -> None:
    item = item_for(hall, "tester")
    forget(hall, "contractor", "colleague")
    record(hall, NewQualification("tester", day(-400), day(-10)))
    answer(hall, tablet, item, -20)
    assert told(hall) == {}, "it ran out after the work"
    other = item_for(hall, "tester", safety=False)
    answer(hall, tablet, other, -5)
    assert told(hall) == {
        other.key: [f"{COMPETENCES['tester']}: the qualification of Contractor had run out on {day(-10)}."]
    }
    assert told(hall, "contractor") == {}, "for reviewers alone"
    assert hall.status(other.key) == "passed", "no verdict changes"


def test_a_revoked_one_is_told_and_a_new_one_recorded_late_counts(hall: Hall, tablet: FieldTablet) -> None:
    item = item_for(hall, "tester")
    forget(hall, "contractor", "colleague")
    held = record(hall, NewQualification("tester", day(-400)))
    answer(hall, tablet, item, -5)
    with hall.inside():
        qualifications.revoke_qualification(hall.people["admin"], held, "issued in error")
    assert "was revoked (issued in error)" in told(hall)[item.key][0]
    record(hall, NewQualification("tester", day(-30), day(300)))
    assert told(hall) == {}


def test_of_whom_nothing_is_known_it_is_said_once(hall: Hall, tablet: FieldTablet) -> None:
    forget(hall, "contractor", "colleague")
    answered = [item_for(hall, who, safety=False) for who in ("tester", "electrician", "commissioner")]
    safety = item_for(hall, "tester")
    for item in (*answered, safety):
        answer(hall, tablet, item)
    (key,) = told(hall)
    assert key == safety.key, "the item that matters most is named"
    (said,) = told(hall)[key]
    assert said.startswith("No qualification of anybody of Contractor is recorded, so for 4 items ")
    record(hall, NewQualification("civil", day(-30)), "colleague")
    assert len(told(hall)) == 4, "of a colleague something is recorded: of this person not"


def test_in_the_review_safety_comes_first(hall: Hall, tablet: FieldTablet) -> None:
    forget(hall, "contractor")
    item, other = item_for(hall, "tester"), item_for(hall, "tester", safety=False)
    answer(hall, tablet, item)
    answer(hall, tablet, other)
    with hall.inside():
        view = view_site.view_site(hall.people["reviewer"], hall.site)
        doubts = doubt_site.doubts_of(hall.people["reviewer"], view)
        worse = {other.key: (Doubt("impossible", other.key, (), "Nobody can read that."),)}
        page = review_page(view, {**doubts, **worse}, hall.people["reviewer"])
    assert page.odd[0].rows[0].item.key == item.key
    assert "no qualification of Contractor" in page.odd[0].sentence
    assert [group.rows[0].item.key for group in page.odd] == [item.key, other.key]


def test_who_looks_after_qualifications(hall: Hall) -> None:
    paper = document()
    new = NewQualification("tester", day(-10), day(10), "T-1", "Guild", paper)
    held = record(hall, new)

    def known(who: str) -> dict[str, int]:
        return {each.email: len(each.lines) for each in qualifications.list_qualified(hall.people[who])}

    with hall.inside():
        assert list(known("contractor")) == ["contractor@example.org"], "their own"
        assert {"contractor@example.org", "colleague@example.org"} <= known("admin").keys()
        assert "stranger@example.org" not in known("other_reviewer")
        assert "contractor@example.org" not in known("other_reviewer")
        data, media_type = qualifications.qualification_file(hall.people["reviewer"], held)
        assert (data, media_type) == (paper, "application/pdf")
        (own,) = qualifications.list_qualified(hall.people["contractor"])
        (line,) = [each for each in own.lines if each.id == held]
        assert (line.standing, line.number) == ("due", "T-1")
        person = hall.people["contractor"].id
        for who, status in (
            ("contractor", 403),
            ("reviewer", 403),
            ("stranger", 404),
            ("other_reviewer", 404),
        ):
            for call in (
                lambda it: qualifications.add_qualification(it, person, NewQualification("tester", day(0))),
                lambda it: qualifications.revoke_qualification(it, held, "no"),
            ):
                with pytest.raises(Problem) as caught:
                    call(hall.people[who])
                assert caught.value.status == status, who
        with pytest.raises(Problem) as caught:
            qualifications.qualification_file(hall.people["stranger"], held)
        assert caught.value.status == 404
    for kind, since, until in (("pilot", day(0), ""), ("tester", "soon", ""), ("tester", day(2), day(1))):
        with pytest.raises(Problem) as caught:
            record(hall, NewQualification(kind, since, until))
        assert caught.value.status == 422
    with hall.inside(), session() as db:
        assert db.get(QualificationRow, held)
