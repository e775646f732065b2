"""What was judged of one meter: its wiring and the power quality at its place, as plain values.

In a report they stand by tag; their JSON is that of docs/contracts/judgement.schema.json.
"""

from dataclasses import dataclass
from typing import Literal

VerdictWord = Literal["pass", "fail", "inconclusive"]
CheckWord = Literal["pass", "fail", "info"]


@dataclass(frozen=True, slots=True)
class Connection:
    """How a meter may be connected: the conductor at each voltage and each current input.

    ``voltage_inputs``: "L1" to "L3", "N" the neutral, "0" nothing. ``current_inputs``: the conductor whose
    current the input really gets, with its direction ("+L1", "-L2"), "0" none.
    """

    voltage_inputs: tuple[str, ...]
    current_inputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Likely:
    """One connection that what was read allows, with its probability among all that it allows."""

    voltage_inputs: tuple[str, ...]
    current_inputs: tuple[str, ...]
    probability: float


@dataclass(frozen=True, slots=True)
class WiringJudgement:
    """The judgement of one meter's wiring, in words and names."""

    verdict: VerdictWord
    reason: str
    action: str = ""
    hypotheses: tuple[Likely, ...] = ()  # the likeliest first
    indistinguishable: tuple[tuple[Connection, ...], ...] = ()  # look alike; the first group holds the best
    correction: str = ""
    corrected: tuple[Connection, ...] = ()  # what the correction takes for granted
    expect: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One value held against its limit, beside what the study expects and what the grid brings by itself."""

    code: str
    quantity: str
    value: float
    limit: float | None
    unit: str
    verdict: CheckWord
    clause: str = ""
    note: str = ""
    expected: float | None = None  # by the study, at the present load; in the unit of the value
    background: float | None = None  # of the same meter with all stations off; in the unit of the value
    window: str = ""  # over what the value was taken: samples, their span, the device's own averaging


@dataclass(frozen=True, slots=True)
class QualityVerdict:
    """The judgement of one meter's power quality."""

    verdict: VerdictWord
    reason: str
    action: str
    checks: tuple[Check, ...]
    statement: str  # load, number of samples, duration


@dataclass(frozen=True, slots=True)
class MeterJudgement:
    """Everything that was judged of one meter of a report; None: there was nothing to judge by."""

    tag: str
    wiring: WiringJudgement | None = None
    power_quality: QualityVerdict | None = None
