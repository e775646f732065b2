"""Web sessions: Flask-Login over our people, CSRF on every form, throttled sign-in, security headers."""

from flask import Flask, Response, session
from flask_limiter import Limiter
from flask_limiter.errors import RateLimitExceeded
from flask_limiter.util import get_remote_address
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf import CSRFProtect

from fieldapp.config import settings
from fieldapp.problems import Problem
from fieldapp.store import people
from fieldapp.store.database import reading
from fieldapp.usecases.sign_in_tablet import check_password
from fieldapp.usecases.viewer import Viewer, viewer_of

limiter = Limiter(get_remote_address, storage_uri="memory://")
csrf = CSRFProtect()
_manager = LoginManager()

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
    with reading() as db:
        pair = people.person(db, person_id)
    if pair is None or not pair[0].active or pair[0].session != session_name:
        return None
    return _Visitor(viewer_of(pair), session_name)


def current_viewer() -> Viewer | None:
    """Return who is signed in on this page."""
    return current_user.viewer if isinstance(current_user._get_current_object(), _Visitor) else None


def login(email: str, password: str) -> Viewer | None:
    """Sign a person in; None when e-mail address and password do not belong together."""
    throttle()
    try:
        viewer = check_password(email, password)
    except Problem as problem:
        if problem.code != "bad_credentials":
            raise
        return None
    with reading() as db:
        pair = people.person(db, viewer.id)
    if pair is None:
        return None
    # A cookie from before the sign-in is worth nothing after it.
    session.clear()
    session.permanent = True
    login_user(_Visitor(viewer, pair[0].session))
    return viewer


def logout() -> None:
    """Sign out."""
    logout_user()
    session.clear()


def throttle() -> None:
    """Count an attempt to sign in; too many from one address are refused."""
    try:
        with limiter.limit(settings().sign_in_limit):
            return
    except RateLimitExceeded as error:
        raise Problem("too_many") from error


def _add_headers(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if settings().base_url.startswith("https://"):
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response
