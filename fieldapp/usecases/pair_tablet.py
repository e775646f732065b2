"""Pair a tablet: a code shown once on a page makes it ours and signs its person in, without a password."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from fieldapp.clock import later, now
from fieldapp.pairing_codes import hash_of, new_code
from fieldapp.problems import Problem, not_found
from fieldapp.store import events, people, tablets
from fieldapp.store.database import reading, session
from fieldapp.tables import PairingRow
from fieldapp.usecases.admit_tablet import admit_by_code
from fieldapp.usecases.sign_in_tablet import SignedIn, give_token, read_key
from fieldapp.usecases.tablets import require_holder
from fieldapp.usecases.viewer import Viewer, viewer_of

CODE_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Offer:
    """A fresh code, and whom the tablet signs in; it is shown once and kept as a hash only."""

    code: str
    expires_at: str
    person: Viewer


@dataclass(frozen=True, slots=True)
class Offered:
    """What a code that is still good says before it is used."""

    person: Viewer
    expires_at: str


def choices(viewer: Viewer) -> tuple[Viewer, ...]:
    """Return the people whom the viewer may make a code for: themself; an administrator, everybody."""
    require_holder(viewer)
    if viewer.role != "admin":
        return (viewer,)
    with reading() as db:
        found = people.people_of(db, [viewer.organisation_id]).values()
        return tuple(viewer_of(pair) for pair in found if pair[0].role == "contractor")


def offer(viewer: Viewer, person_id: str) -> Offer:
    """Make a code that pairs one tablet within ten minutes."""
    person = next((each for each in choices(viewer) if each.id == person_id), None)
    if person is None:
        raise not_found("person")
    return _offer(person, viewer.id)


def offer_here(person: Viewer) -> Offer:
    """Make a code at the machine itself."""
    require_holder(person)
    return _offer(person, None)


def _offer(person: Viewer, by: str | None) -> Offer:
    found = Offer(new_code(), later(CODE_SECONDS), person)
    with session() as db:
        db.add(
            PairingRow(
                hash=hash_of(found.code), person_id=person.id, created_by=by or person.id,
                created_at=now(), expires_at=found.expires_at,
            )
        )  # fmt: skip
        detail = f"Code to pair a tablet for {person.name}"
        events.add(db, "pairing_offered", person.id, detail, organisation=person.organisation_id, actor=by)
    return found


def look(code: str) -> Offered:
    """Return whom a code is for, without using it up."""
    with reading() as db:
        row = tablets.pairing(db, hash_of(code))
        if row is None or row.used_at or row.expires_at <= now():
            raise Problem("pairing_refused")
        return Offered(_person(db, row), row.expires_at)


def pair(code: str, tablet: Mapping[str, str], jwk: Mapping[str, object]) -> SignedIn:
    """Use a code up: register the tablet and the person's key, and return a token."""
    key, at, code_hash = read_key(jwk), now(), hash_of(code)
    with session() as db:
        # First of all, and under a condition: of two tablets with one code, one gets it.
        row = tablets.pairing(db, code_hash) if tablets.use_pairing(db, code_hash, at) else None
        if row is None:
            raise Problem("pairing_refused")
        person = _person(db, row)
        admit_by_code(db, person, tablet, row.created_by, at)
        row.tablet_id = tablet["id"]
        detail = f"{tablet['name']} for {person.name}"
        organisation, actor = person.organisation_id, row.created_by
        events.add(db, "tablet_paired", tablet["id"], detail, organisation=organisation, actor=actor)
        return give_token(db, person, tablet, key, at)


def _person(db: Session, row: PairingRow) -> Viewer:
    pair = people.person(db, row.person_id)
    if pair is None or not pair[0].active:
        raise Problem("pairing_refused")
    return viewer_of(pair)
