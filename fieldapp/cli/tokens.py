"""`fieldapp token`: bearer tokens of probe agents."""

from dataclasses import asdict

import click

from fieldapp.cli.inside import acting, application, as_option
from fieldapp.cli.showing import json_option, say, show_json, show_table
from fieldapp.usecases import tokens


@click.group()
def token() -> None:
    """Tokens of probe agents: add, list, revoke."""


@token.command("add")
@click.argument("name")
@click.option("--site", "sites", multiple=True, required=True, help="Id of a site; may be given again.")
@as_option
@json_option
def add(name: str, sites: tuple[str, ...], email: str | None, as_json: bool) -> None:
    """Make a token for a probe agent at some sites. It is shown this once."""
    with application():
        made = tokens.make_agent_token(acting(email, "manage_tokens"), name, sites)
    if as_json:
        show_json(asdict(made))
    else:
        say(made.token)
        click.echo(f"Good until {made.expires_at}; its id is {made.id}.", err=True)


@token.command("list")
@as_option
@json_option
def list_command(email: str | None, as_json: bool) -> None:
    """List the agents' tokens of the organisation."""
    with application():
        found = tokens.agent_tokens(acting(email, "manage_tokens"))
    if as_json:
        show_json({"tokens": [asdict(each) for each in found]})
        return
    rows = [
        (each.id, each.name, each.standing, ", ".join(each.sites), each.last_used_at or "never", each.by)
        for each in found
    ]
    show_table(("Token", "Name", "Standing", "Sites", "Last used", "Made by"), rows)


@token.command("revoke")
@click.argument("token_id")
@as_option
@json_option
def revoke(token_id: str, email: str | None, as_json: bool) -> None:
    """End a token; its agent is refused from then on."""
    with application():
        tokens.revoke_token(acting(email, "manage_tokens"), token_id)
    show_json({"id": token_id}) if as_json else say("Revoked.")
