"""Files that are whole or not there: written beside, synced, renamed."""

import contextlib
import errno
import json
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from device_probe.problems import SpoolError

NO_ROOM = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})
PART = ".part"
_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
RENAME_TRIES = 10  # on Windows a file that a virus scanner looks at cannot be replaced for a moment


def write_document(path: Path, document: Mapping[str, Any], *, sync: bool = True) -> None:
    """Write a JSON document that survives a crash as soon as this returns."""
    write_whole(path, json.dumps(document, ensure_ascii=False, allow_nan=False).encode(), sync=sync)


def write_whole(path: Path, data: bytes, *, sync: bool = True) -> None:
    """Write a file whole, for its owner alone; SpoolError says why it could not be."""
    part = path.with_name(f".{path.name}{PART}")
    try:
        with os.fdopen(os.open(part, _NEW, 0o600), "wb") as opened:
            _give_to_owner(opened.fileno(), path.parent)
            opened.write(data)
            opened.flush()
            if sync:
                os.fsync(opened.fileno())
        _rename(part, path)
        if sync:
            _sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise cannot_write(path, error) from error


def move(path: Path, target: Path) -> None:
    """Move a file to another folder of the spool."""
    try:
        target.parent.mkdir(mode=0o700, exist_ok=True)
        os.utime(path)  # how long it is kept counts from now
        _rename(path, target)
        _sync_folder(target.parent)
        _sync_folder(path.parent)
    except OSError as error:
        raise cannot_write(target, error) from error


def read_document(path: Path) -> dict[str, Any] | None:
    """Return a JSON document; None when there is none that can be used."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def cannot_write(path: Path, error: OSError) -> SpoolError:
    """Return the sentence for a file that could not be written."""
    if error.errno in NO_ROOM:
        return SpoolError(f"The disk has no room left for {path}; free some space, nothing else is needed.")
    return SpoolError(f"{path}: cannot be written ({error.strerror or error}); check folder and permissions.")


def _give_to_owner(fd: int, folder: Path) -> None:
    """An administrator who looks after a service leaves it files that it can read."""
    if sys.platform != "win32" and os.geteuid() == 0:
        owner = folder.stat()
        os.fchown(fd, owner.st_uid, owner.st_gid)


def _rename(source: Path, target: Path) -> None:
    for attempt in range(RENAME_TRIES):
        try:
            source.replace(target)
        except PermissionError:
            if sys.platform != "win32" or attempt == RENAME_TRIES - 1:
                raise
            time.sleep(0.05)
        else:
            return


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":  # a folder cannot be opened there; the rename is in the journal of the disk
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
