"""People of every role to try things out with; their passwords are made here and kept in the home folder."""

import json
import os
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from fieldapp.clock import today
from fieldapp.config import settings
from fieldapp.problems import Problem
from fieldapp.store import qualifications
from fieldapp.store.database import reading
from fieldapp.usecases import manage_people
from fieldapp.usecases.qualifications import NewQualification, record_qualification

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
#: One of each class that the checklists ask for, and how many days ago it was calibrated.
_INSTRUMENTS = (
    ("BENNING-IT130", "installation-tester", "Benning", "IT 130", "2101-4711", 221),
    ("FLUKE-1664FC", "installation-tester", "Fluke", "1664 FC", "48210033", 151),
    ("MEGGER-MIT420", "insulation-tester", "Megger", "MIT420/2", "101766302", 118),
    ("GMC-GEOHM5", "earth-tester", "Gossen Metrawatt", "GEOHM 5", "M591A-202", 130),
    ("METREL-MI3143", "loop-tester-high-current", "Metrel", "MI 3143 Euro Z", "21390187", 94),
    ("FLUKE-T150", "voltage-detector", "Fluke", "T150", "39120771", 241),
    ("WIHA-TV-S", "torque-tool", "Wiha", "TorqueVario-S", "WT-8841", 267),
    ("METREL-A1632", "evse-adapter", "Metrel", "A 1632", "22080456", 172),
    ("COMEMSO-EVCA", "dc-evse-tester", "comemso", "EV Charging Analyser", "CA-20418", 83),
    ("FLUKE-376FC", "clamp-meter", "Fluke", "376 FC", "51870264", 199),
    ("FLUKE-1777", "power-analyser", "Fluke", "1777", "60310519", 66),
    ("TESTO-545", "lux-meter", "Testo", "545", "83004127", 305),
    ("OMICRON-CPC100", "primary-injection-set", "Omicron", "CPC 100", "GD311K", 140),
)
_HOLDS = timedelta(days=365)
#: Kind -> number, who says so, and for how many years; 0: without end.
_QUALIFICATIONS = {
    "electrician": ("HWK-HH 20871", "Chamber of crafts Hamburg", 0),
    "tester": ("ZVEH-P 5512", "Guild of electricians Hamburg", 4),
    "person-in-charge": ("EB-2025-03", "Elektro Brandt GmbH", 3),
    "mv-authorised": ("SB-1190", "Training centre for switching", 4),
    "civil": ("TB-77", "Elektro Brandt GmbH", 0),
    "maker-trained": ("ACE-44120", "Academy of the makers", 3),
    "commissioner": ("NC-019", "Nordlicht Charging", 3),
    "engineer": ("ING-HH 3301", "Chamber of engineers", 0),
}


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody to sign in as."""

    name: str
    email: str
    role: str
    organisation: str
    password: str


def demo_people() -> tuple[DemoPerson, ...]:
    """Return the demo people, made on first use; they have an instrument of every class there is."""
    path = settings().home / FILE
    if path.exists():
        _add_instruments()
        _qualify()
        return tuple(DemoPerson(**each) for each in json.loads(path.read_text("utf-8")))
    cast = tuple(DemoPerson(*each, secrets.token_urlsafe(9)) for each in _CAST)
    _add(cast)
    _add_instruments()
    _qualify()
    _keep(path, cast)
    return cast


def _add(cast: tuple[DemoPerson, ...]) -> None:
    for name, kind in ((OPERATOR, "operator"), (CONTRACTOR, "contractor"), (STRANGER, "contractor")):
        manage_people.add_organisation(name, kind)
    for person in cast:
        manage_people.add_person(person.name, person.email, person.role, person.organisation, person.password)


def _add_instruments() -> None:
    """Add what is not there yet: an instance of an earlier release has fewer classes."""
    for number, kind, make, model, serial, days in _INSTRUMENTS:
        since = today() - timedelta(days=days)
        dates = since.isoformat(), (since + _HOLDS).isoformat()
        try:
            manage_people.add_instrument(
                CONTRACTOR, kind, make, model, serial, *dates, instrument_id=number,
                number=f"D-K-15070 {serial[-4:]}", laboratory="Kalibrierdienst Nord",
            )  # fmt: skip
        except Problem as problem:
            if problem.code != "already_exists":
                raise


def _qualify() -> None:
    """Let the contractor's people be qualified for what the checklists ask, unless something is recorded."""
    for _, email, _, organisation in _CAST:
        if organisation != CONTRACTOR:
            continue
        person = manage_people.find_person(email)
        with reading() as db:
            held = qualifications.of_people(db, [person.id])
        for kind, (number, issuer, years) in _QUALIFICATIONS.items() if not held else ():
            since = (today() - timedelta(days=400)).isoformat()
            until = (today() + timedelta(days=365 * years - 400)).isoformat() if years else ""
            record_qualification(person.id, NewQualification(kind, since, until, number, issuer))


def _keep(path: Path, cast: tuple[DemoPerson, ...]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump([{name: getattr(each, name) for name in each.__slots__} for each in cast], file, indent=1)
