"""A realistic finished site: about 430 items, repeats, a concession, two probe runs, photos."""

import hashlib
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import rfc8785
from PIL import Image, ImageDraw

from checklists.model import (
    Cell,
    Checklist,
    Column,
    Criterion,
    Evidence,
    Item,
    ItemState,
    Judgement,
    Value,
)
from designs.drawing import drawings
from reports.model import (
    Attempt,
    Decision,
    HandoverPack,
    Instrument,
    ItemRecord,
    JournalHead,
    Person,
    Photo,
    SignatureDrawing,
)
from tests.reports import sample_design, sample_probe

YES = Criterion("equals", values=("yes",))
PAPER = Criterion("document", expires="required")
CIRCUITS = tuple(f"F{n:02}" for n in range(1, 13))
FEEDERS = ("G1", "G2", "G3")
STATIONS = tuple(f"CH{n:02}" for n in range(1, 13))
CONNECTORS = tuple(f"CH{n:02}.1" for n in range(1, 13))
METERS = ("PM0", "PM1", "PM2", "PM3")
BOARDS = ("MSB", "DB1", "DB2", "DB3")


def measured(unit: str, low: str | None = None, high: str | None = None) -> Criterion:
    return Criterion("range", low, high, unit)


@dataclass(frozen=True)
class Step:
    id: str
    title: str
    tags: tuple[str, ...]
    criterion: Criterion = YES
    limit: str = "yes"
    clause: str = ""
    safety: bool = False
    instrument: str | None = None
    low: float = 0
    high: float = 0
    digits: int = 2
    evidence: Evidence = "check"


def pairs() -> Criterion:
    """A row of three insulation readings."""
    asked = (("l1-pe", "L1–PE"), ("l2-pe", "L2–PE"), ("n-pe", "N–PE"))
    return Criterion(
        "table", columns=tuple(Column(name, title, measured("MΩ", "1.0")) for name, title in asked)
    )


