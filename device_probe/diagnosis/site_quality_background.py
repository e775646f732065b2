"""What the grid brings with all stations off, beside what is measured, and what the site adds to it. Pure.

Meters tell no angles of harmonics: the difference of two values is not the site's contribution, only its
size if both point the same way. IEC 61000-3-6 gives a more plausible one for the orders from 5 on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from device_probe.diagnosis import formulas
from device_probe.diagnosis.evidence import Meter, Sample
from device_probe.diagnosis.quality import checked
from device_probe.diagnosis.quality_limits import Limits
from device_probe.diagnosis.quality_values import largest_current, medians
from device_probe.diagnosis.quality_window import window_of
from device_probe.diagnosis.site_quality_expected import order_of
from device_probe.judgement import Check

#: What is comparable with and without load; per cent of a current, or of a neutral's, is not.
COMPARED = (
    "voltage-band", "frequency", "voltage-unbalance", "thd-voltage", "harmonic-voltage", "tdd-current",
    "harmonic-current",
)  # fmt: skip
ADDED = ("thd-voltage", "harmonic-voltage", "tdd-current", "harmonic-current")
FROM_ORDER = 5  # below it the summation law adds arithmetically


@dataclass(frozen=True, slots=True)
class Background:
    """What one meter said with all stations off."""

    samples: tuple[Sample, ...]
    checks: tuple[Check, ...]
    current_a: float | None

    @property
    def words(self) -> str:
        """Return when and at which current it was recorded."""
        day = self.samples[0].at[:16].replace("T", " ") or "unknown date"
        current = "" if self.current_a is None else f" at {self.current_a:.3g} A"
        return f"background of {day}{current}"

    def of(self, code: str, quantity: str) -> Check | None:
        """Return one value of it."""
        return next((c for c in self.checks if (c.code, c.quantity) == (code, quantity)), None)


def background_of(meter: Meter, limits: Limits, samples: Sequence[Sample]) -> Background | None:
    """Return what samples taken with all stations off say, None when there are none."""
    if not samples:
        return None
    values = medians(samples)
    checks = checked(meter, values, limits, window_of(samples))
    return Background(tuple(samples), checks, largest_current(values))


def beside(checks: tuple[Check, ...], background: Background | None) -> tuple[Check, ...]:
    """Return checks with the background beside them, and what the site adds to it in the note."""
    if background is None:
        return checks
    known = {(c.code, c.quantity): c.value for c in background.checks if c.code in COMPARED}
    return tuple(_with(check, known) for check in checks)


def _with(check: Check, known: Mapping[tuple[str, str], float]) -> Check:
    value = known.get((check.code, check.quantity))
    if value is None:
        return check
    note = share_words(check, value) if check.code in ADDED else ""
    return replace(check, background=value, note="; ".join(filter(None, (check.note, note))))


def share_words(check: Check, background: float) -> str:
    """Return what the site adds, as far as that can be said without angles."""
    more, unit = check.value - background, check.unit
    if more < 0:
        return f"{-more:.2g} {unit} less than with all stations off"
    said = f"with stations {more:.2g} {unit} more than without"
    order = order_of(check.quantity)
    if order is None or order < FROM_ORDER:
        return f"{said}, if both have the same angle, which is not known"
    alpha = formulas.summation_exponent(order)
    plausible = formulas.own_share(check.value, background, order)
    return (
        f"{said} if both have the same angle, which is not known; by IEC 61000-3-6 (exponent {alpha:g}) the "
        f"site brings {plausible:.2g} {unit}"
    )
