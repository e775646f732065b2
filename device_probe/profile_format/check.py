"""A profile file examined: every fault with its line, warnings, and what reading with it would cost."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device_probe.plan import plan_requests
from device_probe.plan_cost import cost_of
from device_probe.problems import ProfileError
from device_probe.profile import Profile
from device_probe.profile_format.faults import Fault
from device_probe.profile_format.point_rules import BITS, FACTORS, FLOATS
from device_probe.profile_schema import examine, read_text

BIT_TABLES = ("coil", "discrete")
GRID_V, GRID_HZ = 250.0, 60.0  # what a register of a voltage or a frequency must at least be able to show
COARSE_V = 5.0
RAW_UNIT = re.compile(r"(?:([0-9.]+) )?([kmM]?)([A-Za-z%]+)")
BASES = ("W", "Wh", "V", "A", "var", "varh", "VA", "VAh", "Hz", "s")
MANUAL_NUMBERS = ((30001, 39999), (40001, 49999))


@dataclass(frozen=True, slots=True)
class Would:
    """What one snapshot with the profile would ask for."""

    points: int
    requests: int
    registers: int
    seconds: float
    writable: int
    harmonics: int


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome for one file; line 0 where a fault has none."""

    file: str
    faults: tuple[tuple[int, Fault], ...]
    warnings: tuple[tuple[int, Fault], ...]
    profile: Profile | None
    would: Would | None

    @property
    def good(self) -> bool:
        """Return True when the file can be used."""
        return not self.faults


def check_file(path: Path) -> Check:
    """Examine one file; a file that cannot be read is a fault of its own."""
    try:
        text = read_text(path)
    except ProfileError as error:
        problem, _, remedy = str(error).removeprefix(f"{path}: ").removesuffix(".").partition("; ")
        return Check(str(path), ((0, Fault((), problem, remedy)),), (), None, None)
    return check_text(text, str(path))


def check_text(text: str, file: str) -> Check:
    """Examine the text of a profile file."""
    examined = examine(text)
    stem, faults = Path(file).stem, list(examined.faults)
    if examined.device.get("id") not in (None, stem):
        fault = Fault(("id",), f"{examined.device['id']} is not the name of the file", f"write id: {stem}")
        faults.append((examined.line_of(fault.path), fault))
    warnings = [(examined.line_of(w.path), w) for w in _warnings(dict(examined.device))]
    would = None
    if examined.profile is not None:
        try:
            would = would_of(examined.profile)
        except ProfileError as error:
            faults.append((0, Fault((), str(error).rstrip("."), "correct the limits")))
    order = sorted(faults, key=lambda found: found[0])
    return Check(file, tuple(order), tuple(sorted(warnings, key=lambda w: w[0])), examined.profile, would)


def would_of(profile: Profile) -> Would:
    """Return what one snapshot with a profile asks for."""
    blocks, cost = plan_requests(profile, profile.default_unit_id), cost_of(profile)
    return Would(
        points=len(profile.quantities),
        requests=len(blocks),
        registers=sum(block.count for block in blocks if block.table not in BIT_TABLES),
        seconds=profile.connect_delay_ms / 1000
        + sum(cost.seconds(block.table in BIT_TABLES, block.count) for block in blocks),
        writable=sum(point.access != "r" for point in profile.points),
        harmonics=sum(point.quantity.startswith("harmonic_") for point in profile.points),
    )


def _warnings(device: dict[str, Any]) -> Iterator[Fault]:
    points = device.get("points", {})
    yield from _missing(device, points)
    for name, raw in points.items():
        if "conflict" in raw:
            yield _warning(("points", name, "conflict"), f"the sources disagree: {raw['conflict']}",
                           "compare it with the device's display")  # fmt: skip
        yield from _scale(name, raw)
        yield from _raw_unit(name, raw)
    for one, others in (("l1_n", ("l2_n", "l3_n")), ("l1", ("l2", "l3"))):
        for quantity in ("voltage", "current", "active_power"):
            lost = [f"{quantity}_{o}" for o in others if f"{quantity}_{o}" not in points]
            if device.get("phases") == 3 and f"{quantity}_{one}" in points and lost:
                verb = "is" if len(lost) == 1 else "are"
                words = f"{' and '.join(lost)} {verb} missing beside it"
                yield _warning(("points", f"{quantity}_{one}"), words,
                               "add it, or correct phases")  # fmt: skip


def _missing(device: dict[str, Any], points: dict[str, Any]) -> Iterator[Fault]:
    if not device.get("identity") and not device.get("fc43"):
        yield _warning(("identity",), "nothing tells this device from others", "add a register that does")
    if not device.get("sources"):
        yield _warning(("sources",), "there is no source", "name document and page")
    if device.get("confidence") == "low":
        yield _warning(("confidence",), "the facts are doubtful", "compare every value with the display")
    if device.get("partial"):
        yield _warning(("partial",), "the map is incomplete", "add what the manual has")
    power = [name for name in points if name.startswith("active_power_")]
    if power and not device.get("sign"):
        yield _warning(("sign",), "nothing says which way power counts",
                       "add sign: {active_power: import_positive}")  # fmt: skip
    addresses = [raw["address"] for raw in points.values() if "address" in raw]
    if not {"zero_based_addresses", "addresses_from"} & device.keys() and addresses:
        for low, high in MANUAL_NUMBERS:
            if low <= min(addresses) and max(addresses) <= high:
                yield _warning(
                    ("points",), f"the addresses look like the numbers of a manual ({low} ff.)",
                    f"write addresses_from: {low} if they are, else zero_based_addresses: true",
                )  # fmt: skip


def _scale(name: str, raw: dict[str, Any]) -> Iterator[Fault]:
    kind, scale = raw.get("type"), raw.get("scale", 1)
    needs = {"V": GRID_V, "Hz": GRID_HZ}.get(raw.get("unit", ""), 0)
    if not needs or not name.startswith(("voltage_l", "frequency")) or kind not in BITS:
        return
    if {"scale_register", "ratio_register"} & raw.keys():
        return
    path = ("points", name, "scale" if "scale" in raw else "type")
    unit = raw["unit"]
    if kind not in FLOATS:
        reach = ((1 << BITS[kind] - kind.startswith("int")) - 1) * scale + raw.get("offset", 0)
        if reach < needs:
            yield _warning(path, f"it cannot show more than {reach:g} {unit}", "correct scale or type")
            return
    if scale >= COARSE_V and "raw_unit" not in raw:
        yield _warning(path, f"one count would be {scale:g} {unit}", "correct the scale")


def _raw_unit(name: str, raw: dict[str, Any]) -> Iterator[Fault]:
    match = RAW_UNIT.fullmatch(raw.get("raw_unit", ""))
    if not match or match[3] not in BASES or raw.get("unit") != match[3] or "scale_register" in raw:
        return
    step = float(match[1] or 1) * FACTORS[match[2]]
    scale = raw.get("scale", 1)
    if abs(step - scale) > 1e-9 * step:
        yield _warning(("points", name, "raw_unit"), f"a count of {raw['raw_unit']} is {step:g} {match[3]}, "
                       f"and scale is {scale:g}", "correct one of the two")  # fmt: skip


def _warning(path: tuple[str, ...], problem: str, remedy: str) -> Fault:
    return Fault(path, problem, remedy, warning=True)
