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
        "sequence": "IEC 60364-6, 6.4.3.9",
        "functional": "IEC 60364-6, 6.4.3.10",
        "dead_working": "EN 50110-1, 6.2 (dead working)",
        "operating": "EN 50110-1, 5.2 (operating)",
        "people": "EN 50110-1, 4.2 and 4.3 (personnel, organisation)",
        "vehicles": "IEC 60364-7-722",
    },
    "bs7671": {
        "inspection": "BS 7671, 642.3",
        "order": "BS 7671, 643.1",
        "continuity": "BS 7671, 643.2",
        "insulation": "BS 7671, 643.3",
        "separation": "BS 7671, 643.4",
        "polarity": "BS 7671, 643.6",
        "sequence": "BS 7671, 643.9",
        "functional": "BS 7671, 643.10",
        "dead_working": "EN 50110-1, 6.2 (dead working)",
        "operating": "EN 50110-1, 5.2 (operating)",
        "people": "EN 50110-1, 4.2 and 4.3 (personnel, organisation)",
        "vehicles": "BS 7671, Section 722",
    },
    "nec": dict.fromkeys(
        (
            "inspection", "order", "continuity", "insulation", "separation", "polarity", "sequence",
            "functional", "vehicles",
        ),
        "The sealed design of the licensed engineer (NEC)",
    )
    | {
        "dead_working": "NFPA 70E (electrically safe work condition)",
        "operating": "NFPA 70E (switching)",
        "people": "NFPA 70E (qualified persons)",
    },
}  # fmt: skip
