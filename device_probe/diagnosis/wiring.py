"""How is one meter really connected, how sure is that, and what puts it right. Pure.

Pass: everything the meter shows fits right wiring and nothing else. Fail: it fits some wrong wiring and not
the right one. Inconclusive: the data can't decide, with the reason and the one action that would.
"""

from dataclasses import dataclass

from device_probe.diagnosis.correction import Mistake, correction, expectation, mistakes, name, names
from device_probe.diagnosis.evidence import MIN_SAMPLES, Evidence, Meter, Sample, gather
from device_probe.diagnosis.hypotheses import Hypothesis
from device_probe.diagnosis.likelihood import Picture, Ranked, Ranking, rank, silent_inputs
from device_probe.diagnosis.systems import LAYOUTS
from device_probe.model import VerdictWord

Told = tuple[tuple[Ranked, ...], tuple[tuple[Hypothesis, ...], ...]]  # all, and the groups that look alike


@dataclass(frozen=True, slots=True)
class WiringVerdict:
    """The judgement of one meter's wiring."""

    verdict: VerdictWord
    reason: str
    action: str = ""
    hypotheses: tuple[Ranked, ...] = ()
    indistinguishable: tuple[tuple[Hypothesis, ...], ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    correction: str = ""
    expect: str = ""
    notes: tuple[str, ...] = ()

    @property
    def best(self) -> Hypothesis | None:
        """Return the likeliest hypothesis."""
        return self.hypotheses[0].hypothesis if self.hypotheses else None


def judge(meter: Meter, samples: tuple[Sample, ...]) -> WiringVerdict:
    """Judge the wiring of a meter by samples taken one after the other."""
    evidence = gather(meter, samples)
    unfit = _unfit(meter, evidence)
    if unfit is not None and not _voltage_speaks(evidence):
        return unfit
    ranking = rank(meter, evidence)
    if not ranking.ranked:
        return _unexplained(meter, evidence)
    told = _told(ranking)
    pictures = ranking.pictures
    right = [
        p
        for p in pictures
        if any(r.hypothesis.matched for r in ranking.in_picture(p)) and _passes(ranking, p)
    ]
    if not right:
        return _wrong(meter, evidence, ranking, told)
    if unfit is not None:
        return unfit
    if len(pictures) > 1:
        return _undecided(meter, told)
    return _right(meter, evidence, told)


def _passes(ranking: Ranking, picture: Picture) -> bool:
    """A picture may be right wiring: with a sequence read the mirrored one is not."""
    return any(
        r.hypothesis.right or (r.hypothesis.matched and picture[2] is None)
        for r in ranking.in_picture(picture)
    )


def _told(ranking: Ranking) -> Told:
    groups = tuple(
        tuple(r.hypothesis for r in members)
        for picture in ranking.pictures
        if len(members := ranking.in_picture(picture)) > 1
    )
    return ranking.ranked, groups


def _unfit(meter: Meter, evidence: Evidence) -> WiringVerdict | None:
    """Return why nothing can be judged, None when there is enough to go by."""
    needed = f"{meter.min_current_a:.3g} A"
    if evidence.samples < MIN_SAMPLES:
        return WiringVerdict(
            "inconclusive", f"Only {evidence.samples} samples were taken.",
            f"Take at least {MIN_SAMPLES} samples under load.",
        )  # fmt: skip
    if not any(element.known for element in evidence.elements):
        return WiringVerdict(
            "inconclusive", "The meter does not tell current and active power of single phases.",
            "Measure the phases with an instrument that does.",
        )  # fmt: skip
    if not any(element.loaded for element in evidence.elements):
        reason = f"No input carries the {needed} that a judgement needs in {MIN_SAMPLES} samples."
        return WiringVerdict(
            "inconclusive",
            reason,
            f"Let stations charge until each phase carries {needed}, then measure again.",
        )
    return None


def _voltage_speaks(evidence: Evidence) -> bool:
    """Return True when the voltages alone show a lost lead or a swapped neutral."""
    known = [level for level in evidence.levels if level is not None]
    return evidence.samples >= MIN_SAMPLES and bool(known) and any(not 0.7 <= level <= 1.4 for level in known)


def _unexplained(meter: Meter, evidence: Evidence) -> WiringVerdict:
    shown = ", ".join(
        f"{name(e.current_input)} {e.angles[-1].degrees[0]:.0f}°" for e in evidence.elements if e.loaded
    )
    load = "charging vehicles" if meter.load == "ev_charging" else "this load"
    why = (
        f"No wiring explains what was read ({shown}) with {load}."
        if shown
        else "No wiring explains the voltages."
    )
    return WiringVerdict(
        "inconclusive", why, "Let only vehicles charge, at least 6 A on each phase, then measure again."
    )


def _wrong(
    meter: Meter,
    evidence: Evidence,
    ranking: Ranking,
    told: Told,
) -> WiringVerdict:
    picture = ranking.pictures[0]
    members = ranking.in_picture(picture)
    best = members[0].hypothesis
    sure = len(ranking.pictures) == 1  # a probability leans on what is usual; a correction must not
    found = mistakes(meter, best)
    ordered = (*members, *(r for r in told[0] if r.picture != picture))
    if not sure:
        return WiringVerdict(
            "fail", "The wiring is wrong; more than one mistake explains what was read.",
            "Measure again while only vehicles charge, with current on each phase; that tells them apart.",
            ordered, told[1],
        )  # fmt: skip
    cure = correction(meter, found)
    if open_inputs := tuple(silent_inputs(meter, evidence)):
        cure += f" What is on {names(open_inputs)} is not known yet: measure again with current there."
    return WiringVerdict(
        "fail", " ".join(m.sentence for m in found), cure, ordered, told[1], found,
        cure, expectation(best, evidence),
    )  # fmt: skip


def _undecided(meter: Meter, told: Told) -> WiringVerdict:
    action = (
        "Switch generation and storage off, let vehicles charge, then measure again."
        if meter.role != "load"
        else "Let only vehicles charge, at least half the rated current on each phase, then measure again."
    )
    return WiringVerdict(
        "inconclusive", "Right wiring and a wrong one both explain what was read.", action, told[0], told[1]
    )


def _right(meter: Meter, evidence: Evidence, told: Told) -> WiringVerdict:
    silent = tuple(silent_inputs(meter, evidence))
    if silent and len(LAYOUTS[meter.system].elements) > 1:
        return WiringVerdict(
            "inconclusive",
            f"The other inputs fit, but {names(silent)} carries less than {meter.min_current_a:.3g} A.",
            f"Let a station charge that uses {names(silent)}, then measure again.",
            told[0], told[1],
        )  # fmt: skip
    if meter.role == "mixed":
        return WiringVerdict(
            "inconclusive", "Power may flow either way here: a reversed input can't be told from generation.",
            "Switch generation and storage off, let vehicles charge, then measure again.", told[0], told[1],
        )  # fmt: skip
    lowest = min(element.current_a for element in evidence.elements)
    notes: tuple[str, ...] = ()
    if evidence.sequence is None and meter.system == "3P4W":
        notes = ("The phase sequence was not read: a mirrored system would look the same.",)
    return WiringVerdict(
        "pass", f"Voltages and currents belong together on all phases, at {lowest:.3g} A or more.",
        "", told[0], told[1], notes=notes,
    )  # fmt: skip
