"""What the probe's values are called on a page: quantities, ways of being connected, loads. Pure."""

import re

from device_probe.judgement import Connection, Likely

PHASES = ("L1", "L2", "L3")
LOADS = {
    "ev_charging": "charging stations",
    "general": "charging stations and other consumers",
    "generation": "generation",
}
METERS = {"main_meter": "Main meter", "group_meter": "Meter"}
#: Of a quantity's name, the part before its phase or order.
_QUANTITIES = (
    (r"voltage_(l\d)_(n)", "Voltage {0}-{1}"),
    (r"voltage_(l\d)_(l\d)", "Voltage {0}-{1}"),
    (r"frequency", "Frequency"),
    (r"voltage_unbalance", "Voltage unbalance"),
    (r"thd_voltage_(.+)", "Distortion of the voltage {0} (THD)"),
    (r"thd_current_(.+)", "Distortion of the current {0} (THD)"),
    (r"tdd_current_(.+)", "Distortion of the current {0} against demand (TDD)"),
    (r"harmonic_voltage_(.+)_h(\d+)", "Voltage {0}, order {1}"),
    (r"harmonic_current_(.+)_h(\d+)", "Current {0}, order {1}"),
    (r"k_factor_(.+)", "K-factor {0}"),
    (r"current_n", "Current of the neutral"),
)
_OFF = {"voltage-band": " off nominal", "frequency": " off nominal"}
_ORDER = re.compile(r"(harmonic_(?:voltage|current))_(.+)_h(\d+)\Z")


def quantity_words(quantity: str, code: str = "") -> str:
    """Return what a checked quantity is called; of a band the value is how far it lies off nominal."""
    for pattern, words in _QUANTITIES:
        if found := re.fullmatch(pattern, quantity):
            places = (each.replace("_", "-").upper() for each in found.groups())
            return words.format(*places) + _OFF.get(code, "")
    return quantity.replace("_", " ").capitalize()


def order_of(quantity: str) -> tuple[str, int, str] | None:
    """Return kind, order and phase of a single harmonic, None of any other quantity."""
    found = _ORDER.match(quantity)
    return (found[1], int(found[3]), found[2]) if found else None


def connection_words(one: Connection | Likely) -> str:
    """Return how inputs are connected, as somebody would say it who stands before the meter."""
    voltages, currents = one.voltage_inputs, one.current_inputs
    names = PHASES if len(currents) != 2 else ("L1", "L3")
    if together := _together(voltages, currents):
        return together
    parts = [*_voltage_parts(voltages), *_current_parts(currents, names)]
    said = "; ".join(parts)
    return said[:1].upper() + said[1:] if said else "Connected as designed"


def _together(voltages: tuple[str, ...], currents: tuple[str, ...]) -> str:
    """Currents follow the voltages into other inputs: it measures right, whatever the phases are called."""
    if len(voltages) != 3 or sorted(voltages) != list(PHASES) or list(voltages) == list(PHASES):
        return ""
    if currents != tuple(f"+{phase}" for phase in voltages):
        return ""
    order = " ".join(voltages)
    cyclic = order in ("L2 L3 L1", "L3 L1 L2")
    turned = (
        "all phases turned on together" if cyclic else "two phases exchanged, voltage and current together"
    )
    return f"{turned[0].upper()}{turned[1:]} ({order}): it measures right"


def _voltage_parts(voltages: tuple[str, ...]) -> list[str]:
    found = []
    moved = [(PHASES[k], got) for k, got in enumerate(voltages) if got in PHASES and got != PHASES[k]]
    for k, got in enumerate(voltages):
        if got == "0":
            found.append(f"no voltage at input {PHASES[k]}")
        elif got == "N":
            found.append(f"the neutral at voltage input {PHASES[k]}")
    if len(moved) == 2 and {place for place, _ in moved} == {got for _, got in moved}:
        found.append(f"voltage leads of {moved[0][0]} and {moved[1][0]} exchanged")
    elif moved:
        found.append("voltage " + ", ".join(f"input {place} gets {got}" for place, got in moved))
    return found


def _current_parts(currents: tuple[str, ...], names: tuple[str, ...]) -> list[str]:
    found, moved, turned = [], [], []
    for place, got in zip(names, currents, strict=False):
        if got == "0":
            found.append(f"no current at input {place}")
        elif got[1:] != place:
            moved.append(f"input {place} gets {got[1:]}{' reversed' if got[0] == '-' else ''}")
        elif got[0] == "-":
            turned.append(place)
    if moved:
        found.append("current " + ", ".join(moved))
    if turned:
        found.append(f"current of {' and '.join(turned)} reversed")
    return found