SURVEY = [
    Step("grid-approval", "Approval of the grid operator", ("SITE",), PAPER, evidence="document"),
    Step("insurance", "Insurance of the contractor", ("SITE",), PAPER, evidence="document"),
]
INSPECTION = [
    Step("board-labelled", "Board and circuits labelled", BOARDS, clause="60364-5-51, 514.1"),
    Step("board-ip", "Enclosure closed, IP degree kept", BOARDS, clause="60364-5-51, 512.2"),
    Step("board-torque", "Terminals tightened to torque, marked", BOARDS),
    Step(
        "cable-as-designed", "Type and cross-section as designed", CIRCUITS + FEEDERS, clause="60364-6, 6.4.2"
    ),
    Step("device-as-designed", "Protective device as designed", CIRCUITS + FEEDERS, clause="60364-4-43"),
    Step("cable-protected", "Cable mechanically protected", CIRCUITS + FEEDERS, clause="60364-5-52"),
    Step("rcd-as-designed", "RCD type and rating as designed", CIRCUITS, clause="60364-7-722", safety=True),
    Step("station-fixed", "Station fixed level and tight", STATIONS),
    Step("station-label", "Station labelled with its tag", STATIONS),
    Step("station-serial", "Serial number", STATIONS, Criterion("present"), "present", evidence="serial"),
    Step("impact", "Impact protection in place", STATIONS),
    Step(
        "main-earth",
        "Main earthing terminal connected and labelled",
        ("MSB",),
        safety=True,
        clause="60364-5-54",
    ),
    Step("spd", "Surge protection fitted, status green", ("MSB",), clause="60364-5-53, 534"),
]
DEAD = [
    Step(
        "pe-continuity",
        "PE continuity",
        CIRCUITS + FEEDERS,
        measured("Ω", None, "0.50"),
        "≤ 0.50 Ω",
        "60364-6, 6.4.3.2",
        True,
        "ins-1",
        0.05,
        0.3,
    ),
    Step(
        "insulation-l-pe",
        "Insulation L–PE",
        CIRCUITS + FEEDERS,
        measured("MΩ", "1.0"),
        "≥ 1.0 MΩ",
        "60364-6, 6.4.3.3",
        True,
        "ins-1",
        120,
        990,
        0,
    ),
    Step(
        "insulation-l-n",
        "Insulation L–N",
        CIRCUITS + FEEDERS,
        measured("MΩ", "1.0"),
        "≥ 1.0 MΩ",
        "60364-6, 6.4.3.3",
        True,
        "ins-1",
        120,
        990,
        0,
    ),
    Step(
        "insulation-pairs",
        "Insulation of the feeders",
        FEEDERS,
        pairs(),
        "≥ 1.0 MΩ each",
        "60364-6, 6.4.3.3",
        True,
        "ins-1",
        120,
        990,
        0,
        "table",
    ),
    Step("polarity", "Polarity", CIRCUITS + FEEDERS, YES, "correct", "60364-6, 6.4.3.6", True),
]
LIVE = [
    Step(
        "zs",
        "Loop impedance Zs",
        CIRCUITS + FEEDERS,
        measured("Ω", None, "0.38"),
        "≤ {zs} Ω",
        "60364-4-41, 411.4",
        True,
        "ins-1",
        0.1,
        0.3,
    ),
    Step(
        "ik",
        "Short-circuit current Ik",
        CIRCUITS + FEEDERS,
        measured("kA", "0.40"),
        "≥ 0.40 kA",
        "60364-6",
        False,
        "ins-1",
        0.7,
        3.2,
    ),
    Step(
        "voltage",
        "Voltage L–N",
        CIRCUITS + FEEDERS,
        measured("V", "207", "253"),
        "207 … 253 V",
        "EN 50160",
        False,
        "ins-1",
        226,
        234,
        0,
    ),
    Step("phase-sequence", "Phase sequence", CIRCUITS + FEEDERS, YES, "clockwise", "60364-6, 6.4.3.9"),
    Step(
        "rcd-trip-1x",
        "RCD trip time 1 × IΔn",
        CIRCUITS,
        measured("ms", None, "300"),
        "≤ 300 ms",
        "60364-6, 6.4.3.8",
        True,
        "ins-1",
        18,
        34,
        0,
    ),
    Step(
        "rcd-trip-5x",
        "RCD trip time 5 × IΔn",
        CIRCUITS,
        measured("ms", None, "40"),
        "≤ 40 ms",
        "60364-6, 6.4.3.8",
        True,
        "ins-1",
        9,
        19,
        0,
    ),
    Step(
        "rcd-current",
        "RCD tripping current",
        CIRCUITS,
        measured("mA", "15", "30"),
        "15 … 30 mA",
        "60364-6, 6.4.3.8",
        True,
        "ins-1",
        19,
        27,
        1,
    ),
]
EVSE = [
    Step("state-a", "State A: no voltage at the outlet", CONNECTORS, clause="61851-1, A.4", safety=True),
    Step("state-b", "State B: connected, ready", CONNECTORS, clause="61851-1, A.4"),
    Step("state-c", "State C: charging starts", CONNECTORS, clause="61851-1, A.4"),
    Step(
        "pwm",
        "PWM duty cycle at 32 A",
        CONNECTORS,
        measured("%", "51.5", "55.0"),
        "51.5 … 55.0 %",
        "61851-1, A.7",
        False,
        "ins-2",
        52.6,
        53.9,
        1,
    ),
    Step("state-e", "CP short circuit: charging stops", CONNECTORS, clause="61851-1, A.4", safety=True),
    Step(
        "rdc-dd",
        "RDC-DD trips at 6 mA DC",
        CONNECTORS,
        measured("mA", None, "6.0"),
        "≤ 6.0 mA",
        "62955",
        True,
        "ins-2",
        4.1,
        5.6,
        1,
    ),
    Step("socket-lock", "Plug locked while charging", CONNECTORS, clause="61851-1, 12.3"),
    Step("backoffice", "Start and stop from back office", CONNECTORS),
]
QUALITY = [
    Step(
        "probe-communication",
        "Communication",
        METERS + STATIONS,
        Criterion("probe", aspect="communication"),
        "pass",
    ),
    Step("probe-wiring", "Wiring", METERS + STATIONS, Criterion("probe", aspect="wiring"), "pass"),
    Step("probe-balance", "Balance", METERS, Criterion("probe", aspect="balance"), "pass"),
    Step(
        "probe-pq",
        "Voltage distortion",
        ("PM0", "PM1"),
        Criterion("probe", aspect="power_quality"),
        "THD U ≤ 8 %",
        "EN 50160, 4.2.5",
    ),
]
HANDOVER = [
    Step("station-photo", "Photo of station with label", STATIONS, Criterion("photo"), "1 photo"),
    Step("board-photo", "Photo of open board", BOARDS, Criterion("photo"), "1 photo"),
    Step("keys", "Keys handed over", ("SITE",)),
    Step("emergency-label", "Emergency number posted", ("SITE",)),
    Step("training", "Operator instructed", ("SITE",)),
    Step(
        "sign-installer",
        "Installer’s declaration",
        ("SITE",),
        Criterion("signature"),
        "signed",
        "60364-6, 6.4.4",
    ),
]
CHECKLISTS = (
    ("survey", "Survey and permits", SURVEY),
    ("inspection", "Inspection", INSPECTION),
    ("dead_tests", "Dead tests", DEAD),
    ("live_tests", "Live tests", LIVE),
    ("evse_function", "EVSE function tests", EVSE),
    ("power_quality", "Power quality and wiring by probe", QUALITY),
    ("handover", "Handover", HANDOVER),
)

