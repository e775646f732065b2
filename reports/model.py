"""The handover pack as values: everything that is printed and everything that is attached. Frozen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from checklists.model import Checklist, Item, ItemState
from designs.model import SiteDesign, Study
from device_probe.model import ProbeReport


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody named in the pack."""

    id: str
    name: str
    organisation: str
    role: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """One calibration of an instrument: first and last day on which it holds, and who says so."""

    since: str
    until: str
    number: str = ""
    laboratory: str = ""


@dataclass(frozen=True, slots=True)
class Instrument:
    """A test instrument with its latest calibration; ``certificates`` holds each that was not revoked."""

    id: str
    kind: str
    make: str
    model: str
    serial: str
    calibrated_on: str
    calibration_due: str
    certificates: tuple[Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One answer to an item, as journalled; the failed ones stay beside the later ones."""

    number: int  # journal entry
    operation: str
    value: str  # as printed, with unit
    verdict: str
    reason: str
    by: str  # person id
    recorded_at: str
    instrument: str | None
    because: Literal["", "mistyped", "repaired", "repeated"] = ""  # why it replaced an earlier answer


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo as evidence: bytes of a re-encoded JPEG or PNG without location data."""

    sha256: str
    media_type: str
    data: bytes
    caption: str
    item: str
    by: str
    recorded_at: str


@dataclass(frozen=True, slots=True)
class SignatureDrawing:
    """A drawn signature on an item, with the statement it stands under."""

    item: str
    name: str
    statement: str
    strokes: tuple[tuple[tuple[int, int], ...], ...]
    by: str
    recorded_at: str


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """An item with its final state and every attempt."""

    item: Item
    state: ItemState
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """A reviewer's decision as journalled."""

    number: int
    kind: Literal["returned", "conceded", "not_applicable_accepted", "approved"]
    item: str | None
    comment: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class JournalHead:
    """Where the site's journal stood."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class ProbeRun:
    """A probe run with its pictures (SVG text) by name: "phasor:PM1", "thd", "balance".

    ``digest`` is the SHA-256 of the report file's canonical JSON, as the agent shows it; "" in old packs.
    """

    number: int
    by: str
    report: ProbeReport
    figures: Mapping[str, str]
    digest: str = ""


@dataclass(frozen=True, slots=True)
class HandoverPack:
    """A finished site. ``figures`` holds the site's drawings as SVG text: "one-line-1" …, "layout" …

    Packs of the first form hold a single "one_line".
    """

    id: str
    site_id: str
    number: int  # 1 for the first pack of a site
    supersedes: str | None  # id of the pack before
    issued_at: str  # UTC
    issued_by: Person
    site_design: SiteDesign
    study: Study
    checklists: tuple[Checklist, ...]
    records: tuple[ItemRecord, ...]
    photos: tuple[Photo, ...]
    signatures: tuple[SignatureDrawing, ...]
    people: tuple[Person, ...]
    instruments: tuple[Instrument, ...]
    decisions: tuple[Decision, ...]
    probe_runs: tuple[ProbeRun, ...]
    journal: tuple[Mapping[str, object], ...]  # every entry up to the head, as in docs/contracts
    journal_head: JournalHead
    state_digest: str
    approval_digest: str
    figures: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Verification:
    """What can be said of a pack file. Separate verdicts, then one bottom line."""

    intact: bool  # the signed bytes are the signed bytes
    covers_whole_file: bool  # nothing before, between or after
    trusted: bool  # the seal's certificate leads to an accepted authority
    unmodified: bool  # no later revision changed anything the seal forbids
    timestamp: str | None  # trusted time, None at PAdES B-B
    signing_time: str | None  # as claimed by the seal
    level: str  # "PAdES B-B" ...
    signer: str
    manifest_matches: bool  # the attached JSON has the digest printed and sealed
    pack_id: str | None
    superseded_by: str | None
    problems: tuple[str, ...]

    @property
    def good(self) -> bool:
        """True when every separate verdict is."""
        return all(
            (self.intact, self.covers_whole_file, self.trusted, self.unmodified, self.manifest_matches)
        ) and (not self.problems)

    @property
    def bottom_line(self) -> str:
        """Return the one sentence for the reader."""
        if not self.good:
            return "DO NOT TRUST this file: " + ("; ".join(self.problems) or "it could not be verified") + "."
        end = f" It has been superseded by {self.superseded_by}." if self.superseded_by else ""
        return f"VALID: sealed by {self.signer}, unchanged since, and the attached data matches.{end}"
