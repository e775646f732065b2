"""Web sessions: Flask-Login over our people, CSRF on every form, throttled sign-in, security headers."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, Response, request, session
from flask_limiter import Limiter
from flask_limiter.errors import RateLimitExceeded
from flask_limiter.util import get_remote_address
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf import CSRFProtect
from limits import RateLimitItemPerHour

from fieldapp.config import settings
from fieldapp.problems import Problem
from fieldapp.usecases import sessions
from fieldapp.usecases.check_password import check_password
from fieldapp.usecases.viewer import Viewer

_GUESSES = RateLimitItemPerHour(20)
limiter = Limiter(get_remote_address, storage_uri="memory://")
csrf = CSRFProtect()
_manager = LoginManager()
#: Where the cookie keeps what only this browser knows; Flask-Login's own part names person and sessions.
_SECRET = "secret"  # noqa: S105 - the name of a place

#: Every answer carries these; pages and tablet set their own content policy before.
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=()",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
}


class _Visitor(UserMixin):  # type: ignore[misc]
    """A viewer as Flask-Login keeps them: the cookie names the person and the session they signed in to."""

    def __init__(self, viewer: Viewer, session_name: str) -> None:
        self.viewer, self.session_name = viewer, session_name

    def get_id(self) -> str:
        """Return what the signed cookie holds."""
        return f"{self.viewer.id}/{self.session_name}"


def init_app(app: Flask) -> None:
    """Set up sessions, CSRF, throttling and headers."""
    _manager.init_app(app)
    csrf.init_app(app)
    limiter.init_app(app)
    app.after_request(_add_headers)


@_manager.user_loader  # type: ignore[untyped-decorator]
def _load(cookie: str) -> _Visitor | None:
    person_id, _, session_name = cookie.partition("/")
    viewer = sessions.resume(person_id, session_name, current_secret())
    return _Visitor(viewer, session_name) if viewer is not None else None


def current_secret() -> str:
    """Return what this browser's session is known by, empty when it has none."""
    return str(session.get(_SECRET, ""))


def current_viewer() -> Viewer | None:
    """Return who is signed in on this page."""
    return current_user.viewer if isinstance(current_user._get_current_object(), _Visitor) else None


def login(email: str, password: str) -> Viewer:
    """Sign a person in with their password; refused like every wrong one when it is not theirs."""
    throttle()
    return start(check_password(email, password).id, "password")


def start(person_id: str, method: str) -> Viewer:
    """Sign this browser in as a person who has proved who they are."""
    begun = sessions.begin(person_id, method, request.headers.get("User-Agent", ""))
    # A cookie from before the sign-in is worth nothing after it.
    session.clear()
    session.permanent = True
    session[_SECRET] = begun.secret
    login_user(_Visitor(begun.viewer, begun.name))
    return begun.viewer


def logout() -> None:
    """Sign out: the session ends here and on the server."""
    viewer = current_viewer()
    if viewer is not None:
        sessions.end_session(viewer, sessions.id_of(current_secret()))
    logout_user()
    session.clear()


def throttle() -> None:
    """Count an attempt to sign in; too many from one address are refused."""
    try:
        with limiter.limit(settings().sign_in_limit):
            return
    except RateLimitExceeded as error:
        raise Problem("too_many") from error


@contextmanager
def few_guesses(code: str) -> Iterator[None]:
    """Count an attempt as at sign-in, and what ends with this problem as a guess: few of those an hour."""
    throttle()
    place = (code, get_remote_address())
    if not limiter.limiter.test(_GUESSES, *place):
        raise Problem("too_many")
    try:
        yield
    except Problem as problem:
        if problem.code == code:
            limiter.limiter.hit(_GUESSES, *place)
        raise


def _add_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if settings().base_url.startswith("https://"):
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response
