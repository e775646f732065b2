"""Units with prefixes: exact conversion by powers of ten. The TypeScript twin is held by tests/vectors."""

from checklists.errors import ReadingError

#: Unit -> base unit and power of ten.
UNITS: dict[str, tuple[str, int]] = {
    "mΩ": ("Ω", -3), "Ω": ("Ω", 0), "kΩ": ("Ω", 3), "MΩ": ("Ω", 6), "GΩ": ("Ω", 9),
    "mV": ("V", -3), "V": ("V", 0), "kV": ("V", 3),
    "µA": ("A", -6), "mA": ("A", -3), "A": ("A", 0), "kA": ("A", 3),
    "ms": ("s", -3), "s": ("s", 0),
    "W": ("W", 0), "kW": ("W", 3), "MW": ("W", 6),
    "Hz": ("Hz", 0), "kHz": ("Hz", 3),
    "mm": ("m", -3), "cm": ("m", -2), "m": ("m", 0),
}  # fmt: skip
#: How people write units on a keyboard without these signs; m is milli and M is mega, always.
SPELLED: dict[str, str] = {
    prefix + word: prefix + "Ω"
    for prefix in ("m", "", "k", "M", "G")
    for word in ("\u03a9", "\u2126", "Ohm", "ohm")
} | {"μA": "µA", "uA": "µA", "°C": "°C"}


def unit_of(text: str) -> str:
    """Return a unit as it is kept; "" when it is none that is known."""
    spelled = SPELLED.get(text, text)
    return spelled if spelled in UNITS else ""


def power_between(unit: str, wanted: str) -> int | None:
    """Return n where a number in ``unit`` times 10^n is that in ``wanted``; None: another quantity."""
    if unit == wanted:
        return 0
    (base, power), (other, wanted_power) = UNITS.get(unit, ("", 0)), UNITS.get(wanted, ("?", 0))
    return power - wanted_power if base == other else None


def checked_unit(text: str, wanted: str) -> str:
    """Return the unit typed behind a reading; ReadingError when it can't be one of this quantity."""
    unit = text if text == wanted else unit_of(text)
    if unit and power_between(unit, wanted) is not None:
        return unit
    if not wanted:
        raise ReadingError(f"“{text}” is too much here: write the number alone.")
    raise ReadingError(f"“{text}” can't stand here: write the reading in {wanted}.")
