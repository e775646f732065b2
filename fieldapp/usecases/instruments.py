"""Test instruments and their certificates: added, revoked with a reason, retired; and who sees which."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session

from fieldapp.clock import new_id, now, today
from fieldapp.problems import Problem, not_found
from fieldapp.store import events, instruments, people
from fieldapp.store.database import reading, session
from fieldapp.tables import InstrumentCertificateRow, InstrumentRow
from fieldapp.usecases import certificate_files, manage_people, permissions, rejudge, view_site
from fieldapp.usecases.validity import Days, check_days, check_text, standing_of
from fieldapp.usecases.viewer import Viewer


@dataclass(frozen=True, slots=True)
class NewInstrument:
    """A test instrument to add; without an id it gets one."""

    kind: str
    make: str
    model: str
    serial: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class NewCertificate:
    """A calibration to add: two days, ISO 8601, and the certificate itself where it is at hand."""

    calibrated_on: str
    calibration_due: str
    number: str = ""
    laboratory: str = ""
    file: bytes = b""


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """A certificate in a list; ``reason`` says why it was revoked."""

    id: str
    number: str
    laboratory: str
    calibrated_on: str
    calibration_due: str
    standing: str  # valid, due, later, expired, revoked
    has_file: bool
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class InstrumentLine:
    """An instrument in a list, with its certificates, the newest first, and how it stands today."""

    id: str
    kind: str
    make: str
    model: str
    serial: str
    organisation: str
    standing: str  # valid, due, later, expired, none, retired
    until: str
    manageable: bool
    certificates: tuple[CertificateLine, ...]


def list_instruments(viewer: Viewer) -> tuple[InstrumentLine, ...]:
    """Return one's organisation's instruments; an operator's people also those used on sites they see."""
    permissions.require_role(viewer, "see_instruments")
    used = () if viewer.role == "contractor" else [site.id for site in view_site.list_sites(viewer)]
    with reading() as db:
        rows = instruments.listed(db, [viewer.organisation_id], instruments.used_at(db, used))
        return _lines(db, viewer, rows)


def _lines(
    db: Session, viewer: Viewer, rows: Collection[tuple[InstrumentRow, str]]
) -> tuple[InstrumentLine, ...]:
    held = instruments.certificates(db, [row.id for row, _ in rows])
    makers = {each.created_by for group in held.values() for each in group if each.created_by}
    names = {key: pair[0].name for key, pair in people.people(db, makers).items()}
    return tuple(_line(viewer, row, owner, held.get(row.id, []), names) for row, owner in rows)


def _line(
    viewer: Viewer,
    row: InstrumentRow,
    owner: str,
    held: list[InstrumentCertificateRow],
    names: dict[str, str],
) -> InstrumentLine:
    good = [Days(each.calibrated_on, each.calibration_due) for each in held if each.revoked_at is None]
    standing = "retired" if row.retired_at else standing_of(good)
    certificates = tuple(
        CertificateLine(
            each.id, each.number, each.laboratory, each.calibrated_on, each.calibration_due,
            "revoked" if each.revoked_at else standing_of([Days(each.calibrated_on, each.calibration_due)]),
            each.sha256 is not None, names.get(each.created_by or "", ""), each.reason,
        )
        for each in reversed(held)
    )  # fmt: skip
    until = max((days.until for days in good), default="")
    return InstrumentLine(
        row.id, row.kind, row.make, row.model, row.serial, owner, standing, until,
        _may_manage(viewer, row) and row.retired_at is None, certificates,
    )  # fmt: skip


def add_instrument(viewer: Viewer, new: NewInstrument, first: NewCertificate) -> str:
    """Add an instrument to the viewer's organisation with its first certificate; return its id."""
    permissions.require_role(viewer, "manage_instruments")
    _check(first)
    key = manage_people.add_instrument(
        viewer.organisation_id, new.kind, new.make, new.model, new.serial, first.calibrated_on,
        first.calibration_due, instrument_id=new.id or None, number=first.number, laboratory=first.laboratory,
        by=viewer.id, sha256=certificate_files.keep(viewer, first.file),
    )  # fmt: skip
    with session() as db:
        _note(db, viewer, "instrument_added", key, f"{new.make} {new.model}, {new.serial}")
    return key


