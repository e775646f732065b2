"""A private PostgreSQL that the tests start, and databases in it with the content of a furnished home."""

import hashlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import create_engine, func, select, text
from sqlmodel import SQLModel

from fieldapp.store.database import Database, upgrade

INSTALLED = Path("/usr/lib/postgresql")


class ClusterError(Exception):
    """PostgreSQL is not here or did not start."""


@dataclass
class Cluster:
    """A running cluster; ``url_of`` names its databases."""

    port: int
    _templates: dict[str, str] = field(default_factory=dict)  # digest of a SQLite file -> template
    _made: int = 0

    def url_of(self, name: str) -> str:
        """Return the address of a database as FIELDAPP_DATABASE_URL takes it."""
        return f"postgresql://fieldapp@127.0.0.1:{self.port}/{name}"

    @contextmanager
    def empty(self) -> Iterator[str]:
        """Make an empty database for the length of the block; yield its address."""
        name = self._new("template1")
        try:
            yield self.url_of(name)
        finally:
            self._do("DROP DATABASE {} WITH (FORCE)", name)

    @contextmanager
    def copy_of(self, home: Path) -> Iterator[str]:
        """Make a database with the rows of a home's SQLite file for a block; yield its address.

        The same rows are copied over once; after that PostgreSQL itself copies them.
        """
        files = sorted(home.glob("fieldapp.db*"))
        digest = hashlib.sha256(b"".join(each.read_bytes() for each in files)).hexdigest()
        if digest not in self._templates:
            made = self._new(self._furnished())
            _copy_rows(f"sqlite:///{home / 'fieldapp.db'}", _engine_url(self.url_of(made)))
            self._templates[digest] = made
        name = self._new(self._templates[digest])
        try:
            yield self.url_of(name)
        finally:
            self._do("DROP DATABASE {} WITH (FORCE)", name)

    def _furnished(self) -> str:
        """Return a template with all tables and no rows."""
        if "" not in self._templates:
            name = self._new("template1")
            found = Database(_engine_url(self.url_of(name)))
            upgrade(found)
            found.dispose()
            self._templates[""] = name
        return self._templates[""]

    def _new(self, template: str) -> str:
        self._made += 1
        name = f"hall{self._made}"
        self._do("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, template)
        return name

    def _do(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _engine_url(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")


def _copy_rows(source: str, target: str) -> None:
    before, after = create_engine(source), create_engine(target)
    with before.connect() as old, after.begin() as new:
        # What refers to what is right already in the one, and rows come in any order.
        new.execute(text("SET session_replication_role = replica"))
        for table in SQLModel.metadata.sorted_tables:
            rows = [dict(row) for row in old.execute(select(table)).mappings()]
            if rows:
                new.execute(table.insert(), rows)
            counted = table.autoincrement_column
            if counted is not None and rows:
                sequence = func.pg_get_serial_sequence(table.name, counted.name)
                new.execute(select(func.setval(sequence, select(func.max(counted)).scalar_subquery())))
    before.dispose()
    after.dispose()


def free_port() -> int:
    """Return a port on loopback that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_cluster(*, durable: bool = False) -> Iterator[Cluster]:
    """Run a private cluster on a loopback port; as PostgreSQL does not run as root, another user runs it."""
    port, tools, switch = free_port(), _binaries(), dict[str, Any]()
    with (
        tempfile.TemporaryDirectory(prefix="fieldapp-postgres-") as name,
        (Path(name) / "log").open("wb") as log,
    ):
        data = Path(name) / "data"
        data.mkdir()
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            switch = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            for path in (Path(name), data):
                shutil.chown(path, user.pw_uid, user.pw_gid)
        command = [tools / "initdb", "-D", data, "-U", "fieldapp", "-A", "trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(command, check=True, capture_output=True, cwd="/", **switch)
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={name}"
        safety = [] if durable else ["-c", "fsync=off", "-c", "full_page_writes=off"]
        command = [tools / "postgres", "-D", data, *options.split(), *safety]
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **switch)
        try:
            _wait(tools, port, process)
            yield Cluster(port)
        finally:
            process.send_signal(signal.SIGINT)  # a fast shutdown: it does not wait for open connections
            process.wait(30)


def _binaries() -> Path:
    found = sorted(INSTALLED.glob("*/bin/initdb"))
    if not found:
        raise ClusterError(
            f"no PostgreSQL under {INSTALLED}: run script/setup test, or apt-get install postgresql."
        )
    return found[-1].parent


def _wait(tools: Path, port: int, process: "subprocess.Popen[bytes]") -> None:
    ready = [tools / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    for _ in range(600):
        if subprocess.run(ready, check=False).returncode == 0:
            return
        if process.poll() is not None:
            break
        threading.Event().wait(0.1)
    raise ClusterError("PostgreSQL did not start.")
