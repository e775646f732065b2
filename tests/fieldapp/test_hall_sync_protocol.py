"""Two versions of the protocol: tablets of the release before get what they got; later ones hear more."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fieldapp.clock import day_in
from fieldapp.store import people
from fieldapp.store.database import reading
from fieldapp.usecases import check_journal, doubt_site, sync_tablet
from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import PASSWORD, Hall, email_of

RECORDED = Path(__file__).parent / "recorded" / "protocol_1.json"
#: What differs from run to run, and what stands for it in the recording.
_VARIES = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<uuid>"),
    (re.compile(r"[0-9a-f]{64}"), "<sha256>"),
    (re.compile(r"\d{4}-\d{2}-\d{2}T[0-9:.]+(?:Z|[+-]\d{2}:\d{2})"), "<time>"),
    (re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{86}(?![A-Za-z0-9_-])"), "<signature>"),
    (re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])"), "<secret>"),
)


def told(document: Any) -> Any:
    """Return a JSON document with everything that varies replaced by what it is."""
    text = json.dumps(document, sort_keys=True)
    for pattern, word in _VARIES:
        text = pattern.sub(word, text)
    return json.loads(text)


def exchanges(hall: Hall) -> dict[str, Any]:
    """Speak protocol 1 from signing in to the receipt; return every answer as it is recorded."""
    tablet = FieldTablet(hall.app)
    signed_in = tablet.sign_in(email_of("contractor"), PASSWORD)
    first = tablet.record(hall.site, hall.item())
    waiting = tablet.record(hall.site, hall.item(), base=["01936f5e-7c1a-7a52-8b1e-1f5a3a2b4c5d"])
    note = tablet.record(hall.site, hall.item(), "note", seq=7)
    forged = {**first, "signature": "A" * 86}
    bundle = tablet.call("GET", f"/sites/{hall.site}/bundle").json
    answers = {
        "sign_in": signed_in,
        "push": tablet.push(first, waiting, note, forged, None, first).json,
        "receipts": tablet.call("GET", f"/receipts?tablet={tablet.id}").json,
        "too_many": tablet.push(*[1] * 501).json["detail"],
    }
    later = tablet.call("GET", f"/sites/{hall.site}/bundle").json
    return told(answers) | {
        "bundle_protocol": bundle["protocol"],
        "bundle_operations": told(later["operations"]),
    }  # type: ignore[no-any-return]


def test_protocol_1_is_answered_as_the_release_before_did(hall: Hall) -> None:
    assert exchanges(hall) == json.loads(RECORDED.read_text("utf-8"))


def pushed(tablet: FieldTablet, *signed: Any, **changes: Any) -> dict[str, Any]:
    """Push in protocol 2 and return the whole answer."""
    sent_at = datetime.now(UTC).isoformat()
    body = {"protocol": 2, "tablet": tablet.id, "sent_at": sent_at, "operations": list(signed)} | changes
    answer = tablet.call("POST", "/sync", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def clock(seconds: float) -> str:
    """Return the time on a tablet whose clock is so many seconds fast."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


def test_protocol_2_announces_every_version(hall: Hall) -> None:
    tablet = FieldTablet(hall.app)
    body = {"email": email_of("contractor"), "password": PASSWORD, "tablet": {"id": tablet.id, "name": "T"}}
    signed_in = hall.app.test_client().post(
        "/api/v1/tablets/sign-in", json={**body, "key": tablet.jwk, "protocol": 2}
    )
    assert (signed_in.json["protocol"], signed_in.json["protocols"]) == (2, [1, 2])
    tablet.token = signed_in.json["token"]
    bundle = tablet.call("GET", f"/sites/{hall.site}/bundle?protocol=2").json
    assert (bundle["protocol"], bundle["protocols"]) == (2, [1, 2])


@pytest.mark.parametrize("version", [0, 3, 99])
def test_another_version_is_told_which_are_spoken(hall: Hall, tablet: FieldTablet, version: int) -> None:
    body = {"protocol": version, "tablet": tablet.id, "operations": []}
    for answer in (
        tablet.call("POST", "/sync", json=body),
        tablet.call("GET", f"/sites/{hall.site}/bundle?protocol={version}"),
        tablet.call("GET", f"/receipts?tablet={tablet.id}&protocol={version}"),
    ):
        assert (answer.status_code, answer.json["code"]) == (426, "update_needed")
        assert answer.json["protocols"] == [1, 2]
        assert "only 1 and 2" in answer.json["detail"]


def test_a_push_tells_what_is_here_and_what_is_missing(hall: Hall, tablet: FieldTablet) -> None:
    item = hall.item()
    one, two, three, four, five, six = (tablet.record(hall.site, item, "note") for _ in range(6))
    assert pushed(tablet, one)["receipt"] == {"contiguous": 1, "gaps": [], "held": 0}
    assert pushed(tablet, four, six)["receipt"] == {"contiguous": 1, "gaps": [[2, 3], [5, 5]], "held": 0}
    receipts = tablet.call("GET", f"/receipts?tablet={tablet.id}&protocol=2").json
    assert (receipts["contiguous"], receipts["gaps"]) == (1, [[2, 3], [5, 5]])
    assert pushed(tablet, two, three, five)["receipt"] == {"contiguous": 6, "gaps": [], "held": 0}
    refused = tablet.record(hall.site, "no-such-step@MSB")
    assert pushed(tablet, refused)["receipt"] == {"contiguous": 7, "gaps": [], "held": 1}
    far = tablet.record(hall.site, "no-such-step@MSB", seq=90)
    assert pushed(tablet, far)["receipt"] == {"contiguous": 7, "gaps": [[8, 89]], "held": 2}


