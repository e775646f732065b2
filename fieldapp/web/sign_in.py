"""Sign in and out, with a password or with an OpenID Connect provider."""

from dataclasses import asdict

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from fieldapp import auth, oidc
from fieldapp.config import settings
from fieldapp.problems import Problem
from fieldapp.usecases import sign_in_provider

blueprint = Blueprint("sign_in", __name__, template_folder="templates")
#: Where the cookie keeps what was asked of the provider, until the answer comes.
_ASKED = "asked"


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


@blueprint.get("/sign-in/provider")
def provider() -> ResponseReturnValue:
    """Lead to the provider, keeping in the cookie what its answer has to fit."""
    wanted = local_address(request.args.get("next", ""))
    _refuse_without_provider()
    try:
        question = oidc.ask(_return_address())
    except oidc.ProviderError as error:
        return _form(wanted, problem=str(error)), 503
    session[_ASKED] = asdict(question) | {"next": wanted}
    return redirect(question.address)


@blueprint.get("/sign-in/provider/answer")
def answer() -> ResponseReturnValue:
    """Sign in whom the provider vouches for; an answer is good once, in the browser that asked."""
    _refuse_without_provider()
    auth.throttle()
    kept = session.pop(_ASKED, None) or dict.fromkeys(("address", "state", "nonce", "verifier"), "")
    wanted = local_address(kept.pop("next", ""))
    try:
        found = oidc.identity(oidc.Question(**kept), request.args, _return_address())
        person = sign_in_provider.sign_in(found)
    except oidc.ProviderDownError as error:
        return _form(wanted, problem=str(error)), 503
    except oidc.ProviderError as error:
        return _form(wanted, problem=str(error)), 403
    except Problem as problem:
        if problem.code != "provider_refused":
            raise
        return _form(wanted, problem=problem.detail), problem.status
    auth.start(person.id, "provider")
    return redirect(wanted)


def _refuse_without_provider() -> None:
    if not oidc.is_set_up():
        raise Problem("not_found", what="address")


def _return_address() -> str:
    """Return where the provider sends browsers back to; it knows this very address."""
    path, base = url_for("sign_in.answer"), settings().base_url.rstrip("/")
    return base + path if base else url_for("sign_in.answer", _external=True)


def _form(wanted: str, email: str = "", problem: str = "") -> str:
    name = settings().oidc_name if oidc.is_set_up() else ""
    return render_template("sign_in.html", next_page=wanted, email=email, problem=problem, provider_name=name)


def local_address(wanted: str) -> str:
    """Return a path of this server; anything that leads elsewhere becomes the home page."""
    # Browsers take a backslash for a slash and drop control characters, so neither may pass.
    plain = wanted.isprintable() and "\\" not in wanted
    local = wanted.startswith("/") and not wanted.startswith("//")
    return wanted if plain and local else url_for("home.home")
