"""The values of this room: checklists, operations, what they fold to. Frozen; JSON in docs/contracts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

#: The phases of commissioning in the order of work.
Section = Literal[
    "survey", "civil", "inspection", "dead_tests", "energisation", "live_tests", "evse_function",
    "dc_charger", "storage_pv", "metering", "communication", "load_management", "power_quality",
    "documentation", "handover",
]  # fmt: skip
SECTIONS: tuple[Section, ...] = get_args(Section)
#: How an item is answered; the criterion says what answer is good.
Evidence = Literal[
    "check", "choice", "number", "text", "table", "photo", "serial", "signature", "document", "probe"
]
EVIDENCE: tuple[Evidence, ...] = get_args(Evidence)
#: safety: can't be conceded; major: concedable with a reason; minor: for the punch list; info: recorded.
Severity = Literal["safety", "major", "minor", "info"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
CriterionKind = Literal[
    "range", "equals", "one_of", "present", "photo", "signature", "probe", "document", "table"
]
VerdictWord = Literal["pass", "fail", "inconclusive", "none"]
OperationKind = Literal["answer", "not_applicable", "retract", "photo", "note", "signature", "deviation"]
ItemStatus = Literal[
    "open",  # nothing recorded yet
    "passed",
    "failed",
    "inconclusive",  # answered, but the criterion can't be decided (off-scale, probe inconclusive)
    "not_applicable",
    "conflict",  # two heads: a person must pick one by a new operation
    "incomplete",  # a photo is missing, or its bytes have not arrived
    "returned",  # a reviewer sent it back and nothing newer was recorded
    "conceded",  # a reviewer accepted the deviation with a reason
    "stale",  # what it was recorded against changed with a revision of the site: redo it
]

#: Operation kinds that replace one another. The others stand beside them and never conflict.
REGISTER_KINDS: frozenset[str] = frozenset({"answer", "not_applicable", "retract", "signature"})


@dataclass(frozen=True, slots=True)
class Criterion:
    """A declarative limit, judged alike by Python and TypeScript (tests/vectors/criteria.json).

    ``minimum`` and ``maximum`` are decimal strings, inclusive, in ``unit``; None means unbounded.
    """

    kind: CriterionKind
    minimum: str | None = None
    maximum: str | None = None
    unit: str = ""
    values: tuple[str, ...] = ()  # equals: exactly one; one_of: several
    count: int = 1  # photo: how many at least
    aspect: str = ""  # probe: communication, wiring, power_quality, balance or load_management
    choices: tuple[str, ...] = ()  # equals, one_of: everything that is offered, the wrong answers too
    expires: Literal["", "required", "optional"] = ""  # document: must it name a day until which it holds
    columns: tuple["Column", ...] = ()  # table: what one row asks for


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table row; its criterion is a range, a choice or present, never another table."""

    id: str
    title: str
    criterion: Criterion
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """What was entered in one column: as a measured value, or a choice or text without a number."""

    column: str
    raw: str
    decimal: str | None = None
    unit: str = ""
    bound: Literal["", "above", "below"] = ""


@dataclass(frozen=True, slots=True)
class Value:
    """What a person entered. ``raw`` is the text as typed, ``decimal`` its number as a decimal string.

    ``bound`` is "above" or "below" when the instrument was off-scale (">999 MΩ"). A table has ``cells`` and
    its ``raw`` says them in one line. A document has its number or name as ``raw`` and, when it runs out, the
    last day on which it holds as ``expires`` (ISO 8601).
    """

    type: Literal["measured", "choice", "text", "table", "document"]
    raw: str
    decimal: str | None = None
    unit: str = ""
    bound: Literal["", "above", "below"] = ""
    cells: tuple[Cell, ...] = ()
    expires: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Verdict on one value with the sentence that explains it."""

    verdict: VerdictWord
    reason: str


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a reading at an item can be; decimal strings in the unit of the criterion, None: not known.

    Outside ``least`` to ``most`` a reading is impossible, outside ``low`` to ``high`` it is unusual; neither
    changes the verdict, both make a doubt. ``source`` says in words where the figures come from.
    """

    source: str
    value: str | None = None  # what the study expects
    low: str | None = None
    high: str | None = None
    least: str | None = None
    most: str | None = None


