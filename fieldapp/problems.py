"""The catalogue of every error a person or a client can meet: code, status, title, and what to do.

Over HTTP a problem travels as RFC 9457 ``application/problem+json``; on the command line as its sentence and
the exit code that belongs to its status.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TYPE_PREFIX = "https://fieldapp.example/problems/"


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the catalogue; ``sentence`` is filled with the details of the occasion."""

    code: str
    status: int
    title: str
    sentence: str


_ROWS = (
    Kind("not_signed_in", 401, "Not signed in", "Sign in first."),
    Kind(
        "bad_credentials", 401, "Sign-in refused", "This e-mail address and password do not belong together."
    ),
    Kind("provider_refused", 403, "Not signed in", "You were not signed in: {why}"),
    Kind("locked", 401, "Too many wrong passwords", "Wait {minutes} minutes, or ask for a new password."),
    Kind(
        "link_invalid",
        404,
        "Link not valid",
        "This link was used, has expired or was revoked; ask for a new one.",
    ),
    Kind(
        "pairing_refused",
        403,
        "Pairing code refused",
        "This code is mistyped, was used or has expired; make a new one on the page Tablets.",
    ),
    Kind("not_paired", 403, "Tablet not paired", "Scan a pairing code from the page Tablets first: {why}"),
    Kind(
        "token_invalid",
        401,
        "Token not accepted",
        "This token is unknown, expired or revoked: sign in again.",
    ),
    Kind(
        "cookies_refused", 401, "Bearer token needed", "Send Authorization: Bearer; cookies are refused here."
    ),
    Kind("forbidden", 403, "Not allowed", "Your role does not allow this: {why}"),
    Kind(
        "four_eyes", 403, "Four eyes needed", "Somebody who recorded nothing on this site has to approve it."
    ),
    Kind("csrf", 400, "Form expired", "This form has expired: load the page again and repeat."),
    Kind("not_found", 404, "Not found", "There is no such {what}, or it is not yours to see."),
    Kind("method_not_allowed", 405, "Method not allowed", "This address does not answer {method}."),
    Kind("wrong_state", 409, "Not in this state", "The site is {state}: {why}"),
    Kind("wrong_section_state", 409, "Not in this state", "The section is {state}: {why}"),
    Kind("wrong_job_state", 409, "Not in this state", "This job is {state}: {why}"),
    Kind(
        "lease_lost",
        409,
        "Lease lost",
        "This job is no longer this agent's; when it has a report, send it all the same: it is taken once.",
    ),
    Kind(
        "no_agent",
        409,
        "No probe agent",
        "No probe agent has a token for this site; make one on the page Tokens.",
    ),
    Kind(
        "no_baseline",
        409,
        "No approved state",
        "There is no probe run from before an approval of this site; probe it, and let it be approved.",
    ),
    Kind("blocked", 409, "Something is in the way", "{count} items stand in the way; the first: {first}"),
    Kind("already_exists", 409, "Already there", "{what} already exists: choose another."),
    Kind("key_taken", 409, "Key belongs to another", "This key is registered for another person or tablet."),
    Kind(
        "last_admin",
        409,
        "Last administrator",
        "{organisation} would be without an administrator: make somebody else one first.",
    ),
    Kind("held_refused", 409, "Not let in", "This entry stays out of the journal: {why}"),
    Kind("wrong_offset", 409, "Upload continues elsewhere", "Continue the upload at byte {offset}."),
    Kind("too_large", 413, "Too large", "{what} is larger than {limit}: send it in smaller parts."),
    Kind("wrong_media_type", 415, "Wrong media type", "Send {expected}."),
    Kind("invalid", 422, "Input not understood", "{where}: {problem}"),
    Kind(
        "hash_mismatch", 422, "Bytes differ from their SHA-256", "Upload again from byte 0; nothing was kept."
    ),
    Kind("evidence_refused", 422, "Not taken as evidence", "{reason}"),
    Kind("design_refused", 422, "Design refused", "The study refuses this design: {first}"),
    Kind(
        "update_needed",
        426,
        "Update needed",
        "Protocol {protocol} is not spoken here, only {spoken}; update and keep your work.",
    ),
    Kind("too_many", 429, "Too many attempts", "Wait a little and try again."),
    Kind(
        "internal", 500, "Something broke here", "The server failed; it has been logged, nothing was changed."
    ),
    Kind(
        "object_damaged", 500, "Stored file damaged", "The stored file {sha256} does not match its SHA-256."
    ),
    Kind(
        "object_lost",
        500,
        "Stored file gone",
        "The stored file {sha256} is gone; send it again from the tablet, or restore it from a backup.",
    ),
    Kind(
        "no_space",
        507,
        "No room left",
        "The server's disk is full. What arrived is kept; the rest is taken when there is room again.",
    ),
    Kind("busy", 503, "Busy", "The database is busy: try again in a moment; nothing was lost."),
    Kind("unavailable", 503, "Not available", "{what} is not available: {why}"),
)
CATALOGUE: Mapping[str, Kind] = {kind.code: kind for kind in _ROWS}

#: HTTP status -> exit code of a command (docs/contracts/README.md).
_EXIT_CODES = {403: 1, 409: 1, 500: 4, 503: 4}


class Problem(Exception):  # noqa: N818 - it is what RFC 9457 calls it
    """Something was refused. ``extra`` holds machine-readable details that travel beside the sentence."""

    def __init__(self, code: str, *, extra: Mapping[str, Any] | None = None, **details: object) -> None:
        kind = CATALOGUE[code]
        self.code, self.status, self.title = kind.code, kind.status, kind.title
        self.detail = kind.sentence.format(**details)
        self.extra = dict(extra or {})
        super().__init__(self.detail)

    @property
    def exit_code(self) -> int:
        """Return what a command ends with."""
        return 1 if self.code == "design_refused" else _EXIT_CODES.get(self.status, 2)

    def document(self) -> dict[str, Any]:
        """Return the RFC 9457 document."""
        return {
            "type": TYPE_PREFIX + self.code.replace("_", "-"),
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **self.extra,
        }


def not_found(what: str) -> Problem:
    """Return the problem for a thing that is missing or hidden: both look alike from outside."""
    return Problem("not_found", what=what)
