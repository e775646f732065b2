"""What a meter reads whose terminals get given conductors: phasors written for the tests alone."""

import cmath
import math
from typing import Any

VOLTS = 230.0
AT = {
    "L1": cmath.rect(VOLTS, 0.0),
    "L2": cmath.rect(VOLTS, math.radians(-120)),
    "L3": cmath.rect(VOLTS, math.radians(120)),
    "N": 0j,
}
SPLIT = {"L1": complex(VOLTS), "L2": complex(-VOLTS), "N": 0j}


def current_of(
    name: str, amperes: dict[str, float], angle: dict[str, float], at: dict[str, complex]
) -> complex:
    """Return the current that an input gets: "+L1", "-L2" or "0"."""
    if name == "0":
        return 0j
    phase = name[1:]
    turned = cmath.phase(at[phase]) - math.radians(angle[phase])
    return (-1 if name[0] == "-" else 1) * cmath.rect(amperes[phase], turned)


def four_wire(
    voltages: tuple[str, ...], currents: tuple[str, ...], *, common: str = "N",
    amperes: dict[str, float] | None = None, angle: float | dict[str, float] = 8.0,
    at: dict[str, complex] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the readings of a meter that measures each input against its neutral terminal."""
    places = at or AT
    phases = [name for name in places if name != "N"]
    flow = amperes or dict.fromkeys(phases, 40.0)
    angles = angle if isinstance(angle, dict) else dict.fromkeys(phases, angle)
    found: dict[str, Any] = {}
    for k, (v, c) in enumerate(zip(voltages, currents, strict=True), start=1):
        voltage = 0j if v == "0" else places[v] - places[common]
        current = current_of(c, flow, angles, places)
        power = voltage * current.conjugate()
        found |= {
            f"voltage_l{k}_n": abs(voltage), f"current_l{k}": abs(current),
            f"active_power_l{k}": power.real, f"reactive_power_l{k}": power.imag,
        }  # fmt: skip
    return found


def three_wire(
    voltages: tuple[str, str, str], currents: tuple[str, str], angle: float = 8.0, amperes: float = 40.0
) -> dict[str, Any]:
    """Return the readings of a two-element meter: U12 with the first current, U32 with the second."""
    ends = [0j if v == "0" else AT[v] for v in voltages]
    lines = {"l1_l2": ends[0] - ends[1], "l2_l3": ends[1] - ends[2], "l3_l1": ends[2] - ends[0]}
    pairs = {"l1_l2": (0, 1), "l2_l3": (1, 2), "l3_l1": (2, 0)}
    found: dict[str, Any] = {
        f"voltage_{name}": 0.4 * abs(line)
        if "0" in (voltages[pairs[name][0]], voltages[pairs[name][1]])
        else abs(line)
        for name, line in lines.items()
    }
    flow, angles = dict.fromkeys(AT, amperes), dict.fromkeys(AT, angle)
    for k, c, line in ((1, currents[0], lines["l1_l2"]), (3, currents[1], -lines["l2_l3"])):
        current = current_of(c, flow, angles, AT)
        if "0" in (voltages[k - 1], voltages[1]):
            line = 0j  # noqa: PLW2901 - a lost voltage gives no power
        power = line * current.conjugate()
        found |= {
            f"current_l{k}": abs(current),
            f"active_power_l{k}": power.real,
            f"reactive_power_l{k}": power.imag,
        }
    return found


def document(readings: dict[str, Any], samples: int = 3, **meter: Any) -> dict[str, Any]:
    """Return a file for `device-probe judge --readings`."""
    known = {
        "system": "3P4W",
        "nominal_voltage_v": VOLTS,
        "ct_primary_a": 100,
        "role": "load",
        "load": "ev_charging",
    }
    return {
        "meter": known | meter,
        "samples": [{"at": f"2026-03-02T10:00:0{n}Z", "readings": dict(readings)} for n in range(samples)],
    }