PEOPLE = (
    Person("p-ab", "Anna Brandt", "Elektro Nord GmbH", "Contractor, electrician in charge"),
    Person("p-jk", "Jonas Köhler", "Elektro Nord GmbH", "Contractor"),
    Person("p-mr", "Mara Ruiz", "ChargeGrid AG", "QA reviewer"),
)
INSTRUMENTS = (
    Instrument("ins-1", "Installation tester", "Metrel", "MI 3155", "21070412", "2026-03-02", "2027-03-02"),
    Instrument("ins-2", "EVSE adapter", "Metrel", "A 1532", "22010077", "2026-02-10", "2027-02-10"),
)
#: First values that failed: key, value. F07 and F03 are repeated, F11 stays and is conceded.
FAILED_FIRST = {"insulation-l-pe@F07": "0.4", "zs@F03": "0.61", "rdc-dd@CH05.1": "7.2"}
CONCEDED = {"board-torque@DB2": "no"}
EXCLUDED = {"impact@CH12": "Stands behind a concrete kerb, no traffic beside it."}


@dataclass
class Journal:
    """Numbers and chains entries as the server does."""

    entries: list[dict[str, object]] = field(default_factory=list)
    head: str = "0" * 64

    def add(self, kind: str, author: str, at: str, body: dict[str, object]) -> int:
        entry = {
            "schema": 1,
            "site": "site-hafen",
            "number": len(self.entries) + 1,
            "type": kind,
            "body": body,
            "author": author,
            "recorded_at": at,
            "received_at": at,
            "previous": self.head,
        }
        self.head = hashlib.sha256(b"fieldapp-journal-v1\n" + rfc8785.dumps(entry)).hexdigest()
        self.entries.append({**entry, "hash": self.head})
        return len(self.entries)


