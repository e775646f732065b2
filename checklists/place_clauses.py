"""The clause of each kind of test by rule set: a British site is tested by BS 7671, not by IEC 60364."""

from collections.abc import Mapping

from designs.model import RuleSetId

#: Every rule set has the same names. The NEC has no chapter on testing: there the engineer's design rules.
CLAUSES: Mapping[RuleSetId, Mapping[str, str]] = {
    "iec": {
        "inspection": "IEC 60364-6, 6.4.2.3",
        "order": "IEC 60364-6, 6.4.3.1",
        "continuity": "IEC 60364-6, 6.4.3.2",
        "insulation": "IEC 60364-6, 6.4.3.3",
        "separation": "IEC 60364-6, 6.4.3.4",
        "polarity": "IEC 60364-6, 6.4.3.6",
        "disconnection": "IEC 60364-6, 6.4.3.7",
        "additional": "IEC 60364-6, 6.4.3.8",
        "sequence": "IEC 60364-6, 6.4.3.9",
        "functional": "IEC 60364-6, 6.4.3.10",
        "drop": "IEC 60364-6, 6.4.3.11",
        "vehicles": "IEC 60364-7-722",
    },
    "bs7671": {
        "inspection": "BS 7671, 642.3",
        "order": "BS 7671, 643.1",
        "continuity": "BS 7671, 643.2",
        "insulation": "BS 7671, 643.3",
        "separation": "BS 7671, 643.4",
        "polarity": "BS 7671, 643.6",
        "disconnection": "BS 7671, 643.7",
        "additional": "BS 7671, 643.8",
        "sequence": "BS 7671, 643.9",
        "functional": "BS 7671, 643.10",
        "drop": "BS 7671, 643.11",
        "vehicles": "BS 7671, Section 722",
    },
    "nec": dict.fromkeys(
        (
            "inspection", "order", "continuity", "insulation", "separation", "polarity", "disconnection",
            "additional", "sequence", "functional", "drop", "vehicles",
        ),
        "The sealed design of the licensed engineer (NEC)",
    ),
}  # fmt: skip
