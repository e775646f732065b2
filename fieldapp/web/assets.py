"""The stylesheet, the script and the icons, at addresses that change with their content."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, abort, request, send_from_directory, url_for

FOLDER = Path(__file__).parent / "static"
ONE_YEAR = 365 * 24 * 3600

blueprint = Blueprint("assets", __name__, url_prefix="/assets")


@blueprint.get("/<name>")
def file(name: str) -> Response:
    """Serve one asset; for ever when it is asked for by its digest."""
    if not (FOLDER / name).is_file():
        abort(404)
    response = send_from_directory(FOLDER, name, conditional=True)
    if request.args.get("v") == digest(name):
        response.headers["Cache-Control"] = f"public, max-age={ONE_YEAR}, immutable"
    return response


def address(name: str) -> str:
    """Return the address of an asset with its digest."""
    return url_for("assets.file", name=name, v=digest(name))


@cache
def digest(name: str) -> str:
    """Return the short digest of an asset's bytes."""
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]
