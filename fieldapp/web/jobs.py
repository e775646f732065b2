"""Background work: what runs, what failed and why, tried again or called off."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp.usecases import agent_jobs, jobs
from fieldapp.web.visitor import visitor

blueprint = Blueprint("jobs", __name__)


@blueprint.get("/jobs")
def index() -> ResponseReturnValue:
    """List the newest jobs, all or those in one state."""
    state = request.args.get("state", "")
    view = jobs.list_jobs(visitor(), [state] if state else ())
    moving = any(view.counts.get(word) for word in ("running", "queued"))
    return render_template(
        "jobs/list.html",
        view=view,
        state=state,
        states=jobs.STATES,
        total=sum(view.counts.values()),
        moving=moving,
    )


@blueprint.post("/jobs/<job_id>/retry")
def retry(job_id: str) -> ResponseReturnValue:
    """Try a job again."""
    jobs.retry_job(visitor(), job_id)
    flash("It is queued again; a worker takes it in a moment.", "pass")
    return redirect(_back(), 303)


@blueprint.post("/jobs/<job_id>/cancel")
def cancel(job_id: str) -> ResponseReturnValue:
    """Call a job off."""
    state = jobs.cancel_job(visitor(), job_id)
    flash("It is cancelled." if state == "cancelled" else "It stops at its next step.", "pass")
    return redirect(_back(), 303)


@blueprint.post("/sites/<site_id>/probe-jobs")
def ask_for_probe(site_id: str) -> ResponseReturnValue:
    """Ask the agent at a site for a probe run."""
    agent_jobs.ask_for_probe(visitor(), site_id)
    flash("The agent at the site is asked; it answers within a minute or so while it is on line.", "pass")
    return redirect(url_for("sites.probe", site_id=site_id), 303)


def _back() -> str:
    """Return the page that the form was on: a site's probe page, or the list."""
    site_id = request.form.get("site", "")
    return url_for("sites.probe", site_id=site_id) if site_id else url_for("jobs.index")
