"""The offline tablet page at /field/: the built files, with the caching that a service worker needs."""

from pathlib import Path

from flask import (
    Blueprint,
    Response,
    abort,
    make_response,
    redirect,
    render_template,
    send_from_directory,
    url_for,
)
from flask.typing import ResponseReturnValue

BUILD = Path(__file__).parent.parent / "static" / "tablet"
ONE_YEAR = 365 * 24 * 3600
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
    if not (BUILD / name).is_file():
        abort(404)
    if name.startswith("assets/"):
        response = send_from_directory(BUILD, name)
        response.headers["Cache-Control"] = f"public, max-age={ONE_YEAR}, immutable"
        return response
    return _fresh(name)


def _fresh(name: str) -> Response:
    response = make_response(send_from_directory(BUILD, name, conditional=True))
    response.headers["Cache-Control"] = "no-cache"
    if name.endswith(".html"):
        response.headers["Content-Security-Policy"] = CONTENT_POLICY
    if name == "sw.js":
        response.headers["Service-Worker-Allowed"] = url_for("field.index")
    return response
