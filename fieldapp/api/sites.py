"""Sites for tablets and probes."""

from typing import Any

from flask import request

from fieldapp.api.answers import bearer, either_bearer
from fieldapp.api.openapi import PREFIX, ApiBlueprint, read_json
from fieldapp.api.schemas import (
    AfterSchema,
    JournalSchema,
    ProbeRunSchema,
    ProtocolQuerySchema,
    SitesSchema,
    SubmitSchema,
    SubmittedSchema,
)
from fieldapp.problems import Problem
from fieldapp.usecases import read_bundle, record_probe, sections, site_plan, submit_site, view_site

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
    viewer, report = either_bearer().viewer, read_json(request)
    if not isinstance(report, dict):
        raise Problem("invalid", where="body", problem="send a probe report as an object.")
    number, judged = record_probe.record(viewer, site_id, report)
    return {"id": judged.id, "verdict": judged.verdict, "number": number}
