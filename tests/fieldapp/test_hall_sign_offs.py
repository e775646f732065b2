"""What a signature binds, who recomputes it, and what supersedes it visibly."""

import random
from typing import Any

from fieldapp.store import sites
from fieldapp.store.database import reading, session
from fieldapp.tables import SignOffRow
from fieldapp.usecases import check_journal, projection, read_bundle, revise_site, sign_off_views
from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import Hall, photo_of, picture
from tests.fieldapp.section_cast import SIGNATURE, act, digest_on_tablet, sign, signed_off

OWNER = "owner-signature@GRID"


def bundle(hall: Hall, who: str = "contractor") -> dict[str, Any]:
    return dict(act(hall, who, read_bundle.bundle))


def signed(hall: Hall, tablet: FieldTablet, item: str = SIGNATURE, **changes: Any) -> int:
    """Sign what the server holds now; return the journal number."""
    found = tablet.sync(sign(hall, tablet, digest_on_tablet(bundle(hall), [], item), item, **changes))
    assert found[0]["status"] == "applied"
    return int(found[0]["number"])


def of_item(hall: Hall, item: str = SIGNATURE) -> SignOffRow:
    return next(row for row in reversed(signed_off(hall)) if row.item == item)


def test_a_signature_made_offline_binds_what_the_tablet_held(hall: Hall, tablet: FieldTablet) -> None:
    before = hall.item("equals", number=1)
    tablet.sync(tablet.record(hall.site, before))
    held, item = bundle(hall), hall.item("equals")
    photo = tablet.record(hall.site, item, "photo", body=photo_of(picture()))
    unsent = [tablet.record(hall.site, item), photo, tablet.record(hall.site, item, "note")]
    digest = digest_on_tablet(held, [each["op"] for each in unsent], SIGNATURE)
    assert {each["status"] for each in tablet.sync(*unsent, sign(hall, tablet, digest))} == {"applied"}
    row = of_item(hall)
    assert (row.standing, row.found, row.superseded_by) == ("bound", digest, None)
    assert (row.name, row.kind, row.section) == ("Carla Contractor", "signature", "")


def test_whatever_is_recorded_later_at_a_signed_item_supersedes_it(hall: Hall, tablet: FieldTablet) -> None:
    more: dict[str, dict[str, Any]] = {
        "answer": {},
        "note": {},
        "photo": {"body": photo_of(picture())},
        "deviation": {"body": {"tag": "F03", "property": "length_m", "value": "31", "reason": "pillar"}},
    }
    colleague, item, other = hall.tablet("colleague"), hall.item("equals"), hall.item("equals", number=1)
    heads: list[str] = []
    for kind, changes in more.items():
        signed(hall, tablet, base=heads)
        number = colleague.sync(colleague.record(hall.site, item, kind, **changes))[0]["number"]
        colleague.sync(colleague.record(hall.site, other, "note"))
        row = of_item(hall)
        assert (row.standing, row.superseded_by) == ("superseded", number), kind
        view = hall.view()
        seen = next(each for each in view.sign_offs if each.item == SIGNATURE)
        assert seen.changed == 2
        assert seen.changes[0] == sign_off_views.ChangeView(number, "operation", item)
        heads = list(view.states[SIGNATURE].heads)


def test_a_second_signature_and_a_photo_sent_twice_change_nothing(hall: Hall, tablet: FieldTablet) -> None:
    item, photo = hall.item("equals"), {"body": photo_of(picture())}
    tablet.sync(tablet.record(hall.site, item, "photo", **photo))
    signed(hall, tablet)
    tablet.sync(tablet.record(hall.site, item, "photo", **photo))
    number = tablet.sync(sign(hall, tablet, "", OWNER))[0]["number"]
    assert number
    assert of_item(hall).standing == "bound"


def test_what_the_signer_did_not_see_is_told(hall: Hall, tablet: FieldTablet) -> None:
    """Somebody else's entry reached the server before the signature did."""
    digest = digest_on_tablet(bundle(hall), [], SIGNATURE)
    colleague = hall.tablet("colleague")
    colleague.sync(colleague.record(hall.site, hall.item("equals")))
    tablet.sync(sign(hall, tablet, digest))
    row = of_item(hall)
    assert row.standing == "other_state"
    assert row.found == digest_on_tablet(_before(bundle(hall), row.number), [], SIGNATURE) != row.digest


