"""Limits at the connection point: voltage distortion by EN 50160, current distortion by IEEE 519."""

from designs.model import ConnectionPointStudy

THD_VOLTAGE_LIMIT_PERCENT = 8.0
THD_CLAUSE = "EN 50160, 4.2.5: THD of the supply voltage up to order 40, 10 min values"
#: (Isc/IL below, TDD limit in %), IEEE 519-2022 for 120 V to 69 kV.
TDD_ROWS = ((20.0, 5.0), (50.0, 8.0), (100.0, 12.0), (1000.0, 15.0))
TDD_ABOVE = 20.0
UNKNOWN = (
    "unknown: no approved charging station has a harmonic spectrum with a source; "
    "measure at load after commissioning"
)


def tdd_limit(isc_over_il: float) -> tuple[float, str]:
    """Return the demand distortion limit in percent and the row of the table that it comes from."""
    low = 0.0
    for below, limit in TDD_ROWS:
        if isc_over_il < below:
            row = f"Isc/IL < {below:g}" if low == 0 else f"Isc/IL {low:g} to {below:g}"
            return limit, f"IEEE 519-2022, current distortion limits 120 V to 69 kV, {row}"
        low = below
    return TDD_ABOVE, f"IEEE 519-2022, current distortion limits 120 V to 69 kV, Isc/IL {low:g} and above"


def connection_point(
    ik_max_ka: float, full_a: float, managed_a: float, import_limit_a: float
) -> ConnectionPointStudy:
    """Return the study of the connection point. IL of a new site is its managed demand, an estimate."""
    stiffness = ik_max_ka * 1000 / managed_a
    tdd, clause = tdd_limit(stiffness)
    return ConnectionPointStudy(
        ik_max_ka=round(ik_max_ka, 3),
        demand_full_a=round(full_a, 1),
        demand_managed_a=round(managed_a, 1),
        import_limit_a=import_limit_a,
        isc_over_il=round(stiffness, 1),
        thd_voltage_limit_percent=THD_VOLTAGE_LIMIT_PERCENT,
        thd_clause=THD_CLAUSE,
        tdd_current_limit_percent=tdd,
        tdd_clause=clause,
        expected_thd_voltage_percent=None,
        expected_thd_statement=UNKNOWN,
    )
