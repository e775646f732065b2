"""The local authority: a root and a seal key, made on first use. Trusted by whoever was given the root."""

import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from reports.errors import AuthorityError

ROOT, ROOT_KEY, SEAL, SEAL_KEY = "root.pem", "root.key", "seal.pem", "seal.key"
_KEY_BITS = 3072
_ROOT_YEARS = 30
_SEAL_YEARS = 20  # a pack has to be provable for as long as the installation stands


@dataclass(frozen=True, slots=True)
class SealIdentity:
    """The organisation's seal: certificate and key to seal with, and the root that readers trust."""

    certificate_pem: bytes
    key_pem: bytes = field(repr=False)
    root_pem: bytes
    name: str


def ensure(directory: Path, *, organisation: str, now: dt.datetime | None = None) -> SealIdentity:
    """Return the seal of this instance; make the authority in ``directory`` when there is none."""
    if not (directory / SEAL).exists():
        _make(directory, organisation, now or dt.datetime.now(dt.UTC))
    return load(directory)


def load(directory: Path) -> SealIdentity:
    """Return the seal kept in ``directory``."""
    try:
        certificate, key, root = ((directory / name).read_bytes() for name in (SEAL, SEAL_KEY, ROOT))
        name = _common_name(x509.load_pem_x509_certificate(certificate))
    except OSError as problem:
        raise AuthorityError(
            f"{directory}: the seal can't be read ({problem.strerror}); check its files."
        ) from problem
    except ValueError as problem:
        raise AuthorityError(
            f"{directory / SEAL} is not a PEM certificate; restore it from the backup."
        ) from problem
    return SealIdentity(certificate, key, root, name)


def _common_name(certificate: x509.Certificate) -> str:
    return str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def _make(directory: Path, organisation: str, now: dt.datetime) -> None:
    """Write a new authority beside the target, then move it there in one step: never half a key pair."""
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
        try:
            for name, content in _generate(organisation, now).items():
                _write(fresh / name, content, private=name.endswith(".key"))
            _move(fresh, directory)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as problem:
        raise AuthorityError(
            f"{directory}: the authority can't be written ({problem.strerror}); make the folder writable."
        ) from problem


def _move(fresh: Path, directory: Path) -> None:
    try:
        fresh.rename(directory)
    except OSError:
        # Another process was first: its authority stands. An incomplete folder is a person's business.
        if not (directory / SEAL).exists():
            raise


def _write(path: Path, content: bytes, *, private: bool) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o644)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _generate(organisation: str, now: dt.datetime) -> Mapping[str, bytes]:
    root_key, seal_key = (rsa.generate_private_key(65537, _KEY_BITS) for _ in range(2))
    root_name = _name(organisation, " local trust")
    root = _root(root_name, root_key, now)
    seal = _seal(_name(organisation, " handover seal"), seal_key, root, root_key, now)
    return {ROOT: _pem(root), ROOT_KEY: _key_pem(root_key), SEAL: _pem(seal), SEAL_KEY: _key_pem(seal_key)}


def _root(name: x509.Name, key: rsa.RSAPrivateKey, now: dt.datetime) -> x509.Certificate:
    builder = _builder(name, name, key.public_key(), now, _ROOT_YEARS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(authority=True), critical=True)
    return builder.sign(key, hashes.SHA256())


def _seal(
    name: x509.Name,
    key: rsa.RSAPrivateKey,
    root: x509.Certificate,
    root_key: rsa.RSAPrivateKey,
    now: dt.datetime,
) -> x509.Certificate:
    builder = _builder(name, root.subject, key.public_key(), now, _SEAL_YEARS)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(authority=False), critical=True)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    return builder.add_extension(issuer, critical=False).sign(root_key, hashes.SHA256())


def _builder(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPublicKey, now: dt.datetime, years: int
) -> x509.CertificateBuilder:
    # Begins a day early: a reader's clock may be behind.
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=365 * years))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _name(organisation: str, role: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _clipped(organisation, 64)),
            x509.NameAttribute(NameOID.COMMON_NAME, _clipped(organisation, 64 - len(role)) + role),
        ]
    )


def _clipped(text: str, octets: int) -> str:
    """Return the text cut to what X.520 allows, counted in UTF-8; never in the middle of a character."""
    return text.encode()[:octets].decode(errors="ignore").strip() or "fieldapp"


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
