"""The tables. Rows only, no behaviour; JSON is text, so that its canonical bytes survive both databases.

Times are ISO 8601 text in UTC, as they stand in the journal.
"""

from sqlalchemy import Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel


def _text(**options: object) -> str:
    return Field(sa_type=Text, **options)  # type: ignore[no-any-return, call-overload]


class OrganisationRow(SQLModel, table=True):
    """A charge-point operator or a contractor."""

    __tablename__ = "organisation"
    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    kind: str  # operator, contractor
    created_at: str


class PersonRow(SQLModel, table=True):
    """Somebody who signs in. ``session`` changes when all sessions of the person are revoked."""

    __tablename__ = "person"
    id: str = Field(primary_key=True)
    name: str
    email: str = Field(unique=True)
    role: str
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    password_hash: str
    session: str
    active: bool = True
    created_at: str


class TabletRow(SQLModel, table=True):
    """A paired tablet; several people may use it."""

    __tablename__ = "tablet"
    id: str = Field(primary_key=True)
    name: str
    clock_offset_s: float | None = None  # tablet minus server at the last push
    created_at: str


class TabletKeyRow(SQLModel, table=True):
    """The public key of one person on one tablet; the id is its RFC 7638 thumbprint."""

    __tablename__ = "tablet_key"
    id: str = Field(primary_key=True)
    jwk: str = _text()
    person_id: str = Field(foreign_key="person.id", index=True)
    tablet_id: str = Field(foreign_key="tablet.id", index=True)
    created_at: str
    revoked_at: str | None = None


class TokenRow(SQLModel, table=True):
    """A bearer token; only its SHA-256 is kept."""

    __tablename__ = "token"
    hash: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    tablet_id: str = Field(foreign_key="tablet.id")
    key_id: str = Field(foreign_key="tablet_key.id")
    created_at: str
    expires_at: str
    revoked_at: str | None = None


class SiteRow(SQLModel, table=True):
    """A site with where its journal stands and the counts that lists show."""

    __tablename__ = "site"
    id: str = Field(primary_key=True)
    name: str
    address: str
    timezone: str
    state: str  # open, submitted, approved, issued
    design_id: str
    design_revision: int
    revision: int  # of the site design, see site_revision
    owner_id: str = Field(foreign_key="organisation.id", index=True)
    contractor_id: str | None = Field(default=None, foreign_key="organisation.id", index=True)
    head_number: int = 0
    head_hash: str
    submissions: int = 0
    approval_digest: str = ""
    approval_number: int = 0
    done: int = 0
    total: int = 0
    failed: int = 0
    created_at: str
    updated_at: str = Field(index=True)


class SiteRevisionRow(SQLModel, table=True):
    """What was generated for a site from a design: immutable."""

    __tablename__ = "site_revision"
    site_id: str = Field(primary_key=True, foreign_key="site.id")
    revision: int = Field(primary_key=True)
    site_design: str = _text()
    study: str = _text()
    checklists: str = _text()
    one_line_svg: str = _text()
    drawings: str = _text(default="[]")  # every sheet; empty in what was generated before there were several
    site_text: str = _text(default="")  # the site file as applied
    digest: str
    created_at: str


class JournalEntryRow(SQLModel, table=True):
    """One entry of a site's append-only journal; ``body`` is canonical JSON."""

    __tablename__ = "journal_entry"
    site_id: str = Field(primary_key=True, foreign_key="site.id")
    number: int = Field(primary_key=True)
    type: str
    body: str = _text()
    author: str
    recorded_at: str
    received_at: str
    previous: str
    hash: str
    __table_args__ = (Index("ix_journal_entry_site_type", "site_id", "type"),)


class OperationRow(SQLModel, table=True):
    """Where an accepted operation stands in the journal; a projection for look-ups."""

    __tablename__ = "operation"
    id: str = Field(primary_key=True)
    site_id: str = Field(foreign_key="site.id")
    number: int
    item: str
    digest: str
    status: str  # applied, conflict
    author: str = Field(foreign_key="person.id")
    tablet_id: str
    key_id: str
    seq: int
    photo: str | None = Field(default=None, index=True)  # SHA-256 of the photo it names
    __table_args__ = (
        UniqueConstraint("site_id", "number"),
        UniqueConstraint("tablet_id", "key_id", "seq"),
        Index("ix_operation_site_item", "site_id", "item"),
        Index("ix_operation_site_author", "site_id", "author"),
    )


