"""Reading JSON files that people bring: plans, reports, readings; compressed with gzip or not."""

import gzip
import io
import json
import zlib
from pathlib import Path

from device_probe.problems import PlanFileError

WANTED = "a plan that `fieldapp site plan` wrote or a report that `device-probe site` wrote"
GZIP = b"\x1f\x8b"
MOST_BYTES = 512 * 1024 * 1024  # unpacked; 500 devices in ten rounds take a fifth of it


def read_json(path: Path, wanted: str = WANTED) -> object:
    """Read a JSON file, compressed or not; PlanFileError says what to do when it is none."""
    try:
        data = path.read_bytes()
        if data.startswith(GZIP):
            data = _unpacked(data, path)
        return json.loads(data.decode("utf-8-sig"))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise PlanFileError(f"{path}: the compressed file is damaged; fetch it once more.") from error
    except OSError as error:
        raise PlanFileError(f"{path}: the file cannot be read; check the path.") from error
    except (ValueError, RecursionError) as error:  # not JSON, not UTF-8, endless digits, endless depth
        raise PlanFileError(f"{path}: this is not JSON that can be used; give {wanted}.") from error


def _unpacked(data: bytes, path: Path) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        found = file.read(MOST_BYTES + 1)
    if len(found) > MOST_BYTES:
        raise PlanFileError(f"{path}: unpacked this is far too large for a report; give a report file.")
    return found
