"""The people of an organisation and those it works with, for its administrators."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp import mail
from fieldapp.problems import Problem
from fieldapp.usecases import invite, manage_staff
from fieldapp.usecases.viewer import ROLES_IN, Viewer
from fieldapp.web.visitor import visitor

blueprint = Blueprint("people", __name__, url_prefix="/people")

EVENT_WORDS: Mapping[str, str] = {
    "person_invited": "Invited",
    "invitation_resent": "Invitation sent again",
    "invitation_revoked": "Invitation revoked",
    "person_joined": "Joined",
    "person_deactivated": "Deactivated",
    "person_activated": "Let in again",
    "role_changed": "Role changed",
    "sessions_ended": "Signed out of every browser",
    "person_unlocked": "Unlocked",
    "password_changed": "Password changed",
    "identity_joined": "Joined to an account of the provider",
    "token_made": "Token made",
    "token_revoked": "Token revoked",
}
_PER_PAGE = 100


@blueprint.get("")
def index() -> ResponseReturnValue:
    """List the people, and the invitations that nobody accepted yet."""
    viewer = visitor()
    people = manage_staff.staff(viewer)
    return render_template(
        "people/list.html",
        own=[each for each in people if each.manageable],
        partners=[each for each in people if not each.manageable],
        invitations=invite.open_invitations(viewer),
        has_mail=mail.is_set_up(),
    )


@blueprint.route("/invite", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Show the form, or invite somebody."""
    viewer, form = visitor(), request.form
    if request.method == "GET":
        return _form(viewer)
    try:
        invite.invite(
            viewer, form.get("name", ""), form.get("email", ""), form.get("role", ""),
            form.get("organisation", ""),
        )  # fmt: skip
    except Problem as problem:
        if problem.code not in ("invalid", "already_exists"):
            raise
        return _form(viewer, problem.detail), problem.status
    flash(_sent(form.get("email", "").strip()), "pass")
    return redirect(url_for("people.index"), 303)


def _form(viewer: Viewer, problem: str = "") -> str:
    return render_template(
        "people/invite.html", organisations=invite.may_invite_to(viewer), roles_in=ROLES_IN, problem=problem,
        given=request.form,
    )  # fmt: skip


def _sent(email: str) -> str:
    if mail.is_set_up():
        return f"A link goes to {email} now. It works once."
    return f"No mail server is set up: the mail to {email} becomes a file in the folder mail/ on the server."


@blueprint.post("/invitations/<string:invitation_id>/resend")
def resend(invitation_id: str) -> ResponseReturnValue:
    """Send an invitation again."""
    invite.resend(visitor(), invitation_id)
    flash("Sent again with a new link; the one before leads nowhere now.", "pass")
    return redirect(url_for("people.index"), 303)


@blueprint.post("/invitations/<string:invitation_id>/revoke")
def revoke(invitation_id: str) -> ResponseReturnValue:
    """End an invitation."""
    invite.revoke(visitor(), invitation_id)
    flash("Revoked: its link leads nowhere now. Invite the person again at any time.", "pass")
    return redirect(url_for("people.index"), 303)


@blueprint.get("/events")
def events() -> ResponseReturnValue:
    """List what was done to people, tokens and tablets, the newest first."""
    before = request.args.get("before", manage_staff.LATEST, type=int)
    found = manage_staff.history(visitor(), before, _PER_PAGE)
    return render_template(
        "people/events.html", events=found, words=EVENT_WORDS, more=len(found) == _PER_PAGE
    )


@blueprint.get("/<string:person_id>")
def person(person_id: str) -> ResponseReturnValue:
    """Show one person of one's organisation with what can be done."""
    return render_template("people/person.html", it=manage_staff.staff_member(visitor(), person_id))


@blueprint.post("/<string:person_id>/role")
def role(person_id: str) -> ResponseReturnValue:
    """Give somebody another role."""
    manage_staff.change_role(visitor(), person_id, request.form.get("role", ""))
    return _done(person_id, "The role is changed. They sign in anew.")


@blueprint.post("/<string:person_id>/deactivate")
def deactivate(person_id: str) -> ResponseReturnValue:
    """End somebody's access."""
    manage_staff.deactivate(visitor(), person_id)
    return _done(person_id, "Access ended everywhere. You can let them in again at any time.")


@blueprint.post("/<string:person_id>/activate")
def activate(person_id: str) -> ResponseReturnValue:
    """Let somebody in again."""
    manage_staff.activate(visitor(), person_id)
    return _done(person_id, "They can sign in again.")


@blueprint.post("/<string:person_id>/end-sessions")
def end_sessions(person_id: str) -> ResponseReturnValue:
    """Sign somebody out of every browser."""
    manage_staff.end_sessions(visitor(), person_id)
    return _done(person_id, "Signed out of every browser.")


@blueprint.post("/<string:person_id>/unlock")
def unlock(person_id: str) -> ResponseReturnValue:
    """Let somebody try their password again."""
    manage_staff.unlock(visitor(), person_id)
    return _done(person_id, "They can try again at once.")


def _done(person_id: str, sentence: str) -> ResponseReturnValue:
    flash(sentence, "pass")
    return redirect(url_for("people.person", person_id=person_id), 303)
