"""JSON under /api/v1 for tablets and agents: bearer tokens, RFC 9457 problems, OpenAPI at openapi.json."""

from flask import Flask

from fieldapp.api import agent, answers, objects, pairing, sites, tablets
from fieldapp.api.openapi import PlainApi
from fieldapp.auth import csrf

BLUEPRINTS = (
    tablets.blueprint,
    pairing.blueprint,
    sites.blueprint,
    objects.blueprint,
    agent.blueprint,
    agent.asking,
)


def init_app(app: Flask) -> None:
    """Register the routes, their description and how they answer when something is refused."""
    api = PlainApi(app)
    answers.init_app(app)
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint)
        # Tokens travel in a header, so there is no cookie that another page could ride on.
        csrf.exempt(blueprint)
