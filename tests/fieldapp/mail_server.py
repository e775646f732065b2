"""A real SMTP server in a thread: it takes mails, or refuses them as it was told to."""

import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Inbox:
    """What arrived; ``answers`` are given first, each once."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.envelopes: list[list[str]] = []
        self.answers: list[str] = []
        self.was_tls: list[bool] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.answers:
            return self.answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        found = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        self.mails.append(found)
        self.envelopes.append(envelope.rcpt_tos)
        self.was_tls.append(session.ssl is not None)
        return "250 taken"


class _Loopback(Controller):
    def __init__(self, handler: Inbox, context: ssl.SSLContext | None, password: str) -> None:
        super().__init__(handler, hostname="127.0.0.1", port=0)
        self.context, self.password = context, password

    def factory(self) -> SMTP:
        def check(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
            fits = isinstance(given, LoginPassword) and given.password.decode() == self.password
            return AuthResult(success=fits, handled=False)

        return SMTP(
            self.handler, hostname="mail.test", tls_context=self.context, authenticator=check,
            auth_required=bool(self.password and self.context), auth_require_tls=True,
        )  # fmt: skip

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # the free one that was found
        super()._trigger_server()


@contextmanager
def mail_server(*, context: ssl.SSLContext | None = None, password: str = "") -> Iterator[tuple[Inbox, int]]:
    """Run a server on a free port of this machine; return its inbox and the port."""
    inbox = Inbox()
    controller = _Loopback(inbox, context, password)
    controller.start()
    try:
        yield inbox, controller.port
    finally:
        controller.stop()


def own_authority(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Return the TLS of a server on 127.0.0.1, and the file of the certificate to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a mail server")])
    today = datetime.now(UTC)
    place = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(place, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, private = folder / "mail.crt", folder / "mail.key"
    trusted.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, private)
    return context, trusted
