"""The hall: people, storage and the network. ``create_app`` is the only place where its parts are joined."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from fieldapp.config import Config, attach, read_config

__version__ = "0.1.0"


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Make the application from FIELDAPP_* settings, with ``config`` (by variable name) before them."""
    from fieldapp import api, auth, health, jobs, objects, web
    from fieldapp.store import database

    settings = read_config(config)
    app = Flask(__name__, static_folder=None)
    attach(app, settings)
    app.config.update(_flask_settings(settings))
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]
    database.init_app(app, settings.database)
    objects.init_app(app)
    jobs.init_app(app)
    auth.init_app(app)
    health.init_app(app)
    api.init_app(app)
    web.init_app(app)
    return app


def _flask_settings(settings: Config) -> dict[str, Any]:
    return {
        "SECRET_KEY": settings.secret(),
        "MAX_CONTENT_LENGTH": settings.max_body_mb * 2**20,
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=settings.session_hours),
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.base_url.startswith("https://"),
        "WTF_CSRF_TIME_LIMIT": settings.session_hours * 3600,
        "API_TITLE": "fieldapp",
        "API_VERSION": "v1",
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": "/api/v1",
        "OPENAPI_JSON_PATH": "openapi.json",
    }
