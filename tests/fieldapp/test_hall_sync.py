"""Sync: every operation gets one honest answer, and nothing that was sent is ever gone."""

import hashlib
import json
from typing import Any

import pytest
from sqlmodel import select

from fieldapp.store import operations, people
from fieldapp.store.database import reading, session
from fieldapp.tables import TokenRow
from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import Hall, picture


def held(hall: Hall, *statuses: str) -> list[Any]:
    with hall.inside(), reading() as db:
        return operations.held_of_site(db, hall.site, *statuses)


def all_held(hall: Hall, tablet: FieldTablet) -> list[Any]:
    with hall.inside(), reading() as db:
        return operations.held_of_key(db, tablet.id, tablet.key) + operations.held_of_key(db, tablet.id, "")


def statuses(results: list[dict[str, Any]]) -> list[str]:
    return [each["status"] for each in results]


def test_an_answer_is_journalled_and_judged(hall: Hall, tablet: FieldTablet) -> None:
    item = hall.item("equals")
    results = tablet.sync(tablet.record(hall.site, item))
    assert statuses(results) == ["applied"]
    assert results[0]["number"] == 3
    assert hall.status(item) == "passed"
    state = hall.view().states[item]
    assert state.author == hall.people["contractor"].id


def test_the_same_operation_again_gets_the_first_answer(hall: Hall, tablet: FieldTablet) -> None:
    signed = tablet.record(hall.site, hall.item())
    first = tablet.sync(signed)[0]
    again = tablet.sync(signed, signed)
    assert statuses(again) == ["duplicate", "duplicate"]
    assert {each["number"] for each in again} == {first["number"]}
    assert hall.view().journal_head.number == first["number"]


def test_twice_in_one_push_counts_once(hall: Hall, tablet: FieldTablet) -> None:
    signed = tablet.record(hall.site, hall.item())
    results = tablet.sync(signed, signed)
    assert statuses(results) == ["applied", "duplicate"]
    assert results[0]["number"] == results[1]["number"] == 3


def test_same_id_with_other_content_is_refused_and_kept(hall: Hall, tablet: FieldTablet) -> None:
    operation = tablet.operation(hall.site, hall.item())
    tablet.sync(tablet.signed(operation))
    forged = tablet.signed(operation | {"body": {"value": {"type": "choice", "raw": "no"}}})
    result = tablet.sync(forged)[0]
    assert result["status"] == "rejected"
    assert "Another operation with this id" in result["reason"]
    kept = held(hall, "rejected")
    assert [json.loads(row.document) for row in kept] == [forged]
    assert hall.status(hall.item()) == "passed"


def test_an_operation_waits_for_its_base_and_is_journalled_with_it(hall: Hall, tablet: FieldTablet) -> None:
    item = hall.item()
    first = tablet.record(hall.site, item)
    second = tablet.record(hall.site, item, base=[first["op"]["id"]])
    third = tablet.record(hall.site, item, base=[second["op"]["id"]])
    waiting = tablet.sync(third, second)
    assert statuses(waiting) == ["pending", "pending"]
    assert first["op"]["id"] in waiting[1]["reason"]
    assert len(held(hall, "pending")) == 2
    assert statuses(tablet.sync(first)) == ["applied"]
    assert held(hall, "pending") == []
    history = hall.view().history[item]
    assert [each.operation.id for each in history] == [each["op"]["id"] for each in (first, second, third)]
    assert hall.view().states[item].heads == (third["op"]["id"],)
    assert statuses(tablet.sync(third)) == ["duplicate"]


def test_out_of_order_in_one_push_needs_no_waiting(hall: Hall, tablet: FieldTablet) -> None:
    item = hall.item()
    first = tablet.record(hall.site, item)
    second = tablet.record(hall.site, item, base=[first["op"]["id"]])
    assert statuses(tablet.sync(second, first)) == ["applied", "applied"]
    assert held(hall) == []


def test_two_tablets_that_did_not_see_each_other_make_a_conflict(hall: Hall, tablet: FieldTablet) -> None:
    item = hall.item()
    colleague = hall.tablet("colleague")
    mine, theirs = tablet.record(hall.site, item), colleague.record(hall.site, item)
    assert statuses(tablet.sync(mine)) == ["applied"]
    assert statuses(colleague.sync(theirs)) == ["conflict"]
    assert hall.status(item) == "conflict"
    heads = sorted([mine["op"]["id"], theirs["op"]["id"]])
    assert statuses(tablet.sync(tablet.record(hall.site, item, base=heads))) == ["applied"]
    assert hall.status(item) == "passed"
    assert len(hall.view().history[item]) == 3


def test_a_gap_in_the_sequence_shows_in_the_receipt(hall: Hall, tablet: FieldTablet) -> None:
    item = hall.item()
    first, lost, third = (tablet.record(hall.site, item, "note") for _ in range(3))
    assert statuses(tablet.sync(first, third)) == ["applied", "applied"]
    assert tablet.receipts()["contiguous"] == 1
    tablet.sync(lost)
    assert tablet.receipts()["contiguous"] == 3


