"""What people are qualified for: recorded and revoked by an administrator, looked at by who has to know."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session

from checklists.plausibility.qualified import Author
from checklists.qualifications import KINDS, Qualification
from fieldapp.clock import new_id, now
from fieldapp.problems import Problem, not_found
from fieldapp.store import events, people, qualifications
from fieldapp.store.database import reading, session
from fieldapp.store.people import Pair
from fieldapp.tables import QualificationRow
from fieldapp.usecases import certificate_files, permissions
from fieldapp.usecases.validity import Days, check_days, check_text, standing_of
from fieldapp.usecases.viewer import Viewer


@dataclass(frozen=True, slots=True)
class NewQualification:
    """A qualification to record; an empty ``valid_until``: without end."""

    kind: str
    valid_from: str
    valid_until: str = ""
    number: str = ""
    issued_by: str = ""
    file: bytes = b""


@dataclass(frozen=True, slots=True)
class QualificationLine:
    """A qualification in a list; ``reason`` says why it was revoked."""

    id: str
    kind: str
    title: str
    number: str
    issued_by: str
    valid_from: str
    valid_until: str
    standing: str  # valid, due, later, expired, revoked
    has_file: bool
    reason: str


@dataclass(frozen=True, slots=True)
class QualifiedPerson:
    """Somebody with what is recorded of them."""

    id: str
    name: str
    email: str
    organisation: str
    manageable: bool
    lines: tuple[QualificationLine, ...]


def list_qualified(viewer: Viewer) -> tuple[QualifiedPerson, ...]:
    """Return the people whose qualifications the viewer may know, with them; contractors see their own."""
    permissions.require_role(viewer, "see_qualifications")
    with reading() as db:
        pairs = _known(db, viewer)
        held = qualifications.of_people(db, pairs)
        found = [_person(viewer, pair, held.get(key, [])) for key, pair in pairs.items()]
    return tuple(sorted(found, key=lambda each: (each.organisation, each.name)))


def _known(db: Session, viewer: Viewer) -> dict[str, Pair]:
    """People of one's own organisation and of those it works with; a contractor without office: oneself."""
    if viewer.role == "contractor":
        pair = people.person(db, viewer.id)
        return {viewer.id: pair} if pair else {}
    partners = [row.id for row in people.partners(db, viewer.organisation_id)]
    return dict(people.people_of(db, [viewer.organisation_id, *partners]))


def _person(viewer: Viewer, pair: Pair, held: Iterable[QualificationRow]) -> QualifiedPerson:
    person, organisation = pair
    may = viewer.role in permissions.ALLOWED["manage_qualifications"]
    return QualifiedPerson(
        person.id, person.name, person.email, organisation.name, may, tuple(_line(row) for row in held)
    )


def _line(row: QualificationRow) -> QualificationLine:
    standing = "revoked" if row.revoked_at else standing_of([Days(row.valid_from, row.valid_until)])
    return QualificationLine(
        row.id, row.kind, KINDS.get(row.kind, row.kind), row.number, row.issued_by, row.valid_from,
        row.valid_until, standing, row.sha256 is not None, row.reason,
    )  # fmt: skip


def add_qualification(viewer: Viewer, person_id: str, new: NewQualification) -> str:
    """Record what a person is qualified for; return its id."""
    with reading() as db:
        _managed(db, viewer, person_id)
    return record_qualification(person_id, new, viewer)


def record_qualification(person_id: str, new: NewQualification, by: Viewer | None = None) -> str:
    """Record what a person is qualified for, at the machine itself unless somebody does it."""
    _check(new)
    sha256 = certificate_files.keep(by, new.file) if by else None
    with session() as db:
        pair = people.person(db, person_id)
        if pair is None:
            raise not_found("person")
        row = QualificationRow(
            id=new_id(), person_id=person_id, kind=new.kind, number=new.number.strip(),
            issued_by=new.issued_by.strip(), valid_from=new.valid_from, valid_until=new.valid_until,
            sha256=sha256, created_by=by.id if by else None, created_at=now(),
        )  # fmt: skip
        db.add(row)
        until = f"to {new.valid_until}" if new.valid_until else "without end"
        detail = f"{new.kind} from {new.valid_from} {until}"
        events.about(db, pair, "qualification_added", detail, by.id if by else None)
        return row.id


def revoke_qualification(viewer: Viewer, qualification_id: str, reason: str) -> None:
    """Say that a qualification does not hold."""
    why = check_text("reason", reason, 1000)
    with session() as db:
        row = qualifications.get(db, qualification_id)
        if row is None:
            raise not_found("qualification")
        pair = _managed(db, viewer, row.person_id, "qualification")
        if row.revoked_at is None:
            row.revoked_at, row.reason = now(), why
            db.add(row)
            events.about(db, pair, "qualification_revoked", f"{row.kind}: {why}", viewer.id)


def qualification_file(viewer: Viewer, qualification_id: str) -> tuple[bytes, str]:
    """Return the certificate of a qualification with its media type, for who may know of it."""
    known = {line.id for person in list_qualified(viewer) for line in person.lines}
    with reading() as db:
        row = qualifications.get(db, qualification_id) if qualification_id in known else None
    if row is None or row.sha256 is None:
        raise not_found("qualification")
    return certificate_files.read(row.sha256)


def authors(db: Session, person_ids: Iterable[str]) -> dict[str, Author]:
    """Return who recorded something, with what they are qualified for."""
    pairs = people.people(db, set(person_ids))
    held = qualifications.of_people(db, pairs)
    known = qualifications.organisations_with(db, {pair[1].id for pair in pairs.values()})
    return {
        key: Author(
            pair[0].name, pair[1].name, tuple(_held(row) for row in held.get(key, ())), pair[1].id in known
        )
        for key, pair in pairs.items()
    }


def _held(row: QualificationRow) -> Qualification:
    return Qualification(row.kind, row.valid_from, row.valid_until, row.revoked_at is not None, row.reason)


def _managed(db: Session, viewer: Viewer, person_id: str, what: str = "person") -> Pair:
    """Return somebody whose qualifications the viewer looks after."""
    pair = _known(db, viewer).get(person_id)
    if pair is None:
        raise not_found(what)
    permissions.require_role(viewer, "manage_qualifications")
    return pair


def _check(new: NewQualification) -> None:
    if new.kind not in KINDS:
        raise Problem("invalid", where="kind", problem=f"must be one of {', '.join(KINDS)}.")
    check_days("valid_from", new.valid_from, "valid_until", new.valid_until, endless=True)
    for where, text in (("number", new.number), ("issued_by", new.issued_by)):
        if text:
            check_text(where, text, 100)