class HeldOperationRow(SQLModel, table=True):
    """Something that was sent but is not journalled: waiting, refused or set apart. Never deleted."""

    __tablename__ = "held_operation"
    number: int | None = Field(default=None, primary_key=True)
    operation_id: str = Field(index=True)
    digest: str
    signature: str
    site_id: str | None = Field(default=None, index=True)
    author: str | None = None
    sender: str  # whose token it came with
    tablet_id: str
    key_id: str
    seq: int
    status: str  # pending, rejected, quarantined, adopted
    reason: str
    document: str = _text()
    received_at: str
    adopted_at: str | None = None
    __table_args__ = (
        UniqueConstraint("operation_id", "digest", "signature", "sender"),
        Index("ix_held_operation_tablet_key", "tablet_id", "key_id", "seq"),
    )


class ItemStateRow(SQLModel, table=True):
    """The state of one item as folded from the journal; can be rebuilt."""

    __tablename__ = "item_state"
    site_id: str = Field(primary_key=True, foreign_key="site.id")
    item: str = Field(primary_key=True)
    status: str
    document: str = _text()


class ProposalRow(SQLModel, table=True):
    """A deviation that a contractor recorded and what became of it; a projection of the journal."""

    __tablename__ = "proposal"
    id: str = Field(primary_key=True)  # of the operation
    site_id: str = Field(foreign_key="site.id")
    number: int  # of its journal entry
    item: str
    tag: str
    property: str
    value: str = _text()  # JSON
    reason: str = _text()
    author: str = Field(foreign_key="person.id")
    recorded_at: str
    status: str  # open, accepted, refused
    decided_number: int | None = None
    decided_by: str | None = None
    decided_at: str | None = None
    comment: str = _text(default="")
    __table_args__ = (Index("ix_proposal_site_status", "site_id", "status"),)


class ProbeRunRow(SQLModel, table=True):
    """A probe report as judged again here; the journal entry holds its digest and outcomes."""

    __tablename__ = "probe_run"
    site_id: str = Field(primary_key=True, foreign_key="site.id")
    id: str = Field(primary_key=True)
    number: int
    verdict: str
    author: str = Field(foreign_key="person.id")
    received_at: str
    digest: str
    report: str = _text()


class ObjectRow(SQLModel, table=True):
    """A complete file in the object store, by the SHA-256 of its bytes."""

    __tablename__ = "object"
    sha256: str = Field(primary_key=True)
    size: int
    media_type: str
    created_at: str


class UploadRow(SQLModel, table=True):
    """One person's upload of one object; ``complete`` proves that they hold its bytes."""

    __tablename__ = "upload"
    sha256: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True, foreign_key="person.id")
    size: int
    complete: bool = False
    updated_at: str


class InstrumentRow(SQLModel, table=True):
    """A test instrument of an organisation with its calibration."""

    __tablename__ = "instrument"
    id: str = Field(primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    kind: str
    make: str
    model: str
    serial: str
    calibrated_on: str
    calibration_due: str


class JobRow(SQLModel, table=True):
    """Background work, written in the transaction of the use case that wants it."""

    __tablename__ = "job"
    id: str = Field(primary_key=True)
    kind: str
    arguments: str = _text()
    unique_key: str = Field(unique=True)
    state: str = Field(index=True)  # queued, running, done, failed
    attempts: int = 0
    run_after: str
    lease_until: str | None = None
    lease_owner: str | None = None
    progress_percent: int = 0
    message: str = ""
    error: str = ""
    result: str = _text(default="{}")
    site_id: str | None = Field(default=None, foreign_key="site.id", index=True)
    person_id: str | None = Field(default=None, foreign_key="person.id")
    created_at: str
    finished_at: str | None = None


class PackRow(SQLModel, table=True):
    """An issued handover pack; one per approval."""

    __tablename__ = "pack"
    id: str = Field(primary_key=True)
    site_id: str = Field(foreign_key="site.id")
    number: int
    approval_number: int
    issued_at: str
    issued_by: str = Field(foreign_key="person.id")
    sha256: str
    size: int
    manifest_digest: str
    head_number: int
    bottom_line: str
    __table_args__ = (UniqueConstraint("site_id", "number"), UniqueConstraint("site_id", "approval_number"))


class AnchorRow(SQLModel, table=True):
    """A journal head that was given out in a sealed pack or a receipt; ``journal verify`` looks at it."""

    __tablename__ = "anchor"
    site_id: str = Field(primary_key=True, foreign_key="site.id")
    number: int = Field(primary_key=True)
    source: str = Field(primary_key=True)  # "pack:<id>", "receipt:<tablet>"
    hash: str
    given_at: str
