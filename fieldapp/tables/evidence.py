"""Files, probe runs and packs."""

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from fieldapp.tables.columns import long_text


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
    report: str = long_text()


class ObjectRow(SQLModel, table=True):
    """A complete file in the object store, by the SHA-256 of its bytes."""

    __tablename__ = "object"
    sha256: str = Field(primary_key=True)
    size: int
    media_type: str
    problem: str = ""  # what the last look at it found wrong
    checked_at: str | None = None
    created_at: str


class UploadRow(SQLModel, table=True):
    """One person's upload of one object; ``complete`` proves that they hold its bytes."""

    __tablename__ = "upload"
    sha256: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True, foreign_key="person.id")
    size: int
    complete: bool = False
    updated_at: str


class RenditionRow(SQLModel, table=True):
    """A picture made from another for one purpose, without anything but the picture."""

    __tablename__ = "rendition"
    sha256: str = Field(primary_key=True)  # of the original
    kind: str = Field(primary_key=True)  # thumbnail, screen, print
    rendition_sha256: str = Field(index=True)
    media_type: str
    width: int
    height: int
    size: int
    made_at: str


class RefusedObjectRow(SQLModel, table=True):
    """Bytes that somebody uploaded and that were no evidence: why, so that they can bring better ones."""

    __tablename__ = "refused_object"
    sha256: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True, foreign_key="person.id")
    size: int
    reason: str = long_text()
    refused_at: str


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
