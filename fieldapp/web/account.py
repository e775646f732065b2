"""One's own account: where one is signed in, the password, one's tablets and tokens."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp import auth
from fieldapp.usecases import choose_password, sessions, tokens
from fieldapp.web.browsers import browser_in_words
from fieldapp.web.visitor import visitor

blueprint = Blueprint("account", __name__, url_prefix="/account")


@blueprint.get("")
def index() -> ResponseReturnValue:
    """Show where one is signed in and with what."""
    viewer = visitor()
    return render_template(
        "account.html",
        sessions=sessions.own_sessions(viewer, auth.current_secret()),
        tokens=tokens.own_tokens(viewer),
        browser=browser_in_words,
    )


@blueprint.post("/sessions/end")
def end_session() -> ResponseReturnValue:
    """Sign out of one browser."""
    sessions.end_session(visitor(), request.form.get("session", ""))
    flash("That browser is signed out.", "pass")
    return redirect(url_for("account.index"), 303)


@blueprint.post("/sessions/end-all")
def end_all() -> ResponseReturnValue:
    """Sign out everywhere, here too."""
    sessions.end_own_sessions(visitor())
    auth.logout()
    flash("You are signed out everywhere. Tablets go on; revoke them here if one is lost.", "info")
    return redirect(url_for("sign_in.sign_in"), 303)


@blueprint.post("/password")
def password() -> ResponseReturnValue:
    """Change the password; this browser stays signed in, every other one does not."""
    viewer, form = visitor(), request.form
    auth.throttle()
    choose_password.change_password(
        viewer, form.get("old", ""), form.get("password", ""), form.get("again", "")
    )
    auth.start(viewer.id, "password")
    flash("Your password is changed, and every other browser is signed out.", "pass")
    return redirect(url_for("account.index"), 303)


@blueprint.post("/tokens/<string:token_id>/revoke")
def revoke(token_id: str) -> ResponseReturnValue:
    """End one's own token."""
    tokens.revoke_token(visitor(), token_id)
    flash("Revoked: it opens nothing any more.", "pass")
    return redirect(url_for("account.index"), 303)
