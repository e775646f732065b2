"""Sites for tablets and probes."""

from typing import Any

from flask import request

from device_probe.diagnosis.drift import dump_drift
from fieldapp.api.answers import bearer, either_bearer
from fieldapp.api.openapi import PREFIX, ApiBlueprint, read_json
from fieldapp.api.schemas import (
    AfterSchema,
    JournalSchema,
    ProbeRunSchema,
    ProtocolQuerySchema,
    RunSchema,
    SitesSchema,
    SubmitSchema,
    SubmittedSchema,
)
from fieldapp.problems import Problem
from fieldapp.usecases import (
    probe_history,
    read_bundle,
    record_probe,
    sections,
    site_plan,
    submit_site,
    view_site,
)

blueprint = ApiBlueprint("api_sites", __name__, url_prefix=PREFIX, description="Sites")


@blueprint.get("/sites")
@blueprint.response(200, SitesSchema)
def index() -> dict[str, Any]:
    """List the sites that the person may work on."""
    keys = ("id", "name", "address", "state", "done", "total")
    found = view_site.list_sites(bearer().viewer)
    return {"sites": [{key: getattr(each, key) for key in keys} for each in found]}


@blueprint.get("/sites/<string:site_id>/bundle")
@blueprint.arguments(ProtocolQuerySchema, location="query")
@blueprint.response(200)
@blueprint.refuses(404, 426)
def bundle(query: dict[str, Any], site_id: str) -> dict[str, Any]:
    """Return everything needed to work on a site offline."""
    return read_bundle.bundle(bearer().viewer, site_id, query["protocol"])


@blueprint.get("/sites/<string:site_id>/journal")
@blueprint.arguments(AfterSchema, location="query")
@blueprint.response(200, JournalSchema)
@blueprint.refuses(404)
def journal(query: dict[str, Any], site_id: str) -> dict[str, Any]:
    """Return the journal's entries after a number."""
    return read_bundle.journal_after(bearer().viewer, site_id, query["after"])


@blueprint.get("/sites/<string:site_id>/plan")
@blueprint.response(200)
@blueprint.refuses(404)
def plan(site_id: str) -> dict[str, Any]:
    """Return the site plan for the device probe."""
    return site_plan.site_plan(either_bearer().viewer, site_id)


@blueprint.post("/sites/<string:site_id>/submit")
@blueprint.arguments(SubmitSchema)
@blueprint.response(200, SubmittedSchema)
@blueprint.refuses(404, 409)
def submit(body: dict[str, Any], site_id: str) -> dict[str, Any]:
    """Submit a site for review, or a section of it."""
    viewer, section = bearer().viewer, body["section"]
    number = (
        sections.submit(viewer, site_id, section) if section else submit_site.submit_site(viewer, site_id)
    )
    return {"state": "submitted", "number": number}


@blueprint.post("/sites/<string:site_id>/probe-runs")
@blueprint.response(200, ProbeRunSchema)
@blueprint.doc(
    requestBody={"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
)
@blueprint.refuses(404, 409)
def probe_run(site_id: str) -> dict[str, Any]:
    """Record a probe report after judging it again from its raw registers."""
    number, judged = record_probe.record(either_bearer().viewer, site_id, _report())
    return {"id": judged.id, "verdict": judged.verdict, "number": number}


@blueprint.get("/sites/<string:site_id>/baseline")
@blueprint.response(200)
@blueprint.refuses(404, 409)
def baseline(site_id: str) -> dict[str, Any]:
    """Return the probe report of the approved state, the site's electrical fingerprint."""
    return probe_history.run_report(bearer().viewer, site_id)


@blueprint.get("/sites/<string:site_id>/drift")
@blueprint.arguments(RunSchema, location="query")
@blueprint.response(200)
@blueprint.refuses(404, 409)
def drift(query: dict[str, Any], site_id: str) -> dict[str, Any]:
    """Return what moved between the approved state and a probe run, the latest unless one is named."""
    return dump_drift(probe_history.site_drift(bearer().viewer, site_id, query["run"]).found)


@blueprint.post("/sites/<string:site_id>/drift")
@blueprint.response(200)
@blueprint.doc(
    requestBody={"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
)
@blueprint.refuses(404, 409)
def drift_of_report(site_id: str) -> dict[str, Any]:
    """Return what moved between the approved state and a probe report, which is not recorded."""
    return dump_drift(probe_history.compared(bearer().viewer, site_id, _report()).found)


def _report() -> dict[str, Any]:
    report = read_json(request)
    if not isinstance(report, dict):
        raise Problem("invalid", where="body", problem="send a probe report as an object.")
    return report
