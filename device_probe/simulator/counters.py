"""Energy counters: what a device's own readings add up to over time. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from device_probe.simulator.network import Three

HOUR_S = 3600.0
ENERGIES = (
    "active_energy_import_total", "active_energy_export_total", "reactive_energy_import_total",
    "reactive_energy_export_total", "apparent_energy_total",
    *(f"active_energy_{way}_l{k}" for way in ("import", "export") for k in (1, 2, 3)),
)  # fmt: skip


def powers_of(inputs: Three) -> dict[str, float]:
    """Return the power that each energy counter of a meter adds up."""
    active = [c.active_power for c in inputs]
    reactive = sum(c.reactive_power for c in inputs)
    apparent = sum(c.voltage_rms * c.current_rms for c in inputs)
    found = {
        "active_energy_import_total": max(sum(active), 0.0),
        "active_energy_export_total": max(-sum(active), 0.0),
        "reactive_energy_import_total": max(reactive, 0.0),
        "reactive_energy_export_total": max(-reactive, 0.0),
        "apparent_energy_total": apparent,
    }
    for k, power in enumerate(active, 1):
        found[f"active_energy_import_l{k}"] = max(power, 0.0)
        found[f"active_energy_export_l{k}"] = max(-power, 0.0)
    return found


@dataclass(frozen=True, slots=True)
class Counter:
    """What one device has counted since the scenario began (Wh, varh, VAh), and its highest power so far."""

    energies: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(ENERGIES, 0.0))
    highest_w: float = -math.inf
    seconds: float = 0.0
    charging_s: float = 0.0

    def after(
        self, begin: Mapping[str, float], end: Mapping[str, float], seconds: float, charging: bool = False
    ) -> "Counter":
        """Return the counter after a while, with the powers at its begin and end (trapezium)."""
        return Counter(
            {
                name: self.energies[name] + (begin[name] + end[name]) / 2 * seconds / HOUR_S
                for name in ENERGIES
            },
            max(self.highest_w, _net(begin), _net(end)),
            self.seconds + seconds,
            self.charging_s + (seconds if charging else 0.0),
        )

    @property
    def imported_wh(self) -> float:
        """Return the active energy imported since the scenario began."""
        return self.energies["active_energy_import_total"]

    @property
    def exported_wh(self) -> float:
        """Return the active energy exported since the scenario began."""
        return self.energies["active_energy_export_total"]


def _net(powers: Mapping[str, float]) -> float:
    return powers["active_energy_import_total"] - powers["active_energy_export_total"]
