"""Is this server alive, and can it reach its database? For proxies, scripts and people."""

from flask import Blueprint, Flask
from flask.typing import ResponseReturnValue

from fieldapp.problems import Problem
from fieldapp.store.database import database, is_current

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
def health() -> ResponseReturnValue:
    """Answer ok when the tables are those of this release."""
    if not is_current(database()):
        raise Problem("unavailable", what="The database", why="its tables are not those of this release.")
    return {"status": "ok"}


def init_app(app: Flask) -> None:
    """Register the address."""
    app.register_blueprint(blueprint)
