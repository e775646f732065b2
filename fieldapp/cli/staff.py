"""`fieldapp user …`: invite, deactivate, let in again, set a password, end sessions, unlock."""

import click

from fieldapp import jobs
from fieldapp.cli.inside import application
from fieldapp.cli.showing import json_option, say, show_json
from fieldapp.usecases import invite, manage_people, manage_staff
from fieldapp.usecases.viewer import ROLES


@click.command("invite")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--org", "organisation", required=True, help="Name or id of the organisation.")
@click.option("--as", "inviter", metavar="EMAIL", help="Administrator who invites; one of the organisation.")
@json_option
def invite_command(
    email: str, name: str, role: str, organisation: str, inviter: str | None, as_json: bool
) -> None:
    """Invite a person by a mail with a link; it is sent at once."""
    with application():
        viewer = manage_people.find_person(inviter) if inviter else invite.inviter_to(organisation)
        wanted = invite.organisation_named(viewer, organisation)
        made = invite.invite(viewer, name, email, role, wanted)
        jobs.run(invite.mail_job(made))
        found = invite.mail_delivery(made)
    if as_json:
        show_json({"id": made, "mail": found.state, "detail": found.words})
    elif found.state == "sent":
        say(f"{name} is invited by {viewer.name}; the mail was {found.words}.")
    else:
        say(
            f"{name} is invited by {viewer.name}; the mail waits, a worker tries again. {found.words}".strip()
        )
    if found.state == "failed":
        raise SystemExit(4)


@click.command()
@click.argument("email")
@json_option
def deactivate(email: str, as_json: bool) -> None:
    """End a person's access: browsers, tablets and agents at once."""
    with application():
        found = manage_staff.somebody(email)
        manage_staff.deactivate(None, found.id)
    _tell(as_json, email, f"{found.name} has no access any more. fieldapp user activate lets them in again.")


@click.command()
@click.argument("email")
@json_option
def activate(email: str, as_json: bool) -> None:
    """Let a person in again who was deactivated."""
    with application():
        found = manage_staff.somebody(email)
        manage_staff.activate(None, found.id)
    _tell(as_json, email, f"{found.name} can sign in again.")


@click.command("set-password")
@click.argument("email")
@click.option(
    "--password", prompt=True, hide_input=True, confirmation_prompt=True, envvar="FIELDAPP_NEW_PASSWORD",
    help="Asked for when it is not given.",
)  # fmt: skip
@json_option
def set_password(email: str, password: str, as_json: bool) -> None:
    """Give a person another password; all their browsers are signed out."""
    with application():
        found = manage_staff.give_password(email, password)
    _tell(as_json, email, f"{found.name} signs in with the new password now.")


@click.command()
@click.argument("email")
@click.option("--end", is_flag=True, help="Sign the person out of every browser.")
@json_option
def sessions(email: str, end: bool, as_json: bool) -> None:
    """Count the browsers that a person is signed in with, or end them all."""
    with application():
        found = manage_staff.somebody(email)
        count = manage_staff.end_sessions(None, found.id) if end else manage_staff.count_sessions(found.id)
    browsers = f"{count} browser{'' if count == 1 else 's'}"
    sentence = f"{found.name} was signed out of {browsers}." if end else f"{found.name}: {browsers}."
    show_json({"email": found.email, "sessions": count, "ended": end}) if as_json else say(sentence)


@click.command()
@click.argument("email")
@json_option
def unlock(email: str, as_json: bool) -> None:
    """Let a person try again at once who typed too many wrong passwords."""
    with application():
        found = manage_staff.somebody(email)
        manage_staff.unlock(None, found.id)
    _tell(as_json, email, f"{found.name} can try again.")


def _tell(as_json: bool, email: str, sentence: str) -> None:
    show_json({"email": email.strip().lower()}) if as_json else say(sentence)


USER_COMMANDS = (invite_command, deactivate, activate, set_password, sessions, unlock)