def add_certificate(viewer: Viewer, instrument_id: str, new: NewCertificate) -> str:
    """Add a calibration to an instrument and judge anew what it was used for; return the certificate's id."""
    _managed(viewer, instrument_id)
    _check(new)
    sha256 = certificate_files.keep(viewer, new.file)
    with session() as db:
        row = _instrument(db, viewer, instrument_id)
        made = InstrumentCertificateRow(
            id=new_id(), instrument_id=row.id, number=new.number.strip(), laboratory=new.laboratory.strip(),
            calibrated_on=new.calibrated_on, calibration_due=new.calibration_due, sha256=sha256,
            created_by=viewer.id, created_at=now(),
        )  # fmt: skip
        db.add(made)
        db.flush()
        _renew_latest(db, row)
        detail = f"{new.number or 'without number'}, {new.calibrated_on} to {new.calibration_due}"
        _note(db, viewer, "certificate_added", row.id, detail)
        rejudge.queue(db, viewer, rejudge.Change(row.id, made.id, "added", ""))
        return made.id


def revoke_certificate(viewer: Viewer, certificate_id: str, reason: str) -> None:
    """Say that a certificate does not hold, and judge anew what it was used for."""
    why = check_text("reason", reason, 1000)
    with session() as db:
        made = instruments.certificate(db, certificate_id)
        if made is None:
            raise not_found("certificate")
        row = _instrument(db, viewer, made.instrument_id, "certificate")
        if made.revoked_at is not None:
            return
        made.revoked_at, made.reason = now(), why
        db.add(made)
        db.flush()
        _renew_latest(db, row)
        _note(db, viewer, "certificate_revoked", row.id, f"{made.number or made.calibrated_on}: {why}")
        rejudge.queue(db, viewer, rejudge.Change(row.id, made.id, "revoked", why))


def retire(viewer: Viewer, instrument_id: str) -> None:
    """Take an instrument out of use; what it was used for stays as it is."""
    with session() as db:
        row = _instrument(db, viewer, instrument_id)
        if row.retired_at is None:
            row.retired_at = now()
            db.add(row)
            _note(db, viewer, "instrument_retired", row.id, f"{row.make} {row.model}, {row.serial}")


def certificate_file(viewer: Viewer, certificate_id: str) -> tuple[bytes, str]:
    """Return a certificate's file with its media type, for who sees its instrument."""
    known = {each.id for line in list_instruments(viewer) for each in line.certificates}
    with reading() as db:
        row = instruments.certificate(db, certificate_id) if certificate_id in known else None
    if row is None or row.sha256 is None:
        raise not_found("certificate")
    return certificate_files.read(row.sha256)


def _managed(viewer: Viewer, instrument_id: str) -> None:
    with reading() as db:
        _instrument(db, viewer, instrument_id)


def _instrument(db: Session, viewer: Viewer, instrument_id: str, what: str = "instrument") -> InstrumentRow:
    """Return an instrument that the viewer looks after; what they may only look at is refused to them."""
    row = instruments.get(db, instrument_id)
    if row is None or row.organisation_id != viewer.organisation_id:
        raise not_found(what)
    permissions.require_role(viewer, "manage_instruments")
    return row


def _may_manage(viewer: Viewer, row: InstrumentRow) -> bool:
    own = row.organisation_id == viewer.organisation_id
    return own and viewer.role in permissions.ALLOWED["manage_instruments"]


def _renew_latest(db: Session, row: InstrumentRow) -> None:
    """Lists show the calibration that ends last; the row keeps what it had when none is left."""
    good = [
        each for each in instruments.certificates(db, [row.id]).get(row.id, []) if each.revoked_at is None
    ]
    if good:
        latest = max(good, key=lambda each: each.calibration_due)
        row.calibrated_on, row.calibration_due = latest.calibrated_on, latest.calibration_due
        db.add(row)


def _check(new: NewCertificate) -> None:
    check_days("calibrated_on", new.calibrated_on, "calibration_due", new.calibration_due)
    if date.fromisoformat(new.calibrated_on) > today() + timedelta(days=1):
        raise Problem("invalid", where="calibrated_on", problem="a calibration can't lie in the future.")
    for where, text in (("number", new.number), ("laboratory", new.laboratory)):
        if text:
            check_text(where, text, 100)


def _note(db: Session, viewer: Viewer, kind: str, instrument_id: str, detail: str) -> None:
    events.add(
        db, kind, instrument_id, f"{instrument_id}: {detail}", organisation=viewer.organisation_id,
        actor=viewer.id,
    )  # fmt: skip