class Maker:
    """Works the checklists through, the same way every time."""

    def __init__(self, photos: int, name: str) -> None:
        self.random = random.Random(20261122)
        self.journal = Journal()
        self.design = sample_design.site_design(name)
        self.study = sample_design.study(self.design.one_line)
        self.photo_limit = photos
        self.photos: list[Photo] = []
        self.minute = 0
        self.journal.add("site_opened", "p-mr", self.now(), {"design": "destination-ac"})

    def now(self) -> str:
        self.minute += 2
        day, rest = divmod(self.minute, 600)
        return f"2026-11-{10 + day:02}T{7 + rest // 60:02}:{rest % 60:02}:00+01:00"

    def item(self, step: Step, tag: str, section: str) -> Item:
        zs = self.study.circuit(tag).zs_permitted_ohm if "{zs}" in step.limit else 0
        source = f"study of {tag}" if "{zs}" in step.limit else ""
        return Item(
            f"{step.id}@{tag}",
            step.id,
            tag,
            section,
            step.title,
            f"{step.title}: see the instruction.",
            step.criterion,
            step.limit.format(zs=zs),
            source,
            step.clause,
            step.safety,
            int(step.criterion.kind == "photo"),
            "Installation tester" if step.instrument else None,
            evidence=step.evidence,
            severity="safety" if step.safety else "major",
        )  # type: ignore[arg-type]

    def record(self, step: Step, item: Item) -> ItemRecord:
        if item.key in EXCLUDED:
            number = self.journal.add(
                "operation", "p-jk", self.now(), {"kind": "not_applicable", "item": item.key}
            )
            attempt = Attempt(number, f"op-{number}", "not applicable", "none", "", "p-jk", self.now(), None)
            return ItemRecord(
                item, ItemState(item.key, "not_applicable", reason=EXCLUDED[item.key]), (attempt,)
            )
        values = [self.value(step, item)]
        if item.key in FAILED_FIRST:
            values.insert(0, FAILED_FIRST[item.key])
        attempts = tuple(self.attempt(step, item, value, final=value is values[-1]) for value in values)
        return ItemRecord(item, self.state(step, item, values[-1], attempts), attempts)

    def value(self, step: Step, item: Item) -> str:
        if item.key in CONCEDED:
            return CONCEDED[item.key]
        if step.criterion.kind == "document":
            return f"{step.id[:2].upper()}-2026-118"
        if step.criterion.kind == "table":
            return "; ".join(
                f"{self.random.uniform(step.low, step.high):.0f}" for _ in step.criterion.columns
            )
        if step.criterion.kind == "range":
            return f"{self.random.uniform(step.low, step.high):.{step.digits}f}"
        if step.id == "station-serial":
            return f"KC-P30-{self.random.randrange(10**7, 10**8)}"
        return {"phase-sequence": "clockwise", "polarity": "correct"}.get(step.id, "yes")

    def attempt(self, step: Step, item: Item, value: str, *, final: bool) -> Attempt:
        by, at = self.random.choice(("p-ab", "p-jk")), self.now()
        verdict = "pass" if final and item.key not in CONCEDED else "fail"
        reason = "" if verdict == "pass" else f"{value} {step.criterion.unit} is outside {item.limit_text}."
        number = self.journal.add(
            "operation", by, at, {"op": {"item": item.key, "value": value}, "status": "applied"}
        )
        if step.criterion.kind == "photo" and len(self.photos) < self.photo_limit:
            self.photos.append(photo(item, by, at, len(self.photos)))
        printed = f"{value} {step.criterion.unit}".strip() if step.criterion.kind != "photo" else "1 photo"
        because = "repaired" if final and item.key in FAILED_FIRST else ""
        return Attempt(number, f"op-{number}", printed, verdict, reason, by, at, step.instrument, because)

    def state(self, step: Step, item: Item, value: str, attempts: tuple[Attempt, ...]) -> ItemState:
        taken = tuple(photo.sha256 for photo in self.photos if photo.item == item.key)
        return ItemState(
            item.key,
            "conceded" if item.key in CONCEDED else "passed",
            (attempts[-1].operation,),
            entered(step.criterion, value),
            Judgement(attempts[-1].verdict, attempts[-1].reason),
            attempts[-1].by,
            step.instrument,
            attempts[-1].recorded_at,
            taken,
            attempts=len(attempts),
        )  # type: ignore[arg-type]

    def checklists(self) -> Iterator[tuple[Checklist, list[ItemRecord]]]:
        for section, title, steps in CHECKLISTS:
            pairs = [(step, self.item(step, tag, section)) for step in steps for tag in step.tags]
            items = tuple(item for _, item in pairs)
            yield (
                Checklist(f"{section.replace('_', '-')}-r3", section, "cd" * 32, 3, section, title, items),  # type: ignore[arg-type]
                [self.record(step, item) for step, item in pairs],
            )

    def decisions(self) -> tuple[Decision, ...]:
        wanted = (
            ("returned", "zs@F03", "Zs above its limit: check the terminals and measure again."),
            ("not_applicable_accepted", "impact@CH12", "Seen on photo, accepted."),
            (
                "conceded",
                "board-torque@DB2",
                "Torque marks missing on the neutral bar; thermography in the first service visit instead.",
            ),
            ("approved", None, "Evidence complete."),
        )
        made = []
        for kind, item, comment in wanted:
            at = self.now()
            number = self.journal.add(
                kind if kind == "approved" else f"item_{kind}", "p-mr", at, {"item": item, "comment": comment}
            )
            made.append(Decision(number, kind, item, comment, "p-mr", at))  # type: ignore[arg-type]
        return tuple(made)


