"""The judgement of a load step: from the holds to verdicts and findings. Pure."""

import math
from collections.abc import Iterable, Mapping, Sequence

from device_probe.load_step.fit import NOWHERE, Board, Fitted, Place, Sums
from device_probe.load_step.imported import judge_import
from device_probe.load_step.result import (
    FollowResult,
    InputResult,
    Judged,
    LoadStepResult,
    MeterResult,
    StationResult,
)
from device_probe.load_step.search import SHOWN, InputSure, Placed, Sure, inputs_sure, placed, searched
from device_probe.load_step.steps import LEAST_ROUNDS, PHASES, Hold, Steps, steps_of
from device_probe.load_step.wording import findings_of_meter, findings_of_station, likely_ct
from device_probe.model import PlannedDevice, SitePlan

NAMES = ("L1", "L2", "L3")
SURE = 0.99
RATIO_TOLERANCE = 0.05
RATIO_SPREAD = 0.02
RATIO_SURE = 6.0  # standard deviations
HIDDEN = 1.0  # chi square below which two places look alike to these loads, however quiet it is
LEAST_STEPS = 2
NOT_WHICH = "these loads can't show which phase it is"
FINDING = "See its finding."
AGAIN = "Repeat, at a quieter time or with larger steps."


def judge_load_step(
    plan: SitePlan, holds: Sequence[Hold], tests: Iterable[str], following: tuple[FollowResult, ...] = ()
) -> LoadStepResult:
    """Judge all holds of a run; ``tests`` are the stations that were changed on purpose."""
    rounds = sum(len(hold.rounds) for hold in holds)
    done = sum(bool(hold.lowered) for hold in holds)
    steps = steps_of(plan, holds)
    board = Board(plan, steps, tuple(t for t in tests if t in steps.loads))
    if steps.count < LEAST_STEPS or not board.tests:
        return LoadStepResult((), (), following, (), done, rounds)
    places = searched(board)
    devices = {device.tag: device for device in plan.devices}
    stations = tuple(
        _station(devices[tag], placed(board, tag, places), board.declared[tag]) for tag in board.tests
    )
    meters = tuple(m for tag in board.read if (m := _meter(devices[tag], board, places)) is not None)
    findings = [f for s in stations for f in findings_of_station(s, devices[s.tag])]
    findings += [f for m in meters for f in findings_of_meter(m, devices[m.tag])]
    usable = [hold for hold in holds if len(hold.rounds) >= LEAST_ROUNDS]
    imported = judge_import(plan, usable, steps, meters)
    return LoadStepResult(stations, meters, following, tuple(findings), done, rounds, (), imported)


def steps_in(plan: SitePlan, holds: Sequence[Hold]) -> Steps:
    """Return the changes of a run, for plots."""
    return steps_of(plan, holds)


def _station(device: PlannedDevice, found: Placed, declared: Place) -> StationResult:
    names = tuple(NAMES[c] for c in found.place.landing[: device.phases])
    feeder = found.place.feeder
    where = f"below {feeder}" if feeder != NOWHERE else "below none of the meters"
    below = _decided(
        found.feeder, feeder == declared.feeder, f"{device.tag} is {where}",
        f"; the plan says below {declared.feeder or 'none'}",
        f"Correct the plan, or connect {device.tag} where the plan has it.",
        f"Repeat with {device.tag} at a higher current.",
    )  # fmt: skip
    same = found.place.landing == declared.landing
    phases = _decided(
        found.phases, same, f"{device.tag} is on {', '.join(names)}",
        f"; the plan says {', '.join(NAMES[c] for c in declared.landing[: device.phases])}",
        f"Correct the plan, or the order of the phases at {device.tag}.",
        f"Charge at {device.tag} on one phase, then repeat: equal currents on three phases look alike "
        "whichever way round." if device.phases > 1 else f"Repeat with {device.tag} at a higher current.",
    )  # fmt: skip
    return StationResult(device.tag, feeder, names, below, phases)


def _decided(sure: Sure, same: bool, words: str, contrast: str, correction: str, action: str) -> Judged:
    if sure.apart < HIDDEN:
        return Judged("inconclusive", 0.0, "The load that changed can't show this.", action)
    if sure.probability < SURE or sure.apart < SHOWN:
        probably = f"Probably {words}, but the background moved too much."
        return Judged("inconclusive", min(sure.probability, SURE - 0.01), probably, AGAIN)
    if same:
        return Judged("pass", sure.probability, f"{words}, as planned.")
    return Judged("fail", sure.probability, f"{words}{contrast}.", correction)


def _meter(device: PlannedDevice, board: Board, places: Mapping[str, Place]) -> MeterResult | None:
    below = board.below(device.tag, places)
    if not any(tag in board.tests for tag, _ in below):  # nothing was changed that it sees
        return None
    fitted, sums = board.fitted(device.tag, places), board.sums(device.tag, below)
    sure = inputs_sure(board, device.tag, fitted, sums)
    flows, _, _ = board.flows(below)
    inputs = tuple(_input(device.tag, k, fitted, sums[k], sure[k], flows, board) for k in PHASES if k in sums)
    wiring = _wiring(device.tag, inputs)
    likely = likely_ct(device, fitted.wiring.ratio)
    return MeterResult(
        device.tag, inputs, fitted.wiring.ratio, likely, wiring, _ratio(device, fitted, board, likely)
    )


