"""A meter with errors, written from the contract alone, for the tests that attack."""

import cmath
import math
import random
from typing import Any

TURN = {"L1": 0.0, "L2": -120.0, "L3": 120.0}
KINDS = {
    "P": ("active_power_l",),
    "PQ": ("active_power_l", "reactive_power_l"),
    "PF": ("active_power_l", "power_factor_l"),
    "angle": ("active_power_l", "phase_angle_l"),
    "S": ("active_power_l", "apparent_power_l"),
    "all": ("active_power_l", "reactive_power_l", "power_factor_l", "apparent_power_l", "frequency"),
}


def reads(
    chance: random.Random, leads: tuple[str, ...], currents: tuple[str, ...], *, kind: str = "PQ",
    amperes: dict[str, float], angle: dict[str, float], sequence: bool = True, lines_only: bool = False,
    swing: float = 0.02, samples: int = 4,
) -> list[dict[str, float | str | None]]:  # fmt: skip
    """Return samples of a class 1 meter whose registers are read while the load moves by ``swing``."""
    own = [{name: 1 + chance.uniform(-0.01, 0.01) for name in "UIPQ"} for _ in leads]
    turn = [chance.uniform(-1.5, 1.5) for _ in leads]
    return [
        _sample(chance, leads, currents, kind, amperes, angle, sequence, lines_only, swing, own, turn)
        for _ in range(samples)
    ]


def _sample(
    chance: random.Random, leads: tuple[str, ...], currents: tuple[str, ...], kind: str,
    amperes: dict[str, float], angle: dict[str, float], sequence: bool, lines_only: bool, swing: float,
    own: list[dict[str, float]], turn: list[float],
) -> dict[str, float | str | None]:  # fmt: skip
    common = next((at[p] for p in TURN if "N" in leads and p not in leads), 0j)
    ends = [0j if lead in ("0", "N") else at[lead] for lead in leads]
    inputs = [0j if lead == "0" else end - common for lead, end in zip(leads, ends, strict=True)]
    found: dict[str, float | str | None] = {}
    for k, (voltage, name) in enumerate(zip(inputs, currents, strict=True)):
        flows = 0j if name == "0" else _current(name, amperes, angle)
        power = voltage * flows.conjugate() * _polar(1, turn[k])
        size, i = abs(power), abs(flows)

        def seen(value: float, what: str, of: dict[str, float] = own[k]) -> float:
            return value * of[what] * (1 + chance.uniform(-swing, swing))

        full = {
            f"voltage_l{k + 1}_n": abs(voltage) * own[k]["U"],
            f"current_l{k + 1}": seen(i, "I"),
            f"active_power_l{k + 1}": seen(power.real, "P"),
            f"reactive_power_l{k + 1}": seen(power.imag, "Q"),
            f"apparent_power_l{k + 1}": seen(size, "I"),
            f"power_factor_l{k + 1}": power.real / size if size else None,
            f"phase_angle_l{k + 1}": math.degrees(cmath.phase(power)) if size else None,
        }
        wanted = ("current_l", *KINDS[kind], *(() if lines_only else ("voltage_l",)))
        found |= {q: value for q, value in full.items() if q.startswith(wanted)}
    for a, b in ((0, 1), (1, 2), (2, 0)):
        found[f"voltage_l{a + 1}_l{b + 1}"] = abs(inputs[a] - inputs[b])
    if sequence and not {"0", "N"} & set(leads):
        found["phase_sequence"] = "clockwise" if (inputs[1] / inputs[0]).imag < 0 else "counter_clockwise"
    return found


at = {phase: cmath.rect(230.0, math.radians(degrees)) for phase, degrees in TURN.items()}


def _polar(size: float, degrees: float) -> complex:
    return cmath.rect(size, math.radians(degrees))


def _current(name: str, amperes: dict[str, float], angle: dict[str, float]) -> complex:
    phase = name[1:]
    return (-1 if name[0] == "-" else 1) * _polar(amperes[phase], TURN[phase] - angle[phase])


def file_of(samples: list[dict[str, Any]], listed: bool = False, **meter: Any) -> dict[str, Any]:
    """Return the document for ``judge --readings``."""
    told = [
        [{"quantity": q, "value": v, "unit": ""} for q, v in each.items()] if listed else each
        for each in samples
    ]
    return {
        "meter": {"system": "3P4W", "nominal_voltage_v": 230, "ct_primary_a": 100, "role": "load",
                  "load": "ev_charging"} | meter,
        "samples": [{"at": f"2026-03-02T10:00:{k:02}Z", "readings": r} for k, r in enumerate(told)],
    }  # fmt: skip
