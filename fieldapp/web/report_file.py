"""The probe report that somebody uploads: JSON, compressed with gzip or not."""

import gzip
import io
import json
import zlib
from typing import Any

from werkzeug.datastructures import FileStorage

from fieldapp.problems import Problem

GZIP = b"\x1f\x8b"
MOST_BYTES = 64 * 1024 * 1024  # unpacked: some two thousand devices in three rounds


def uploaded_report(file: FileStorage | None) -> dict[str, Any]:
    """Return the report as a document; Problem when the file holds none."""
    try:
        document = json.loads(_plain(file.read())) if file else None
    except (ValueError, EOFError, OSError, RecursionError, zlib.error):
        document = None
    if not isinstance(document, dict):
        raise Problem(
            "invalid", where="The file", problem="it is not a probe report; choose the JSON file of the probe"
        )
    return document


def _plain(data: bytes) -> bytes:
    if not data.startswith(GZIP):
        return data
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
        found = packed.read(MOST_BYTES + 1)
    if len(found) > MOST_BYTES:
        raise ValueError("too large")
    return found
