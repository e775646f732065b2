"""A pack is believed only when nothing at all is wrong with it; a second tool agrees where it can."""

import dataclasses
import datetime as dt
import hashlib
import io
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.generic import TextStringObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from reports import render
from reports.authority import SealIdentity, ensure
from reports.container import Frame, frame
from reports.manifest import digest, manifest
from reports.model import HandoverPack, Verification
from reports.seal import seal
from reports.verify import KnownPack, verify
from tests.reports.conftest import ISSUED


def judge(data: bytes, identity: SealIdentity) -> Verification:
    return verify(data, roots=[identity.root_pem])


def pdfsig(data: bytes, folder: Path) -> str:
    file = folder / "signed.pdf"
    file.write_bytes(data)
    return subprocess.run(["pdfsig", "-nocert", file], capture_output=True, text=True, check=False).stdout


def place_of(data: bytes) -> Frame:
    found = frame(data)
    assert isinstance(found, Frame)
    return found


def test_an_untouched_pack_is_good_and_pdfsig_agrees(
    sealed: bytes, pack: HandoverPack, identity: SealIdentity, tmp_path: Path
) -> None:
    verification = judge(sealed, identity)
    assert verification.problems == ()
    assert verification.good
    assert verification.pack_id == pack.id
    assert (verification.level, verification.timestamp) == ("PAdES B-B", None)
    assert verification.signing_time == "2026-11-22T09:30:00Z"
    assert verification.bottom_line.startswith("VALID: sealed by ChargeGrid AG handover seal")
    said = pdfsig(sealed, tmp_path)
    assert "Signature is Valid" in said
    assert "Total document signed" in said


def test_one_flipped_byte_makes_both_refuse(sealed: bytes, identity: SealIdentity, tmp_path: Path) -> None:
    broken = bytearray(sealed)
    broken[len(sealed) // 2] ^= 1
    verification = judge(bytes(broken), identity)
    assert not verification.good
    assert not verification.intact
    assert "changed" in verification.bottom_line
    assert "Digest Mismatch" in pdfsig(bytes(broken), tmp_path)


def appended(data: bytes) -> bytes:
    return data + b"\n% more\n"


def appended_eof(data: bytes) -> bytes:
    return data + b"\n%%EOF\n"


def prepended(data: bytes) -> bytes:
    return b"MZ\x90\x00" + data


def prepended_pdf(data: bytes) -> bytes:
    return b"%PDF-1.4\n" + data


def cut_short(data: bytes) -> bytes:
    return data[:-200]


def last_revision_removed(data: bytes) -> bytes:
    end = data.index(b"%%EOF")
    return data[: end + 6]


def updated(data: bytes) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    writer.root["/Lang"] = TextStringObject("de")
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def rewritten(data: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.save(out)
    return out.getvalue()


def attachment_swapped(data: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        del pdf.attachments["pack.json"]
        pdf.attachments["pack.json"] = b"{}"
        pdf.save(out)
    return out.getvalue()


def encrypted(data: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="x", user="x"))
    return out.getvalue()


def padding_changed(data: bytes) -> bytes:
    place = place_of(data)
    return data[: place.end - 5] + b"0001" + data[place.end - 1 :]


def hex_case_changed(data: bytes) -> bytes:
    place = place_of(data)
    return data[: place.start] + data[place.start : place.end].lower() + data[place.end :]


def second_byte_range(data: bytes) -> bytes:
    return data + b"/ByteRange [0 10 20 30]\n%%EOF\n"


ATTACKS = (
    appended, appended_eof, prepended, prepended_pdf, cut_short, last_revision_removed, updated, rewritten,
    attachment_swapped, encrypted, padding_changed, hex_case_changed, second_byte_range,
)  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_every_known_attack_is_refused(
    attack: Callable[[bytes], bytes], small_sealed: bytes, identity: SealIdentity
) -> None:
    assert judge(small_sealed, identity).good
    verification = judge(attack(small_sealed), identity)
    assert not verification.good
    assert verification.problems
    assert verification.bottom_line.startswith("DO NOT TRUST")


def test_junk_that_other_tools_accept_is_refused(
    small_sealed: bytes, identity: SealIdentity, tmp_path: Path
) -> None:
    """The reason why this verifier exists beside pdfsig: it calls an appended file valid."""
    assert "Signature is Valid" in pdfsig(appended(small_sealed), tmp_path)
    assert "bytes stand after the end of the PDF" in judge(appended(small_sealed), identity).problems


def test_flips_in_the_signature_itself_are_refused(small_sealed: bytes, identity: SealIdentity) -> None:
    place = place_of(small_sealed)
    chosen = random.Random(7).sample(range(place.start + 1, place.start + 2 * len(place.contents)), 60)
    accepted = []
    for at in chosen:
        broken = bytearray(small_sealed)
        broken[at] = ord("0") if broken[at] != ord("0") else ord("1")
        if judge(bytes(broken), identity).good:
            accepted.append(at)
    assert accepted == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_flipped_bit_is_refused(
    small_sealed: bytes, identity: SealIdentity, where: float, bit: int
) -> None:
    broken = bytearray(small_sealed)
    broken[int(where * len(broken))] ^= 1 << bit
    assert not judge(bytes(broken), identity).good


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.floats(0, 1), stop=st.floats(0, 1), junk=st.binary(max_size=300))
def test_hostile_bytes_never_raise(
    small_sealed: bytes, identity: SealIdentity, start: float, stop: float, junk: bytes
) -> None:
    first, last = (int(part * len(small_sealed)) for part in (start, stop))
    data = small_sealed[:first] + junk + small_sealed[last:]
    if data != small_sealed:
        assert not judge(data, identity).good
    assert not judge(junk, identity).good


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "the file is empty"),
        (b"PK\x03\x04 not a pdf", "the file is not a PDF"),
        (b"%PDF-1.7\n%%EOF\n", "the file carries no seal"),
        (b"%PDF-1.7\n", "the file is cut off"),
    ],
)
def test_what_is_no_pack_says_so(data: bytes, problem: str, identity: SealIdentity) -> None:
    assert judge(data, identity).problems == (problem,)