@dataclass(frozen=True, slots=True)
class Method:
    """A method statement: how a kind of step is done safely. ``picture`` is SVG text, "" without one."""

    id: str
    title: str
    safely: tuple[str, ...]  # before and while: what keeps people unhurt
    tools: tuple[str, ...]
    steps: tuple[str, ...]
    source: str
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A certificate of an instrument: first and last day on which it holds, ISO 8601."""

    since: str
    until: str


@dataclass(frozen=True, slots=True)
class MeasuringRange:
    """What an instrument can show in one unit: decimal strings, None where it is not known."""

    unit: str
    lowest: str | None = None
    highest: str | None = None
    resolution: str | None = None


@dataclass(frozen=True, slots=True)
class Instrument:
    """A test instrument as judging needs it; ``kind`` is a word of ``checklists.words.INSTRUMENTS``."""

    id: str
    kind: str
    calibrations: tuple[Calibration, ...] = ()
    ranges: tuple[MeasuringRange, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do at one tag. ``key`` is ``<step id>@<tag>``."""

    key: str
    step: str
    tag: str
    section: Section
    title: str
    instruction: str
    criterion: Criterion
    limit_text: str  # the limit as printed beside the reading, e.g. "≤ 0.95 Ω"
    limit_source: str  # where the limit comes from, in words
    clause: str
    safety: bool  # can't be conceded; not applicable only with a reviewer
    photos: int = 0  # photos required besides the answer
    instrument: str | None = None  # kind of instrument needed
    requires: tuple[str, ...] = ()  # item keys that must be passed first
    number: str = ""  # for print, "6.12": phase and place in it; a revision may give another
    evidence: Evidence = "check"
    severity: Severity = "major"  # "safety" exactly where ``safety`` is true
    stops_work: bool = False  # until it passes, nothing that needs it may be begun
    who: str = ""  # competence needed, a word of checklists.words.COMPETENCES; "": anybody of the team
    minutes: int = 0  # an estimate of the work
    repeats: tuple[str, ...] = ()  # earlier tests that a failure here opens again (IEC 60364-6, 6.4.3.1)
    method: str | None = None  # id of a method of the checklist
    expect: Expectation | None = None
    varies: bool = False  # readings at different tags are never exactly alike


@dataclass(frozen=True, slots=True)
class Checklist:
    """The items of one template for one site; immutable once generated."""

    id: str  # "<template id>-r<revision>"
    template: str
    template_digest: str
    revision: int
    section: Section
    title: str
    items: tuple[Item, ...]
    methods: tuple[Method, ...] = ()  # those its items name


@dataclass(frozen=True, slots=True)
class Operation:
    """What a person did on a tablet (docs/contracts/README.md, "Operation"). Never edited, never deleted."""

    id: str  # UUIDv7
    site: str
    item: str
    kind: OperationKind
    body: Mapping[str, object]
    base: tuple[str, ...]  # sorted ids of the item's heads that the author saw
    tablet: str
    key: str  # thumbprint of the author's key; the author comes from it
    seq: int
    recorded_at: str  # device time, ISO 8601 with offset
    schema: int = 1
    revision: int = 1  # of the site, as the author saw it


@dataclass(frozen=True, slots=True)
class KeptOperation:
    """An accepted operation with what the server added."""

    operation: Operation
    author: str  # person id, from the key
    number: int  # journal number
    received_at: str  # server time, UTC
    clock_offset_s: float | None = None  # tablet minus server when it was sent; None: not known
    clock_unknown: bool = False  # True: the push it came with should have told the time, and did not
    adopted_by: str | None = None  # the reviewer who let it in after it had been set apart


@dataclass(frozen=True, slots=True)
class Since:
    """From where on what is recorded at an item counts: the revision of the site that changed its ground.

    Whatever has a journal number up to ``number``, or was made by somebody who saw an earlier ``revision``,
    is kept and readable but answers nothing any more.
    """

    number: int  # of the journal entry site_revised
    revision: int
    reason: str


@dataclass(frozen=True, slots=True)
class OpenDeviation:
    """A difference from the drawing that a contractor recorded and no engineer has decided about."""

    id: str  # of the operation
    item: str
    tag: str
    property: str


@dataclass(frozen=True, slots=True)
class ReviewMark:
    """A reviewer's decision about one item; it holds only as long as the item's heads are those it names."""

    item: str
    kind: Literal["returned", "conceded", "not_applicable_accepted"]
    heads: tuple[str, ...]
    comment: str
    by: str
    at: str
    number: int


@dataclass(frozen=True, slots=True)
class ProbeOutcome:
    """What a probe run says of one tag and aspect; tag "" is the whole site."""

    tag: str
    aspect: str
    verdict: Literal["pass", "fail", "inconclusive"]
    reason: str
    run: str
    number: int


@dataclass(frozen=True, slots=True)
class ItemState:
    """What the set of operations, marks and probe runs says about one item."""

    item: str
    status: ItemStatus
    heads: tuple[str, ...] = ()
    value: Value | None = None
    judgement: Judgement = field(default_factory=lambda: Judgement("none", ""))
    author: str | None = None
    instrument: str | None = None
    recorded_at: str | None = None
    photos: tuple[str, ...] = ()  # SHA-256 of each photo
    missing_photos: tuple[str, ...] = ()  # of these the bytes have not arrived
    notes: tuple[str, ...] = ()
    attempts: int = 0  # answers given, the failed ones included
    comment: str = ""  # of the return or concession in force
    reason: str = ""  # why not applicable
    accepted: bool = False  # a reviewer accepted that it is not applicable


@dataclass(frozen=True, slots=True)
class SectionProgress:
    """Counts of one section."""

    section: Section
    total: int
    passed: int
    failed: int
    open: int
    other: int


@dataclass(frozen=True, slots=True)
class Blocker:
    """One item that stands in the way, and why, in one sentence."""

    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class Progress:
    """What is done, what blocks submission and what blocks approval."""

    sections: tuple[SectionProgress, ...]
    done: int
    total: int
    blocks_submission: tuple[Blocker, ...]
    blocks_approval: tuple[Blocker, ...]
