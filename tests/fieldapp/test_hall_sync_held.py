"""Work that was set apart: a reviewer lets it in or keeps it out; and work that came as a file."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import select

from fieldapp import cli
from fieldapp.problems import Problem
from fieldapp.store import people
from fieldapp.store.database import session
from fieldapp.tables import PersonRow
from fieldapp.usecases import assign_site, check_journal, decide_held, import_unsent
from fieldapp.usecases.decide_held import HeldEntry
from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import PASSWORD, Hall, email_of


def held(hall: Hall) -> list[HeldEntry]:
    with hall.inside():
        return list(decide_held.held_at(hall.people["reviewer"], hall.site))


def revoke(hall: Hall, tablet: FieldTablet) -> None:
    with hall.inside(), session() as db:
        key = people.tablet_key(db, tablet.key)
        assert key
        key.revoked_at = "2026-11-01T00:00:00.000Z"


def leave(hall: Hall, who: str) -> None:
    with hall.inside(), session() as db:
        db.exec(select(PersonRow).where(PersonRow.id == hall.people[who].id)).one().active = False


def entries(hall: Hall) -> list[dict[str, Any]]:
    with hall.inside():
        found = list(check_journal.export(hall.site))
        assert check_journal.verify_journals(hall.site)[0].problems == ()
    return [dict(each) for each in found]


def file_of(tablet: FieldTablet, *signed: Any) -> bytes:
    document = {"format": "fieldapp-unsent-v1", "tablet": tablet.id, "key": tablet.key, "operations": signed}
    return json.dumps(document).encode()


def brought(hall: Hall, who: str, content: bytes) -> list[str]:
    with hall.inside():
        return [each.status for each in import_unsent.import_unsent(hall.people[who], content)]


@pytest.fixture
def quarantined(hall: Hall, tablet: FieldTablet) -> dict[str, Any]:
    """An answer that was signed with a key that is revoked by now."""
    signed = tablet.record(hall.site, hall.item())
    revoke(hall, tablet)
    assert tablet.sync(signed)[0]["status"] == "quarantined"
    return signed


def test_a_reviewer_lets_it_in_and_the_journal_names_them(hall: Hall, quarantined: dict[str, Any]) -> None:
    (entry,) = held(hall)
    assert (entry.entry, entry.author, entry.can_adopt) == ("yes", "Contractor", True)
    with hall.inside():
        number = decide_held.adopt(hall.people["reviewer"], hall.site, entry.number)
    last = entries(hall)[-1]
    assert (last["number"], last["author"]) == (number, hall.people["contractor"].id)
    assert last["body"]["adopted_by"] == hall.people["reviewer"].id
    assert last["body"]["op"] == quarantined["op"]
    assert hall.status(hall.item()) == "passed"
    assert held(hall) == []
    with hall.inside(), pytest.raises(Problem, match="already"):
        decide_held.adopt(hall.people["reviewer"], hall.site, entry.number)


def test_what_is_set_aside_stays_out_however_often_it_is_sent(
    hall: Hall, tablet: FieldTablet, quarantined: dict[str, Any]
) -> None:
    (entry,) = held(hall)
    with hall.inside():
        decide_held.set_aside(hall.people["reviewer"], hall.site, entry.number, "Not his work.")
        with session() as db:
            key = people.tablet_key(db, tablet.key)
            assert key
            key.revoked_at = None
    result = tablet.sync(quarantined)[0]
    assert (result["status"], result["reason"]) == ("rejected", "A reviewer set this aside: Not his work.")
    (decided,) = held(hall)
    assert (decided.status, decided.comment, decided.decided_by) == ("set_aside", "Not his work.", "Reviewer")
    assert len(entries(hall)) == 2


def test_what_broke_a_rule_can_not_be_let_in(hall: Hall, tablet: FieldTablet) -> None:
    tablet.sync(tablet.record(hall.site, "no-such-step@MSB"))
    waiting = tablet.record(hall.site, hall.item(), base=["01936f5e-7c1a-7a52-8b1e-1f5a3a2b4c5d"])
    assert tablet.sync(waiting)[0]["status"] == "pending"
    pending, refused = held(hall)
    assert (pending.can_adopt, refused.can_adopt) == (True, False)
    with hall.inside():
        for entry in (pending, refused):
            with pytest.raises(Problem) as caught:
                decide_held.adopt(hall.people["reviewer"], hall.site, entry.number)
            assert caught.value.code == "held_refused"
    assert [each.status for each in held(hall)] == ["pending", "rejected"]


@pytest.mark.parametrize(("who", "status"), [("contractor", 403), ("engineer", 403), ("other_reviewer", 404)])
def test_nobody_else_sees_or_decides(hall: Hall, quarantined: dict[str, Any], who: str, status: int) -> None:
    (entry,) = held(hall)
    viewer = hall.people[who]
    with hall.inside():
        for attempt in (
            lambda: decide_held.held_at(viewer, hall.site),
            lambda: decide_held.adopt(viewer, hall.site, entry.number),
            lambda: decide_held.set_aside(viewer, hall.site, entry.number, "no"),
        ):
            with pytest.raises(Problem) as caught:
                attempt()
            assert caught.value.status == status
        with pytest.raises(Problem) as caught:
            decide_held.adopt(hall.people["reviewer"], hall.site, entry.number + 1)
        assert caught.value.status == 404


def client_of(hall: Hall, who: str) -> FlaskClient:
    client = hall.app.test_client()
    hall.app.config["WTF_CSRF_ENABLED"] = False
    answer = client.post("/sign-in", data={"email": email_of(who), "password": PASSWORD})
    assert answer.status_code == 302, answer.text
    return client


def test_the_pages_show_and_decide(hall: Hall, tablet: FieldTablet, quarantined: dict[str, Any]) -> None:
    second = hall.tablet("colleague")
    late = second.record(hall.site, hall.item(number=1), "note", body={"text": "<b>late</b>"})
    leave(hall, "colleague")
    assert brought(hall, "contractor", file_of(second, late)) == ["quarantined"]
    reviewer = client_of(hall, "reviewer")
    assert "2 entries were set apart" in " ".join(
        reviewer.get(f"/sites/{hall.site}/review").text.split()
    ).replace("<strong>", "")
    page = reviewer.get(f"/sites/{hall.site}/held").text
    assert "&lt;b&gt;late&lt;/b&gt;" in page
    assert "has left" in page
    assert "brought by Contractor" in page
    one, two = held(hall)
    assert reviewer.post(f"/sites/{hall.site}/held/{one.number}/adopt").status_code == 302
    reviewer.post(f"/sites/{hall.site}/held/{two.number}/set-aside", data={"comment": "too late"})
    page = reviewer.get(f"/sites/{hall.site}/held").text
    assert "Nothing is held" in page
    assert "too late" in page
    contractor = client_of(hall, "contractor")
    assert contractor.get(f"/sites/{hall.site}/held").status_code == 403


def test_unsent_work_comes_as_a_file_once(hall: Hall, tablet: FieldTablet) -> None:
    """A colleague may bring it: the author is who signed it. Nobody doubts a clock that no file can tell."""
    item = hall.item()
    signed = [tablet.record(hall.site, item), tablet.record(hall.site, item, "note")]
    content = file_of(tablet, *signed)
    assert brought(hall, "colleague", content) == ["applied", "applied"]
    assert brought(hall, "reviewer", content) == ["duplicate", "duplicate"]
    last = entries(hall)[-1]
    assert (last["author"], "clock_offset_s" in last["body"]) == (hall.people["contractor"].id, False)
    assert [each["status"] for each in tablet.sync(*signed)] == ["duplicate", "duplicate"]


def test_a_file_is_taken_under_the_rules_of_a_push(hall: Hall, tablet: FieldTablet) -> None:
    good = tablet.record(hall.site, hall.item())
    forged = {**tablet.record(hall.site, hall.item()), "signature": "A" * 86}
    strange = FieldTablet(hall.app).record(hall.site, hall.item())
    nowhere = tablet.record("no-such-site", hall.item())
    content = file_of(tablet, good, forged, strange, None, nowhere)
    found = brought(hall, "contractor", content)
    assert found == ["applied", "rejected", "rejected", "rejected", "quarantined"]
    stranger = hall.tablet("stranger").record(hall.site, hall.item())
    assert brought(hall, "contractor", file_of(tablet, stranger)) == ["quarantined"]
    mine = tablet.record(hall.site, hall.item(number=1))
    assert brought(hall, "other_reviewer", file_of(tablet, mine)) == ["quarantined"]
    assert brought(hall, "contractor", file_of(tablet, mine)) == ["applied"]


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"[]", b"{}", b"[" * 100_000, b'{"format": NaN}', b'"\\ud800"']
)
def test_a_file_that_is_none(hall: Hall, content: bytes) -> None:
    with pytest.raises(Problem) as caught:
        brought(hall, "contractor", content)
    assert caught.value.code == "invalid"


def test_after_reassignment_the_work_of_before_is_let_in(hall: Hall, tablet: FieldTablet) -> None:
    signed = tablet.record(hall.site, hall.item())
    with hall.inside():
        assign_site.assign_site(hall.people["engineer"], hall.site, hall.people["stranger"].organisation_id)
    assert tablet.sync(signed)[0]["status"] == "quarantined"
    (entry,) = held(hall)
    with hall.inside():
        decide_held.adopt(hall.people["reviewer"], hall.site, entry.number)
    assert hall.status(hall.item()) == "passed"


def test_the_commands(
    hall: Hall, tablet: FieldTablet, quarantined: dict[str, Any], capsys: pytest.CaptureFixture[str],
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from fieldapp.config import settings

    with hall.inside():
        monkeypatch.setenv("FIELDAPP_HOME", str(settings().home))
    (entry,) = held(hall)

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["fieldapp", *words, "--as", email_of("reviewer")])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        found = capsys.readouterr()
        return int(ended.value.code or 0), found.out + found.err

    assert "revoked" in run("held", "list", hall.site)[1]
    assert run("held", "adopt", hall.site, str(entry.number))[0] == 0
    assert run("held", "adopt", hall.site, str(entry.number))[0] == 1
    file = tmp_path / "unsent.json"
    file.write_bytes(file_of(tablet, quarantined, tablet.record(hall.site, hall.item())))
    code, said = run("sync", "import", str(file), "--json")
    assert [each["status"] for each in json.loads(said)["operations"]] == ["quarantined", "quarantined"]
    assert code == 1
