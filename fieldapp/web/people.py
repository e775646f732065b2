"""The people who may sign in, for administrators."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from fieldapp.problems import Problem
from fieldapp.usecases import manage_people
from fieldapp.web.visitor import visitor

blueprint = Blueprint("people", __name__)


@blueprint.get("/people")
def index() -> ResponseReturnValue:
    """List everybody who may sign in."""
    if visitor().role != "admin":
        raise Problem("forbidden", why="only an administrator sees everybody who may sign in.")
    return render_template("people.html", people=manage_people.list_people())
