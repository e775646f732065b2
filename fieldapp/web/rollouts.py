"""Open a rollout wave: upload a CSV file, look at what would be refused, open it, follow the studies."""

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from designs.library import list_designs
from fieldapp.config import settings
from fieldapp.problems import Problem
from fieldapp.usecases import open_rollout, permissions, rollout_standing
from fieldapp.usecases.rollout_file import column_names
from fieldapp.usecases.rollout_standing import RolloutView
from fieldapp.web.visitor import visitor

blueprint = Blueprint("rollouts", __name__, url_prefix="/rollouts")
#: So many rows are shown; the report holds every refused one.
SHOWN = 200


@blueprint.get("")
def upload() -> ResponseReturnValue:
    """Show where to upload a wave, and which columns each design has."""
    return _form()


@blueprint.post("")
def check() -> ResponseReturnValue:
    """Take a file and have its rows checked; a wrong file is refused here."""
    file = request.files.get("file")
    content: bytes = file.read() if file else b""
    if not file or not file.filename:
        return _form("Choose the CSV file of the wave first."), 422
    try:
        job = open_rollout.request_rollout(visitor(), file.filename, content, only_check=True)
    except Problem as problem:
        if problem.status not in (413, 422):
            raise
        return _form(problem.detail), problem.status
    return redirect(url_for("rollouts.show", job_id=job))


def _form(problem: str = "") -> str:
    permissions.require_role(visitor(), "open_site")
    designs = {design.id: design for design in list_designs(settings().designs)}
    columns = [(design, column_names(design)) for design in designs.values()]
    return render_template("new/rollout_form.html", columns=columns, problem=problem)


@blueprint.get("/<job_id>")
def show(job_id: str) -> ResponseReturnValue:
    """Show how far a wave is, row by row; of a checked one, what would be refused."""
    found = rollout_standing.view_rollout(visitor(), job_id)
    order = {"refused": 0, "studying": 1, "waiting": 2, "ready": 3, "already": 4, "open": 5}
    rows = sorted(found.rows, key=lambda row: (order[row.state], row.number))
    return render_template("new/rollout.html", view=found, rows=rows[:SHOWN], percent=_percent(found))


@blueprint.get("/<job_id>/state")
def state(job_id: str) -> ResponseReturnValue:
    """Tell the page's script how the wave gets on."""
    found = rollout_standing.view_rollout(visitor(), job_id)
    return jsonify(progress_percent=_percent(found), message=message(found), ended=found.ended)


@blueprint.post("/<job_id>/open")
def open_it(job_id: str) -> ResponseReturnValue:
    """Open the wave that was checked."""
    viewer = visitor()
    name, content = rollout_standing.content_of(viewer, job_id)
    return redirect(url_for("rollouts.show", job_id=open_rollout.request_rollout(viewer, name, content)))


@blueprint.get("/<job_id>/refused.csv")
def refused(job_id: str) -> ResponseReturnValue:
    """Hand out the refused rows with the reason, to be corrected and uploaded again."""
    text = rollout_standing.refused_report(visitor(), job_id)
    headers = {"Content-Disposition": 'attachment; filename="refused.csv"', "Cache-Control": "no-store"}
    return Response(text.encode("utf-8-sig"), mimetype="text/csv", headers=headers)


def _percent(found: RolloutView) -> int:
    if not found.rows:
        return found.job.progress_percent
    return 100 * (len(found.rows) - found.left) // len(found.rows)


def message(found: RolloutView) -> str:
    """Return in words how far a wave is."""
    if not found.rows:
        return found.job.message or "Waiting for its turn"
    counts = found.counts
    opened = counts["open"] + counts["already"]
    return (
        f"{opened} of {len(found.rows)} sites open, {found.left} to be studied, {counts['refused']} refused"
    )
