"""People of every role to try things out with; their passwords are made here and kept in the home folder."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from fieldapp.config import settings
from fieldapp.usecases import manage_people

FILE = "demo-people.json"
OPERATOR, CONTRACTOR, STRANGER = "Nordlicht Charging", "Elektro Brandt GmbH", "Volta Montage KG"
_CAST = (
    ("Ada Admin", "admin@nordlicht.example", "admin", OPERATOR),
    ("Erik Engineer", "engineer@nordlicht.example", "engineer", OPERATOR),
    ("Rosa Reviewer", "reviewer@nordlicht.example", "reviewer", OPERATOR),
    ("Sami Service", "service@nordlicht.example", "service", OPERATOR),
    ("Carla Contractor", "contractor@brandt.example", "contractor", CONTRACTOR),
    ("Timo Technician", "technician@brandt.example", "contractor", CONTRACTOR),
    ("Sven Stranger", "stranger@volta.example", "contractor", STRANGER),
)
#: The kinds are those that the steps of the checklists ask for.
_INSTRUMENTS = (
    ("BENNING-IT130", "installation-tester", "Benning", "IT 130", "2101-4711", "2026-03-02", "2027-03-02"),
    ("FLUKE-1664FC", "installation-tester", "Fluke", "1664 FC", "48210033", "2026-05-11", "2027-05-11"),
    ("METREL-A1632", "evse-adapter", "Metrel", "A 1632", "22080456", "2026-04-20", "2027-04-20"),
    ("WIHA-TV-S", "torque-tool", "Wiha", "TorqueVario-S", "WT-8841", "2026-01-15", "2027-01-15"),
    ("GMC-GEOHM5", "earth-tester", "Gossen Metrawatt", "GEOHM 5", "M591A-202", "2026-06-01", "2027-06-01"),
    ("FLUKE-T150", "voltage-detector", "Fluke", "T150", "39120771", "2026-02-10", "2027-02-10"),
)


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody to sign in as."""

    name: str
    email: str
    role: str
    organisation: str
    password: str


def demo_people() -> tuple[DemoPerson, ...]:
    """Return the demo people, made on first use."""
    path = settings().home / FILE
    if path.exists():
        return tuple(DemoPerson(**each) for each in json.loads(path.read_text("utf-8")))
    cast = tuple(DemoPerson(*each, secrets.token_urlsafe(9)) for each in _CAST)
    _add(cast)
    _keep(path, cast)
    return cast


def _add(cast: tuple[DemoPerson, ...]) -> None:
    for name, kind in ((OPERATOR, "operator"), (CONTRACTOR, "contractor"), (STRANGER, "contractor")):
        manage_people.add_organisation(name, kind)
    for person in cast:
        manage_people.add_person(person.name, person.email, person.role, person.organisation, person.password)
    for number, kind, make, model, serial, since, until in _INSTRUMENTS:
        manage_people.add_instrument(
            CONTRACTOR, kind, make, model, serial, since, until, instrument_id=number
        )


def _keep(path: Path, cast: tuple[DemoPerson, ...]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump([{name: getattr(each, name) for name in each.__slots__} for each in cast], file, indent=1)
