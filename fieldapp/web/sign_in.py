"""Sign in and out."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp import auth
from fieldapp.problems import Problem

blueprint = Blueprint("sign_in", __name__, template_folder="templates")


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """Show the form, or sign a person in and lead on to where they wanted to go."""
    wanted = local_address(request.values.get("next", ""))
    if auth.current_viewer():
        return redirect(wanted)
    if request.method == "GET":
        return _form(wanted)
    email = request.form.get("email", "").strip()
    try:
        auth.login(email, request.form.get("password", ""))
    except Problem as problem:
        if problem.code not in ("bad_credentials", "locked"):
            raise
        return _form(wanted, email, problem.detail), problem.status
    return redirect(wanted)


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """Sign out."""
    auth.logout()
    flash("You are signed out.", "info")
    return redirect(url_for("sign_in.sign_in"))


def _form(wanted: str, email: str = "", problem: str = "") -> str:
    return render_template("sign_in.html", next_page=wanted, email=email, problem=problem)


def local_address(wanted: str) -> str:
    """Return a path of this server; anything that leads elsewhere becomes the home page."""
    # Browsers take a backslash for a slash and drop control characters, so neither may pass.
    plain = wanted.isprintable() and "\\" not in wanted
    local = wanted.startswith("/") and not wanted.startswith("//")
    return wanted if plain and local else url_for("home.home")
