"""Modbus/TLS: the certificate is checked by the name of the host, and records may cut an answer anywhere."""

import asyncio
import datetime as dt
import ssl
from contextlib import asynccontextmanager

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from device_probe import loop
from device_probe.bus import Bus, Manners
from device_probe.model import Endpoint
from device_probe.problems import CertificateError
from tests.device_probe.fault_runs import expected, options
from tests.device_probe.faultserver import Device

AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A certificate for "localhost" alone, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(AT)
        .not_valid_after(AT + dt.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key.private_bytes(*private))
    return folder / "cert.pem", folder / "key.pem"


@asynccontextmanager
async def tls_device(files):
    """A device that sends each answer in two records: 20 bytes and the rest."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    device = Device("split", 0, options(delay=0.02))
    server = await asyncio.start_server(device.client, "127.0.0.1", 0, ssl=context)
    try:
        yield device, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await asyncio.sleep(0.05)


def trusting(files) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=files[0])


def read_twice(files, host: str, context: ssl.SSLContext | None) -> list[bytes]:
    async def run():
        async with tls_device(files) as (device, port):
            bus = Bus(tls=context)
            channel = bus.channel(Endpoint(host, port, "tls"), 1, Manners(timeout_s=5))
            try:
                return [(await channel.read("holding", address, 60)).data for address in (0, 100)]
            finally:
                await bus.close()
                assert device.stats["writes"] == 0
                assert device.stats["requests"] in (0, 2)

    return loop.run(run())


def test_registers_come_over_tls_however_its_records_cut_them(files) -> None:
    assert read_twice(files, "localhost", trusting(files)) == [expected(1, 0, 60), expected(1, 100, 60)]


def test_a_certificate_for_another_name_is_refused_before_anything_is_asked(files) -> None:
    with pytest.raises(CertificateError, match=r"127\.0\.0\.1:\d+ shows a certificate that is not trusted"):
        read_twice(files, "127.0.0.1", trusting(files))


def test_a_certificate_nobody_vouches_for_is_refused(files) -> None:
    with pytest.raises(CertificateError, match="SSL_CERT_FILE"):
        read_twice(files, "localhost", None)


def test_the_file_of_an_authority_can_be_named_for_all_commands(files, monkeypatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))
    assert len(read_twice(files, "localhost", None)) == 2
