"""Background work."""

from sqlmodel import Field, SQLModel

from fieldapp.tables.columns import long_text


class JobRow(SQLModel, table=True):
    """Background work, written in the transaction of the use case that wants it."""

    __tablename__ = "job"
    id: str = Field(primary_key=True)
    kind: str
    arguments: str = long_text()
    unique_key: str = Field(unique=True)
    state: str = Field(index=True)  # queued, running, done, failed, cancelled
    runner: str = "worker"  # worker, agent: who may take it
    cancel_requested_at: str | None = None
    attempts: int = 0
    run_after: str
    lease_until: str | None = None
    lease_owner: str | None = None
    progress_percent: int = 0
    message: str = ""
    error: str = ""
    result: str = long_text(default="{}")
    site_id: str | None = Field(default=None, foreign_key="site.id", index=True)
    person_id: str | None = Field(default=None, foreign_key="person.id")
    created_at: str
    finished_at: str | None = None
