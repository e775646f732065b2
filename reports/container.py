"""The file around the signature, byte by byte: what no signature can vouch for must not be there."""

import hashlib
import re
from dataclasses import dataclass

from asn1crypto import cms

LARGEST_BYTES = 1_000_000_000
_END = re.compile(rb"%%EOF(\r\n|\r|\n)?\Z")
_BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s+(\d{1,12})\s*\]")
_ALLOWED_UNSIGNED = {"signature_time_stamp_token"}


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the one signature stands: the signed bytes are everything but ``data[start:end]``."""

    start: int
    end: int
    contents: bytes  # the CMS object as DER, padding cut off


def header_problem(data: bytes) -> str | None:
    """Return why this can't be a whole PDF file from its first to its last byte, None when it may be one."""
    if not data:
        return "the file is empty"
    if len(data) > LARGEST_BYTES:
        return f"the file has {len(data)} bytes, more than any handover pack"
    if not data.startswith(b"%PDF-1."):
        return "bytes stand before the PDF header" if b"%PDF-" in data[:4096] else "the file is not a PDF"
    if not _END.search(data[-16:]):
        return "bytes stand after the end of the PDF" if b"%%EOF" in data[-65536:] else "the file is cut off"
    return None


def frame(data: bytes) -> Frame | str:
    """Return the frame of the one signature, or the sentence why there is none."""
    ranges = _BYTE_RANGE.findall(data)
    if not ranges:
        return "the file carries no seal"
    if len(ranges) > 1:
        return f"the file carries {len(ranges)} signatures where one seal is expected"
    first, length, second, rest = (int(number) for number in ranges[0])
    if first != 0 or not length < second <= len(data) or second + rest != len(data):
        return "the seal does not cover the whole file"
    return _gap(data, length, second)


def _gap(data: bytes, start: int, end: int) -> Frame | str:
    gap = data[start:end]
    if not re.fullmatch(rb"<[0-9A-F]*>", gap) or len(gap) % 2:
        return "the place of the seal holds something else"
    raw = bytes.fromhex(gap[1:-1].decode())
    length = _der_length(raw)
    if length is None or length > len(raw):
        return "the seal is not a CMS signature"
    if raw[length:].strip(b"\0"):
        return "the padding behind the seal was changed"
    return Frame(start, end, raw[:length])


def _der_length(raw: bytes) -> int | None:
    """Return the length of the DER sequence that begins here, None when there is none."""
    if len(raw) < 6 or raw[0] != 0x30:
        return None
    if raw[1] < 0x80:
        return 2 + raw[1]
    octets = raw[1] & 0x7F
    return 2 + octets + int.from_bytes(raw[2 : 2 + octets]) if 1 <= octets <= 4 else None


def content_problem(data: bytes, found: Frame) -> str | None:
    """Return why the bytes are not the sealed ones, None when the digest in the seal fits them.

    pyHanko says the same later; asked first, a changed file is never parsed.
    """
    try:
        signer = cms.ContentInfo.load(found.contents)["content"]["signer_infos"][0]
        attributes = {
            attribute["type"].native: attribute["values"].native for attribute in signer["signed_attrs"]
        }
        sealed = attributes["message_digest"][0]
    except (ValueError, TypeError, KeyError, IndexError) as problem:
        return f"the seal can't be read as a CMS signature ({type(problem).__name__})"
    content = hashlib.sha256(data[: found.start])
    content.update(data[found.end :])
    return None if sealed == content.digest() else "its bytes were changed after it was sealed"


def cms_problem(contents: bytes) -> str | None:
    """Return what was changed in the signature object where the signature does not reach, None when nothing.

    A signature covers only the signed attributes; every other field must have its one possible value.
    """
    try:
        info = cms.ContentInfo.load(contents, strict=True)
        return _content_problem(info, contents)
    except (ValueError, TypeError, KeyError, IndexError) as problem:
        return f"the seal can't be read as a CMS signature ({type(problem).__name__})"


def _content_problem(info: cms.ContentInfo, contents: bytes) -> str | None:
    if info["content_type"].native != "signed_data":
        return "the seal is not a CMS signature"
    signed = info["content"]
    expected = (
        signed["version"].native == "v1"
        and [entry["algorithm"].native for entry in signed["digest_algorithms"]] == ["sha256"]
        and signed["encap_content_info"]["content_type"].native == "data"
        and signed["encap_content_info"]["content"].native is None
        and len(signed["certificates"]) == 1
        and signed["crls"].native is None
        and len(signed["signer_infos"]) == 1
    )
    if not expected:
        return "the seal holds more than one signature and one certificate"
    if info.copy().dump(force=True) != contents:
        return "the seal is not encoded as it was made"
    return _signer_problem(signed["signer_infos"][0], signed["certificates"][0].chosen)


def _signer_problem(signer: cms.SignerInfo, certificate: cms.Certificate) -> str | None:
    sid = signer["sid"].chosen
    if signer["version"].native != "v1" or signer["digest_algorithm"]["algorithm"].native != "sha256":
        return "the seal's header was changed"
    if sid["serial_number"].native != certificate.serial_number or sid["issuer"] != certificate.issuer:
        return "the seal names another certificate than it carries"
    unsigned = signer["unsigned_attrs"]
    names = [attribute["type"].native for attribute in unsigned] if unsigned.native else []
    if len(set(names)) != len(names) or not set(names) <= _ALLOWED_UNSIGNED:
        return "attributes that nobody signed were added to the seal"
    return None
