"""What commands need of the application: its context, an up-to-date database, and somebody to act as."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click
from flask import Flask

from fieldapp import create_app
from fieldapp.problems import Problem, not_found
from fieldapp.store.database import database, is_current
from fieldapp.usecases import manage_people
from fieldapp.usecases.permissions import ALLOWED, has_verb
from fieldapp.usecases.viewer import Viewer

View = TypeVar("View", bound=Callable[..., Any])


@contextmanager
def application(*, current: bool = True) -> Iterator[Flask]:
    """Open the application of this machine's settings."""
    app = create_app()
    with app.app_context():
        if current and not is_current(database()):
            raise Problem(
                "unavailable", what="The database", why="its tables are missing or old; run fieldapp init."
            )
        yield app
        database().dispose()


def as_option(command: View) -> View:
    """Add --as to a command."""
    text = "E-mail address of the person to act as; without it, the first one whose role allows this."
    return click.option("--as", "email", metavar="EMAIL", help=text)(command)


def acting(email: str | None, verb: str) -> Viewer:
    """Return the person to act as."""
    if email:
        return manage_people.find_person(email)
    order = {"admin": 0, "engineer": 1, "reviewer": 2}
    able = [each for each in manage_people.list_people() if has_verb(each, verb)]
    if not able:
        roles = " or ".join(sorted(ALLOWED[verb]))
        raise not_found(f"person with the role {roles} (add one with fieldapp user add)")
    return min(able, key=lambda each: order.get(each.role, 3))
