"""Rules over a studied one-line: each is a small function returning findings with clause, limit and remedy.

A finding of severity ``error`` refuses the design, a ``warning`` is for the engineer to decide, an ``info``
says what could not be decided.
"""

from collections.abc import Sequence

from designs import findings, protection_rules, site_rules
from designs.findings import Rule
from designs.model import Finding, OneLine, Study

#: Every rule, in the order of the work: protection first.
RULES: tuple[Rule, ...] = (
    protection_rules.breaking_capacity,
    protection_rules.board_withstand,
    protection_rules.board_current,
    protection_rules.loop_impedance,
    protection_rules.disconnection_data,
    protection_rules.overload,
    protection_rules.additional_protection,
    protection_rules.dc_fault_protection,
    protection_rules.rcd_blinding,
    protection_rules.rcd_rating,
    protection_rules.adiabatic,
    protection_rules.protective_conductor,
    site_rules.voltage_drop,
    site_rules.import_limit,
    site_rules.surge_protection,
    site_rules.meter_range,
    site_rules.earth_electrode,
    site_rules.open_pen,
)


def judge(one_line: OneLine, study: Study, strict: Sequence[str] = ()) -> tuple[Finding, ...]:
    """Return the findings of all rules, errors first, then by tag and code.

    ``strict``: codes of warnings that the design makes errors.
    """
    found = [findings.stricter(each, strict) for rule in RULES for each in rule(one_line, study)]
    return findings.in_order(found)
