"""The local authority is made once, whole, and its keys are nobody else's to read."""

import datetime as dt
import stat
import threading
from pathlib import Path

import pytest
from cryptography import x509

from reports.authority import SealIdentity, ensure, load
from reports.errors import AuthorityError


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_keys_are_private(tmp_path: Path) -> None:
    ensure(tmp_path / "home" / "pki", organisation="Elektro Nord")
    pki = tmp_path / "home" / "pki"
    assert mode(pki) == 0o700
    assert {path.name: mode(path) for path in pki.iterdir()} == {
        "root.pem": 0o644,
        "root.key": 0o600,
        "seal.pem": 0o644,
        "seal.key": 0o600,
    }
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["pki"]


def test_is_made_once(tmp_path: Path) -> None:
    first = ensure(tmp_path / "pki", organisation="Elektro Nord")
    assert ensure(tmp_path / "pki", organisation="Another name") == first
    assert load(tmp_path / "pki") == first


def test_the_key_is_not_shown_in_a_log(identity: SealIdentity) -> None:
    assert "PRIVATE" not in repr(identity)
    assert "key_pem" not in repr(identity)


def test_two_processes_agree_on_one_authority(tmp_path: Path) -> None:
    found: list[SealIdentity] = []
    threads = [
        threading.Thread(target=lambda: found.append(ensure(tmp_path / "pki", organisation="Elektro Nord")))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len({identity.root_pem for identity in found}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["pki"]


def test_the_seal_follows_from_the_root_and_may_only_sign(tmp_path: Path) -> None:
    now = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
    identity = ensure(tmp_path / "pki", organisation="Ü" * 80, now=now)
    root = x509.load_pem_x509_certificate(identity.root_pem)
    seal = x509.load_pem_x509_certificate(identity.certificate_pem)
    seal.verify_directly_issued_by(root)
    usage = seal.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.content_commitment
    assert not usage.key_cert_sign
    assert not seal.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert seal.subject.rfc4514_string().startswith("CN=ÜÜ")
    assert " handover seal" in seal.subject.rfc4514_string()
    assert seal.not_valid_before_utc < now < seal.not_valid_after_utc < root.not_valid_after_utc


def test_a_folder_that_can_not_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(AuthorityError, match=r"the authority can't be written .*make the folder writable"):
        ensure(tmp_path / "file" / "pki", organisation="Elektro Nord")


def test_half_an_authority_is_not_overwritten(tmp_path: Path) -> None:
    pki = tmp_path / "pki"
    pki.mkdir()
    (pki / "root.key").write_text("precious")
    with pytest.raises(AuthorityError):
        ensure(pki, organisation="Elektro Nord")
    assert (pki / "root.key").read_text() == "precious"


def test_a_damaged_certificate_says_so(tmp_path: Path) -> None:
    ensure(tmp_path / "pki", organisation="Elektro Nord")
    (tmp_path / "pki" / "seal.pem").write_text("nonsense")
    with pytest.raises(AuthorityError, match=r"seal\.pem is not a PEM certificate"):
        load(tmp_path / "pki")
