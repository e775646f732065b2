"""How the API answers: who is asking by bearer token, and problems as application/problem+json."""

import json
import logging

from flask import Flask, Response, g, request
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from fieldapp.config import settings
from fieldapp.problems import Problem, not_found
from fieldapp.store.database import is_busy
from fieldapp.usecases.tokens import Bearer, authenticate

_LOG = logging.getLogger(__name__)
#: So much of a body that is too large is read and thrown away, so that its sender hears why.
_MOST_UNREAD_MIB = 64
#: Routes that need no token. Every other one is closed without, also one that is added later.
_OPEN = frozenset({"api-docs.openapi_json", "pairing.look", "pairing.pair", "tablets.sign_in"})


def init_app(app: Flask) -> None:
    """Answer what was refused; pages wrap these handlers with their own for their addresses."""
    app.before_request(_refuse_odd_addresses)
    app.before_request(_refuse_without_token)
    app.register_error_handler(Problem, problem_response)
    app.register_error_handler(HTTPException, _http_response)
    app.register_error_handler(DBAPIError, _database_response)


def _refuse_odd_addresses() -> None:
    """No id holds a control character, and PostgreSQL would stumble over a NUL in a question for one."""
    for value in (request.view_args or {}).values():
        if isinstance(value, str) and not value.isprintable():
            raise not_found("address")


def _refuse_without_token() -> None:
    """Whoever has no good token learns nothing of what a route takes, and no body of theirs is read."""
    if request.endpoint and request.path.startswith("/api/") and request.endpoint not in _OPEN:
        either_bearer()


def bearer() -> Bearer:
    """Return whose tablet's token came with this request; cookies count for nothing here."""
    return _of_kind("tablet", "a probe agent's token opens its jobs, the site plan and probe runs alone.")


def agent_bearer() -> Bearer:
    """Return which probe agent's token came with this request."""
    return _of_kind("agent", "this is for probe agents; make a token on the page Tokens.")


def either_bearer() -> Bearer:
    """Return whose token came with this request, a tablet's or a probe agent's."""
    if "bearer" not in g:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Problem("cookies_refused" if request.cookies else "not_signed_in")
        g.bearer = authenticate(token.strip())
    found: Bearer = g.bearer
    return found


def _of_kind(kind: str, why: str) -> Bearer:
    found = either_bearer()
    if found.kind != kind:
        raise Problem("forbidden", why=why)
    return found


def problem_response(problem: Problem) -> Response:
    """Return the RFC 9457 answer of a problem."""
    response = Response(
        json.dumps(problem.document()), problem.status, content_type="application/problem+json"
    )
    response.headers["Cache-Control"] = "no-store"
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if problem.code == "wrong_offset":
        response.headers["Upload-Offset"] = str(problem.extra["offset"])
    return response


def _http_response(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return Response(status=error.code, headers=error.get_headers())
    if isinstance(error, RequestEntityTooLarge):
        _read_to_the_end()
        most = settings().max_body_mb
        extra = {"limit": most * 2**20}
        return problem_response(Problem("too_large", what="The request", limit=f"{most} MiB", extra=extra))
    answer = problem_response(_of_status(error))
    answer.status_code = error.code
    return answer


def _read_to_the_end() -> None:
    """Whoever is still sending hears an answer only when somebody listens; not for ever."""
    stream = request.environ["wsgi.input"]
    for _ in range(_MOST_UNREAD_MIB * 16):
        if not stream.read(65_536):
            return


def _of_status(error: HTTPException) -> Problem:
    match error.code:
        case 404:
            return Problem("not_found", what="address")
        case 405:
            return Problem("method_not_allowed", method=request.method)
        case 415:
            return Problem("wrong_media_type", expected="a JSON body as application/json")
        case 500:
            return Problem("internal")
    return Problem("invalid", where="request", problem=error.description or error.name)


def _database_response(error: DBAPIError) -> Response:
    """A database that is busy or gone is no fault of who asked: they keep everything and try again."""
    _LOG.error("The database refused: %s", error.orig)
    if isinstance(error, OperationalError) and is_busy(error):
        return problem_response(Problem("busy"))
    return problem_response(Problem("unavailable", what="The database", why="it refused this request."))
