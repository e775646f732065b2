"""Seal a pack: one PAdES certification that forbids every later change."""

import datetime as dt
import io

from asn1crypto import keys, pem, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.pdf_signer import PdfSigningSession
from pyhanko.sign.timestamps import HTTPTimeStamper, TimestampRequestError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from reports.authority import SealIdentity
from reports.errors import SealError

FIELD = "OrgSeal"


class _DatedSigner(signers.PdfSigner):
    """A signer that claims a given time, so that the seal says when the pack was issued."""

    at: dt.datetime | None = None

    def init_signing_session(
        self, pdf_out: BasePdfFileWriter, existing_fields_only: bool = False
    ) -> PdfSigningSession:
        """Return a session that takes the given time for now."""
        session = super().init_signing_session(pdf_out, existing_fields_only)
        session.system_time = self.at or session.system_time
        return session


class _KeepingWriter(IncrementalPdfFileWriter):
    """A writer that leaves the metadata as rendered, where pyHanko would write it anew."""

    def _update_meta(self) -> None:
        """Change nothing: sealing adds a signature and no content."""


def seal(
    pdf: bytes, identity: SealIdentity, *, reason: str, at: dt.datetime, timestamp_url: str | None = None
) -> bytes:
    """Return the document sealed at PAdES B-B; B-T when a time-stamp service is named."""
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        reason=reason,
        name=identity.name,
    )
    timestamper = HTTPTimeStamper(timestamp_url) if timestamp_url else None
    signer = _DatedSigner(
        metadata, _signer(identity), timestamper=timestamper, new_field_spec=SigFieldSpec(FIELD)
    )
    signer.at = at
    out = io.BytesIO()
    try:
        signer.sign_pdf(_KeepingWriter(io.BytesIO(pdf)), output=out)
    except TimestampRequestError as problem:
        raise SealError(
            f"The time-stamp service {timestamp_url} did not answer: {problem}; try again."
        ) from problem
    except (PdfError, SigningError) as problem:
        raise SealError(f"The document can't be sealed: {problem}; render it again.") from problem
    return out.getvalue()


def _signer(identity: SealIdentity) -> signers.SimpleSigner:
    # No root is embedded: a reader must have it from elsewhere, and unsigned bytes are bytes to tamper with.
    return signers.SimpleSigner(
        signing_cert=x509.Certificate.load(_der(identity.certificate_pem)),
        signing_key=keys.PrivateKeyInfo.load(_der(identity.key_pem)),
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
        embed_roots=False,
    )


def _der(data: bytes) -> bytes:
    try:
        _, _, der = pem.unarmor(data)
    except ValueError as problem:
        raise SealError("The seal's certificate or key is not PEM; restore it from the backup.") from problem
    return bytes(der)
