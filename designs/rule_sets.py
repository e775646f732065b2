"""The rule sets that a design may choose: what each computes, and what it leaves to others."""

from collections.abc import Mapping
from dataclasses import dataclass

from designs.model import RuleSetId


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A set of installation rules. ``has_data`` is False where this software knows the name only."""

    id: RuleSetId
    title: str
    has_data: bool
    computed: str  # one sentence: what is computed, and how
    not_computed: tuple[str, ...] = ()  # one sentence each: what must come from elsewhere


#: Short circuit is computed alike for every set: it is physics, by IEC 60909-0.
_SHORT_CIRCUIT = "short circuit by IEC 60909-0 with cmax 1.10 and cmin 0.95"

RULE_SETS: Mapping[RuleSetId, RuleSet] = {
    "iec": RuleSet(
        "iec",
        "IEC 60364",
        True,
        f"IEC 60364 and {_SHORT_CIRCUIT}; Zs hot ≤ U0/Ia (411.4.4), cold reading ≤ 2/3 · U0/Ia "
        "(IEC 60364-6, Annex D).",
    ),
    "bs7671": RuleSet(
        "bs7671",
        "BS 7671",
        True,
        f"BS 7671 and {_SHORT_CIRCUIT}; Zs hot ≤ U0 · Cmin/Ia with Cmin 0.95 (411.4.4, Table 41.3), cold "
        "reading ≤ 0.8 of it (Appendix 3).",
        ("The tables of BS 7671 Appendix 4 are not held: Iz is that of IEC 60364-5-52.",),
    ),
    "nec": RuleSet(
        "nec",
        "NEC (NFPA 70)",
        False,
        "Demand, metering and the demand distortion limits of IEEE 519; nothing of the NEC is computed.",
        (
            "Ampacity and overcurrent protection (NEC 210, 215, 240, 310, 625.41) are not computed.",
            "Ground-fault current path and equipment grounding (NEC 250) are not computed.",
            "Available fault current and interrupting rating (NEC 110.9, 110.10, 110.24) are not computed.",
            "Voltage drop is not computed; NEC 210.19 and 215.2 recommend 3 % in a branch, 5 % in all.",
            "Ground-fault protection (NEC 230.95, 625.22, 625.54) is not judged.",
        ),
    ),
}


def rule_set(name: RuleSetId) -> RuleSet:
    """Return the rule set with this id."""
    return RULE_SETS[name]
