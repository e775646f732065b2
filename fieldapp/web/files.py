"""Small static files, read whole: nothing stays open, and a browser that has the same bytes gets 304."""

import mimetypes
from pathlib import Path

from flask import Response, abort, request
from werkzeug.security import safe_join

FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"

_TYPES = {".webmanifest": "application/manifest+json", ".js": "text/javascript", ".svg": "image/svg+xml"}


def find_file(folder: Path, name: str) -> Path | None:
    """Return the path of a file in a folder; None for anything that is not one, nor could be."""
    joined = safe_join(str(folder), name)
    try:
        return Path(joined) if joined and Path(joined).is_file() else None
    except (OSError, ValueError):  # longer than names may be, or with characters that none has
        return None


def file_response(folder: Path, name: str, caching: str) -> Response:
    """Return a file of a folder, 404 for anything that is not one."""
    path = find_file(folder, name)
    if path is None:
        abort(404)
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    response = Response(path.read_bytes(), mimetype=kind)
    response.headers["Cache-Control"] = caching
    response.add_etag()
    response.make_conditional(request)
    return response