def test_of_many_gaps_the_first_twenty_are_named(hall: Hall, tablet: FieldTablet) -> None:
    every = [tablet.record(hall.site, hall.item(), "note", seq=2 * number) for number in range(1, 31)]
    receipt = pushed(tablet, *every)["receipt"]
    assert (receipt["contiguous"], len(receipt["gaps"]), receipt["gaps"][19]) == (0, 20, [39, 39])


def test_the_clock_is_compared_kept_and_journalled(hall: Hall, tablet: FieldTablet) -> None:
    answer = pushed(tablet, tablet.record(hall.site, hall.item(), "note"), sent_at=clock(7380))
    assert answer["clock_offset_s"] == pytest.approx(7380, abs=5)
    with hall.inside(), reading() as db:
        row = people.tablet(db, tablet.id)
        assert row
        assert row.clock_offset_s == answer["clock_offset_s"]
    with hall.inside():
        last = list(check_journal.export(hall.site))[-1]
        assert check_journal.verify_journals(hall.site)[0].problems == ()
    assert last["body"]["clock_offset_s"] == answer["clock_offset_s"]  # type: ignore[index]
    bundle = tablet.call("GET", f"/sites/{hall.site}/bundle?protocol=2").json
    assert bundle["operations"][-1]["clock_offset_s"] == answer["clock_offset_s"]


@pytest.mark.parametrize("sent_at", ["", "yesterday", "2026-11-22T10:00:00", "0001-01-01T00:00:00+14:00"])
def test_a_push_that_says_no_time_is_taken_and_doubted(hall: Hall, tablet: FieldTablet, sent_at: str) -> None:
    answer = pushed(tablet, tablet.record(hall.site, hall.item()), sent_at=sent_at)
    assert [each["status"] for each in answer["results"]] == ["applied"]
    assert answer["clock_offset_s"] is None or answer["clock_offset_s"] < -1e9
    assert [doubt.code for doubt in doubts(hall, "reviewer")] == ["clock"]


def doubts(hall: Hall, who: str) -> list[Any]:
    with hall.inside():
        found = doubt_site.doubts_of(hall.people[who], hall.view())
    return [doubt for group in found.values() for doubt in group if doubt.code == "clock"]


def test_what_waited_keeps_the_clock_it_was_sent_with(hall: Hall, tablet: FieldTablet) -> None:
    first = tablet.record(hall.site, hall.item())
    second = tablet.record(hall.site, hall.item(), base=[first["op"]["id"]])
    pushed(tablet, second, sent_at=clock(-3600))
    pushed(tablet, first, sent_at=clock(0))
    kept = hall.view().history[hall.item()]
    assert [round((each.clock_offset_s or 0) / 60) for each in kept] == [0, -60]


def test_a_wrong_clock_is_a_doubt_for_reviewers_alone(hall: Hall, tablet: FieldTablet) -> None:
    items = [hall.item(number=number) for number in range(3)]
    pushed(tablet, *(tablet.record(hall.site, item) for item in items[:2]), sent_at=clock(7380))
    pushed(tablet, tablet.record(hall.site, items[2]), sent_at=clock(200))
    (doubt,) = doubts(hall, "reviewer")
    assert doubt.item == items[0]
    assert doubt.sentence.startswith(
        "This and 1 more entry were recorded with the tablet clock 2 h 3 min fast"
    )
    assert doubts(hall, "contractor") == []
    client = hall.app.test_client()
    hall.app.config["WTF_CSRF_ENABLED"] = False
    client.post("/sign-in", data={"email": email_of("reviewer"), "password": PASSWORD})
    assert "tablet clock 2 h 3 min fast" in client.get(f"/sites/{hall.site}/review").text


def test_the_day_of_the_work_is_that_of_the_corrected_clock(hall: Hall, tablet: FieldTablet) -> None:
    """A document that holds until today, recorded by a tablet that is three days ahead, held on that day."""
    item = next(
        each.key
        for list_ in hall.view().checklists
        for each in list_.items
        if each.criterion.kind == "document"
    )
    today = day_in("Europe/Berlin")
    value = {"type": "document", "raw": "Z-17", "expires": today}
    signed = tablet.record(hall.site, item, body={"value": value}, recorded_at=clock(3 * 86_400))
    pushed(tablet, signed, sent_at=clock(3 * 86_400))
    assert hall.view().states[item].judgement.verdict == "pass"
    late = tablet.record(
        hall.site, item, body={"value": value}, recorded_at=clock(3 * 86_400), base=[signed["op"]["id"]]
    )
    pushed(tablet, late, sent_at=clock(0))
    assert hall.view().states[item].judgement.verdict == "fail"


def test_a_sheet_and_a_file_have_no_clock_and_no_doubt(hall: Hall, tablet: FieldTablet) -> None:
    from fieldapp.usecases.tokens import authenticate

    with hall.inside():
        sync_tablet.take(authenticate(tablet.token), [tablet.record(hall.site, hall.item())], "file")
    assert doubts(hall, "reviewer") == []
