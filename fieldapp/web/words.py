"""The words, icons and tones of every state a page shows: one table, so that no colour ever stands alone."""

from dataclasses import dataclass

from checklists.words import PHASES


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is shown: a word, the id of an icon in icons.svg, and a tone of app.css."""

    word: str
    icon: str
    tone: str


ITEM_LOOKS = {
    "open": Look("Open", "circle", "none"),
    "passed": Look("Passed", "check", "pass"),
    "failed": Look("Failed", "cross", "fail"),
    "inconclusive": Look("Inconclusive", "question", "doubt"),
    "not_applicable": Look("Not applicable", "dash", "none"),
    "conflict": Look("Conflict", "split", "fail"),
    "incomplete": Look("Incomplete", "photo", "doubt"),
    "returned": Look("Returned", "back", "fail"),
    "conceded": Look("Conceded", "shake", "doubt"),
    "stale": Look("Stale", "clock", "doubt"),
}

VERDICT_LOOKS = {
    "pass": Look("Pass", "check", "pass"),
    "fail": Look("Fail", "cross", "fail"),
    "inconclusive": Look("Inconclusive", "question", "doubt"),
    "none": Look("Not judged", "dash", "none"),
}

#: Of comparing a probe run with another.
DRIFT_LOOKS = {
    "same": Look("Nothing moved", "check", "pass"),
    "moved": Look("Moved", "alert", "fail"),
    "not_comparable": Look("Not comparable", "question", "doubt"),
}

SITE_LOOKS = {
    "open": Look("In work", "play", "info"),
    "submitted": Look("Submitted", "clock", "doubt"),
    "approved": Look("Approved", "check", "pass"),
    "issued": Look("Pack issued", "stamp", "pass"),
}

JOB_LOOKS = {
    "failed": Look("Failed", "cross", "fail"),
    "running": Look("Running", "play", "info"),
    "queued": Look("Waiting", "clock", "none"),
    "done": Look("Done", "check", "pass"),
    "cancelled": Look("Cancelled", "dash", "none"),
}

#: Of a certificate or a qualification on a day.
STANDING_LOOKS = {
    "valid": Look("Valid", "check", "pass"),
    "due": Look("Runs out soon", "clock", "doubt"),
    "later": Look("Not valid yet", "clock", "doubt"),
    "expired": Look("Expired", "cross", "fail"),
    "revoked": Look("Revoked", "stop", "fail"),
    "retired": Look("Retired", "dash", "none"),
    "none": Look("No certificate", "question", "fail"),
}

SEVERITY_LOOKS = {
    "error": Look("Error", "cross", "fail"),
    "warning": Look("Warning", "alert", "doubt"),
    "info": Look("Note", "info", "info"),
}

#: The phases of commissioning in the order of work, as every room says them.
SECTION_TITLES: dict[str, str] = dict(PHASES.items())

ASPECT_TITLES = {
    "communication": "Communication",
    "wiring": "Wiring",
    "power_quality": "Power quality",
    "balance": "Balance",
    "load_management": "Load management",
}

ROLE_TITLES = {
    "engineer": "Programme engineer",
    "contractor": "Contractor",
    "reviewer": "QA reviewer",
    "service": "Service team",
    "admin": "Administrator",
}

#: What needs a person's eye before anything else, the most urgent first.
EXCEPTIONS = ("conflict", "returned", "failed", "inconclusive", "incomplete", "stale", "conceded")

#: The order of the states in a filter row.
STATUS_ORDER = (*EXCEPTIONS, "open", "not_applicable", "passed")

JOURNAL_WORDS = {
    "site_opened": "Site opened",
    "site_revised": "New revision of the site",
    "assigned": "Assigned",
    "assignment_ended": "Assignment ended",
    "operation": "Work recorded",
    "probe_run": "Probe run recorded",
    "submitted": "Submitted for review",
    "item_returned": "Item returned",
    "item_conceded": "Concession granted",
    "item_na_accepted": "Not applicable accepted",
    "site_returned": "Site returned to the contractor",
    "approved": "Approved",
    "section_defined": "Section made",
    "section_removed": "Section taken away",
    "section_submitted": "Section submitted for review",
    "section_returned": "Section returned to the contractor",
    "section_approved": "Section approved",
    "pack_issued": "Handover pack issued",
    "pack_downloaded": "Handover pack downloaded",
    "deviation_refused": "Deviation refused",
    "certificate_changed": "Certificate of an instrument changed",
}

OPERATION_WORDS = {
    "answer": "Answer",
    "not_applicable": "Not applicable",
    "retract": "Retracted",
    "photo": "Photo",
    "note": "Note",
    "signature": "Signature",
    "deviation": "Differs from the drawing",
}

UNKNOWN = Look("Unknown", "question", "none")


def look(kind: str, state: str) -> Look:
    """Return how a state of this kind (item, verdict, site, severity) is shown."""
    tables = {
        "item": ITEM_LOOKS,
        "verdict": VERDICT_LOOKS,
        "drift": DRIFT_LOOKS,
        "site": SITE_LOOKS,
        "severity": SEVERITY_LOOKS,
        "job": JOB_LOOKS,
        "standing": STANDING_LOOKS,
    }
    return tables[kind].get(state, UNKNOWN)


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: "1 item", "3 items"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
