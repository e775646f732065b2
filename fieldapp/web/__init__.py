"""The server-rendered pages. Every page works without script; stylesheet and script are our own files."""

from flask import Flask, Response, request

from fieldapp.web import (
    account,
    assets,
    errors,
    field,
    formats,
    held,
    home,
    instruments,
    invitations,
    jobs,
    journal,
    navigation,
    new_site,
    objects,
    packs,
    paper,
    people,
    qualifications,
    review,
    revisions,
    rollouts,
    sections,
    sign_in,
    sites,
    tablets,
    tokens,
)

#: Nothing from elsewhere, nothing inline but pictures of methods: a page loads its own stylesheet, script,
#: icons and photos.
CONTENT_POLICY = (
    "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def init_app(app: Flask) -> None:
    """Register the pages, their formats and the error pages."""
    for part in (
        account,
        assets,
        field,
        held,
        home,
        instruments,
        invitations,
        jobs,
        journal,
        new_site,
        objects,
        packs,
        paper,
        people,
        qualifications,
        review,
        revisions,
        rollouts,
        sections,
        sign_in,
        sites,
        tablets,
        tokens,
    ):
        app.register_blueprint(part.blueprint)
    formats.init_app(app)
    navigation.init_app(app)
    errors.init_app(app)
    app.after_request(_add_headers)


def _add_headers(response: Response) -> Response:
    """Keep pages out of caches and of other people's frames; the API and the tablet set their own."""
    if response.mimetype == "text/html" and not request.path.startswith("/api/"):
        response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
        response.headers.setdefault("Cache-Control", "no-store")
    return response
