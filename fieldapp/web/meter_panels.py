"""What a page shows of each meter of a run: wiring with its alternatives, and power quality. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from device_probe.diagnosis.site_quality_background import ADDED, COMPARED, share_words
from device_probe.figures import ReportFigure, figures_of
from device_probe.judgement import Check, Connection, Likely, MeterJudgement, QualityVerdict, WiringJudgement
from device_probe.model import Expectation, PlannedDevice, ProbeReport, Snapshot, Verdict
from fieldapp.web.probe_words import LOADS, METERS, connection_words, order_of, quantity_words

TOLD, LEAST = 5, 0.005  # hypotheses: how many, the likeliest first, and from which probability on
ALIKE = 6  # of what looks the same
Background = Mapping[tuple[str, str, str], float]  # tag, quantity, unit -> value with all stations off


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure with its title."""

    title: str
    svg: str


@dataclass(frozen=True, slots=True)
class Possible:
    """One way of being connected in words, with its probability in percent."""

    words: str
    percent: str


@dataclass(frozen=True, slots=True)
class QualityRow:
    """One quantity: measured, expected by the study, with the stations off, limit, verdict, note."""

    title: str
    check: Check
    background: float | None
    note: str


@dataclass(frozen=True, slots=True)
class MeterPanel:
    """Everything that is judged of one meter."""

    tag: str
    title: str
    profile: str
    feeds: str
    verdicts: tuple[Verdict, ...]
    wiring: WiringJudgement | None
    possible: tuple[Possible, ...]
    alike: tuple[str, ...]
    more_alike: int
    quality: QualityVerdict | None
    rows: tuple[QualityRow, ...]
    orders: tuple[QualityRow, ...]
    expectation: Expectation | None
    phasor: str
    figures: tuple[Drawn, ...]
    problem: str
    open: bool

    @property
    def has_expected(self) -> bool:
        """Return True when the study expects a value of any row."""
        return any(row.check.expected is not None for row in (*self.rows, *self.orders))

    @property
    def has_background(self) -> bool:
        """Return True when a background is known of any row."""
        return any(row.background is not None for row in (*self.rows, *self.orders))


def meter_panels(report: ProbeReport, background: Background) -> tuple[MeterPanel, ...]:
    """Return the meters: the main meter first, then those that didn't pass, then the others as planned."""
    snapshots = {snapshot.tag: snapshot for snapshot in report.snapshots}
    meters = [device for device in report.plan.devices if device.role in METERS]
    figures: dict[str, list[ReportFigure]] = {}
    for each in figures_of(report):
        figures.setdefault(each.tag, []).append(each)
    found = [
        _panel(report, device, snapshots[device.tag], background, figures.get(device.tag, ()))
        for device in meters
        if device.tag in snapshots
    ]
    roles = {device.tag: device.role for device in meters}
    return tuple(sorted(found, key=lambda panel: (roles[panel.tag] != "main_meter", not panel.open)))


def background_of(report: ProbeReport) -> Background:
    """Return what a run with all stations off says of each meter: the grid's own share."""
    return {
        (judged.tag, check.quantity, check.unit): check.value
        for judged in report.judgements
        if judged.power_quality is not None
        for check in judged.power_quality.checks
    }


def _panel(
    report: ProbeReport, device: PlannedDevice, snapshot: Snapshot, background: Background,
    own: Sequence[ReportFigure],
) -> MeterPanel:  # fmt: skip
    judged = report.judgement(device.tag) or MeterJudgement(device.tag)
    verdicts = tuple(report.verdicts_of(device.tag).values())
    wiring, quality = judged.wiring, judged.power_quality
    rows = tuple(_rows(device.tag, quality, background))
    single = [row for row in rows if order_of(row.check.quantity) is not None]
    alike = _alike(wiring)
    return MeterPanel(
        device.tag,
        METERS[device.role],
        device.profile,
        LOADS.get(device.load or "", ""),
        verdicts,
        wiring,
        _possible(wiring),
        alike[:ALIKE],
        max(0, len(alike) - ALIKE),
        quality,
        tuple(row for row in rows if row not in single or row.check.verdict == "fail"),
        tuple(sorted(single, key=lambda row: order_of(row.check.quantity) or ("", 0, ""))),
        report.plan.expected.get(device.tag),
        next((each.drawn() for each in own if each.name.startswith("phasor:")), ""),
        tuple(Drawn(each.title, each.drawn()) for each in own if not each.name.startswith("phasor:")),
        snapshot.problem or "",
        device.role == "main_meter" or any(each.verdict != "pass" for each in verdicts),
    )


def _possible(wiring: WiringJudgement | None) -> tuple[Possible, ...]:
    likely: tuple[Likely, ...] = wiring.hypotheses if wiring else ()
    told = (each for place, each in enumerate(likely) if place == 0 or each.probability >= LEAST)
    return tuple(Possible(connection_words(each), _percent(each.probability)) for each in told)[:TOLD]


def _percent(probability: float) -> str:
    """Return a probability as it may be told: never as certain."""
    return "over 99 %" if probability > 0.99 else f"{probability * 100:.0f} %"


def _alike(wiring: WiringJudgement | None) -> tuple[str, ...]:
    """What looks to this meter just as the likeliest connection does."""
    groups: tuple[tuple[Connection, ...], ...] = wiring.indistinguishable if wiring else ()
    words = [connection_words(each) for each in groups[0]] if groups and len(groups[0]) > 1 else []
    return tuple(dict.fromkeys(words))


def _rows(tag: str, quality: QualityVerdict | None, background: Background) -> Iterator[QualityRow]:
    for check in quality.checks if quality else ():
        known, note = check.background, check.note
        if known is None and check.code in COMPARED:
            known = background.get((tag, check.quantity, check.unit))
            if known is not None and check.code in ADDED:
                note = "; ".join(filter(None, (note, share_words(check, known))))
        yield QualityRow(quantity_words(check.quantity, check.code), check, known, note)
