"""Friendly pages for everything that was refused or went wrong; below /api/ the API's own answers stand."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from fieldapp.problems import Problem

#: Refusals that a person can act upon on the page they came from.
_SAY_AND_GO_BACK = (409, 422)


def init_app(app: Flask) -> None:
    """Show what the API's error handlers answer as a page, wherever it is not the API that was asked."""
    handlers = app.error_handler_spec[None][None]
    for kind, handler in list(handlers.items()):
        handlers[kind] = _with_page(handler)
    app.register_error_handler(CSRFError, _form_expired)


def _with_page(handler: Callable[[Any], Any]) -> Callable[[Any], ResponseReturnValue]:
    def handle(error: Any) -> ResponseReturnValue:
        answer = current_app.make_response(handler(error))
        return answer if request.path.startswith("/api/") else _page_of(answer)

    return handle


def _form_expired(_: CSRFError) -> ResponseReturnValue:
    problem = Problem("csrf")
    return _page(problem.status, problem.title, problem.detail)


def _page_of(answer: Response) -> ResponseReturnValue:
    """Return the page of a problem document; anything else, such as a redirect, stands as it is."""
    if answer.mimetype != "application/problem+json":
        return answer
    problem = answer.get_json()
    if problem["code"] == "not_signed_in":
        wanted = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("sign_in.sign_in", next=wanted))
    if request.method == "POST" and answer.status_code in _SAY_AND_GO_BACK:
        flash(problem["detail"], "fail")
        return redirect(_where_from(), 303)
    return _page(answer.status_code, problem["title"], problem["detail"])


def _page(status: int, title: str, detail: str) -> ResponseReturnValue:
    return render_template("error.html", status=status, title=title, detail=detail), status


def _where_from() -> str:
    """Return the page of this server that the form stood on."""
    address = (request.referrer or "").removeprefix(request.host_url.rstrip("/"))
    path = address.partition("?")[0]
    # Two slashes would lead to another server, and routing takes them for one.
    local = path.startswith("/") and not path.startswith("//")
    known = local and current_app.url_map.bind("").test(path, "GET")
    return address if known else url_for("home.home")