def _input(
    tag: str, k: int, fitted: Fitted, sums: Sums, sure: InputSure, flows: list[list[complex]], board: Board
) -> InputResult:
    wiring = fitted.wiring
    c, v, sign = wiring.currents[k], wiring.voltages[k], wiring.signs[k]
    lane = board.steps.meters[tag][k]
    expected = sum(abs(flow) for flow in flows[k])
    seen = sum(abs(step) for step in lane.steps) if lane else 0.0
    current = "0" if not sign else f"{'+' if sign > 0 else '-'}{NAMES[c]}"
    return InputResult(
        NAMES[k], current, NAMES[v], tuple(NAMES[o] for o in sure.conductors), expected, seen,
        _pairing(tag, k, (c, v, sign), sums, sure),
    )  # fmt: skip


def _pairing(tag: str, k: int, found: tuple[int, int, int], sums: Sums, sure: InputSure) -> Judged:
    c, v, sign = found
    name = f"{tag} {NAMES[k]}"
    if max(sums.square[c]) < SHOWN:
        action = f"Let a station below {tag} charge on {NAMES[k]}, then repeat."
        return Judged("inconclusive", 0.0, f"No load changed enough on {NAMES[k]} of {tag}.", action)
    right = sign > 0 and c == v and k in sure.conductors
    if not right and sure.planned < SHOWN:
        return Judged("inconclusive", 0.5, f"{name} may be connected wrongly.", AGAIN)
    if not sign and sure.pairing >= SHOWN:
        return Judged("fail", SURE, f"{name} sees none of the current that changed.", FINDING)
    probability = 1 / (1 + math.exp(-min(sure.pairing, 700.0) / 2))
    if probability < SURE or not sign:
        return Judged("inconclusive", probability, f"{name} can't be told from another connection.", AGAIN)
    backwards = "reversed " if sign < 0 else ""
    if c != v and len(sure.conductors) > 1:
        words = f"{name} sees the current {backwards}of another phase than its voltage."
        return Judged("fail", probability, words, FINDING)
    if sign < 0 or c != v:
        words = f"{name} sees the current of {NAMES[c]} {backwards}with the voltage of {NAMES[v]}."
        return Judged("fail", probability, words, FINDING)
    if k in sure.conductors:
        if c == k and len(sure.conductors) == 1:
            return Judged("pass", probability, f"{name} sees {NAMES[k]}, the right way round.")
        words = f"{name}: current and voltage belong together, the right way round; {NOT_WHICH}."
        return Judged("pass", probability, words)
    said = " or ".join(NAMES[o] for o in sure.conductors)
    return Judged("fail", probability, f"{name} is on {said}, current and voltage together.", FINDING)


def _wiring(tag: str, inputs: Sequence[InputResult]) -> Judged:
    bad = [i for i in inputs if i.judged.verdict == "fail"]
    if bad:
        return Judged(
            "fail", min(i.judged.probability for i in bad), " ".join(i.judged.reason for i in bad), FINDING
        )
    open_ones = [i for i in inputs if i.judged.verdict == "inconclusive"]
    if open_ones or len(inputs) < len(PHASES):
        first = open_ones[0].judged if open_ones else None
        return Judged(
            "inconclusive", first.probability if first else 0.0,
            first.reason if first else f"{tag} gives no power of each phase.",
            first.action if first else "Check this meter with an instrument.",
        )  # fmt: skip
    probability = min(i.judged.probability for i in inputs)
    unknown = [i.phase for i in inputs if NOT_WHICH in i.judged.reason]
    if unknown:
        return Judged(
            "inconclusive", 0.0,
            f"{tag}: current and voltage belong together, the right way round at every input; which of "
            f"{', '.join(unknown)} is which these loads can't show.",
            f"Charge below {tag} on one phase after the other, then repeat.",
        )  # fmt: skip
    return Judged("pass", probability, f"{tag} sees every step as it should.")


def _ratio(device: PlannedDevice, fitted: Fitted, board: Board, likely: float | None) -> Judged:
    tag, ratio, spread = device.tag, fitted.wiring.ratio, fitted.ratio_spread
    spread *= board.scales.get(tag, 1.0) ** 0.5
    if ratio != 1.0 and abs(fitted.free_ratio - 1) > RATIO_SURE * spread:
        built = f"; {likely:g} A transformers would explain it" if likely else ""
        return Judged(
            "fail", SURE, f"{tag} reads {ratio:.3g} times what really changed{built}.", "See its finding."
        )
    if spread > RATIO_SPREAD or abs(fitted.free_ratio - 1) > RATIO_TOLERANCE:
        words = f"{tag} reads {fitted.free_ratio:.3g} ± {2 * spread:.2g} times what changed."
        return Judged("inconclusive", 0.5, words, "Repeat with more or larger loads.")
    return Judged(
        "pass", SURE, f"{tag} reads {fitted.free_ratio:.3g} times what changed, within the classes."
    )
