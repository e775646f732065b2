"""The one door for e-mail: plain text over SMTP, or files in the home folder where no server is set up.

``smtps://`` is TLS from the first byte. ``smtp://`` becomes TLS by STARTTLS where the server offers it, and
never gives user name and password away without. Certificates are checked against the machine's authorities.
"""

import os
import smtplib
import ssl
from dataclasses import dataclass
from email.errors import MessageParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from fieldapp.config import settings

FOLDER = "mail"
_TIMEOUT_SECONDS = 20
_PORTS = {"smtp": 25, "smtps": 465}


class MailError(Exception):
    """A mail could not be handed over now; trying again later may help."""


class MailRefusedError(MailError):
    """The mail server will not take this mail, however often it is tried."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one person; ``id`` stays the same when it is tried again."""

    id: str
    name: str
    address: str
    subject: str
    text: str


def can_be_written_to(address: str) -> bool:
    """True for an address that a mail can be sent to: plain ASCII, and one address alone."""
    try:
        return address.isascii() and Address(addr_spec=address).addr_spec == address
    except (ValueError, IndexError, MessageParseError):
        return False


def is_set_up() -> bool:
    """True when mails go to a server; otherwise they become files."""
    return bool(settings().mail_url)


def folder() -> Path:
    """Return where mails are kept as files while no server is set up."""
    return settings().home / FOLDER


def send(mail: Mail) -> str:
    """Hand a mail over; return in words where it went."""
    message = _message(mail)
    if not is_set_up():
        return f"written to {_write(mail.id, message)}"
    where = urlsplit(settings().mail_url)
    try:
        with _connected(where) as server:
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        raise _refusal(*next(iter(error.recipients.values()))) from None
    except smtplib.SMTPResponseException as error:
        raise _refusal(error.smtp_code, error.smtp_error) from None
    except (OSError, smtplib.SMTPException) as error:
        raise MailError(f"The mail server {where.hostname} could not be used: {_words(error)}.") from error
    return f"handed to {where.hostname}"


def _message(mail: Mail) -> EmailMessage:
    # The policy refuses line breaks in headers, and encodes whatever is not ASCII.
    message = EmailMessage(policy=SMTP)
    sender = settings().mail_from
    message["From"] = sender
    message["To"] = Address(mail.name, addr_spec=mail.address)
    message["Subject"] = mail.subject
    message["Date"] = formatdate()
    message["Message-ID"] = f"<{mail.id}@{sender.rpartition('@')[2].strip('> ') or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    return message


def _connected(where: SplitResult) -> smtplib.SMTP:
    if where.scheme not in _PORTS or not where.hostname:
        raise MailRefusedError("FIELDAPP_MAIL_URL must be smtp://… or smtps://… with a host.")
    port, context = where.port or _PORTS[where.scheme], ssl.create_default_context()
    if where.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            where.hostname, port, timeout=_TIMEOUT_SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(where.hostname, port, timeout=_TIMEOUT_SECONDS)
    try:
        _prepare(server, where, context)
    except BaseException:
        server.close()
        raise
    return server


def _prepare(server: smtplib.SMTP, where: SplitResult, context: ssl.SSLContext) -> None:
    server.ehlo_or_helo_if_needed()
    if where.scheme == "smtp" and server.has_extn("starttls"):
        server.starttls(context=context)
        server.ehlo()
    if where.username:
        if not isinstance(server.sock, ssl.SSLSocket):
            raise MailRefusedError(
                f"The mail server {where.hostname} offers no TLS; the password is not sent without. Use smtps://."
            )
        server.login(unquote(where.username), unquote(where.password or ""))


def _refusal(code: int, answer: bytes | str) -> MailError:
    said = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    sentence = f"The mail server answered {code}: {' '.join(said.split())[:200]}"
    return MailRefusedError(sentence) if code >= 500 else MailError(sentence)


def _words(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")


def _write(name: str, message: EmailMessage) -> Path:
    """Keep a mail as a file that only this user reads: it holds a link that signs somebody in."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder() / f"{name}.eml"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(message.as_bytes())
    return path
