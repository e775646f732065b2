"""Jobs for probe agents: claimed with a lease, kept by telling how far they are, ended by a report."""

from dataclasses import asdict
from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate

from fieldapp.api.answers import agent_bearer, bearer
from fieldapp.api.openapi import PREFIX, ApiBlueprint, StrictSchema, read_json
from fieldapp.problems import Problem
from fieldapp.usecases import agent_jobs

blueprint = ApiBlueprint("api_agent", __name__, url_prefix=PREFIX, description="Probe agents")
asking = ApiBlueprint("api_probe_jobs", __name__, url_prefix=PREFIX, description="Probe runs by agents")

_TEXT = validate.Regexp(r"[^\x00-\x1f\ud800-\udfff]*\Z", error="must be plain text.")
#: An agent that found nothing to do asks again after this.
ASK_AGAIN_SECONDS = 5


class NothingSchema(StrictSchema):
    """Nothing."""


class ClaimedSchema(Schema):
    """A job with the plan to read by."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    site = fields.String(required=True)
    attempt = fields.Integer(required=True)
    plan = fields.Dict(required=True)
    lease_seconds = fields.Integer(required=True)


class ProgressSchema(StrictSchema):
    """How far an agent is."""

    percent = fields.Integer(required=True, strict=True, validate=validate.Range(0, 100))
    message = fields.String(load_default="", validate=[validate.Length(max=500), _TEXT])


class GoOnSchema(Schema):
    """Whether to go on."""

    cancel = fields.Boolean(required=True)
    lease_seconds = fields.Integer(required=True)


class TakenSchema(Schema):
    """The probe run that a job has; ``taken`` false: another report came first."""

    id = fields.String(required=True)
    verdict = fields.String(required=True)
    number = fields.Integer(required=True)
    taken = fields.Boolean(required=True)


class FailSchema(StrictSchema):
    """Why there is no report."""

    reason = fields.String(required=True, validate=[validate.Length(1, 500), _TEXT])
    again = fields.Boolean(load_default=True)


class StateSchema(Schema):
    """The state of a job."""

    state = fields.String(required=True)


class AskedSchema(Schema):
    """The job that was asked for."""

    job = fields.String(required=True)


def _agents_alone() -> None:
    """Who is no agent learns nothing of what a body should hold."""
    agent_bearer()


blueprint.before_request(_agents_alone)


@blueprint.post("/agent/jobs/claim")
@blueprint.arguments(NothingSchema)
@blueprint.response(200, ClaimedSchema)
@blueprint.doc(responses={"204": {"description": "Nothing to do; ask again after Retry-After seconds."}})
def claim(body: dict[str, Any]) -> ResponseReturnValue | dict[str, Any]:
    """Take the oldest job that waits at the token's sites."""
    del body
    found = agent_jobs.claim(agent_bearer())
    if found is None:
        return Response(status=204, headers={"Retry-After": str(ASK_AGAIN_SECONDS)})
    return asdict(found)


@blueprint.post("/agent/jobs/<string:job_id>/progress")
@blueprint.arguments(ProgressSchema)
@blueprint.response(200, GoOnSchema)
@blueprint.refuses(404, 409)
def progress(body: dict[str, Any], job_id: str) -> dict[str, Any]:
    """Renew the lease and tell how far the agent is; the answer says whether to stop."""
    cancel, seconds = agent_jobs.progress(agent_bearer(), job_id, body["percent"], body["message"])
    return {"cancel": cancel, "lease_seconds": seconds}


@blueprint.post("/agent/jobs/<string:job_id>/result")
@blueprint.response(200, TakenSchema)
@blueprint.doc(
    requestBody={"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
)
@blueprint.refuses(404, 409)
def result(job_id: str) -> dict[str, Any]:
    """Record the probe report of a job; repeatable, and taken late too."""
    agent, report = agent_bearer(), read_json(request)
    if not isinstance(report, dict):
        raise Problem("invalid", where="body", problem="send a probe report as an object.")
    return asdict(agent_jobs.result(agent, job_id, report))


@blueprint.post("/agent/jobs/<string:job_id>/fail")
@blueprint.arguments(FailSchema)
@blueprint.response(200, StateSchema)
@blueprint.refuses(404, 409)
def fail(body: dict[str, Any], job_id: str) -> dict[str, Any]:
    """Give a job up and say why; it is given out again later, unless ``again`` is false."""
    return {"state": agent_jobs.fail(agent_bearer(), job_id, body["reason"], again=body["again"])}


@asking.post("/sites/<string:site_id>/probe-jobs")
@asking.arguments(NothingSchema)
@asking.response(200, AskedSchema)
@asking.refuses(404, 409)
def ask(body: dict[str, Any], site_id: str) -> dict[str, Any]:
    """Ask the agent at a site for a probe run; while one waits, its job is the answer."""
    del body
    return {"job": agent_jobs.ask_for_probe(bearer().viewer, site_id)}