def test_a_used_sequence_number_is_refused_and_kept(hall: Hall, tablet: FieldTablet) -> None:
    tablet.sync(tablet.record(hall.site, hall.item(), "note"))
    result = tablet.sync(tablet.record(hall.site, hall.item(), "note", seq=1))[0]
    assert result["status"] == "rejected"
    assert "sequence number 1" in result["reason"]
    assert len(held(hall, "rejected")) == 1


def test_a_wrong_signature_is_refused_and_kept(hall: Hall, tablet: FieldTablet) -> None:
    signed = tablet.record(hall.site, hall.item())
    tampered = {**signed, "op": {**signed["op"], "body": {"value": {"type": "choice", "raw": "no"}}}}
    result = tablet.sync(tampered)[0]
    assert result["status"] == "rejected"
    assert "signature" in result["reason"]
    assert [json.loads(row.document) for row in all_held(hall, tablet)] == [tampered]
    assert hall.status(hall.item()) == "open"
    assert statuses(tablet.sync(signed)) == ["applied"]


def test_a_signature_in_another_spelling_is_no_signature(hall: Hall, tablet: FieldTablet) -> None:
    signed = tablet.record(hall.site, hall.item())
    for spelling in (signed["signature"] + "==", signed["signature"] + "\n", "", "A" * 86):
        assert statuses(tablet.sync({**signed, "signature": spelling})) == ["rejected"]


def test_nobody_sends_the_work_of_another_person(hall: Hall, tablet: FieldTablet) -> None:
    colleague = FieldTablet(hall.app, id=tablet.id)
    colleague.sign_in("colleague@example.org", "correct horse battery")
    mine = tablet.record(hall.site, hall.item())
    result = colleague.sync(mine)[0]
    assert result["status"] == "rejected"
    assert "another person" in result["reason"]
    assert colleague.receipts()["held"] == []
    # The refusal of the wrong sender does not stand in the way of the right one.
    assert statuses(tablet.sync(mine)) == ["applied"]


def test_an_unknown_key_is_refused(hall: Hall, tablet: FieldTablet) -> None:
    other = FieldTablet(hall.app, id=tablet.id)
    result = tablet.sync(other.record(hall.site, hall.item()))[0]
    assert result["status"] == "rejected"
    assert "never registered" in result["reason"]


def test_a_key_stays_with_its_person_and_tablet(hall: Hall, tablet: FieldTablet) -> None:
    body = {
        "password": "correct horse battery",
        "tablet": {"id": tablet.id, "name": "Tab"},
        "key": tablet.jwk,
    }
    answer = hall.app.test_client().post(
        "/api/v1/tablets/sign-in", json={"email": "colleague@example.org", **body}
    )
    assert (answer.status_code, answer.json["code"]) == (409, "key_taken")


def test_work_on_a_site_that_is_not_mine_is_set_apart(hall: Hall) -> None:
    stranger = hall.tablet("stranger")
    signed = stranger.record(hall.site, hall.item())
    nowhere = stranger.record("no-such-site", hall.item())
    first, second = stranger.sync(signed, nowhere)
    assert first["status"] == second["status"] == "quarantined"
    assert first["reason"] == second["reason"]
    assert [json.loads(row.document) for row in held(hall, "quarantined")] == [signed]
    assert hall.view().journal_head.number == 2


def test_one_bad_operation_stops_no_other(hall: Hall, tablet: FieldTablet) -> None:
    good = tablet.record(hall.site, hall.item())
    for bad in (
        None,
        7,
        "text",
        [],
        {},
        {"op": None},
        {"op": {"id": 5}},
        {"op": {"id": "x", "ü": "\ud800"}, "signature": 4},
        {"op": {"id": "x\x00\ud800", "ü": "\x00"}, "signature": "\x00\ud800"},
        {"op": tablet.operation(hall.site, "\ud800\x00"), "signature": "A"},
        {"op": tablet.operation(hall.site, "no-such-step@X"), "signature": "A"},
        {"op": tablet.operation(hall.site, hall.item(), seq=2**60), "signature": "A"},
        {**tablet.record(hall.site, hall.item()), "extra": 1},
    ):
        results = tablet.sync(bad, good)
        assert results[0]["status"] == "rejected", bad
        assert results[0]["reason"]
        assert results[1]["status"] in ("applied", "duplicate")
    assert hall.status(hall.item()) == "passed"


def test_an_unknown_item_is_refused_and_kept(hall: Hall, tablet: FieldTablet) -> None:
    result = tablet.sync(tablet.record(hall.site, "no-such-step@MSB"))[0]
    assert result["status"] == "rejected"
    assert "not an item of this site" in result["reason"]
    assert len(held(hall, "rejected")) == 1
    assert tablet.receipts()["contiguous"] == 1


