"""A judgement held against the truth: would the correction, done on the real wires, put this meter right?"""

import cmath
import math
from typing import Any

from accuracy_parts.truth import CONDUCTORS, CURRENT_INPUTS, EVEN, TURN, Case

WRONG = ("wrong pass", "wrong correction", "false fail")
SEQUENCE_FIRST = "Check the phase sequence"
MIN_SAMPLES = 3
LEADS_FIRST = {"voltage-input-missing", "neutral-swapped"}


def outcome(case: Case, read: dict[str, Any], judged: dict[str, Any], within: bool) -> str:
    """Put one judgement in a word."""
    wiring = judged["wiring"]
    if wiring["verdict"] == "inconclusive":
        return "inconclusive"
    beyond = "" if within else ", beyond prior"
    if wiring["verdict"] == "pass":
        return "pass" if case.right else f"wrong pass{beyond}"
    if case.right:
        return f"false fail{beyond}"
    if not wiring["correction"]:
        return "fail, which one open"
    return "fail" if _cured(case, read, judged) else f"wrong correction{beyond}"


def _cured(case: Case, read: dict[str, Any], judged: dict[str, Any]) -> bool:
    wiring, named = judged["wiring"], judged["wiring"]["corrected"]
    found = [each for each in judged["findings"] if each["severity"] == "error"]
    if {each["code"] for each in found} <= LEADS_FIRST and case.lost:
        return bool(found) and _leads_named(case, found)  # what has no voltage is judged afterwards
    if "judged after that" in wiring["correction"]:
        return bool(found) and _leads_named(case, found)
    if len(named) == 1:
        return _puts_right(case, read, named[0], case.sequence_read and case.whole)
    # two corrections, one for each sense of rotation: the one for the true sense must be right
    assert wiring["correction"].startswith(SEQUENCE_FIRST), wiring["correction"]
    return _puts_right(case, read, named[0 if case.leads in EVEN else 1], True)


def _leads_named(case: Case, found: list[dict[str, Any]]) -> bool:
    """The step that comes first names leads alone: each must really be lost or in the neutral's place."""
    lost = {each["phase"] for each in found if each["code"] == "voltage-input-missing"}
    neutral = {each["phase"] for each in found if each["code"] == "neutral-swapped"}
    wanted = set() if case.neutral_at is None else {f"L{case.neutral_at + 1}"}
    return lost <= {f"L{k + 1}" for k in case.lost} and neutral <= wanted


def phasor(case: Case, name: str) -> complex:
    """Return the direction of a conductor's voltage, 0 for the neutral."""
    if name == "N":
        return 0j
    turn = {"L1": 0.0, "L2": 180.0} if case.system == "split" else TURN
    return cmath.rect(1.0, math.radians(turn[name]))


def _puts_right(case: Case, read: dict[str, Any], named: dict[str, Any], sense_counts: bool) -> bool:
    """Follow each wire: where the named wiring says conductor X, which conductor is there really?

    The correction moves wires until each conductor that was named sits at its own input. It works when the
    meter then measures every loaded input with the voltage of its own conductor.
    """
    told, true, common = list(named["voltage_inputs"]), list(case.voltage_inputs), case.common
    if "N" in told:
        place = told.index("N")
        told[place] = next(iter(set(CONDUCTORS[case.system]) - set(told)))
        true[place], common = common, true[place]
    really = {}
    for k, name in enumerate(told):
        if (name == "0") != (true[k] == "0"):
            return False
        really[name if name != "0" else f"lost {k}"] = case.leads[k] if name == "0" else true[k]
    if common == "0" or not _sense(really, sense_counts):
        return False
    zero = phasor(case, common) if case.system != "3P3W" else 0j
    return _currents_right(case, read, named, {n: phasor(case, v) - zero for n, v in really.items()})


def _sense(really: dict[str, str], counts: bool) -> bool:
    if not counts or not all(name in really for name in ("L1", "L2", "L3")):
        return True
    return tuple(really[name] for name in ("L1", "L2", "L3")) in EVEN


def _currents_right(
    case: Case, read: dict[str, Any], named: dict[str, Any], voltages: dict[str, complex]
) -> bool:
    for place, told in enumerate(named["current_inputs"]):
        true = case.current_inputs[place]
        number = CURRENT_INPUTS[case.system][place] + 1
        enough = sum(each["readings"][f"current_l{number}"] >= case.threshold_a for each in read["samples"])
        if enough < MIN_SAMPLES or true == "0" or number - 1 in case.lost:
            continue  # said to be open: not enough flows there, or it has no voltage yet
        if case.system == "3P3W" and 1 in case.lost:
            continue
        if told == "0":
            return False
        sign = 1 if told[0] == true[0] else -1
        voltage = voltages.get(told[1:])
        if voltage is not None and abs(voltage - sign * phasor(case, true[1:])) > 0.01:
            return False
    return True
