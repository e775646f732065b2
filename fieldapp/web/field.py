"""The offline tablet page at /field/: the built files, with the caching that a service worker needs."""

from pathlib import Path

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp.web.files import ASK_AGAIN, FOR_EVER, file_response

BUILD = Path(__file__).parent.parent / "static" / "tablet"
#: The tablet talks to this server only; photos are shown from memory before they are sent.
CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)

blueprint = Blueprint("field", __name__, url_prefix="/field")


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """Show the tablet page, or how to build it."""
    if not (BUILD / "index.html").is_file():
        return render_template("field_missing.html"), 503
    return _fresh("index.html")


@blueprint.get("")
def without_slash() -> ResponseReturnValue:
    """Lead to the address whose scope the service worker has."""
    return redirect(url_for("field.index"), 308)


@blueprint.get("/<path:name>")
def file(name: str) -> Response:
    """Serve a built file: hashed assets for ever, everything else asked for again each time."""
    return file_response(BUILD, name, FOR_EVER) if name.startswith("assets/") else _fresh(name)


def _fresh(name: str) -> Response:
    response = file_response(BUILD, name, ASK_AGAIN)
    if name.endswith(".html"):
        response.headers["Content-Security-Policy"] = CONTENT_POLICY
    if name == "sw.js":
        response.headers["Service-Worker-Allowed"] = url_for("field.index")
    return response