def _before(document: dict[str, Any], number: int) -> dict[str, Any]:
    return document | {"operations": [each for each in document["operations"] if each["number"] < number]}


def test_a_signature_without_a_digest_binds_nothing_and_says_so(hall: Hall, tablet: FieldTablet) -> None:
    tablet.sync(sign(hall, tablet, ""))
    assert of_item(hall).standing == "unbound"
    number = tablet.sync(tablet.record(hall.site, hall.item("equals")))[0]["number"]
    row = of_item(hall)
    assert (row.standing, row.superseded_by) == ("unbound", number)


def test_signing_again_replaces_the_signature(hall: Hall, tablet: FieldTablet) -> None:
    signed(hall, tablet)
    tablet.sync(tablet.record(hall.site, hall.item("equals")))
    first, heads = of_item(hall), list(hall.view().states[SIGNATURE].heads)
    number = signed(hall, tablet, base=heads)
    rows = [row for row in signed_off(hall) if row.item == SIGNATURE]
    assert [row.standing for row in rows] == ["superseded", "bound"]
    assert (rows[0].superseded_by, rows[1].number) == (first.superseded_by, number)
    assert len(hall.view().sign_offs) == 1


def test_a_new_revision_supersedes_what_was_signed(hall: Hall, tablet: FieldTablet) -> None:
    signed(hall, tablet)
    with hall.inside():
        engineer = hall.people["engineer"]
        text = revise_site.site_file(engineer, hall.site).replace("23 m", "26 m")
        revise_site.revise_site(engineer, hall.site, text, "round the pillar")
    row = of_item(hall)
    assert (row.standing, row.superseded_by) == ("superseded", hall.view().journal_head.number)
    tablet.sync(tablet.record(hall.site, hall.item("equals"), revision=2))
    assert of_item(hall).superseded_by == row.superseded_by
    heads = list(hall.view().states[SIGNATURE].heads)
    assert signed(hall, tablet, base=heads, revision=2) == of_item(hall).number
    assert of_item(hall).standing == "bound"


def test_kept_sign_offs_are_what_the_journal_tells_after_any_work(hall: Hall, tablet: FieldTablet) -> None:
    """``signed_off`` compares with a rebuild each time; what was bound once never becomes anything else."""
    chance, colleague = random.Random(5), hall.tablet("colleague")
    items = [hall.item("equals", number=each) for each in range(4)]
    photos = [photo_of(picture(shade)) for shade in (90, 120)]
    ended: dict[int, tuple[str, int | None]] = {}
    for _ in range(14):
        who = chance.choice((tablet, colleague))
        kind = chance.choice(("answer", "note", "photo", "sign", "sign", "retract"))
        if kind == "sign":
            item = chance.choice((SIGNATURE, OWNER))
            digest = chance.choice(("", "ab" * 32, digest_on_tablet(bundle(hall), [], item)))
            who.sync(sign(hall, who, digest, item, base=list(hall.view().states[item].heads)))
        else:
            body = {"body": chance.choice(photos)} if kind == "photo" else {}
            who.sync(who.record(hall.site, chance.choice(items), kind, **body))
        for row in signed_off(hall):
            if row.number in ended:
                assert ended[row.number] == (row.standing, row.superseded_by)
            if row.superseded_by is not None:
                ended[row.number] = (row.standing, row.superseded_by)
    assert {"superseded", "unbound", "other_state"} <= {standing for standing, _ in ended.values()}


def test_a_lost_or_bent_sign_off_is_found_and_rebuilt(hall: Hall, tablet: FieldTablet) -> None:
    number = signed(hall, tablet)
    tablet.sync(tablet.record(hall.site, hall.item("equals")))
    with hall.inside():
        with session() as db:
            row = db.get(SignOffRow, (hall.site, number))
            assert row is not None
            row.standing, row.superseded_by = "bound", None
            db.add(row)
        with reading() as db:
            site = sites.get(db, hall.site)
            assert site is not None
            assert projection.differences(db, site) == [f"sign-off {number}"]
        assert not check_journal.verify_journals(hall.site)[0].good
        check_journal.rebuild(hall.site)
        assert check_journal.verify_journals(hall.site)[0].good
    assert of_item(hall).standing == "superseded"
