"""`fieldapp instrument` and `fieldapp user qualification`: certificates of instruments and of people."""

from dataclasses import asdict
from pathlib import Path

import click

from checklists.qualifications import KINDS
from fieldapp.cli.inside import acting, application, as_option
from fieldapp.cli.showing import json_option, read_bytes, say, show_json, show_table
from fieldapp.config import settings
from fieldapp.usecases import instruments, manage_people, qualifications
from fieldapp.usecases.instruments import NewCertificate
from fieldapp.usecases.qualifications import NewQualification

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def instrument() -> None:
    """Test instruments: add, list, certificate, retire."""


@instrument.command("add")
@click.option("--org", "organisation", required=True, help="Name or id of the organisation.")
@click.option("--kind", required=True, help='What it is: "installation tester" …')
@click.option("--make", required=True)
@click.option("--model", required=True)
@click.option("--serial", required=True)
@click.option("--calibrated-on", required=True, help="Day of the calibration, 2026-03-02.")
@click.option("--calibration-due", required=True, help="Day until it holds, 2027-03-02.")
@click.option("--number", default="", help="Number of the certificate.")
@click.option("--laboratory", default="", help="Who calibrated it.")
@click.option("--id", "instrument_id", help="Your own number of the instrument.")
@json_option
def add_command(
    organisation: str, kind: str, make: str, model: str, serial: str, calibrated_on: str,
    calibration_due: str, number: str, laboratory: str, instrument_id: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Add a test instrument with its first certificate."""
    with application():
        found = manage_people.add_instrument(
            organisation, kind, make, model, serial, calibrated_on, calibration_due,
            instrument_id=instrument_id, number=number, laboratory=laboratory,
        )  # fmt: skip
    show_json({"id": found}) if as_json else say(f"Added {make} {model} ({found}).")


@instrument.command("list")
@as_option
@json_option
def list_command(email: str | None, as_json: bool) -> None:
    """List the instruments that the person may know of, and how they stand today."""
    with application():
        found = instruments.list_instruments(acting(email, "see_instruments"))
    if as_json:
        show_json({"instruments": [asdict(each) for each in found]})
        return
    rows = [
        (each.id, each.kind, f"{each.make} {each.model}", each.organisation, each.standing, each.until)
        for each in found
    ]
    show_table(("Instrument", "Kind", "Model", "Organisation", "Standing", "Until"), rows)


@instrument.command("certificate")
@click.argument("instrument_id", metavar="INSTRUMENT")
@click.option("--from", "since", help="Day of the calibration, 2026-03-02.")
@click.option("--until", help="Day until it holds, 2027-03-02.")
@click.option("--number", default="", help="Number of the certificate.")
@click.option("--laboratory", default="", help="Who calibrated it.")
@click.option("--file", "file", type=_FILE, help="The certificate as PDF or photo.")
@click.option("--revoke", metavar="CERTIFICATE", help="Revoke this certificate instead, with --reason.")
@click.option("--reason", default="", help="Why it does not hold.")
@as_option
@json_option
def certificate_command(
    instrument_id: str, since: str | None, until: str | None, number: str, laboratory: str,
    file: Path | None, revoke: str | None, reason: str, email: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Add a certificate to an instrument, or revoke one. A worker then judges anew what it was used for."""
    with application():
        viewer = acting(email, "manage_instruments")
        if revoke:
            instruments.revoke_certificate(viewer, revoke, reason)
            found = revoke
        else:
            if not (since and until):
                raise click.UsageError("Give --from and --until, or --revoke CERTIFICATE --reason.")
            new = NewCertificate(since, until, number, laboratory, _content(file))
            found = instruments.add_certificate(viewer, instrument_id, new)
    show_json({"id": found}) if as_json else say(f"{'Revoked' if revoke else 'Added'} {found}.")


@instrument.command("retire")
@click.argument("instrument_id", metavar="INSTRUMENT")
@as_option
@json_option
def retire_command(instrument_id: str, email: str | None, as_json: bool) -> None:
    """Take an instrument out of use."""
    with application():
        instruments.retire(acting(email, "manage_instruments"), instrument_id)
    show_json({"id": instrument_id}) if as_json else say(f"{instrument_id} is retired.")


@click.group()
def qualification() -> None:
    """What people are qualified for: add, list, revoke."""


@qualification.command("add")
@click.argument("person", metavar="EMAIL")
@click.option("--kind", type=click.Choice(list(KINDS)), required=True)
@click.option("--from", "since", required=True, help="First day, 2026-03-02.")
@click.option("--until", default="", help="Last day; without it there is none.")
@click.option("--number", default="")
@click.option("--issued-by", default="")
@click.option("--file", "file", type=_FILE, help="The certificate as PDF or photo.")
@as_option
@json_option
def qualification_add(
    person: str, kind: str, since: str, until: str, number: str, issued_by: str, file: Path | None,
    email: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Record what somebody is qualified for."""
    with application():
        viewer = acting(email, "manage_qualifications")
        new = NewQualification(kind, since, until, number, issued_by, _content(file))
        found = qualifications.add_qualification(viewer, manage_people.find_person(person).id, new)
    show_json({"id": found}) if as_json else say(f"Recorded {found}.")


@qualification.command("list")
@as_option
@json_option
def qualification_list(email: str | None, as_json: bool) -> None:
    """List people with what they are qualified for."""
    with application():
        found = qualifications.list_qualified(acting(email, "see_qualifications"))
    if as_json:
        show_json({"people": [asdict(each) for each in found]})
        return
    rows = [
        (person.name, person.organisation, each.kind, each.standing, each.valid_until or "–", each.id)
        for person in found
        for each in person.lines
    ]
    show_table(("Person", "Organisation", "Kind", "Standing", "Until", "Qualification"), rows)


@qualification.command("revoke")
@click.argument("qualification_id", metavar="QUALIFICATION")
@click.option("--reason", required=True, help="Why it does not hold.")
@as_option
@json_option
def qualification_revoke(qualification_id: str, reason: str, email: str | None, as_json: bool) -> None:
    """Say that a qualification does not hold."""
    with application():
        qualifications.revoke_qualification(acting(email, "manage_qualifications"), qualification_id, reason)
    show_json({"id": qualification_id}) if as_json else say(f"Revoked {qualification_id}.")


def _content(file: Path | None) -> bytes:
    return read_bytes(file, settings().max_photo_mb * 2**20) if file else b""
