"""`fieldapp tablet`: the tablets of all organisations, for who runs this server."""

from dataclasses import asdict

import click

from fieldapp.cli.inside import application
from fieldapp.cli.showing import json_option, say, show_json, show_table
from fieldapp.config import settings
from fieldapp.qr_codes import qr_text
from fieldapp.usecases import manage_people, pair_tablet, tablets


@click.group()
def tablet() -> None:
    """Tablets: list, pair, revoke."""


@tablet.command("list")
@json_option
def tablet_list(as_json: bool) -> None:
    """List the tablets of all organisations."""
    with application():
        found = tablets.all_tablets()
    if as_json:
        show_json({"tablets": [{"organisation": name, **asdict(each)} for name, each in found]})
        return
    columns = (
        "Tablet",
        "Name",
        "Organisation",
        "Used by",
        "Last seen",
        "Clock off by",
        "Held back",
        "Standing",
    )
    show_table(columns, [_row(name, each) for name, each in found])


def _row(organisation: str, each: tablets.TabletView) -> tuple[object, ...]:
    off = "not known" if each.clock_offset_s is None else f"{each.clock_offset_s:.0f} s"
    seen, standing = each.last_seen_at or "not yet", "revoked" if each.revoked_at else "paired"
    return (each.id, each.name, organisation, ", ".join(each.people), seen, off, each.held, standing)


@tablet.command("pair")
@click.argument("email")
@json_option
def tablet_pair(email: str, as_json: bool) -> None:
    """Make a code, good for ten minutes, that pairs one tablet for the person with this e-mail address."""
    with application():
        offer = pair_tablet.offer_here(manage_people.find_person(email))
        server = settings().base_url or f"http://{settings().host}:{settings().port}"
    address = f"{server.rstrip('/')}/field/#pair={offer.code}"
    if as_json:
        show_json({"code": offer.code, "address": address, "expires_at": offer.expires_at})
        return
    click.echo(qr_text(address))
    say(f"For {offer.person.name}, until {offer.expires_at}: {offer.code}")
    say(f"Scan it, open {address}, or type the code at {server.rstrip('/')}/field/.")


@tablet.command("revoke")
@click.argument("tablet_id", metavar="TABLET")
@json_option
def tablet_revoke(tablet_id: str, as_json: bool) -> None:
    """Shut a tablet out; what its keys signed is kept until a reviewer decides about it."""
    with application():
        name = tablets.revoke_here(tablet_id)
    done = {"id": tablet_id, "name": name}
    show_json(done) if as_json else say(f"{name} is shut out: its sessions have ended.")
