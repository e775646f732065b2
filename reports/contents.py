"""What is inside a pack: the attached manifest, the metadata that names it, the photos. Read with pikepdf."""

import hashlib
import io
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import pikepdf
import rfc8785

from reports.manifest import ATTACHMENT, SCHEMA, TYPE, canonical, digest_of, parse
from reports.xmp import NAMESPACE

_LARGEST_MANIFEST = 400_000_000
_JOURNAL_PREFIX = b"fieldapp-journal-v1\n"
_GENESIS = "0" * 64

#: Everything that a damaged file makes pikepdf, zlib or json raise.
UNREADABLE = (
    pikepdf.PdfError,
    zlib.error,
    rfc8785.CanonicalizationError,
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    NotImplementedError,
    OSError,
    RecursionError,
    RuntimeError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Contents:
    """The manifest as attached, and everything about it that does not fit."""

    raw: bytes
    manifest: Mapping[str, object]
    problems: tuple[str, ...]


def read(data: bytes) -> Contents:
    """Return what is attached to a pack; what can't be read becomes a problem."""
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            raw = _attachment(pdf)
            if isinstance(raw, str):
                return Contents(b"", {}, (raw,))
            content = parse(raw)
            if not isinstance(content, dict):
                return Contents(raw, {}, ("the attached data is not a manifest",))
            problems = (*_manifest_problems(raw, content, pdf), *_photo_problems(content, pdf))
            return Contents(raw, content, (*problems, *journal_problems(content)))
    except UNREADABLE as problem:
        return Contents(b"", {}, (f"the attached data can't be read ({type(problem).__name__})",))


def _attachment(pdf: pikepdf.Pdf) -> bytes | str:
    names = [str(name) for name in pdf.attachments]
    if ATTACHMENT not in names:
        return f"{ATTACHMENT} is not attached"
    if len(names) != 1:
        return f"{len(names)} files are attached where one is expected"
    stream = pdf.attachments[ATTACHMENT].get_file().obj
    if stream.get("/Filter") != pikepdf.Name.FlateDecode:
        return (
            stream.read_bytes()
            if stream.get("/Filter") is None
            else f"{ATTACHMENT} has an unexpected encoding"
        )
    inflate = zlib.decompressobj()
    raw = inflate.decompress(stream.read_raw_bytes(), _LARGEST_MANIFEST)
    return raw if inflate.eof else f"{ATTACHMENT} is larger than any handover pack"


def _manifest_problems(raw: bytes, content: dict[str, object], pdf: pikepdf.Pdf) -> list[str]:
    problems = []
    if content.get("type") != TYPE or content.get("schema") != SCHEMA:
        problems.append("the attached data is not a manifest that this version knows")
    if canonical(content) != raw:
        problems.append("the attached data is not in canonical form")
    digest = digest_of(raw)
    if _metadata(pdf, "manifestDigest") != digest or bytes(pdf.trailer.ID[0]) != digest.encode():
        problems.append("the attached data has another digest than the document names")
    if _metadata(pdf, "packId") != content.get("id"):
        problems.append("the attached data belongs to another pack than the document")
    return problems


def _metadata(pdf: pikepdf.Pdf, name: str) -> str | None:
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        value = metadata.get(f"{{{NAMESPACE}}}{name}")
    return None if value is None else str(value)


def _photo_problems(content: Mapping[str, object], pdf: pikepdf.Pdf) -> list[str]:
    photos = cast("list[Mapping[str, object]]", content.get("photos") or [])
    wanted = {str(photo["printed_sha256"]) for photo in photos if photo["printed_sha256"]}
    found = {
        hashlib.sha256(entry.read_raw_bytes()).hexdigest()
        for entry in pdf.objects
        if isinstance(entry, pikepdf.Stream) and entry.get("/Filter") == pikepdf.Name.DCTDecode
    }
    missing = len(wanted - found)
    return [f"{missing} photos are not the ones that the attached data names"] if missing else []


def journal_problems(content: Mapping[str, object]) -> list[str]:
    """Return where the attached journal is not an unbroken chain up to the head that the pack names."""
    previous, number = _GENESIS, 0
    for entry in cast("list[Mapping[str, object]]", content["journal"]):
        number += 1
        body = {key: value for key, value in entry.items() if key != "hash"}
        found = hashlib.sha256(_JOURNAL_PREFIX + canonical(body)).hexdigest()
        if entry["number"] != number or entry["previous"] != previous or entry["hash"] != found:
            return [f"the attached journal is broken at entry {number}"]
        previous = found
    head = cast("Mapping[str, object]", content["journal_head"])
    if (head["number"], head["hash"]) != (number, previous):
        return ["the attached journal does not end at the head that the pack names"]
    return []
