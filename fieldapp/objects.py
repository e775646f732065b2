"""Photos and packs by the SHA-256 of their bytes: the one door to obstore. Hashes are checked both ways.

An upload grows in a part file on this machine, synced to disk before its offset is acknowledged; a complete
and correct one moves to the store.
"""

import errno
import fcntl
import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import obstore
from flask import Flask, current_app
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from fieldapp.config import Config, settings
from fieldapp.problems import Problem

_KEY = "fieldapp.objects"
_CHUNK = 256 * 1024
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
#: What a store says, in whatever words, when there is no room.
_FULL_WORDS = ("no space left", "quota exceeded", "storagefull")


class Objects:
    """The object store of one process, opened on first use: a fork must not share its threads."""

    def __init__(self, config: Config) -> None:
        self.folder = None if config.objects_url else config.home.resolve() / "objects"
        self.parts = config.home.resolve() / "uploads"
        self._url = config.objects_url
        self._store: Any = None
        self._pid = 0

    @property
    def store(self) -> Any:
        """Return this process's store."""
        if self._store is None or self._pid != os.getpid():
            self._store, self._pid = self._open(), os.getpid()
        return self._store

    def _open(self) -> Any:
        if self.folder is None:
            return from_url(self._url)
        self.folder.mkdir(parents=True, exist_ok=True)
        return LocalStore(self.folder)

    def put(self, sha256: str, data: bytes) -> None:
        """Store bytes under their hash."""
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Problem("hash_mismatch")
        try:
            obstore.put(self.store, _path(sha256), data)
        except BaseError as error:
            if any(word in str(error).lower() for word in _FULL_WORDS):
                raise Problem("no_space") from error
            raise Problem("unavailable", what="The object store", why="it refused to write.") from error
        if self.folder is not None:
            _sync(self.folder / _path(sha256))

    def get(self, sha256: str) -> bytes:
        """Return the bytes of a hash, or say that they are gone or damaged."""
        with _asked(sha256):
            data = bytes(obstore.get(self.store, _path(sha256)).bytes())
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Problem("object_damaged", sha256=sha256)
        return data

    def size(self, sha256: str) -> int:
        """Return how many bytes are stored under a hash, without reading them, or say that they are gone."""
        with _asked(sha256):
            return int(obstore.head(self.store, _path(sha256))["size"])

    def check(self, sha256: str) -> None:
        """Read the bytes of a hash piece by piece; say when they are gone or damaged."""
        found = hashlib.sha256()
        with _asked(sha256):
            for piece in obstore.get(self.store, _path(sha256)).stream(min_chunk_size=4 * 2**20):
                found.update(piece)
        if found.hexdigest() != sha256:
            raise Problem("object_damaged", sha256=sha256)

    def stored(self) -> Iterator[tuple[str, datetime]]:
        """Yield the name of everything in the store, of an object its SHA-256, and since when it is there."""
        with _asked(""):
            for some in obstore.list(self.store):
                for each in some:
                    path = str(each["path"])
                    folder, _, name = path.partition("/")
                    known = name if name.startswith(folder) and len(name) == 64 else path
                    yield known, each["last_modified"]

    def remove(self, sha256: str) -> None:
        """Remove what can be made again."""
        with suppress(Problem), _asked(sha256):
            obstore.delete(self.store, _path(sha256))

    def unfinished(self) -> Iterator[tuple[str, str, Path]]:
        """Yield (person, SHA-256, file) of every upload that has begun and not ended."""
        for file in sorted(self.parts.glob("*/*.part")):
            yield file.parent.name, file.stem, file

    def forget_leftovers(self, older_than_s: float) -> int:
        """Remove what a process that died left behind half-written; return how many files."""
        old = time.time() - older_than_s
        found = [] if self.folder is None else list(self.folder.glob("*/*#*"))
        gone = [each for each in found if each.stat().st_mtime < old]
        for each in gone:
            each.unlink(missing_ok=True)
        return len(gone)

    def part(self, owner: str, sha256: str) -> Path:
        """Return where one person's upload of an object grows."""
        return self.parts / owner / f"{sha256}.part"


def init_app(app: Flask) -> None:
    """Give the app its object store."""
    with app.app_context():
        app.extensions[_KEY] = Objects(settings())


def objects() -> Objects:
    """Return the object store of the current app."""
    found: Objects = current_app.extensions[_KEY]
    return found


@contextmanager
def _asked(sha256: str) -> Iterator[None]:
    """Say in our words what the store says."""
    try:
        yield
    except FileNotFoundError as error:
        raise Problem("object_lost", sha256=sha256) from error
    except BaseError as error:
        raise Problem("unavailable", what="The object store", why="it did not answer.") from error


@contextmanager
def growing(path: Path) -> Iterator[IO[bytes]]:
    """Open a part file for this request alone; unbuffered, so that what it took is what is there."""
    with _room():
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+b", buffering=0)
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def append(file: IO[bytes], chunks: Iterable[bytes], most: int) -> int:
    """Add what arrives and sync it; return the new size. More than ``most`` bytes in all are refused."""
    file.seek(0, os.SEEK_END)
    try:
        for chunk in chunks:
            if file.tell() + len(chunk) > most:
                raise Problem("too_large", what="The upload", limit=f"its announced length of {most} bytes")
            with _room():
                _write(file, chunk)
    finally:
        # What arrived before a connection broke counts: the next request continues there.
        with _room():
            os.fsync(file.fileno())
    return file.tell()


def _write(file: IO[bytes], chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:  # a disk that is nearly full takes a part
        rest = rest[file.write(rest) :]


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise Problem("no_space") from error
        raise


def chunks_of(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield a request's body piece by piece."""
    while chunk := stream.read(_CHUNK):
        yield chunk


def _path(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


def _sync(path: Path) -> None:
    """Make a file and its folder entries survive a loss of power."""
    for place in (path, path.parent, path.parent.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
