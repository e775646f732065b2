"""Revisions of a site, what contractors recorded as built, and what the newest design would change."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp.problems import Problem
from fieldapp.usecases import design_impact, permissions, propose_change, revise_site, view_site
from fieldapp.web.site_frame import frame
from fieldapp.web.visitor import visitor

blueprint = Blueprint("revisions", __name__)


@blueprint.get("/sites/<site_id>/revisions")
def index(site_id: str) -> ResponseReturnValue:
    """Show what each revision changed, and what left the site."""
    view = view_site.view_site(visitor(), site_id)
    return render_template("site/revisions.html", **frame(view, "revisions"))


@blueprint.get("/sites/<site_id>/revise")
def form(site_id: str) -> ResponseReturnValue:
    """Show the present site file to change."""
    viewer = visitor()
    view = view_site.view_site(viewer, site_id)
    newest = request.args.get("newest") == "1"
    text = (revise_site.file_on_newest if newest else revise_site.site_file)(viewer, site_id)
    given = {"text": text, "reason": "", "problem": ""}
    return render_template("site/revise.html", **frame(view, "revisions"), **given)


@blueprint.post("/sites/<site_id>/revise")
def look(site_id: str) -> ResponseReturnValue:
    """Have a changed file studied, or show the form again with what is wrong."""
    viewer = visitor()
    text = request.form.get("text", "").replace("\r\n", "\n")
    reason, settled = request.form.get("reason", ""), request.form.getlist("proposal")
    try:
        job = revise_site.request_preview(viewer, site_id, text, reason, settled)
    except Problem as problem:
        if problem.status != 422:
            raise
        return _again(site_id, text, reason, problem.detail), problem.status
    return redirect(url_for("revisions.preview", site_id=site_id, job_id=job))


def _again(site_id: str, text: str, reason: str, problem: str) -> str:
    view = view_site.view_site(visitor(), site_id)
    given = {"text": text, "reason": reason, "problem": problem}
    return render_template("site/revise.html", **frame(view, "revisions"), **given)


@blueprint.get("/sites/<site_id>/revisions/preview/<job_id>")
def preview(site_id: str, job_id: str) -> ResponseReturnValue:
    """Show how the study gets on, and then what the revision would do."""
    viewer = visitor()
    found = revise_site.preview(viewer, site_id, job_id)
    if found.job.state == "failed":
        return _again(site_id, found.text, found.reason, found.job.error), 422
    view = view_site.view_site(viewer, site_id)
    return render_template(
        "site/revision_preview.html", **frame(view, "revisions"), found=found, made=found.revision
    )


@blueprint.post("/sites/<site_id>/revisions")
def keep(site_id: str) -> ResponseReturnValue:
    """Make the revision that was looked at."""
    number = revise_site.keep_previewed(visitor(), site_id, request.form.get("job", ""))
    flash(f"The site is at revision {number}. The contractor's tablet fetches it when it next sends.", "pass")
    return redirect(url_for("revisions.index", site_id=site_id))


@blueprint.get("/sites/<site_id>/proposals")
def proposals(site_id: str) -> ResponseReturnValue:
    """Show what contractors recorded as different from the drawing."""
    view = view_site.view_site(visitor(), site_id)
    return render_template("site/proposals.html", **frame(view, "proposals"))


@blueprint.post("/sites/<site_id>/proposals/accept")
def accept(site_id: str) -> ResponseReturnValue:
    """Have the revision studied that the chosen deviations make."""
    chosen = request.form.getlist("proposal")
    job = propose_change.request_acceptance(
        visitor(), site_id, chosen, request.form.get("reason", "").strip()
    )
    return redirect(url_for("revisions.preview", site_id=site_id, job_id=job))


@blueprint.post("/sites/<site_id>/proposals/refuse")
def refuse(site_id: str) -> ResponseReturnValue:
    """Refuse a deviation with a reason that the contractor reads."""
    given = request.form
    propose_change.refuse(visitor(), site_id, given.get("proposal", ""), given.get("reason", ""))
    flash("Refused. The contractor reads your reason at the item.", "pass")
    return redirect(url_for("revisions.proposals", site_id=site_id))


@blueprint.get("/designs/<design_id>/impact")
def impact(design_id: str) -> ResponseReturnValue:
    """Show which sites the newest revision of a design would change."""
    viewer = visitor()
    permissions.require_role(viewer, "revise")
    found = design_impact.impact(viewer, design_id)
    return render_template("site/design_impact.html", design_id=design_id, found=found)
