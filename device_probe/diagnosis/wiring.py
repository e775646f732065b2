"""How is one meter really connected, how sure is that, and what puts it right. Pure.

Pass: everything the meter shows fits right wiring and nothing else. Fail: it fits some wrong wiring and not
the right one. Inconclusive: the data can't decide, with the reason and the one action that would.
"""

import math
from dataclasses import dataclass, replace

from device_probe.diagnosis.correction import (
    Mistake,
    correction,
    expectation,
    mistakes,
    name,
    names,
    shared_mistakes,
)
from device_probe.diagnosis.cures import kinds
from device_probe.diagnosis.decoding import contradicting, doubt, told_voltages
from device_probe.diagnosis.evidence import MIN_SAMPLES, Evidence, Meter, Sample, gather
from device_probe.diagnosis.hypotheses import Hypothesis
from device_probe.diagnosis.likelihood import Picture, Ranked, Ranking, fitting, rank, silent_inputs
from device_probe.diagnosis.line_loads import line_load_explains
from device_probe.diagnosis.lines import lines_of, odd
from device_probe.diagnosis.systems import LAYOUTS
from device_probe.model import VerdictWord

EXPECTED = 0.2  # of the likeliest: this likely is to be expected
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
    corrected: tuple[Hypothesis, ...] = ()  # what the correction takes for granted; two: by phase sequence

    @property
    def best(self) -> Hypothesis | None:
        """Return the likeliest hypothesis."""
        return self.hypotheses[0].hypothesis if self.hypotheses else None


def judge(meter: Meter, samples: tuple[Sample, ...]) -> WiringVerdict:
    """Judge the wiring of a meter by samples taken one after the other."""
    evidence = replace(gather(meter, samples), lines=lines_of(meter, samples))
    unfit = _unfit(meter, evidence)
    speaks = _voltage_speaks(meter, evidence)
    if evidence.samples >= MIN_SAMPLES and (untrue := _implausible(meter, samples, evidence)) is not None:
        return untrue
    if unfit is not None and not speaks:
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
        if meter.system == "3P3W" and not speaks and line_load_explains(meter, samples, evidence):
            return _line_load(told)
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
    """Return all that is possible, and the groups that look alike: that of the best first, even alone."""
    groups = [tuple(r.hypothesis for r in ranking.in_picture(picture)) for picture in ranking.pictures]
    return ranking.ranked, (*groups[:1], *(group for group in groups[1:] if len(group) > 1))


def _implausible(meter: Meter, samples: tuple[Sample, ...], evidence: Evidence) -> WiringVerdict | None:
    """Return what can't be true in the readings, None when they fit together."""
    words = doubt(meter, samples, evidence)
    if words is None:
        return None
    return WiringVerdict(
        "inconclusive", f"The readings can't be true. {words}",
        "Compare the meter's model and firmware with the profile it was read with, then read it once more.",
    )  # fmt: skip


