"""`fieldapp init`, `config`, `serve`: set an instance up and run it."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from fieldapp.cli.inside import application
from fieldapp.cli.showing import json_option, say, show_json, show_table
from fieldapp.cli.workers import beside, log_to_console
from fieldapp.config import SETTINGS, read_config, settings
from fieldapp.store import database
from fieldapp.usecases.demo_people import demo_people
from reports import authority

_SECRETS = ("secret_key", "database_url", "mail_url", "oidc_client_secret")


@click.command()
@json_option
def config(as_json: bool) -> None:
    """List every setting with its variable, value and meaning."""
    found = read_config()
    rows = [
        {
            "variable": each.variable,
            "kind": each.kind,
            "default": each.default,
            "value": "(set)"
            if each.name in _SECRETS and getattr(found, each.name)
            else str(getattr(found, each.name)),
            "help": each.help,
        }
        for each in SETTINGS
    ]
    if as_json:
        show_json({"settings": rows})
    else:
        show_table(("Variable", "Kind", "Default", "Value", "Meaning"), [tuple(row.values()) for row in rows])


@click.command()
@click.option(
    "--organisation", default="fieldapp", show_default=True, help="Name on the seal of handover packs."
)
@click.option(
    "--demo-people", "with_people", is_flag=True, help="Add people of every role to try things out."
)
@json_option
def init(organisation: str, with_people: bool, as_json: bool) -> None:
    """Create home folder, database, secret and seal key, or bring them up to date. Safe to run again."""
    with application(current=False):
        home = settings().home
        home.mkdir(parents=True, exist_ok=True)
        with _alone_in(home):
            database.upgrade(database.database())
            authority.ensure(settings().pki, organisation=organisation)
            people = demo_people() if with_people else ()
    if as_json:
        show_json(
            {
                "home": str(home.resolve()),
                "people": [{name: getattr(each, name) for name in each.__slots__} for each in people],
            }
        )
        return
    say(f"Ready in {home.resolve()}.")
    if people:
        show_table(
            ("Sign in as", "Password", "Role", "Organisation"),
            [(each.email, each.password, each.role, each.organisation) for each in people],
        )
    else:
        say("Next: fieldapp org add, fieldapp user add, fieldapp serve.")


@contextmanager
def _alone_in(home: Path) -> Iterator[None]:
    """Let a second one that sets the same home up wait, and then find everything done."""
    handle = os.open(home, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@click.command()
@click.option("--host", help="Address to listen on; loopback unless you say otherwise.")
@click.option("--port", type=click.IntRange(1, 65535))
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Web processes.")
@click.option("--threads", type=click.IntRange(1, 256), default=4, show_default=True, help="Threads in each.")
@click.option("--no-worker", is_flag=True, help="Leave the background jobs to fieldapp worker elsewhere.")
@click.option("--with-worker", is_flag=True, hidden=True, help="It runs anyway.")
@json_option
def serve(
    host: str | None,
    port: int | None,
    workers: int,
    threads: int,
    no_worker: bool,
    with_worker: bool,
    as_json: bool,
) -> None:
    """Serve web pages, API and tablet, with a worker for background jobs beside it."""
    del with_worker
    from granian import Granian
    from granian.constants import Interfaces

    with application():
        address, number = host or settings().host, port or settings().port
        log_to_console(settings().log_level)
    numeric = _listening_address(address, number)
    url = f"http://{address}:{number}/"
    show_json({"url": url}) if as_json else say(f"fieldapp serves {url}; stop it with Ctrl-C.")
    server = Granian(
        "fieldapp:create_app",
        address=numeric,
        port=number,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        factory=True,
        log_access=False,
        websockets=False,
    )
    with beside(wanted=not no_worker):
        server.serve()


def _listening_address(host: str, port: int) -> str:
    """Return the address to listen on, tried out first: the server itself would end in a traceback."""
    try:
        family, kind, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(place)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or "not a name of a machine"
        raise OSError(
            None, f"can't be listened on ({why}); choose another --host or --port", f"{host}:{port}"
        ) from error
    return str(place[0])