def entered(criterion: Criterion, text: str) -> Value:
    """The value that a text stands for."""
    if criterion.kind == "range":
        return Value("measured", text, text, criterion.unit)
    if criterion.kind == "document":
        return Value("document", text, expires="2027-03-31")
    if criterion.kind == "table":
        figures = zip(criterion.columns, text.split("; "), strict=True)
        return Value("table", text, cells=tuple(Cell(it.id, raw, raw, "MΩ") for it, raw in figures))
    return Value("choice", text)


def photo(item: Item, by: str, at: str, index: int) -> Photo:
    """A drawn picture of 1200 x 900 pixels, different for each item."""
    shade = random.Random(item.key).randrange(40, 90)
    image = Image.new("RGB", (1200, 900), (shade + 90, shade + 100, shade + 110))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 620, 1200, 900), fill=(shade + 20, shade + 22, shade + 24))
    draw.rounded_rectangle((430, 130, 770, 720), 40, fill=(236, 239, 241), outline=(60, 70, 80), width=6)
    draw.rectangle((490, 210, 710, 330), fill=(20, 60, 80))
    draw.ellipse((540, 430, 660, 550), fill=(30, 36, 40))
    draw.text((505, 250), item.tag, fill="white", font_size=48)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=82)
    data = out.getvalue()
    taken = hashlib.sha256(data + bytes([index])).hexdigest()
    return Photo(taken, "image/jpeg", data, f"{item.tag} with its label, front closed", item.key, by, at)


STROKES = (
    ((10, 80), (30, 30), (45, 15), (50, 40), (40, 95), (60, 60), (85, 50), (90, 75), (110, 55), (130, 70)),
    ((150, 75), (170, 40), (190, 62), (210, 45), (260, 68), (330, 50)),
)


def sample(*, photos: int = 16, name: str = "Hafenquartier Parkdeck Nord") -> HandoverPack:
    """Return the finished site."""
    maker = Maker(photos, name)
    lists = list(maker.checklists())
    runs = tuple(
        sample_probe.run(
            maker.design, maker.journal.add("probe_run", "p-ab", maker.now(), {"verdict": verdict}), verdict
        )
        for verdict in ("fail", "pass")
    )
    decisions = maker.decisions()
    drawing = SignatureDrawing(
        "sign-installer@SITE",
        "Anna Brandt",
        "I have installed and tested this site as recorded here and found it safe to be put into service.",
        STROKES,
        "p-ab",
        "2026-11-12T15:02:00+01:00",
    )
    return HandoverPack(
        id="0193a4c2-77b1-7c31-9f0e-52c1d3a90b11",
        site_id="site-hafen",
        number=1,
        supersedes=None,
        issued_at="2026-11-22T09:30:00Z",
        issued_by=PEOPLE[2],
        site_design=maker.design,
        study=maker.study,
        checklists=tuple(checklist for checklist, _ in lists),
        records=tuple(record for _, records in lists for record in records),
        photos=tuple(maker.photos),
        signatures=(drawing,),
        people=PEOPLE,
        instruments=INSTRUMENTS,
        decisions=decisions,
        probe_runs=runs,
        journal=tuple(maker.journal.entries),
        journal_head=JournalHead(len(maker.journal.entries), maker.journal.head),
        state_digest="3f" * 32,
        approval_digest="3f" * 32,
        figures={each.name: each.svg for each in drawings(maker.design, maker.study)},
    )
