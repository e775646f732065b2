"""What runs out within thirty days, has run out or is missing: certificates, qualifications of people."""

from dataclasses import dataclass

from fieldapp.usecases import instruments, qualifications
from fieldapp.usecases.permissions import ALLOWED
from fieldapp.usecases.viewer import Viewer

_TOLD = ("due", "expired")


@dataclass(frozen=True, slots=True)
class RunsOut:
    """One thing to renew; ``until`` is its last day, empty where there is none."""

    kind: str  # instrument, qualification
    what: str
    standing: str  # due, expired, none
    until: str


def running_out(viewer: Viewer) -> tuple[RunsOut, ...]:
    """Return what the viewer can renew, or is theirs: of their own organisation, the earliest end first."""
    return tuple(sorted((*_instruments(viewer), *_qualifications(viewer)), key=lambda each: each.until))


def _instruments(viewer: Viewer) -> list[RunsOut]:
    if viewer.kind != "contractor" or viewer.role not in ALLOWED["manage_instruments"]:
        return []
    return [
        RunsOut("instrument", f"{line.make} {line.model} ({line.id})", line.standing, line.until)
        for line in instruments.list_instruments(viewer)
        if line.standing in (*_TOLD, "none")
    ]


def _qualifications(viewer: Viewer) -> list[RunsOut]:
    """One of a kind that goes on makes up for another that ends."""
    if viewer.role not in ALLOWED["see_qualifications"] or viewer.role == "reviewer":
        return []
    found = []
    for person in qualifications.list_qualified(viewer):
        if person.organisation != viewer.organisation:
            continue
        good = {line.kind for line in person.lines if line.standing == "valid"}
        latest = {line.kind: line for line in sorted(person.lines, key=lambda line: line.valid_until)}
        found += [
            RunsOut("qualification", f"{person.name}: {line.title}", line.standing, line.valid_until)
            for line in latest.values()
            if line.standing in _TOLD and line.kind not in good
        ]
    return found
