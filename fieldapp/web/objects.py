"""Stored files that need somebody: lost, damaged, or refused as evidence."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from fieldapp.usecases.wrong_files import wrong_files
from fieldapp.web.visitor import visitor

blueprint = Blueprint("objects_page", __name__)


@blueprint.get("/objects")
def index() -> ResponseReturnValue:
    """List the files of the person's sites with which something is wrong."""
    found = wrong_files(visitor())
    bad = tuple(each for each in found if each.problem != "refused")
    refused = tuple(each for each in found if each.problem == "refused")
    return render_template("objects/list.html", bad=bad, refused=refused)