def test_an_unsealed_pack_is_refused(small_rendered: bytes, identity: SealIdentity) -> None:
    assert judge(small_rendered, identity).problems == ("the file carries no seal",)


def test_another_authority_is_not_trusted(small_sealed: bytes, tmp_path: Path) -> None:
    stranger = ensure(tmp_path / "pki", organisation="ChargeGrid AG")
    verification = judge(small_sealed, stranger)
    assert verification.intact
    assert not verification.trusted
    assert not verification.good
    assert "not made by an authority trusted here" in verification.bottom_line


def test_without_a_root_it_is_intact_but_not_trusted(small_sealed: bytes) -> None:
    verification = verify(small_sealed, roots=())
    assert (verification.intact, verification.manifest_matches, verification.trusted) == (True, True, False)
    assert "no root certificate is at hand" in verification.bottom_line


def test_the_issuers_records_are_asked(
    small_sealed: bytes, small_pack: HandoverPack, identity: SealIdentity
) -> None:
    records = {small_pack.id: KnownPack(frozenset({hashlib.sha256(small_sealed).hexdigest()}), "pack-2")}
    good = verify(small_sealed, roots=[identity.root_pem], known=records.get)
    assert good.good
    assert good.bottom_line.endswith("It has been superseded by pack-2.")
    unknown = verify(small_sealed, roots=[identity.root_pem], known={}.get)
    assert unknown.problems == ("this server has issued no such pack",)
    other = {small_pack.id: KnownPack(frozenset({"0" * 64}))}
    assert not verify(small_sealed, roots=[identity.root_pem], known=other.get).good


def test_a_signature_with_another_purpose_is_no_seal(small_rendered: bytes, identity: SealIdentity) -> None:
    """Correctly signed, but as an approval that allows changes: not what this product seals with."""
    from pyhanko.sign import signers
    from pyhanko.sign.fields import SigSeedSubFilter

    from reports.seal import _signer

    out = io.BytesIO()
    metadata = signers.PdfSignatureMetadata(
        field_name="Someone", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256"
    )
    signers.PdfSigner(metadata, _signer(identity)).sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(small_rendered)), output=out
    )
    verification = judge(out.getvalue(), identity)
    assert verification.intact
    assert "the signature field is not OrgSeal" in verification.problems
    assert "the seal does not forbid changes" in verification.problems


def test_a_manifest_that_is_not_the_documents_is_refused(
    small_rendered: bytes, small_pack: HandoverPack, identity: SealIdentity
) -> None:
    """Swapped before sealing: the seal is right, yet data and document do not belong together."""
    from reports.manifest import canonical

    other = canonical(manifest(dataclasses.replace(small_pack, number=9)))
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(small_rendered)) as pdf:
        pdf.attachments["pack.json"].get_file().obj.write(other)
        pdf.save(out)
    resealed = seal(out.getvalue(), identity, reason="Handover", at=ISSUED)
    verification = judge(resealed, identity)
    assert (verification.intact, verification.manifest_matches) == (True, False)
    assert "the attached data has another digest than the document names" in verification.problems
    assert digest(manifest(small_pack)) not in verification.bottom_line


def test_a_broken_journal_is_refused(small_pack: HandoverPack, identity: SealIdentity) -> None:
    entries = [dict(entry) for entry in small_pack.journal]
    entries[4]["author"] = "p-someone-else"
    forged = dataclasses.replace(small_pack, journal=tuple(entries), photos=())
    data = seal(render.render(forged), identity, reason="Handover", at=ISSUED)
    assert judge(data, identity).problems == ("the attached journal is broken at entry 5",)


def test_the_seal_claims_the_time_given(small_rendered: bytes, identity: SealIdentity) -> None:
    later = dt.datetime(2027, 1, 2, 3, 4, 5, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    data = seal(small_rendered, identity, reason="Handover", at=later)
    assert judge(data, identity).signing_time == "2027-01-02T02:04:05Z"
