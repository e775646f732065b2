"""Mails with a link that works once. The job that sends one makes its secret at that moment.

So no job row, no log and no database ever holds a secret: only its SHA-256 is kept, in the invitation. A mail
that is tried again has a new secret, and the link of the attempt before leads nowhere.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from fieldapp import mail
from fieldapp.clock import later, new_id, now
from fieldapp.config import settings
from fieldapp.mail import Mail
from fieldapp.problems import Problem
from fieldapp.store import invitations, jobs, people
from fieldapp.store.database import session
from fieldapp.tables import InvitationRow, JobRow

KIND = "mail"
#: A link for a new password is for now, not for next week.
PASSWORD_LINK_HOURS = 2
Tell = Callable[[int, str], None]

_INVITATION = """Hello {name},

{inviter} of {organisation} invites you to fieldapp, where charging sites are commissioned, as {role}{where}.

Choose a password here, until {until} (UTC):
{link}

The link works once. If you did not expect this, do nothing: without a password nothing is opened.
"""
_FORGOTTEN = """Hello {name},

somebody, probably you, asked for a new password for this address on {server}.

Choose it here, until {until} (UTC):
{link}

The link works once. If it was not you, do nothing: the password you have stays as it is.
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far the mail of an invitation is."""

    state: str  # waiting, sent, failed
    words: str


def fresh_secret() -> tuple[str, str]:
    """Return a secret for a link, and what is kept of it."""
    secret = secrets.token_urlsafe(32)
    return secret, hash_of(secret)


def hash_of(secret: str) -> str:
    """Return what is kept of a link's secret."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def queue_invitation(db: Session, invitation_id: str, person_id: str) -> JobRow:
    """Have the mail of an invitation sent, or sent anew."""
    key, arguments = _key(invitation_id), {"mail": "invitation", "invitation": invitation_id}
    row = jobs.with_key(db, key)
    if row is None:
        return jobs.add(db, KIND, arguments, key, site=None, person=person_id)
    if row.state in ("done", "failed", "cancelled"):
        jobs.put_again(db, row, arguments)
    return row


def queue_new_password(db: Session, email: str, moment: str) -> JobRow:
    """Have a link for a new password sent to whoever has this address; once for one moment."""
    key = f"{KIND}:new_password:{hash_of(email)}:{moment}"
    return jobs.add(db, KIND, {"mail": "new_password", "email": email}, key, site=None, person=None)


def job_of(db: Session, invitation_id: str) -> str:
    """Return the job that sends the mail of an invitation, empty when there is none."""
    row = jobs.with_key(db, _key(invitation_id))
    return row.id if row is not None else ""


def delivery(db: Session, invitation_id: str) -> Delivery:
    """Return how far the mail of an invitation is."""
    row = jobs.with_key(db, _key(invitation_id))
    if row is None or row.state in ("queued", "running"):
        return Delivery("waiting", row.error if row is not None else "")
    if row.state == "done":
        return Delivery("sent", str(jobs.result(row).get("sent", "")))
    return Delivery("failed", row.error)


def _key(invitation_id: str) -> str:
    return f"{KIND}:invitation:{invitation_id}"


def send_mail(arguments: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Do the job: make the secret, keep its hash, send the mail."""
    tell(10, "Writing the mail")
    if arguments["mail"] == "invitation":
        made = _invitation(arguments["invitation"])
    else:
        made = _new_password(arguments["email"])
    if made is None:
        return {"sent": "Nothing was to be sent."}
    try:
        return {"sent": mail.send(made)}
    except mail.MailRefusedError as error:
        raise Problem("unavailable", what="E-mail", why=str(error)) from error


def _invitation(invitation_id: str) -> Mail | None:
    secret, kept = fresh_secret()
    with session() as db:
        row = invitations.get(db, invitation_id)
        if row is None or row.accepted_at or row.revoked_at or row.expires_at <= now():
            return None
        row.hash = kept
        inviter = people.person(db, row.invited_by) if row.invited_by else None
        organisation = people.organisation(db, row.organisation_id)
        if inviter is None or organisation is None:
            return None
        where = "" if inviter[1].id == organisation.id else f" at {organisation.name}"
        text = _INVITATION.format(
            name=row.name, inviter=inviter[0].name, organisation=inviter[1].name, role=row.role,
            where=where, until=_minute(row.expires_at), link=_link(secret),
        )  # fmt: skip
    return Mail(new_id(), row.name, row.email, f"Invitation to fieldapp by {inviter[1].name}", text)


def _new_password(email: str) -> Mail | None:
    secret, kept = fresh_secret()
    with session() as db:
        pair = people.person_by_email(db, email)
        if pair is None or not pair[0].active:
            return None
        person, expires = pair[0], later(PASSWORD_LINK_HOURS * 3600)
        invitations.close_links(db, person.id)
        db.add(
            InvitationRow(
                id=new_id(), hash=kept, kind="new_password", email=person.email, name=person.name,
                role=person.role, organisation_id=person.organisation_id, person_id=person.id,
                created_at=now(), expires_at=expires,
            )
        )  # fmt: skip
    text = _FORGOTTEN.format(name=person.name, server=base_url(), until=_minute(expires), link=_link(secret))
    return Mail(new_id(), person.name, person.email, "A new password for fieldapp", text)


def base_url() -> str:
    """Return the address that people reach this server at."""
    chosen = settings()
    return chosen.base_url.rstrip("/") or f"http://{chosen.host}:{chosen.port}"


def _link(secret: str) -> str:
    return f"{base_url()}/invitations/{secret}"


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ")
