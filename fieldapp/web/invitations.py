"""The pages behind a link that was sent by mail, and the one that asks for such a link."""

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp import auth, mail
from fieldapp.passwords import MIN_LENGTH
from fieldapp.problems import Problem
from fieldapp.usecases import choose_password

blueprint = Blueprint("invitations", __name__)


@blueprint.after_request
def _keep_secret(response: Response) -> Response:
    """The address of these pages is the secret: it goes to nobody and into no cache."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.route("/invitations/<string:secret>", methods=["GET", "POST"])
def accept(secret: str) -> ResponseReturnValue:
    """Show who invites to what, or take the password that was chosen and sign in."""
    if request.method == "GET":
        return _form(secret)
    auth.throttle()
    try:
        person = choose_password.choose_password(
            secret, request.form.get("password", ""), request.form.get("again", "")
        )
    except Problem as problem:
        if problem.code not in ("invalid", "already_exists"):
            raise
        return _form(secret, problem.detail), problem.status
    auth.start(person.id, "invitation")
    flash(f"Welcome, {person.name}. Next time sign in with {person.email} and this password.", "pass")
    return redirect(url_for("home.home"), 303)


def _form(secret: str, problem: str = "") -> str:
    link = choose_password.look_at(secret)
    return render_template("invitation.html", link=link, problem=problem, shortest=MIN_LENGTH)


@blueprint.route("/forgot-password", methods=["GET", "POST"])
def forgot() -> ResponseReturnValue:
    """Ask for a link to choose a new password; the answer is the same whether or not anybody gets one."""
    if request.method == "GET":
        return render_template("forgot_password.html", asked=False)
    auth.throttle()
    choose_password.forgot_password(request.form.get("email", ""))
    return make_response(render_template("forgot_password.html", asked=True, mail=mail.is_set_up()))