def _unfit(meter: Meter, evidence: Evidence) -> WiringVerdict | None:
    """Return why nothing can be judged, None when there is enough to go by."""
    needed = f"{meter.min_current_a:.3g} A"
    if evidence.samples < MIN_SAMPLES:
        few = {0: "No sample was taken.", 1: "Only 1 sample was taken."}
        return WiringVerdict(
            "inconclusive", few.get(evidence.samples, f"Only {evidence.samples} samples were taken."),
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


def _voltage_speaks(meter: Meter, evidence: Evidence) -> bool:
    """Return True when the voltages alone show a lost lead or a swapped neutral."""
    usual = 1.0 if LAYOUTS[meter.system].common_neutral else math.sqrt(3)
    known = [level / usual for level in evidence.levels if level is not None]
    spoken = any(not 0.7 <= level <= 1.4 for level in known)
    return evidence.samples >= MIN_SAMPLES and (spoken or odd(evidence.lines, meter.system))


def _unexplained(meter: Meter, evidence: Evidence) -> WiringVerdict:
    if not any(fitting(meter, evidence)):
        return WiringVerdict(
            "inconclusive", f"No wiring explains the voltages ({told_voltages(meter, evidence)}).",
            "Check the nominal voltage and the meter's voltage settings, then measure again.",
        )  # fmt: skip
    if (torn := contradicting(evidence)) is not None:
        return WiringVerdict(
            "inconclusive", f"The samples contradict one another: {torn}.",
            "Let the load stand still, then measure again.",
        )  # fmt: skip
    load = "charging vehicles" if meter.load == "ev_charging" else "this load"
    shown = ", ".join(
        f"{name(e.current_input)} {e.angles[-1].degrees[0]:.0f}°" for e in evidence.elements if e.loaded
    )
    return WiringVerdict(
        "inconclusive", f"No wiring explains what was read ({shown}) with {load}.",
        "Let only vehicles charge, at least 6 A on each phase, then measure again.",
    )  # fmt: skip


def _wrong(
    meter: Meter,
    evidence: Evidence,
    ranking: Ranking,
    told: Told,
) -> WiringVerdict:
    ordered = ranking.ranked
    loaded = frozenset(e.current_input for e in evidence.elements if e.loaded)
    # a probability leans on what is usual; a correction must not: it has to help whatever remains possible
    needed = kinds((each.hypothesis for each in ordered), loaded)
    both = _one_each(ordered, loaded) if evidence.sequence is None else None
    if both is not None and (len(needed) > 1 or _as_likely(both, ordered)):
        return _by_sense(meter, evidence, both, ordered, told)
    if len(needed) == 1:
        found = mistakes(meter, needed[0])
        cure = correction(meter, found) + _still_open(meter, evidence)
        expect = expectation(needed[0], evidence)
        return _failed(found, cure, ordered, told, expect, needed)
    if shared := shared_mistakes(meter, needed):
        cure = f"{correction(meter, shared)} The currents are judged after that."
        return _failed(shared, cure, ordered, told)
    return WiringVerdict(
        "fail", "The wiring is wrong; more than one mistake explains what was read.", _to_tell(meter),
        ordered, told[1],
    )  # fmt: skip


def _failed(
    found: tuple[Mistake, ...], cure: str, ordered: tuple[Ranked, ...], told: Told, expect: str = "",
    corrected: tuple[Hypothesis, ...] = (),
) -> WiringVerdict:  # fmt: skip
    reason = " ".join(mistake.sentence for mistake in found)
    return WiringVerdict("fail", reason, cure, ordered, told[1], found, cure, expect, corrected=corrected)


def _still_open(meter: Meter, evidence: Evidence) -> str:
    silent = tuple(silent_inputs(meter, evidence))
    if not silent:
        return ""
    return f" What is on {names(silent)} is not known yet: measure again with current there."


def _one_each(ordered: tuple[Ranked, ...], loaded: frozenset[int]) -> tuple[Hypothesis, Hypothesis] | None:
    """Return the wiring of each sense of rotation where the sense alone decides, clockwise first."""
    by_sense: dict[bool | None, list[Hypothesis]] = {}
    for each in ordered:
        by_sense.setdefault(each.hypothesis.sense, []).append(each.hypothesis)
    found = {sense: kinds(members, loaded) for sense, members in by_sense.items()}
    if set(found) != {True, False} or any(len(needed) > 1 for needed in found.values()):
        return None
    return found[True][0], found[False][0]


def _as_likely(both: tuple[Hypothesis, Hypothesis], ordered: tuple[Ranked, ...]) -> bool:
    """Return True when either is to be expected: one correction would help both, but mix up the phases."""
    weights = sorted(each.probability for each in ordered if each.hypothesis in both)
    return len(weights) == len(both) and weights[0] >= EXPECTED * weights[1]


def _by_sense(
    meter: Meter, evidence: Evidence, both: tuple[Hypothesis, Hypothesis], ordered: tuple[Ranked, ...],
    told: Told,
) -> WiringVerdict:  # fmt: skip
    """Two corrections, told apart by the sense of rotation at the meter's voltage inputs."""
    clockwise, counter = (mistakes(meter, hypothesis) for hypothesis in both)
    cure = (
        "Check the phase sequence at the meter's voltage inputs. Where it is clockwise: "
        f"{correction(meter, clockwise)} Where it is counter-clockwise: {correction(meter, counter)}"
        f"{_still_open(meter, evidence)}"
    )
    reason = (
        f"Where the phases run clockwise at the meter: {_sentences(clockwise)} "
        f"Where they run counter-clockwise: {_sentences(counter)}"
    )
    usual = clockwise if ordered[0].hypothesis.sense else counter
    after = tuple(dict.fromkeys(expectation(hypothesis, evidence) for hypothesis in both))
    expect = after[0] if len(after) == 1 else f"Clockwise: {after[0]}. Counter-clockwise: {after[1]}"
    return WiringVerdict("fail", reason, cure, ordered, told[1], usual, cure, expect, corrected=both)


def _sentences(found: tuple[Mistake, ...]) -> str:
    return " ".join(mistake.sentence for mistake in found)


def _to_tell(meter: Meter) -> str:
    if meter.role == "mixed":
        return "Switch generation and storage off, let vehicles charge, then measure again; that tells."
    return "Measure again while only vehicles charge, with current on each phase; that tells them apart."


def _line_load(told: Told) -> WiringVerdict:
    return WiringVerdict(
        "inconclusive",
        "Wrong wiring explains what was read, and so does right wiring with loads between two lines.",
        "Let stations charge that draw the same current from all three phases, then measure again.", *told,
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


def _why_silent(meter: Meter, evidence: Evidence, silent: tuple[int, ...]) -> str:
    by_input = {element.current_input: element for element in evidence.elements}
    if all(by_input[k].flowing for k in silent):
        return f"{names(silent)} had current and power in fewer than {MIN_SAMPLES} samples"
    return (
        f"{names(silent)} {'carry' if len(silent) > 1 else 'carries'} less than {meter.min_current_a:.3g} A"
    )


def _right(meter: Meter, evidence: Evidence, told: Told) -> WiringVerdict:
    silent = tuple(silent_inputs(meter, evidence))
    if silent and len(LAYOUTS[meter.system].elements) > 1:
        reason = f"The other inputs fit, but {_why_silent(meter, evidence, silent)}."
        action = f"Let a station charge that uses {names(silent)}, then measure again."
        return WiringVerdict("inconclusive", reason, action, *told)
    if meter.role == "mixed":
        return WiringVerdict(
            "inconclusive", "Power may flow either way here: a reversed input can't be told from generation.",
            "Switch generation and storage off, let vehicles charge, then measure again.", told[0], told[1],
        )  # fmt: skip
    if meter.system == "3P3W" and not all(each.hypothesis.matched for each in told[0]):  # alike without Q
        return _undecided(meter, told)
    lowest = min(element.current_a for element in evidence.elements)
    notes: tuple[str, ...] = ()
    if evidence.sequence is None and meter.system == "3P4W":
        notes = ("The phase sequence was not read: a mirrored system would look the same.",)
    return WiringVerdict(
        "pass", f"Voltages and currents belong together on all phases, at {lowest:.3g} A or more.",
        "", told[0], told[1], notes=notes,
    )  # fmt: skip
