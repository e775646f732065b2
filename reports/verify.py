"""Judge a pack file: sealed, whole, unchanged, and its data its own? Whatever the file, this never raises."""

import datetime as dt
import hashlib
import io
import logging
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from asn1crypto import pem, x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import EmbeddedPdfSignature, validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathError

from reports import contents
from reports.container import Frame, cms_problem, content_problem, frame, header_problem
from reports.errors import AuthorityError
from reports.model import Verification
from reports.seal import FIELD

# Its refusals are in the verification; without a handler they would also land on a reader's terminal.
for _library in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_library).addHandler(logging.NullHandler())

#: Everything that damaged bytes were seen to make the parsers raise.
_UNREADABLE = (
    PdfError,
    SigningError,
    SignatureValidationError,
    PathError,
    zlib.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    NotImplementedError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)

_NOTHING = Verification(
    intact=False,
    covers_whole_file=False,
    trusted=False,
    unmodified=False,
    timestamp=None,
    signing_time=None,
    level="none",
    signer="",
    manifest_matches=False,
    pack_id=None,
    superseded_by=None,
    problems=(),
)


@dataclass(frozen=True, slots=True)
class KnownPack:
    """What a server remembers of a pack it issued: the hashes of its file and the pack that replaced it."""

    sha256: frozenset[str]
    superseded_by: str | None = None


Known = Callable[[str], KnownPack | None]


def verify(data: bytes, *, roots: Sequence[bytes], known: Known | None = None) -> Verification:
    """Return what can be said of a file; ``known`` looks a pack id up where the issuer's records are."""
    trusted = [_certificate(root) for root in roots]
    if problem := header_problem(data):
        return replace(_NOTHING, problems=(problem,))
    found = frame(data)
    if isinstance(found, str):
        return replace(_NOTHING, problems=(found,))
    if problem := content_problem(data, found):
        return replace(_NOTHING, covers_whole_file=True, problems=(problem,))
    try:
        judged = _signature(data, found, trusted)
    except _UNREADABLE as failed:
        return replace(
            _NOTHING, problems=(f"the file is damaged and can't be read ({type(failed).__name__})",)
        )
    # Nothing inside a file that failed so far is worth parsing: it is not the file that was sealed.
    if not judged.intact:
        return judged
    return _known(_with_contents(data, judged), data, known)


def _certificate(root: bytes) -> x509.Certificate:
    try:
        _, _, der = pem.unarmor(root)
        certificate = x509.Certificate.load(der)
        certificate.native  # noqa: B018  asn1crypto parses lazily; a broken certificate has to show here
    except (ValueError, TypeError) as problem:
        raise AuthorityError(
            "The trusted root is not a PEM certificate; give the issuer's root.pem."
        ) from problem
    return certificate


def _signature(data: bytes, found: Frame, roots: list[x509.Certificate]) -> Verification:
    reader = PdfFileReader(io.BytesIO(data), strict=True)
    if reader.encrypted:
        return replace(_NOTHING, problems=("the file is encrypted",))
    signatures = reader.embedded_signatures
    if len(signatures) != 1:
        return replace(
            _NOTHING, problems=(f"the file has {len(signatures)} signature fields with a signature, not 1",)
        )
    seal = signatures[0]
    context = ValidationContext(trust_roots=roots, allow_fetching=False)
    # The whole file has to be signed (checked here), so there is no later revision to compare with.
    status = validate_pdf_signature(
        seal, context, key_usage_settings=KeyUsageConstraints({"non_repudiation"}), skip_diff=True
    )
    forged = cms_problem(found.contents)
    problems = _seal_problems(seal, found, status, bool(roots))
    judged = _verdicts(seal, status, (*problems, forged) if forged else problems)
    return replace(judged, intact=False) if forged else judged


def _verdicts(
    seal: EmbeddedPdfSignature, status: PdfSignatureStatus, problems: tuple[str, ...]
) -> Verification:
    proven, fits = _proven(status), bool(status.intact and status.valid)
    return Verification(
        intact=fits,
        covers_whole_file=seal.evaluate_signature_coverage() == SignatureCoverageLevel.ENTIRE_FILE,
        trusted=bool(status.trusted),
        unmodified=fits and seal.docmdp_level == MDPPerm.NO_CHANGES and _permitted(seal),
        timestamp=_utc(proven),
        signing_time=_utc(seal.self_reported_timestamp),
        level=f"PAdES {'B-T' if proven else 'B-B'}",
        signer=str(seal.signer_cert.subject.native.get("common_name", "")),
        manifest_matches=False,
        pack_id=None,
        superseded_by=None,
        problems=problems,
    )


def _proven(status: PdfSignatureStatus) -> dt.datetime | None:
    """Return the time that a trusted time-stamp service vouches for."""
    stamp = status.timestamp_validity
    return stamp.timestamp if stamp and stamp.intact and stamp.valid and stamp.trusted else None


def _seal_problems(
    seal: EmbeddedPdfSignature, found: Frame, status: PdfSignatureStatus, any_root: bool
) -> tuple[str, ...]:
    sig, stamp = seal.sig_object, status.timestamp_validity
    checks = (
        (seal.field_name == FIELD, f"the signature field is not {FIELD}"),
        (sig.get("/SubFilter") == "/ETSI.CAdES.detached", "the seal is not a PAdES signature"),
        (seal.docmdp_level == MDPPerm.NO_CHANGES, "the seal does not forbid changes"),
        (_permitted(seal), "the document's permissions do not name the seal"),
        (bytes(sig["/Contents"]).startswith(found.contents), "the seal is not where its byte range says"),
        (status.intact, "its bytes were changed after it was sealed"),
        (status.valid, "the seal's signature does not fit its certificate"),
        (stamp is None or (stamp.intact and stamp.valid), "the time stamp in the seal was changed"),
        (any_root, "no root certificate is at hand to judge whose seal this is"),
        (status.trusted or not any_root, "the seal was not made by an authority trusted here"),
    )
    return tuple(sentence for fits, sentence in checks if not fits)


def _permitted(seal: EmbeddedPdfSignature) -> bool:
    """Return whether the catalogue names this seal, and nothing else, as the one that governs changes."""
    permissions = seal.reader.root.get("/Perms", {})
    return list(permissions) == ["/DocMDP"] and permissions.raw_get("/DocMDP") == seal.sig_field.raw_get("/V")


def _utc(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _with_contents(data: bytes, judged: Verification) -> Verification:
    inside = contents.read(data)
    pack_id = inside.manifest.get("id")
    return replace(
        judged,
        manifest_matches=not inside.problems,
        pack_id=str(pack_id) if pack_id else None,
        problems=(*judged.problems, *inside.problems),
    )


def _known(judged: Verification, data: bytes, known: Known | None) -> Verification:
    if known is None or judged.pack_id is None:
        return judged
    record = known(judged.pack_id)
    if record is None:
        return replace(judged, problems=(*judged.problems, "this server has issued no such pack"))
    if hashlib.sha256(data).hexdigest() not in record.sha256:
        return replace(
            judged, problems=(*judged.problems, "this server has issued this pack with other bytes")
        )
    return replace(judged, superseded_by=record.superseded_by)
