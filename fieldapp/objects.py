"""Photos and packs by the SHA-256 of their bytes: the one door to obstore. Hashes are checked both ways.

An upload grows in a part file on this machine, synced to disk before its offset is acknowledged; a complete
and correct one moves to the store.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import obstore
from flask import Flask, current_app
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from fieldapp.config import Config, settings
from fieldapp.problems import Problem, not_found

_KEY = "fieldapp.objects"
_CHUNK = 256 * 1024


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
            raise Problem("unavailable", what="The object store", why="it refused to write.") from error
        if self.folder is not None:
            _sync(self.folder / _path(sha256))

    def get(self, sha256: str) -> bytes:
        """Return the bytes of a hash, or say that they are gone or damaged."""
        try:
            data = bytes(obstore.get(self.store, _path(sha256)).bytes())
        except FileNotFoundError as error:
            raise not_found("file") from error
        except BaseError as error:
            raise Problem("unavailable", what="The object store", why="it did not answer.") from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise Problem("object_damaged", sha256=sha256)
        return data

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
def growing(path: Path) -> Iterator[IO[bytes]]:
    """Open a part file for this request alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def append(file: IO[bytes], chunks: Iterable[bytes], most: int) -> int:
    """Add what arrives and sync it; return the new size. More than ``most`` bytes in all are refused."""
    file.seek(0, os.SEEK_END)
    try:
        for chunk in chunks:
            if file.tell() + len(chunk) > most:
                raise Problem("too_large", what="The upload", limit=f"its announced length of {most} bytes")
            file.write(chunk)
    finally:
        # What arrived before a connection broke counts: the next request continues there.
        file.flush()
        os.fsync(file.fileno())
    return file.tell()


def chunks_of(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield a request's body piece by piece."""
    while chunk := stream.read(_CHUNK):
        yield chunk


def sniff(data: bytes) -> str:
    """Return the media type that the first bytes say; only pictures and PDF are known."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"heif"):
        return "image/heic"
    return "application/pdf" if data.startswith(b"%PDF-") else "application/octet-stream"


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
