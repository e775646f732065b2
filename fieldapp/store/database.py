"""The database: one engine per process, sessions, and what SQLite and PostgreSQL need to be safe.

SQLite runs in WAL mode with full synchronisation; a writing session begins with ``BEGIN IMMEDIATE``, so that
two writers queue instead of failing half-way.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from fieldapp.store.writers import writers_turn

BUSY_SECONDS = 20
MIGRATIONS = Path(__file__).parent.parent / "migrations"
_KEY = "fieldapp.database"


class Database:
    """The engine of this process. After a fork the child makes its own."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine: Engine | None = None
        self._pid = 0

    @property
    def sqlite(self) -> bool:
        """True when this is a SQLite file."""
        return self.url.startswith("sqlite")

    @property
    def engine(self) -> Engine:
        """Return this process's engine."""
        if self._engine is None or self._pid != os.getpid():
            if self._engine is not None:
                # The parent's connections belong to the parent: forget them without closing them.
                self._engine.dispose(close=False)
            self._engine, self._pid = _make_engine(self.url, self.sqlite), os.getpid()
        return self._engine

    @contextmanager
    def session(self, *, write: bool) -> Iterator[Session]:
        """Open one short transaction: committed at the end, rolled back on any error."""
        engine = self.engine.execution_options(fieldapp_write=write)
        with (
            writers_turn(self.url) if write and self.sqlite else nullcontext(),
            Session(engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    def dispose(self) -> None:
        """Close all connections of this process."""
        if self._engine is not None and self._pid == os.getpid():
            self._engine.dispose()
        self._engine = None


def _make_engine(url: str, sqlite: bool) -> Engine:
    if not sqlite:
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20)
    engine = create_engine(
        url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, pool_size=20
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver would begin transactions by its own rules; ours begin in _begin_sqlite.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("fieldapp_write", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def init_app(app: Flask, url: str) -> None:
    """Give the app its database."""
    app.extensions[_KEY] = Database(url)


def database() -> Database:
    """Return the database of the current app."""
    found: Database = current_app.extensions[_KEY]
    return found


@contextmanager
def reading() -> Iterator[Session]:
    """Open a transaction that only reads."""
    with database().session(write=False) as session:
        yield session


@contextmanager
def session() -> Iterator[Session]:
    """Open a transaction that may write."""
    with database().session(write=True) as opened:
        yield opened


def _alembic(url: str) -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config


def upgrade(found: Database) -> None:
    """Bring the tables up to date, creating them on first use."""
    if found.sqlite:
        Path(found.url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    command.upgrade(_alembic(found.url), "head")


def is_current(found: Database) -> bool:
    """True when the tables are those of this release; a missing database is not current."""
    if found.sqlite and not Path(found.url.removeprefix("sqlite:///")).exists():
        return False
    with found.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == _newest()


@cache
def _newest() -> str | None:
    """Return the revision that this release's migrations end at."""
    return ScriptDirectory.from_config(_alembic("")).get_current_head()


def is_busy(error: OperationalError) -> bool:
    """True when another writer held the database for too long."""
    return "locked" in str(error.orig) or "deadlock" in str(error.orig)
