"""What people are qualified for: which is valid, which runs out, which has run out."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from checklists.qualifications import KINDS
from fieldapp.usecases import qualifications
from fieldapp.usecases.permissions import ALLOWED
from fieldapp.usecases.qualifications import NewQualification
from fieldapp.web.instruments import certificate_response, uploaded_file
from fieldapp.web.visitor import visitor

blueprint = Blueprint("qualifications", __name__, url_prefix="/qualifications")


@blueprint.get("")
def index() -> ResponseReturnValue:
    """List people with what they are qualified for."""
    viewer = visitor()
    return render_template(
        "certificates/qualifications.html",
        people=qualifications.list_qualified(viewer),
        kinds=KINDS,
        sees_instruments=viewer.role in ALLOWED["see_instruments"],
    )


@blueprint.post("/<person_id>")
def add(person_id: str) -> ResponseReturnValue:
    """Record what somebody is qualified for."""
    names = ("kind", "valid_from", "valid_until", "number", "issued_by")
    given = {name: request.form.get(name, "").strip() for name in names}
    new = NewQualification(**given, file=uploaded_file())
    qualifications.add_qualification(visitor(), person_id, new)
    flash("The qualification is recorded.", "pass")
    return redirect(url_for("qualifications.index"), 303)


@blueprint.post("/<qualification_id>/revoke")
def revoke(qualification_id: str) -> ResponseReturnValue:
    """Say that a qualification does not hold."""
    qualifications.revoke_qualification(visitor(), qualification_id, request.form.get("reason", ""))
    flash("The qualification is revoked. Reviewers are told at the work it was needed for.", "pass")
    return redirect(url_for("qualifications.index"), 303)


@blueprint.get("/<qualification_id>/file")
def file(qualification_id: str) -> ResponseReturnValue:
    """Hand out the certificate of a qualification."""
    return certificate_response(*qualifications.qualification_file(visitor(), qualification_id))
