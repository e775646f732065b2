"""Published revisions of standard designs: their digests stand in a list, and their content never changes.

``published.yaml`` beside the designs holds one line per revision. A file with another content than its line
says is refused; a change needs a new revision.
"""

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from designs.errors import DesignError
from designs.reading import read_once, read_yaml
from designs.schema import load_value
from designs.standard_design import StandardDesign, parse_design

PUBLISHED = "published.yaml"


@dataclass(frozen=True, slots=True)
class PublishedRevision:
    """One line of the list; ``day``: of publishing as given, ISO 8601."""

    id: str
    revision: int
    digest: str
    day: str = ""  # `on` would be read as true


def published_in(folder: Path) -> Mapping[tuple[str, int], PublishedRevision]:
    """Return what is published in a folder, by id and revision; nothing when it has no list."""
    path = folder / PUBLISHED
    return read_once(path, _read_list) if path.exists() else {}


def is_published(design: StandardDesign) -> bool:
    """Tell whether this content of a design is a published revision."""
    return design.published


def checked(design: StandardDesign, folder: Path) -> StandardDesign:
    """Return a design of a folder with ``published`` told; refuse one published with another content."""
    line = published_in(folder).get((design.id, design.revision))
    if line is None:
        return design
    if line.digest != design.digest:
        raise DesignError(
            f"{design.file}: {design.id} revision {design.revision} is published with another content "
            f"(digest {line.digest[:12]}, this is {design.digest[:12]}); give the change a new revision."
        )
    return replace(design, published=True)


def publish(
    design: Path | StandardDesign, folder: Path | None = None, on: date | str = ""
) -> PublishedRevision:
    """Add a revision to the list of its folder, and return the line.

    ``folder``: where ``published.yaml`` stands, that of the file unless given. ``on``: the day, ISO 8601.
    Publishing the same content again changes nothing; DesignError when another content is published.
    """
    if isinstance(design, Path):
        folder = folder or design.parent
        design = parse_design(read_yaml(design), design.name)
    if folder is None or not folder.is_dir():
        raise DesignError(f"{design.id}: name the folder of the design files to publish it in.")
    if checked(design, folder).published:
        return published_in(folder)[design.id, design.revision]
    line = PublishedRevision(design.id, design.revision, design.digest, _day(on))
    _append(folder / PUBLISHED, _written(line))
    return line


def _day(on: date | str) -> str:
    text = on.isoformat() if isinstance(on, date) else on
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError as error:
        raise DesignError(f"The day of publishing must be like 2026-01-31, not {text!r:.40}.") from error


def _written(line: PublishedRevision) -> str:
    day = f', day: "{line.day}"' if line.day else ""
    return f"- {{id: {line.id}, revision: {line.revision}, digest: {line.digest}{day}}}\n"


def _append(path: Path, line: str) -> None:
    """Append one whole line by one write, so that two who publish at once lose nothing."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            size = os.fstat(descriptor).st_size
            if size:
                os.lseek(descriptor, size - 1, os.SEEK_SET)
                line = line if os.read(descriptor, 1) == b"\n" else "\n" + line
            data = line.encode()
            if os.write(descriptor, data) != len(data):
                os.ftruncate(descriptor, size)
                raise OSError(errno.ENOSPC, "no space left", str(path))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        why = f"the list can't be written ({error.strerror or error}), so nothing was published"
        raise OSError(error.errno, why, str(path)) from error


def _read_list(path: Path) -> Mapping[tuple[str, int], PublishedRevision]:
    raw = read_yaml(path)
    if raw is None:
        return {}
    if not isinstance(raw, list):
        raise DesignError(f"{path.name} must be a list of id, revision, digest and day.")
    found: dict[tuple[str, int], PublishedRevision] = {}
    for number, row in enumerate(raw, start=1):
        line = load_value(PublishedRevision, row, f"{path.name}, line {number}")
        if found.setdefault((line.id, line.revision), line).digest != line.digest:
            raise DesignError(
                f"{path.name}: {line.id} revision {line.revision} stands here twice with two contents."
            )
    return found
