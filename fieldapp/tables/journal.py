"""The journals, where operations stand in them, and what was sent but is not in one."""

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from fieldapp.tables.columns import long_text


class JournalEntryRow(SQLModel, table=True):
    """One entry of a site's append-only journal; ``body`` is canonical JSON."""

    __tablename__ = "journal_entry"
    site_id: str = Field(primary_key=True, foreign_key="site.id")
    number: int = Field(primary_key=True)
    type: str
    body: str = long_text()
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
    status: str  # pending, rejected, quarantined, adopted, set_aside
    reason: str
    document: str = long_text()
    received_at: str
    adopted_at: str | None = None
    decided_by: str | None = None
    decided_at: str | None = None
    comment: str = long_text(default="")
    came_by: str = ""  # push, file; empty in what was held before it was noted
    clock_offset_s: float | None = None  # tablet minus server when it was sent
    __table_args__ = (
        UniqueConstraint("operation_id", "digest", "signature", "sender"),
        Index("ix_held_operation_tablet_key", "tablet_id", "key_id", "seq"),
    )


class AnchorRow(SQLModel, table=True):
    """A journal head that was given out in a sealed pack or a receipt; ``journal verify`` looks at it."""

    __tablename__ = "anchor"
    site_id: str = Field(primary_key=True, foreign_key="site.id")
    number: int = Field(primary_key=True)
    source: str = Field(primary_key=True)  # "pack:<id>", "receipt:<tablet>"
    hash: str
    given_at: str


class SignOffRow(SQLModel, table=True):
    """What somebody vouched for by a signature or an approval, and whether it still stands: a projection."""

    __tablename__ = "sign_off"
    site_id: str = Field(primary_key=True, foreign_key="site.id")
    number: int = Field(primary_key=True)  # of its journal entry
    kind: str  # signature, submission, approval
    item: str  # "" unless a signature
    section: str  # "" for the whole site
    person_id: str = Field(foreign_key="person.id", index=True)
    name: str
    digest: str  # what was signed; "" in signatures of before they bound anything
    found: str  # what the server computed at this entry
    standing: str  # bound, unbound, other_state, superseded
    superseded_by: int | None = None  # the first entry that changed what was vouched for
    at: str
