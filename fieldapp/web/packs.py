"""Handover packs: issue, follow the work, download, verify."""

import io

from flask import Blueprint, flash, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from fieldapp.problems import Problem, not_found
from fieldapp.usecases import issue_pack, jobs, view_site
from fieldapp.web.site_frame import frame
from fieldapp.web.visitor import visitor
from reports.model import Verification

blueprint = Blueprint("packs", __name__)

_ENDED = ("done", "failed")


@blueprint.get("/sites/<site_id>/packs")
def index(site_id: str) -> ResponseReturnValue:
    """List the packs of a site, newest first."""
    view = view_site.view_site(visitor(), site_id)
    packs = sorted(view.packs, key=lambda pack: pack.number, reverse=True)
    return render_template("site/packs.html", **frame(view, "packs"), packs=packs)


@blueprint.post("/sites/<site_id>/packs")
def issue(site_id: str) -> ResponseReturnValue:
    """Ask for a pack and show how it gets on."""
    job_id = issue_pack.request_pack(visitor(), site_id)
    return redirect(url_for("packs.job", site_id=site_id, job_id=job_id))


@blueprint.get("/sites/<site_id>/jobs/<job_id>")
def job(site_id: str, job_id: str) -> ResponseReturnValue:
    """Show how a pack gets on; when it is there, the list of packs."""
    viewer = visitor()
    found = jobs.job_view(viewer, job_id)
    if found.state == "done":
        flash("The handover pack is sealed and ready.", "pass")
        return redirect(url_for("packs.index", site_id=site_id))
    view = view_site.view_site(viewer, site_id)
    return render_template("site/job.html", **frame(view, "packs"), job=found, ended=found.state in _ENDED)


@blueprint.get("/jobs/<job_id>.json")
def job_state(job_id: str) -> ResponseReturnValue:
    """Tell the page's script how a pack gets on."""
    found = jobs.job_view(visitor(), job_id)
    ended = found.state in _ENDED
    return jsonify(progress_percent=found.progress_percent, message=found.message, ended=ended)


@blueprint.get("/sites/<site_id>/packs/<pack_id>.pdf")
def download(site_id: str, pack_id: str) -> ResponseReturnValue:
    """Hand out a pack; the journal notes who took it."""
    viewer = visitor()
    if pack_id not in {pack.id for pack in view_site.view_site(viewer, site_id).packs}:
        raise not_found("handover pack")
    data, name = issue_pack.pack_file(viewer, pack_id)
    response = send_file(io.BytesIO(data), "application/pdf", as_attachment=True, download_name=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.route("/packs/verify", methods=["GET", "POST"])
def verify() -> ResponseReturnValue:
    """Verify a file that somebody has."""
    visitor()
    if request.method == "GET":
        return render_template("verify.html")
    file = request.files.get("file")
    data = file.read() if file else b""
    if not file or not data:
        return render_template("verify.html", problem="Choose the PDF file of a handover pack first."), 422
    try:
        found = issue_pack.verify_pack(data)
    except Problem as problem:
        return render_template("verify.html", problem=problem.detail), problem.status
    return render_template("verify.html", verification=found, parts=_parts(found), file_name=file.filename)


def _parts(found: Verification) -> tuple[dict[str, str | bool], ...]:
    labels = (
        ("The sealed bytes are unchanged", found.intact),
        ("The seal covers the whole file", found.covers_whole_file),
        ("The seal's certificate is trusted", found.trusted),
        ("Nothing was changed after sealing", found.unmodified),
        ("The attached data is the data that was sealed", found.manifest_matches),
    )
    return tuple({"label": label, "good": good} for label, good in labels)
