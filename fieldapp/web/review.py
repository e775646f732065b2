"""The reviewer's page of a site and its decisions."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp.problems import Problem
from fieldapp.usecases import decide_held, doubt_site, review_site, view_site
from fieldapp.web.review_page import review_page
from fieldapp.web.sign_off_rows import sign_off_rows
from fieldapp.web.site_frame import frame
from fieldapp.web.visitor import visitor

blueprint = Blueprint("review", __name__, url_prefix="/sites/<site_id>/review")


@blueprint.get("")
def panel(site_id: str) -> ResponseReturnValue:
    """Show what is wrong or doubtful first, the decisions, and the approval."""
    viewer = visitor()
    view = view_site.view_site(viewer, site_id)
    page = review_page(view, doubt_site.doubts_of(viewer, view), viewer)
    signed = sign_off_rows(view, ("signature", "submission"))
    held = decide_held.waiting_at(viewer, site_id)
    return render_template(
        "site/review.html", **frame(view, "review"), page=page, sign_offs=signed, held=held
    )


@blueprint.post("/return")
def give_back(site_id: str) -> ResponseReturnValue:
    """Return an item to the contractor with a comment."""
    review_site.return_item(visitor(), site_id, _item(), _text("Write what is to be redone"))
    return _back(site_id, "Returned to the contractor with your comment. The site is open again.")


@blueprint.post("/concede")
def concede(site_id: str) -> ResponseReturnValue:
    """Accept a deviation with a reason."""
    review_site.concede_item(visitor(), site_id, _item(), _text("Write why the deviation is acceptable"))
    return _back(site_id, "Accepted as a concession, with your reason in the journal.")


@blueprint.post("/accept-not-applicable")
def accept_not_applicable(site_id: str) -> ResponseReturnValue:
    """Accept that an item does not apply."""
    review_site.accept_not_applicable(visitor(), site_id, _item())
    return _back(site_id, "Accepted as not applicable.")


@blueprint.post("/approve")
def approve(site_id: str) -> ResponseReturnValue:
    """Approve the site."""
    viewer = visitor()
    if request.form.get("confirm") != "yes":
        raise Problem(
            "invalid", where="Approval", problem="tick the box to confirm that you looked at the exceptions"
        )
    review_site.approve_site(viewer, site_id)
    flash("Approved. The handover pack can be issued now.", "pass")
    return redirect(url_for("sites.overview", site_id=site_id))


def _item() -> str:
    return request.form.get("item", "")


def _text(what: str) -> str:
    text = request.form.get("comment", "").strip()
    if not text:
        raise Problem("invalid", where="Comment", problem=f"{what}.")
    return text


def _back(site_id: str, said: str) -> ResponseReturnValue:
    flash(said, "pass")
    return redirect(url_for("review.panel", site_id=site_id))
