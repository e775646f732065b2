"""Writing a result to a file."""

import gzip
import json
from pathlib import Path
from typing import Any

from device_probe.problems import OutputError


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Write one JSON document, compressed if the name ends in .gz; OutputError if it can't be written."""
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    if path.suffix == ".gz":  # no time in it: the same report gives the same file
        _write(path, gzip.compress(text.encode(), mtime=0))
    else:
        write_text(path, text)


def write_text(path: Path, text: str) -> None:
    """Write a text; OutputError when the place takes none."""
    _write(path, text.encode())


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise OutputError(
            f"{path}: the file cannot be written ({error.strerror or error}); "
            "check folder, space and permissions."
        ) from error
