"""What was sent for a site and waits for a reviewer; and work that a tablet exported, brought as a file."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp.problems import Problem
from fieldapp.usecases import decide_held, import_unsent, permissions, view_site
from fieldapp.web.site_frame import frame
from fieldapp.web.visitor import visitor

blueprint = Blueprint("held", __name__)

#: Status of an imported operation in words, with its colour, what wants a look first.
RESULTS = (
    ("rejected", "refused", "fail"),
    ("quarantined", "kept for a reviewer", "doubt"),
    ("pending", "waits for what it builds on", "doubt"),
    ("conflict", "recorded beside a newer entry", "doubt"),
    ("applied", "recorded", "pass"),
    ("duplicate", "on record already", "neutral"),
)


@blueprint.get("/sites/<site_id>/held")
def index(site_id: str) -> ResponseReturnValue:
    """List what is held for a site, with a reviewer's two moves."""
    viewer = visitor()
    entries = decide_held.held_at(viewer, site_id)
    view = view_site.view_site(viewer, site_id)
    waiting = [each for each in entries if not each.decided_at]
    decided = [each for each in entries if each.decided_at]
    return render_template("site/held.html", **frame(view, "review"), waiting=waiting, decided=decided)


@blueprint.post("/sites/<site_id>/held/<int:number>/adopt")
def adopt(site_id: str, number: int) -> ResponseReturnValue:
    """Let an entry into the journal."""
    found = decide_held.adopt(visitor(), site_id, number)
    flash(f"Let in: it is entry {found} of the journal, with your name beside its author’s.", "pass")
    return redirect(url_for("held.index", site_id=site_id))


@blueprint.post("/sites/<site_id>/held/<int:number>/set-aside")
def set_aside(site_id: str, number: int) -> ResponseReturnValue:
    """Keep an entry out of the journal, with the reason."""
    decide_held.set_aside(visitor(), site_id, number, request.form.get("comment", ""))
    flash("Set aside with your reason. It is kept and stays readable here.", "pass")
    return redirect(url_for("held.index", site_id=site_id))


@blueprint.get("/unsent")
def unsent() -> ResponseReturnValue:
    """Ask for the file of a tablet that could not send its work."""
    permissions.require_role(visitor(), "import_unsent")
    return render_template("unsent.html")


@blueprint.post("/unsent")
def bring() -> ResponseReturnValue:
    """Take a file in and say what became of every entry."""
    viewer, file = visitor(), request.files.get("file")
    try:
        found = import_unsent.import_unsent(viewer, file.read() if file else b"")
    except Problem as problem:
        if problem.status != 422:
            raise
        return render_template("unsent.html", problem=problem.detail), problem.status
    groups = [(word, tone, [each for each in found if each.status == key]) for key, word, tone in RESULTS]
    name = (file.filename if file else None) or "The file"
    return render_template("unsent.html", groups=[each for each in groups if each[2]], file_name=name)
