"""Diagnoses in words: what makes sense of the registers, by which figures, and what to do. Pure."""

from collections.abc import Iterable

from device_probe.model import Diagnosis, Figure, Snapshot
from device_probe.plausibility.measured import Measured, Values
from device_probe.plausibility.mistakes import Mistake
from device_probe.plausibility.outcome import Doubt
from device_probe.plausibility.ranges import title

UNITS = {
    "voltage": "V",
    "current": "A",
    "active": "W",
    "reactive": "var",
    "apparent": "VA",
    "frequency": "Hz",
}
EXAMPLES = (
    "voltage_l1_n",
    "voltage_l2_n",
    "frequency",
    "current_l1",
    "active_power_l1",
    "active_power_total",
)
SHOWN = 2
ENOUGH, PLENTY = 4, 8  # checks that hold, for a medium and a high confidence
PAGE = "docs/recipes/a-value-looks-wrong.md"


def explained(
    snapshot: Snapshot, mistake: Mistake, before: Values, after: Values, held_before: int, held_after: int
) -> Diagnosis:
    """Say that one mistake makes sense of the registers."""
    changed = [name for name in (*EXAMPLES, *after) if name in after and _moved(name, before, after)]
    names = list(dict.fromkeys(changed))[:SHOWN]
    shown = ", ".join(_change(name, before, after) for name in names)
    sentence = f"The registers of {snapshot.tag} make sense {mistake.words}{f' ({shown})' if shown else ''}."
    figures = [Figure("checks_held_as_read", held_before), Figure("checks_held_then", held_after)]
    for name in names:
        if name in before:
            figures.append(Figure(f"{name}_as_read", _short(before[name]), _unit(name)))
        figures.append(Figure(f"{name}_then", _short(after[name]), _unit(name)))
    confidence = "high" if held_after >= PLENTY else "medium" if held_after >= ENOUGH else "low"
    return Diagnosis(mistake.kind, sentence, mistake.remedy, tuple(figures), confidence, (mistake.kind,))  # type: ignore[arg-type]


def several(snapshot: Snapshot, named: list[Diagnosis]) -> Diagnosis:
    """Say that several mistakes explain the registers equally well."""
    kinds = tuple(dict.fromkeys(kind for one in named for kind in one.candidates))
    words = " Or: ".join(one.sentence for one in named)
    sentence = f"{len(named)} mistakes explain {snapshot.tag} equally well. {words}"
    remedy = " Or: ".join(dict.fromkeys(one.remedy for one in named))
    kind = kinds[0] if len(kinds) == 1 else "ambiguous"
    return Diagnosis(kind, sentence, remedy, named[0].figures, "low", kinds)


def nothing_known(snapshot: Snapshot, found: Iterable[Doubt], searched: bool = True) -> Diagnosis:
    """Say that no mistake that is known makes sense of the registers, or that none was looked for."""
    words = [doubt.words for doubt in found if doubt.decoding]
    more = f" ({len(words) - 1} more contradictions)" if len(words) > 1 else ""
    end = (
        "nothing that is known makes sense of the registers" if searched
        else "why was not looked into: many devices of this site can't be right"
    )  # fmt: skip
    sentence = f"{snapshot.tag}: {words[0]}{more}, and {end}."
    remedy = (
        f"Read {snapshot.tag} once more; then compare model, firmware and unit id with the profile "
        f"{snapshot.profile} ({PAGE})."
    )
    return Diagnosis("unknown", sentence, remedy, (Figure("contradictions", len(words)),), "low", ())


def different_setting(snapshot: Snapshot, found: Iterable[Doubt]) -> Diagnosis:
    """Say that the transformers set in the device are not those of the plan."""
    doubt = next(doubt for doubt in found if "ct_primary" in doubt.quantities)
    sentence = f"{snapshot.tag}: {doubt.words}; currents, powers and energies are wrong by that ratio."
    remedy = f"Read the transformers' nameplates, then correct the setting of {snapshot.tag} or the plan."
    return Diagnosis("ct_ratio", sentence, remedy, (), "high", ("ct_ratio",))


def empty(snapshot: Snapshot, content: str) -> Diagnosis:
    """Say that nobody is at home at this unit id."""
    sentence = (
        f"Every register of {snapshot.tag} that was read holds {content}: "
        f"no such device is at unit id {snapshot.unit}."
    )
    remedy = (
        f"Check unit id and profile of {snapshot.tag}, and whether the gateway sees the device behind it; "
        "`device-probe identify` tells who answers."
    )
    return Diagnosis("unit_id", sentence, remedy, (), "high", ("unit_id",))


def without_voltage(snapshot: Snapshot) -> Diagnosis:
    """Say that the meter is read right and measures nothing."""
    sentence = f"{snapshot.tag} is read as the profile says, but has no voltage at any of its inputs."
    remedy = f"Check the supply and the fuses of the voltage inputs of {snapshot.tag}."
    return Diagnosis("no_voltage", sentence, remedy, (), "medium", ("no_voltage",))


def _moved(name: str, before: Values, after: Values) -> bool:
    if name not in before:
        return name in EXAMPLES
    return abs(before[name].value - after[name].value) > 0.01 * abs(after[name].value)


def _change(name: str, before: Values, after: Values) -> str:
    unit = f" {_unit(name)}" if _unit(name) else ""
    was = f" instead of {before[name].value:.4g}{unit}" if name in before else ""
    return f"{title(name)} {after[name].value:.4g}{unit}{was}"


def _short(item: Measured) -> float:
    return float(f"{item.value:.6g}")


def _unit(name: str) -> str:
    return UNITS.get(name.removeprefix("native_").split("_")[0], "")
