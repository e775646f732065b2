"""The stylesheet, the script and the icons, at addresses that change with their content."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, request, url_for

from fieldapp.web.files import ASK_AGAIN, FOR_EVER, file_response, find_file

FOLDER = Path(__file__).parent / "static"

blueprint = Blueprint("assets", __name__, url_prefix="/assets")


@blueprint.get("/<name>")
def file(name: str) -> Response:
    """Serve one asset; for ever when it is asked for by its digest."""
    by_digest = find_file(FOLDER, name) is not None and request.args.get("v") == digest(name)
    return file_response(FOLDER, name, FOR_EVER if by_digest else ASK_AGAIN)


def address(name: str) -> str:
    """Return the address of an asset with its digest."""
    return url_for("assets.file", name=name, v=digest(name))


@cache
def digest(name: str) -> str:
    """Return the short digest of an asset's bytes."""
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]
