"""What is lost between a device and the meter above it: by the resistance of the way or an allowance. Pure.

The plan's resistance is that of one phase conductor at 20 °C. In service a cable is between 0 and 90 °C: 0.92
to 1.28 times that (copper, 0.39 % a kelvin; IEC 60228); the neutral carries the sum of the phase currents.
"""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from device_probe.diagnosis.balance.series import PHASES, Lane, Lanes, Series, Site
from device_probe.model import PlannedDevice

WARM, WARM_DOUBT = 1.10, 0.18  # of the resistance at 20 °C
HARMONIC_DOUBT = 0.07  # heat of harmonics that P and Q don't show, in phases and neutral, as a share
NEUTRAL_DOUBT = 0.3  # of what the neutral adds: its cross-section is not in the plan
UNKNOWN_LOSS = 0.03  # of a child's power at its design current, where the circuit's resistance is not known
TURN = tuple(complex(math.cos(a), math.sin(a)) for a in (0.0, -2 * math.pi / 3, 2 * math.pi / 3))
Three = tuple[float, float, float]


class Lost(NamedTuple):
    """Watts lost by lane and round, and how far that may be off."""

    watts: Lanes
    doubt: Lanes


def resistance_of(site: Site, tag: str) -> float | None:
    """Return the resistance from the parent's meter to a device in ohm; None where it isn't known."""
    known: float | None = site.around.resistance_ohm.get(tag, site.devices[tag].resistance_ohm)
    return known


def lost(site: Site, child: Series) -> Lost:
    """Return what is lost on the way to a device, by supply phase, in every round."""
    ohms = resistance_of(site, child.tag)
    device = site.devices[child.tag]
    rows = [_round(device, child, ohms, k, site.voltage_v) for k in range(len(child.power[0]))]
    watts = _with_total([tuple(watts[a] for watts, _ in rows) for a in PHASES])
    return Lost(watts, _with_total([tuple(doubt[a] for _, doubt in rows) for a in PHASES]))


def _round(
    device: PlannedDevice, child: Series, ohms: float | None, k: int, voltage: float
) -> tuple[Three, Three]:
    if ohms is None:
        design = device.design_current_a or child.chain.rated_a
        half = [_allowance(child.power[a][k], child.reactive[a][k], design, voltage) for a in PHASES]
        allowed = (half[0], half[1], half[2])
        return allowed, allowed
    amperes = [_amperes(child, a, k, voltage) for a in PHASES]
    neutral = sum(amperes, 0j)
    own = [WARM * ohms * abs(i) ** 2 for i in amperes]
    # the drop of voltage along the neutral lies in each phase's power, with that phase's current
    back = [WARM * ohms * (neutral * i.conjugate()).real for i in amperes]
    spread = WARM_DOUBT / WARM + HARMONIC_DOUBT
    doubt = [spread * a + NEUTRAL_DOUBT * abs(b) for a, b in zip(own, back, strict=True)]
    return (own[0] + back[0], own[1] + back[1], own[2] + back[2]), (doubt[0], doubt[1], doubt[2])


def _amperes(series: Series, a: int, k: int, voltage: float) -> complex:
    """Return the current of a phase as a phasor against the voltage of L1, 0 where it was not read."""
    p, q = series.power[a][k], series.reactive[a][k]
    if p != p:
        return 0j
    return complex(p, -q if q == q else 0.0) / voltage * TURN[a]


def _allowance(p: float, q: float, design_a: float, voltage: float) -> float:
    if p != p:
        return 0.0
    amperes = math.hypot(p, q if q == q else 0.0) / voltage
    return 0.5 * UNKNOWN_LOSS * abs(p) * min(1.0, amperes / design_a)


def _with_total(phases: Sequence[Sequence[float]]) -> Lanes:
    rows = [tuple(row) for row in phases]
    return rows[0], rows[1], rows[2], tuple(sum(column) for column in zip(*rows, strict=True))


def shared(site: Site, children: Iterable[Series]) -> Lanes:
    """Return what is lost more at most because devices share a part of their way, by lane and round.

    Each one's own resistance holds the shared part; the currents of all flow there together. Which devices
    share it with which, the plan doesn't say: between nothing and this.
    """
    parts = [(site.devices[one.tag].shared_ohm or 0.0, one) for one in children]
    parts = sorted(((ohms, one) for ohms, one in parts if ohms > 0), key=lambda part: part[0])
    if len(parts) < 2:
        nothing: Lane = (0.0,) * site.rounds
        return nothing, nothing, nothing, nothing
    rows = [tuple(_together(parts, a, k, site.voltage_v) for k in range(site.rounds)) for a in PHASES]
    return _with_total(rows)


def _together(parts: Sequence[tuple[float, Series]], a: int, k: int, voltage: float) -> float:
    """Return Σ min(R) · I · I over all pairs: the way as a line along which one after the other ends."""
    currents = [_amperes(one, a, k, voltage) for _, one in parts]
    alone = sum(ohms * abs(i) ** 2 for (ohms, _), i in zip(parts, currents, strict=True))
    flowing, along, before = sum(currents, 0j), 0.0, 0.0
    for (ohms, _), i in zip(parts, currents, strict=True):
        along += (ohms - before) * abs(flowing) ** 2
        flowing, before = flowing - i, ohms
    return max(WARM * (along - alone), 0.0)