def test_refused_again_is_kept_once(hall: Hall, tablet: FieldTablet) -> None:
    signed = tablet.record(hall.site, "no-such-step@MSB")
    for _ in range(3):
        assert statuses(tablet.sync(signed)) == ["rejected"]
    assert len(held(hall)) == 1


def test_an_expired_token_keeps_everything_until_signing_in_again(hall: Hall, tablet: FieldTablet) -> None:
    signed = tablet.record(hall.site, hall.item())
    with hall.inside(), session() as db:
        for row in db.exec(select(TokenRow)):
            row.expires_at = "2020-01-01T00:00:00.000Z"
    refused = tablet.push(signed)
    assert (refused.status_code, refused.json["code"]) == (401, "token_invalid")
    tablet.sign_in("contractor@example.org", "correct horse battery")
    assert statuses(tablet.sync(signed)) == ["applied"]


def test_work_signed_with_a_revoked_key_is_set_apart(hall: Hall, tablet: FieldTablet) -> None:
    signed = tablet.record(hall.site, hall.item())
    with hall.inside(), session() as db:
        key = people.tablet_key(db, tablet.key)
        assert key
        key.revoked_at = "2026-11-01T00:00:00.000Z"
    assert statuses(tablet.sync(signed)) == ["quarantined"]
    assert len(held(hall, "quarantined")) == 1


def test_after_reassignment_late_work_is_set_apart(hall: Hall, tablet: FieldTablet) -> None:
    from fieldapp.usecases import assign_site

    signed = tablet.record(hall.site, hall.item())
    with hall.inside():
        assign_site.assign_site(hall.people["engineer"], hall.site, hall.people["stranger"].organisation_id)
    assert statuses(tablet.sync(signed)) == ["quarantined"]
    assert len(held(hall, "quarantined")) == 1


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"protocol": 99}, 426, "update_needed"),
        ({"tablet": "00000000-0000-4000-8000-000000000000"}, 422, "invalid"),
        ({"surprise": 1}, 422, "invalid"),
        ({"operations": None}, 422, "invalid"),
        ({"operations": [1] * 501}, 413, "too_large"),
    ],
)
def test_a_push_that_is_wrong_as_a_whole(
    hall: Hall, tablet: FieldTablet, change: dict[str, Any], status: int, code: str
) -> None:
    body = {"protocol": 1, "tablet": tablet.id, "sent_at": "2026-11-22T10:00:00Z", "operations": []} | change
    answer = tablet.call("POST", "/sync", json=body)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize(
    "body",
    [b"{", b'{"protocol": NaN}', b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000],
    ids=lambda body: body[:9],
)
def test_a_body_that_is_not_plain_json(hall: Hall, tablet: FieldTablet, body: bytes) -> None:
    answer = tablet.call("POST", "/sync", data=body, content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (422, "invalid")


def test_the_journal_is_read_without_gaps_from_any_number(hall: Hall, tablet: FieldTablet) -> None:
    item = hall.item()
    tablet.sync(*(tablet.record(hall.site, item, "note") for _ in range(5)))
    whole = tablet.call("GET", f"/sites/{hall.site}/journal").json
    assert [each["number"] for each in whole["entries"]] == list(range(1, 8))
    rest = tablet.call("GET", f"/sites/{hall.site}/journal?after=5").json
    assert rest["entries"] == whole["entries"][5:]
    assert (rest["number"], rest["hash"]) == (7, whole["entries"][-1]["hash"])


def test_the_bundle_holds_what_the_tablet_needs(hall: Hall, tablet: FieldTablet) -> None:
    item = hall.item()
    signed = tablet.record(hall.site, item)
    tablet.sync(signed)
    bundle = tablet.call("GET", f"/sites/{hall.site}/bundle").json
    assert bundle["operations"][0]["op"] == signed["op"]
    assert bundle["operations"][0]["author"] == {"id": hall.people["contractor"].id, "name": "Contractor"}
    assert bundle["states"][item]["status"] == "passed"
    (tester,) = (each for each in bundle["instruments"] if each["id"] == "IT1")
    assert tester["calibrations"][0]["until"] == tester["calibration_due"]
    assert bundle["journal"]["number"] == 3
    assert bundle["one_line_svg"].startswith("<svg")
    keys = [each["key"] for checklist in bundle["checklists"] for each in checklist["items"]]
    assert set(keys) == set(bundle["states"])


def test_a_photo_names_bytes_that_may_come_later(hall: Hall, tablet: FieldTablet) -> None:
    data = picture(77)
    sha256 = hashlib.sha256(data).hexdigest()
    body = {"sha256": sha256, "size": len(data), "media_type": "image/jpeg", "caption": "label"}
    item = hall.item()
    tablet.sync(tablet.record(hall.site, item), tablet.record(hall.site, item, "photo", body=body))
    assert hall.status(item) == "incomplete"
    assert tablet.receipts()["missing_objects"] == [sha256]
    assert tablet.upload(data).status_code == 204
    assert hall.status(item) == "passed"
    assert tablet.receipts()["missing_objects"] == []
