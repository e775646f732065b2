"""Power quality at the connection point, as far as equipment spectra with a source allow an expectation."""

from collections.abc import Iterator

from designs.findings import Studied, finding
from designs.model import Figure, Finding


def harmonic_voltage(studied: Studied) -> Iterator[Finding]:
    """Expected harmonic voltages caused by this site alone stay within EN 50160, each order and THD."""
    point, tag = studied.study.connection_point, studied.one_line.supply.tag
    thd, limit = point.expected_thd_voltage_percent, point.thd_voltage_limit_percent
    if thd is not None and thd > limit:
        yield _voltage(tag, "THD", thd, limit, point.thd_clause)
    for each in point.harmonics:
        if each.voltage_limit_percent is not None and each.voltage_percent > each.voltage_limit_percent:
            order = f"harmonic {each.order}"
            own = str(each.order) in (studied.one_line.supply.harmonic_limits or {})
            clause = "limit of the network operator" if own else "EN 50160, 4.2.5"
            yield _voltage(tag, order, each.voltage_percent, each.voltage_limit_percent, clause)


def harmonic_current(studied: Studied) -> Iterator[Finding]:
    """Expected harmonic currents stay within IEEE 519, order by order."""
    point, tag = studied.study.connection_point, studied.one_line.supply.tag
    for each in point.harmonics:
        if each.current_percent > each.current_limit_percent:
            yield finding(
                "harmonic_current",
                "warning",
                tag,
                f"{tag}: harmonic {each.order} is expected to reach {each.current_percent:.2f} % of the "
                "demand "
                f"current, above {each.current_limit_percent:g} %.",
                Figure(f"harmonic_current_{each.order}", each.current_percent, "%"),
                Figure("limit", each.current_limit_percent, "%"),
                "IEEE 519-2022, current distortion limits 120 V to 69 kV",
                "Ask the network operator for a harmonic study, and measure at load after commissioning.",
            )


def dense_site(studied: Studied) -> Iterator[Finding]:
    """Says when converters are a large share of the short-circuit power, so that planning is advised."""
    point, tag = studied.study.connection_point, studied.one_line.supply.tag
    said = point.dense_statement or "converters are a large share of the short-circuit power"
    if point.dense:
        yield finding(
            "dense_site",
            "info",
            tag,
            f"{tag}: {said.rstrip('.')}.",
            Figure("isc_over_il", point.isc_over_il),
            None,
            "own guidance for harmonic planning after IEC 61000-3-6",
            "Ask the network operator for the background distortion, and plan a week of measurement at load.",
        )


def _voltage(tag: str, what: str, value: float, limit: float, clause: str) -> Finding:
    return finding(
        "harmonic_voltage",
        "warning",
        tag,
        f"{tag}: the site alone is expected to cause {what} of {value:.2f} % of the voltage, above "
        f"{limit:g} %.",
        Figure("expected_voltage", value, "%"),
        Figure("limit", limit, "%"),
        clause,
        "Ask the network operator for a harmonic study, and measure at load after commissioning.",
    )
