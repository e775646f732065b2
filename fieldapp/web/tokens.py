"""Tokens of probe agents: made for chosen sites, shown once, revoked."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp.config import settings
from fieldapp.problems import Problem
from fieldapp.usecases import permissions, tokens, view_site
from fieldapp.usecases.tokens import NewToken
from fieldapp.usecases.viewer import Viewer
from fieldapp.web.visitor import visitor

blueprint = Blueprint("tokens", __name__, url_prefix="/tokens")


@blueprint.get("")
def index() -> ResponseReturnValue:
    """List the agents' tokens of one's organisation, and offer to make one."""
    return _page(visitor())


@blueprint.post("")
def add() -> ResponseReturnValue:
    """Make a token; it stands on this one page and nowhere else."""
    viewer = visitor()
    name, chosen = request.form.get("name", ""), request.form.getlist("site")
    try:
        made = tokens.make_agent_token(viewer, name, chosen)
    except Problem as problem:
        if problem.code != "invalid":
            raise
        return _page(viewer, name=name, chosen=chosen, problem=problem.detail), problem.status
    return _page(viewer, made=made, made_name=name.strip())


@blueprint.post("/<string:token_id>/revoke")
def revoke(token_id: str) -> ResponseReturnValue:
    """End a token of one's organisation."""
    viewer = visitor()
    permissions.require_role(viewer, "manage_tokens")
    tokens.revoke_token(viewer, token_id)
    flash("Revoked: the agent is refused from now on. What it recorded stays.", "pass")
    return redirect(url_for("tokens.index"), 303)


def _page(
    viewer: Viewer, *, made: NewToken | None = None, made_name: str = "", name: str = "",
    chosen: list[str] | None = None, problem: str = "",
) -> str:  # fmt: skip
    return render_template(
        "tokens.html",
        tokens=tokens.agent_tokens(viewer),
        sites=view_site.list_sites(viewer),
        made=made,
        made_name=made_name,
        name=name,
        chosen=chosen or [],
        problem=problem,
        days=settings().agent_token_days,
        server=(settings().base_url or request.host_url).rstrip("/"),
    )
