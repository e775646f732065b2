"""What the use cases hand to pages, API and command line: frozen values, no rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from checklists.model import Checklist, ItemState, KeptOperation, Progress, ReviewMark
from designs.drawing import Drawing
from designs.model import SiteDesign, Study
from device_probe.model import ProbeReport
from fieldapp.usecases.sections import SectionView
from fieldapp.usecases.sign_off_views import SignOffView


@dataclass(frozen=True, slots=True)
class SiteSummary:
    """One line of a list of sites."""

    id: str
    name: str
    address: str
    state: str
    design_id: str
    design_revision: int
    done: int
    total: int
    failed: int
    updated_at: str
    organisation: str | None  # of the contractor it is assigned to
    pack_id: str | None  # the newest pack


@dataclass(frozen=True, slots=True)
class PersonView:
    """Somebody who appears on a site."""

    id: str
    name: str
    organisation: str
    role: str


@dataclass(frozen=True, slots=True)
class AssignmentView:
    """Who works on a site from a day until a day; empty ``until_day``: until somebody ends it."""

    id: str
    organisation: str
    work: str  # build, service
    from_day: str
    until_day: str
    ended_at: str | None
    holds: bool  # today


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """An organisation to choose from."""

    id: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class CertificateView:
    """One calibration of an instrument: the days on which it holds, and who says so."""

    since: str
    until: str
    number: str
    laboratory: str


@dataclass(frozen=True, slots=True)
class InstrumentView:
    """A test instrument with its latest calibration, and all certificates that were not revoked."""

    id: str
    kind: str
    make: str
    model: str
    serial: str
    calibrated_on: str
    calibration_due: str
    certificates: tuple[CertificateView, ...] = ()


@dataclass(frozen=True, slots=True)
class PhotoView:
    """A photo that an operation names; ``present`` once its bytes are here, and whole.

    ``problem`` says in a sentence what is wrong with it, ``media_type`` what was claimed.
    """

    sha256: str
    media_type: str
    present: bool
    size: int
    problem: str = ""
    refused: bool = False  # its bytes were no evidence: it counts as not taken
    missed: str = ""  # lost or damaged, when it was here once


@dataclass(frozen=True, slots=True)
class ProbeRunView:
    """A probe run as recorded and judged again."""

    number: int
    by: str
    received_at: str
    report: ProbeReport


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A reviewer's decision as journalled; ``item`` is None for the site."""

    number: int
    kind: Literal["returned", "conceded", "not_applicable_accepted", "approved"]
    item: str | None
    comment: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class PackView:
    """An issued handover pack."""

    id: str
    number: int
    issued_at: str
    issued_by: str
    size: int
    sha256: str
    bottom_line: str
    superseded: str = ""  # by what later revision of the site, in words


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A deviation that a contractor recorded; ``problem`` says why it can't be put into the site file."""

    id: str
    item: str
    tag: str
    property: str
    title: str  # of the property
    present: str  # what the design says now, in words
    value: str  # what stands there, as recorded
    reason: str
    by: str
    recorded_at: str
    status: Literal["open", "accepted", "refused"]
    number: int
    problem: str = ""
    decided_by: str = ""
    decided_at: str = ""
    comment: str = ""
    photos: tuple[str, ...] = ()  # SHA-256 of the photos at the item


@dataclass(frozen=True, slots=True)
class RevisionView:
    """One revision of a site after the first: why, and what it did."""

    revision: int
    number: int
    design_id: str
    design_revision: int
    reason: str
    by: str
    at: str
    summary: str  # of the tags, "1 new, 2 changed"
    sentences: tuple[str, ...]
    proposals: tuple[str, ...]
    carried: int
    stale: tuple[tuple[str, str], ...]  # item, reason
    new: tuple[str, ...]
    withdrawn: tuple[str, ...]
    why: Mapping[str, str]  # item -> why it is new or left; empty in what an earlier release wrote


@dataclass(frozen=True, slots=True)
class WithdrawnView:
    """An item that the site has no more, with what was recorded there."""

    item: str
    title: str
    revision: int  # that took it out
    history: tuple[KeptOperation, ...]


@dataclass(frozen=True, slots=True)
class HeadView:
    """Where a site's journal stands."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class HeldView:
    """An operation that was sent but is not in the journal, and why."""

    operation: Mapping[str, Any]
    status: str  # pending, rejected, quarantined
    reason: str
    author: str | None
    received_at: str


@dataclass(frozen=True, slots=True)
class SiteView:
    """Everything one person may see of one site."""

    summary: SiteSummary
    site_design: SiteDesign
    study: Study
    one_line_svg: str
    checklists: tuple[Checklist, ...]
    states: Mapping[str, ItemState]
    history: Mapping[str, tuple[KeptOperation, ...]]
    marks: tuple[ReviewMark, ...]
    decisions: tuple[DecisionView, ...]
    probe_runs: tuple[ProbeRunView, ...]
    progress: Progress
    people: Mapping[str, PersonView]
    instruments: Mapping[str, InstrumentView]
    photos: Mapping[str, PhotoView]
    packs: tuple[PackView, ...]
    held: tuple[HeldView, ...]
    journal_head: HeadView
    organisation: str | None
    actions: frozenset[str]
    state_digest: str = ""
    approval_digest: str = ""
    open_job: str | None = None  # a pack is being made right now
    revision: int = 1
    drawings: tuple[Drawing, ...] = ()
    proposals: tuple[ProposalView, ...] = ()
    revisions: tuple[RevisionView, ...] = ()  # the newest first
    withdrawn: tuple[WithdrawnView, ...] = ()
    sections: tuple[SectionView, ...] = ()
    sign_offs: tuple[SignOffView, ...] = ()
    submissions: int = 0  # how often the site was submitted as a whole


@dataclass(frozen=True, slots=True)
class DesignView:
    """A standard design to choose from."""

    id: str
    revision: int
    title: str
    segment: str
    description: str


@dataclass(frozen=True, slots=True)
class JobView:
    """Work in the background as a person sees it."""

    id: str
    kind: str
    state: str  # queued, running, done, failed
    progress_percent: int
    message: str
    error: str
    result: Mapping[str, Any]
