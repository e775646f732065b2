"""`fieldapp org`, `fieldapp user`: who works with this server and with what."""

from dataclasses import asdict

import click

from fieldapp.cli.inside import application
from fieldapp.cli.showing import json_option, say, show_json, show_table
from fieldapp.usecases import manage_people
from fieldapp.usecases.viewer import ROLES, Viewer


@click.group()
def org() -> None:
    """Organisations: add, connect, list."""


@org.command("add")
@click.argument("name")
@click.option("--kind", type=click.Choice(manage_people.KINDS), required=True)
@click.option("--for", "owner", default="", help="Operator it works for; by default the only one.")
@json_option
def org_add(name: str, kind: str, owner: str, as_json: bool) -> None:
    """Add an operator, who owns sites, or a contractor or service provider, who works for one."""
    with application():
        found = manage_people.add_organisation(name, kind, owner)
    show_json({"id": found, "name": name, "kind": kind}) if as_json else say(f"Added {name} ({found}).")


@org.command("connect")
@click.argument("operator")
@click.argument("partner")
@json_option
def org_connect(operator: str, partner: str, as_json: bool) -> None:
    """Let an operator work with a contractor or service provider; until then neither knows of the other."""
    with application():
        manage_people.connect(operator, partner)
    show_json({"operator": operator, "partner": partner}) if as_json else say(
        f"{operator} works with {partner} now."
    )


@org.command("list")
@json_option
def org_list(as_json: bool) -> None:
    """List the organisations."""
    with application():
        found = manage_people.list_organisations()
    if as_json:
        show_json({"organisations": [asdict(each) for each in found]})
    else:
        show_table(("Organisation", "Name", "Kind"), [(each.id, each.name, each.kind) for each in found])


@click.group()
def user() -> None:
    """People: add, invite, list; end their access, let them in again."""


def _shown(person: Viewer) -> dict[str, str]:
    names = ("id", "name", "email", "role", "organisation_id", "organisation")
    return {name: getattr(person, name) for name in names}


@user.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--org", "organisation", required=True, help="Name or id of the organisation.")
@click.option(
    "--password", prompt=True, hide_input=True, confirmation_prompt=True, envvar="FIELDAPP_NEW_PASSWORD",
    help="Asked for when it is not given.",
)  # fmt: skip
@json_option
def user_add(email: str, name: str, role: str, organisation: str, password: str, as_json: bool) -> None:
    """Add a person to an organisation."""
    with application():
        found = manage_people.add_person(name, email, role, organisation, password)
    show_json(_shown(found)) if as_json else say(f"Added {found.name}, {found.role} at {found.organisation}.")


@user.command("list")
@json_option
def user_list(as_json: bool) -> None:
    """List everybody who can sign in."""
    with application():
        found = manage_people.list_people()
    if as_json:
        show_json({"people": [_shown(each) for each in found]})
        return
    rows = [(each.name, each.email, each.role, each.organisation) for each in found]
    show_table(("Name", "E-mail", "Role", "Organisation"), rows)
