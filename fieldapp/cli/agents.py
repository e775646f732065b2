"""`fieldapp site probe`: ask the probe agent at a site for a run."""

import click

from fieldapp.cli.inside import acting, application, as_option
from fieldapp.cli.jobs import watched
from fieldapp.cli.showing import json_option, say, show_json
from fieldapp.usecases import agent_jobs
from fieldapp.usecases.jobs import job_line


@click.command("probe")
@click.argument("site_id", metavar="SITE")
@click.option("--agent", is_flag=True, help="By the agent at the site.")
@click.option("--watch", is_flag=True, help="Stay until the report is here.")
@as_option
@json_option
def probe_command(site_id: str, agent: bool, watch: bool, email: str | None, as_json: bool) -> int:
    """Ask the agent at a site to read its devices. Exit code 1: it failed or was cancelled.

    From a laptop on the site network: fieldapp site plan, then device-probe site, then upload the report.
    """
    if not agent:
        raise click.UsageError("Say --agent; from here the devices of a site can't be read.")
    with application():
        viewer = acting(email, "upload_probe")
        job = agent_jobs.ask_for_probe(viewer, site_id)
        found = watched(viewer, job) if watch else job_line(viewer, job)
    if as_json:
        show_json({"job": job, "state": found.state, "error": found.error})
    else:
        say(f"Job {job}: {found.state}. {found.error}".strip())
    return 1 if found.state in ("failed", "cancelled") else 0
