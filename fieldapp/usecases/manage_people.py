"""Organisations, people and instruments: added by an administrator or at the machine itself."""

import re
import secrets
from datetime import date

from sqlmodel import Session

from fieldapp.clock import new_id, now
from fieldapp.passwords import MIN_LENGTH, hash_password
from fieldapp.problems import Problem, not_found
from fieldapp.store import people
from fieldapp.store.database import reading, session
from fieldapp.tables import InstrumentCertificateRow, InstrumentRow, OrganisationRow, PartnerRow, PersonRow
from fieldapp.usecases.viewer import ROLES, ROLES_IN, Viewer, viewer_of
from fieldapp.usecases.views import OrganisationView

KINDS = tuple(ROLES_IN)
#: What an e-mail address looks like, in lower case and without blanks around it.
EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,189}\Z")
_INSTRUMENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")


def add_organisation(name: str, kind: str, owner: str = "") -> str:
    """Add an organisation and return its id.

    A contractor or service provider works with the operator ``owner``, given by name or id; with the only
    one there is when none is named. Of several none is meant: ``connect`` says it later.
    """
    _check(
        is_name(name, 200),
        "name",
        "give the organisation a name of at most 200 characters.",
    )
    _check(kind in KINDS, "kind", f"must be one of {', '.join(KINDS)}.")
    with session() as db:
        if people.organisation_named(db, name.strip()):
            raise Problem("already_exists", what=f"An organisation named {name.strip()}")
        row = OrganisationRow(id=new_id(), name=name.strip(), kind=kind, created_at=now())
        db.add(row)
        db.flush()
        for each in _owners(db, kind, owner):
            db.add(PartnerRow(owner_id=each, partner_id=row.id, created_at=row.created_at))
        return row.id


def _owners(db: Session, kind: str, owner: str) -> list[str]:
    """Return whom a new partner works with."""
    if kind == "operator":
        _check(not owner, "for", "an operator works for nobody; leave it out.")
        return []
    if owner:
        return [_operator(db, owner).id]
    found = [row.id for row in people.organisations(db) if row.kind == "operator"]
    return found if len(found) == 1 else []


def connect(owner: str, partner: str) -> None:
    """Let an operator work with a contractor or service provider; both by name or id. Safe to repeat."""
    with session() as db:
        first, second = _operator(db, owner), _organisation(db, partner)
        _check(second.kind != "operator", "partner", f"{second.name} is an operator itself.")
        if db.get(PartnerRow, (first.id, second.id)) is None:
            db.add(PartnerRow(owner_id=first.id, partner_id=second.id, created_at=now()))


def _operator(db: Session, name_or_id: str) -> OrganisationRow:
    found = _organisation(db, name_or_id)
    _check(found.kind == "operator", "for", f"{found.name} is no operator.")
    return found


def list_organisations() -> tuple[OrganisationView, ...]:
    """Return all organisations."""
    with reading() as db:
        return tuple(OrganisationView(row.id, row.name, row.kind) for row in people.organisations(db))


def add_person(name: str, email: str, role: str, organisation: str, password: str) -> Viewer:
    """Add a person to an organisation, given by name or id."""
    address = email.strip().lower()
    _check(is_name(name, 200), "name", "give a name of at most 200 characters.")
    _check(bool(EMAIL.match(address)), "email", f"{email} is not an e-mail address.")
    _check(role in ROLES, "role", f"must be one of {', '.join(ROLES)}.")
    _check(len(password) >= MIN_LENGTH, "password", f"must have at least {MIN_LENGTH} characters.")
    kept = hash_password(password)
    with session() as db:
        found = _organisation(db, organisation)
        _check(role in ROLES_IN[found.kind], "role", wrong_role(found, role))
        if people.person_by_email(db, address):
            raise Problem("already_exists", what=f"A person with the address {address}")
        row = PersonRow(
            id=new_id(), name=name.strip(), email=address, role=role, organisation_id=found.id,
            password_hash=kept, session=secrets.token_urlsafe(12), created_at=now(),
        )  # fmt: skip
        db.add(row)
        return viewer_of((row, found))


def wrong_role(organisation: OrganisationRow, role: str) -> str:
    """Return why a role does not belong to an organisation."""
    kind = organisation.kind.replace("_", " ")
    return f"{organisation.name} is a {kind}; the role {role} does not belong there."


def list_people() -> tuple[Viewer, ...]:
    """Return everybody who can sign in."""
    with reading() as db:
        return tuple(viewer_of(pair) for pair in people.people(db).values() if pair[0].active)


def find_person(email: str) -> Viewer:
    """Return the active person with this e-mail address."""
    with reading() as db:
        pair = people.person_by_email(db, email)
    if pair is None or not pair[0].active:
        raise not_found(f"person {email}")
    return viewer_of(pair)


def add_instrument(
    organisation: str, kind: str, make: str, model: str, serial: str, calibrated_on: str,
    calibration_due: str, *, instrument_id: str | None = None, number: str = "", laboratory: str = "",
    by: str | None = None, sha256: str | None = None,
) -> str:  # fmt: skip
    """Add a test instrument to an organisation, with its first certificate; return its id."""
    chosen = instrument_id or new_id()
    _check(bool(_INSTRUMENT_ID.match(chosen)), "id", "must be letters, digits, dots and hyphens, at most 64.")
    for name, text in (("kind", kind), ("make", make), ("model", model), ("serial", serial)):
        _check(is_name(text, 100), name, "give a text of at most 100 characters.")
    for name, day in (("calibrated_on", calibrated_on), ("calibration_due", calibration_due)):
        _check(_is_date(day), name, f"{day} is not a date like 2026-11-22.")
    with session() as db:
        found = _organisation(db, organisation)
        if db.get(InstrumentRow, chosen):
            raise Problem("already_exists", what=f"An instrument {chosen}")
        row = InstrumentRow(
            id=chosen, organisation_id=found.id, kind=kind, make=make, model=model, serial=serial,
            calibrated_on=calibrated_on, calibration_due=calibration_due,
        )  # fmt: skip
        db.add(row)
        db.flush()
        first = InstrumentCertificateRow(
            id=new_id(), instrument_id=chosen, number=number, laboratory=laboratory,
            calibrated_on=calibrated_on, calibration_due=calibration_due, created_by=by, created_at=now(),
            sha256=sha256,
        )  # fmt: skip
        db.add(first)
    return chosen


def _organisation(db: Session, name_or_id: str) -> OrganisationRow:
    found = people.organisation(db, name_or_id) or people.organisation_named(db, name_or_id.strip())
    if found is None:
        raise not_found(f"organisation {name_or_id}")
    return found


def is_name(text: str, longest: int) -> bool:
    """True for a text that can be a name: printable, not blank, not too long."""
    return bool(text.strip()) and text.isprintable() and len(text) <= longest


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _check(fits: bool, where: str, problem: str) -> None:
    if not fits:
        raise Problem("invalid", where=where, problem=problem)
