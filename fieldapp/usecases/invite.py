"""Invite people by e-mail: to the administrator's own organisation, or to one that it works with."""

from dataclasses import dataclass

from sqlmodel import Session

from fieldapp.clock import later, new_id, now
from fieldapp.config import settings
from fieldapp.mail import can_be_written_to
from fieldapp.problems import Problem, not_found
from fieldapp.store import events, invitations, people
from fieldapp.store.database import reading, session
from fieldapp.tables import InvitationRow, OrganisationRow
from fieldapp.usecases import permissions, send_mail
from fieldapp.usecases.manage_people import EMAIL, is_name, wrong_role
from fieldapp.usecases.send_mail import Delivery
from fieldapp.usecases.viewer import ROLES_IN, Viewer, viewer_of
from fieldapp.usecases.views import OrganisationView

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class InvitationView:
    """An invitation that nobody accepted yet."""

    id: str
    name: str
    email: str
    role: str
    organisation: str
    by: str
    created_at: str
    expires_at: str
    expired: bool
    delivery: Delivery


def may_invite_to(viewer: Viewer) -> tuple[OrganisationView, ...]:
    """Return the organisations that the viewer may invite people to: their own first, then partners."""
    permissions.require_role(viewer, "manage_people")
    with reading() as db:
        return tuple(OrganisationView(row.id, row.name, row.kind) for row in _organisations(db, viewer))


def _organisations(db: Session, viewer: Viewer) -> list[OrganisationRow]:
    own = people.organisation(db, viewer.organisation_id)
    return [*([own] if own is not None else []), *people.partners(db, viewer.organisation_id)]


def invite(viewer: Viewer, name: str, email: str, role: str, organisation_id: str = "") -> str:
    """Invite somebody to the viewer's organisation or to a partner's; return the id of the invitation."""
    permissions.require_role(viewer, "manage_people")
    address, title = email.strip().lower(), name.strip()
    if not is_name(title, 200):
        raise Problem("invalid", where="name", problem="give a name of at most 200 characters.")
    if not EMAIL.match(address) or not can_be_written_to(address):
        raise Problem("invalid", where="email", problem=f"{email} is not an e-mail address.")
    with session() as db:
        wanted = organisation_id or viewer.organisation_id
        found = next((row for row in _organisations(db, viewer) if row.id == wanted), None)
        if found is None:
            raise not_found("organisation")
        if role not in ROLES_IN[found.kind]:
            raise Problem("invalid", where="role", problem=wrong_role(found, role))
        _refuse_known(db, viewer, address, found)
        row = InvitationRow(
            id=new_id(), hash=send_mail.fresh_secret()[1], kind="join", email=address, name=title, role=role,
            organisation_id=found.id, invited_by=viewer.id, created_at=now(), expires_at=_expiry(),
        )  # fmt: skip
        db.add(row)
        db.flush()
        send_mail.queue_invitation(db, row.id, viewer.id)
        _note(db, viewer, row, "person_invited", f"{title} <{address}> as {role} of {found.name}")
        return row.id


def _refuse_known(db: Session, viewer: Viewer, address: str, found: OrganisationRow) -> None:
    """Refuse somebody whom the viewer knows anyway; of others nobody learns here that they are known."""
    pair = people.person_by_email(db, address)
    if pair is not None and pair[1].id in {row.id for row in _organisations(db, viewer)}:
        raise Problem("already_exists", what=f"A person with the address {address}")
    if invitations.open_for(db, address, found.id) is not None:
        raise Problem("already_exists", what=f"An open invitation for {address}")


def _expiry() -> str:
    return later(settings().invitation_days * _DAY)


def _note(db: Session, viewer: Viewer, row: InvitationRow, kind: str, detail: str) -> None:
    events.add(db, kind, row.id, detail, organisation=row.organisation_id, actor=viewer.id)


def open_invitations(viewer: Viewer) -> tuple[InvitationView, ...]:
    """Return the invitations by the viewer's organisation that still stand, and those that expired."""
    permissions.require_role(viewer, "manage_people")
    with reading() as db:
        rows = invitations.of_organisation(db, viewer.organisation_id)
        inviters = people.people(db, {row.invited_by or "" for row in rows})
        names = {row.id: row.name for row in people.organisations(db)}
        return tuple(
            InvitationView(
                row.id, row.name, row.email, row.role, names[row.organisation_id],
                inviters[row.invited_by or ""][0].name, row.created_at, row.expires_at,
                row.expires_at <= now(), send_mail.delivery(db, row.id),
            )
            for row in rows
        )  # fmt: skip


def resend(viewer: Viewer, invitation_id: str) -> None:
    """Send an invitation again with a new link and a new time to expire; the link before ends at once."""
    with session() as db:
        row = _own(db, viewer, invitation_id)
        row.hash, row.expires_at = send_mail.fresh_secret()[1], _expiry()
        send_mail.queue_invitation(db, row.id, viewer.id)
        _note(db, viewer, row, "invitation_resent", f"{row.name} <{row.email}>")


def revoke(viewer: Viewer, invitation_id: str) -> None:
    """End an invitation that nobody accepted."""
    with session() as db:
        row = _own(db, viewer, invitation_id)
        row.revoked_at = now()
        _note(db, viewer, row, "invitation_revoked", f"{row.name} <{row.email}>")


def _own(db: Session, viewer: Viewer, invitation_id: str) -> InvitationRow:
    permissions.require_role(viewer, "manage_people")
    row = invitations.get(db, invitation_id)
    inviter = people.person(db, row.invited_by) if row is not None and row.invited_by else None
    if row is None or inviter is None or inviter[1].id != viewer.organisation_id or row.kind != "join":
        raise not_found("invitation")
    if row.accepted_at or row.revoked_at:
        raise Problem("link_invalid")
    return row


def mail_job(invitation_id: str) -> str:
    """Return the job that sends the mail of an invitation."""
    with reading() as db:
        return send_mail.job_of(db, invitation_id)


def mail_delivery(invitation_id: str) -> Delivery:
    """Return how far the mail of an invitation is."""
    with reading() as db:
        return send_mail.delivery(db, invitation_id)


def inviter_to(organisation: str) -> Viewer:
    """Return an administrator who may invite to an organisation, given by name or id: its own one first."""
    with reading() as db:
        admins = [viewer_of(pair) for pair in people.people(db).values() if pair[0].active]
        admins = [each for each in admins if each.role == "admin"]
        found = [each for each in admins if organisation in (each.organisation_id, each.organisation)]
        for each in admins:
            rows = _organisations(db, each)
            if not found and any(organisation in (row.id, row.name) for row in rows):
                found.append(each)
    if not found:
        raise not_found(f"administrator who may invite to {organisation} (add one with fieldapp user add)")
    return found[0]


def organisation_named(viewer: Viewer, organisation: str) -> str:
    """Return the id of an organisation, given by name or id, that the viewer may invite to."""
    for each in may_invite_to(viewer):
        if organisation in (each.id, each.name):
            return each.id
    raise not_found(f"organisation {organisation}")
