"""Sites, who works on them, what was generated for them and where their items stand."""

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from fieldapp.tables.columns import long_text


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


class AssignmentRow(SQLModel, table=True):
    """Days on which an organisation works on a site; empty ``until_day``: until it ends."""

    __tablename__ = "assignment"
    id: str = Field(primary_key=True)
    site_id: str = Field(foreign_key="site.id", index=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    work: str  # build, service
    from_day: str
    until_day: str
    created_by: str | None = Field(default=None, foreign_key="person.id")
    created_at: str
    ended_at: str | None = None
    ended_by: str | None = Field(default=None, foreign_key="person.id")


class SectionRow(SQLModel, table=True):
    """Some stations of a site that are submitted and approved before the rest."""

    __tablename__ = "section"
    site_id: str = Field(primary_key=True, foreign_key="site.id")
    id: str = Field(primary_key=True)
    title: str
    tags: str = long_text()  # JSON
    state: str  # open, submitted, approved
    submissions: int = 0
    approval_digest: str = ""
    approval_number: int = 0
    created_at: str


class SiteRevisionRow(SQLModel, table=True):
    """What was generated for a site from a design: immutable."""

    __tablename__ = "site_revision"
    site_id: str = Field(primary_key=True, foreign_key="site.id")
    revision: int = Field(primary_key=True)
    site_design: str = long_text()
    study: str = long_text()
    checklists: str = long_text()
    one_line_svg: str = long_text()
    drawings: str = long_text(
        default="[]"
    )  # every sheet; empty in what was generated before there were several
    site_text: str = long_text(default="")  # the site file as applied
    digest: str
    created_at: str


class ItemStateRow(SQLModel, table=True):
    """The state of one item as folded from the journal; can be rebuilt."""

    __tablename__ = "item_state"
    site_id: str = Field(primary_key=True, foreign_key="site.id")
    item: str = Field(primary_key=True)
    status: str
    document: str = long_text()


class ProposalRow(SQLModel, table=True):
    """A deviation that a contractor recorded and what became of it; a projection of the journal."""

    __tablename__ = "proposal"
    id: str = Field(primary_key=True)  # of the operation
    site_id: str = Field(foreign_key="site.id")
    number: int  # of its journal entry
    item: str
    tag: str
    property: str
    value: str = long_text()  # JSON
    reason: str = long_text()
    author: str = Field(foreign_key="person.id")
    recorded_at: str
    status: str  # open, accepted, refused
    decided_number: int | None = None
    decided_by: str | None = None
    decided_at: str | None = None
    comment: str = long_text(default="")
    __table_args__ = (Index("ix_proposal_site_status", "site_id", "status"),)
