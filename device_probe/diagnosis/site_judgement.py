"""The judgement of a meter's wiring as the plain values that stand in a report. Pure."""

from device_probe.diagnosis.correction import name
from device_probe.diagnosis.hypotheses import Hypothesis
from device_probe.diagnosis.systems import NO_CURRENT
from device_probe.diagnosis.wiring import WiringVerdict
from device_probe.judgement import Connection, Likely, WiringJudgement

LIKELIEST = 6  # hypotheses told: a report may hold hundreds of meters
GROUPS, MEMBERS = 6, 12  # of what looks alike


def wiring_judgement(found: WiringVerdict) -> WiringJudgement:
    """Return a judgement in names; of the hypotheses the likeliest, of what looks alike a part."""
    return WiringJudgement(
        found.verdict, found.reason, found.action,
        tuple(
            Likely(*_inputs(each.hypothesis), round(each.probability, 6))
            for each in found.hypotheses[:LIKELIEST]
        ),
        tuple(
            tuple(Connection(*_inputs(each)) for each in group[:MEMBERS])
            for group in found.indistinguishable[:GROUPS]
        ),
        found.correction, tuple(Connection(*_inputs(each)) for each in found.corrected), found.expect,
        found.notes,
    )  # fmt: skip


def _inputs(hypothesis: Hypothesis) -> tuple[tuple[str, ...], tuple[str, ...]]:
    currents = zip(hypothesis.current.conductors, hypothesis.current.signs, strict=True)
    return tuple(name(conductor) for conductor in hypothesis.voltage.inputs), tuple(
        "0" if conductor == NO_CURRENT else f"{'+' if sign > 0 else '-'}{name(conductor)}"
        for conductor, sign in currents
    )
