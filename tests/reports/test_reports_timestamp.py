"""A time-stamp service over HTTP: with one the pack is PAdES B-T, without its answer it is not sealed."""

import datetime as dt
import http.server
import threading
from collections.abc import Iterator

import pytest
from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper

from reports.authority import SealIdentity
from reports.container import Frame, frame
from reports.errors import SealError
from reports.seal import seal
from reports.verify import verify
from tests.reports.conftest import ISSUED

PROVEN = dt.datetime(2026, 11, 22, 9, 31, 7, tzinfo=dt.UTC)


def service() -> tuple[DummyTimeStamper, bytes]:
    """Return a time stamper of its own authority and that authority's certificate."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test time stamps")])
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(PROVEN - dt.timedelta(days=9))
        .not_valid_after(PROVEN + dt.timedelta(days=9000))
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    der = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = certificate.public_bytes(serialization.Encoding.DER)
    stamper = DummyTimeStamper(
        asn1_x509.Certificate.load(public), keys.PrivateKeyInfo.load(der), fixed_dt=PROVEN
    )
    return stamper, certificate.public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def tsa() -> Iterator[tuple[str, bytes]]:
    stamper, root = service()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            answer = stamper.request_tsa_response(request).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: object) -> None:
            del args

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/", root
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def stamped(small_rendered: bytes, identity: SealIdentity, tsa: tuple[str, bytes]) -> bytes:
    return seal(small_rendered, identity, reason="Handover", at=ISSUED, timestamp_url=tsa[0])


def test_a_trusted_service_proves_the_time(
    stamped: bytes, identity: SealIdentity, tsa: tuple[str, bytes]
) -> None:
    verification = verify(stamped, roots=[identity.root_pem, tsa[1]])
    assert verification.problems == ()
    assert verification.good
    assert (verification.level, verification.timestamp) == ("PAdES B-T", "2026-11-22T09:31:07Z")


def test_an_untrusted_service_proves_nothing(stamped: bytes, identity: SealIdentity) -> None:
    verification = verify(stamped, roots=[identity.root_pem])
    assert verification.good
    assert (verification.level, verification.timestamp) == ("PAdES B-B", None)


def test_a_changed_time_stamp_is_refused(
    stamped: bytes, identity: SealIdentity, tsa: tuple[str, bytes]
) -> None:
    found = frame(stamped)
    assert isinstance(found, Frame)
    # The proven time stands in the token, which the seal itself does not cover.
    at = stamped.index(b"20261122093107Z".hex().upper().encode(), found.start)
    forged = stamped[:at] + b"20261122093108Z".hex().upper().encode() + stamped[at + 30 :]
    verification = verify(forged, roots=[identity.root_pem, tsa[1]])
    assert not verification.good
    assert "the time stamp in the seal was changed" in verification.problems


def test_a_service_that_does_not_answer_is_named(small_rendered: bytes, identity: SealIdentity) -> None:
    with pytest.raises(SealError, match=r"time-stamp service http://127\.0\.0\.1:9/ .*; try again"):
        seal(small_rendered, identity, reason="Handover", at=ISSUED, timestamp_url="http://127.0.0.1:9/")
