"""Writing a result to a file."""

import json
from pathlib import Path
from typing import Any

from device_probe.problems import OutputError


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Write one JSON document; OutputError when the place takes none."""
    write_text(path, json.dumps(document, ensure_ascii=False, indent=1) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a text; OutputError when the place takes none."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"{path}: the file cannot be written ({error.strerror or error}); "
            "check folder, space and permissions."
        ) from error
