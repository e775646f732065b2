"""Power quality of one meter's samples against limits. Pure; every result is indicative at its load."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from device_probe.diagnosis.evidence import Meter, Sample
from device_probe.diagnosis.quality_checks import all_checks
from device_probe.diagnosis.quality_limits import Limits
from device_probe.diagnosis.quality_values import largest_current, medians
from device_probe.diagnosis.quality_window import Window, window_of
from device_probe.judgement import Check, QualityVerdict

MIN_DEMAND_SHARE = 0.10  # of IL, at a feeder of its design current; below it good values prove nothing
__all__ = ["MIN_DEMAND_SHARE", "Check", "Limits", "QualityVerdict", "judge_quality", "told"]


def judge_quality(meter: Meter, samples: Sequence[Sample], limits: Limits) -> QualityVerdict:
    """Judge what the samples say: the median of each quantity, the worst phase by itself."""
    values, window = medians(samples), window_of(samples)
    return bottom_line(
        meter, values, limits, checked(meter, values, limits, window), statement(values, limits, window)
    )


def checked(meter: Meter, values: Mapping[str, float], limits: Limits, window: Window) -> tuple[Check, ...]:
    """Return every value with its limit and its window."""
    return tuple(replace(check, window=window.of(check)) for check in all_checks(meter, values, limits))


def bottom_line(
    meter: Meter, values: Mapping[str, float], limits: Limits, checks: tuple[Check, ...], said: str
) -> QualityVerdict:
    """Return the verdict that follows from all checks; ``said`` is under which load they were taken."""
    judged = [check for check in checks if check.verdict != "info"]
    if (worst := worst_of(checks)) is not None:
        return QualityVerdict("fail", f"{told(worst)} ({said}).", cure(worst), checks, said)
    if not judged:
        return QualityVerdict(
            "inconclusive", f"Nothing was read that has a limit ({said}).",
            "Give limits, or measure with a meter that reads distortion.", checks, said,
        )  # fmt: skip
    if (needed := missing_load(meter, values, limits)) is not None:
        return QualityVerdict(
            "inconclusive", f"All {len(judged)} values are within their limits, but the load is too small "
            f"({said}).", f"Let stations charge until {needed:.3g} A flow, then measure again.", checks, said,
        )  # fmt: skip
    return QualityVerdict(
        "pass", f"All {len(judged)} values are within their limits ({said}).", "", checks, said
    )


def worst_of(checks: Sequence[Check]) -> Check | None:
    """Return the check that is furthest over its limit, None when none is over."""
    failed = [check for check in checks if check.verdict == "fail"]
    return max(failed, key=lambda c: c.value / c.limit if c.limit else 0.0, default=None)


def told(check: Check) -> str:
    """Return a value and its limit in words."""
    return f"{check.quantity} is {check.value:.3g} {check.unit}, limit {check.limit:g} {check.unit}"


def cure(check: Check) -> str:
    """Return what to do about a value over its limit."""
    if check.code in ("tdd-current", "harmonic-current"):
        return "Find which stations bring it by letting them charge one group at a time."
    if check.code == "voltage-unbalance":
        return "Compare with all stations off; check how single-phase loads are spread."
    if check.code in ("voltage-band", "frequency"):
        return "Ask the network operator (own transformer: let its tap be checked), then measure again."
    return "Measure with all stations off for the grid's own share, then over a week."


def missing_load(meter: Meter, values: Mapping[str, float], limits: Limits) -> float | None:
    """Return the current that has to flow before good values prove something; None: enough flows."""
    needed = MIN_DEMAND_SHARE * limits.base_a if limits.base_a else meter.min_current_a
    current = largest_current(values)
    return None if current is not None and current >= needed else needed


def statement(values: Mapping[str, float], limits: Limits, window: Window, place: str = "") -> str:
    """Return under which load, where and over what all was measured, to stand beside every result."""
    current = largest_current(values)
    load = "an unknown load" if current is None else f"{current:.3g} A"
    if current is not None and (base := limits.base_a):
        load += f" of {base:.4g} A ({100 * current / base:.0f} %)"
    return f"indicative at {load}{place and f' {place}'}, {window.words}"
