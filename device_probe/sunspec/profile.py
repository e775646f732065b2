"""A SunSpec chain -> an ordinary profile. Pure.

Planner, reader and report then need to know nothing of it.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from device_probe import quantities
from device_probe.model import RawBlock
from device_probe.profile import Point, Profile, digest_of
from device_probe.sunspec import definitions as sunspec
from device_probe.sunspec.chain import (
    END,
    HEADER,
    MARKER,
    Chain,
    Placed,
    Registers,
    Section,
    chain_of,
    recorded,
)
from device_probe.sunspec.quantities import (
    BATTERIES,
    EXPORT_POSITIVE_METERS,
    INVERTERS,
    MAX_PORTS,
    METERS,
    MODELS,
    PHASES_OF,
    PORT,
)

NAME = re.compile(r"sunspec(?:-([1-9]))?")
USUAL_BASE = 40000
COMMON = 1
PORTS = 714


def is_dynamic(name: str) -> bool:
    """Return True for the profile names that stand for "what the device says": sunspec, sunspec-2 …"""
    return NAME.fullmatch(name) is not None


def open_profile(name: str) -> Profile:
    """Return the profile before its device was asked: it has no points yet."""
    mapping = sorted((id_, sorted(names.items())) for id_, names in MODELS.items())
    text = f"{name}\n{sunspec.edition()}\n{mapping}"
    return Profile(
        name, "SunSpec", "as found in the device", "inverter", 3, "tcp", 1, 502, "big", (), digest_of(text),
        confidence="high", sources=(sunspec.edition(),),
        notes=("Its registers are found by walking the chain of models of the device.",),
    )  # fmt: skip


def names_of_models() -> tuple[str, ...]:
    """Return every quantity that some SunSpec model gives."""
    found = {name for names in MODELS.values() for name in names.values()}
    ports = {f"{name}_port_{port + 1}" for name in PORT.values() for port in range(MAX_PORTS)}
    return tuple(sorted(found | ports))


def discovers(profile: Profile) -> bool:
    """Return True when the registers of this profile must first be found in the device."""
    return is_dynamic(profile.id) or bool(profile.sunspec_model)


def fitted(profile: Profile, unit: int, blocks: Iterable[RawBlock]) -> Profile:
    """Return the profile as the recorded chain makes it; unchanged when no chain was recorded."""
    if not discovers(profile):
        return profile
    registers = recorded(blocks, unit)
    chain = chain_of(registers)
    if chain is None:
        return profile
    if is_dynamic(profile.id):
        section = chosen(profile, chain)
        return profile if section is None else _built(profile, chain, section, registers)
    return _moved(profile, chain, registers)


def devices_of(chain: Chain) -> tuple[Section, ...]:
    """Return the devices of a chain; a meter without a common model of its own is one nevertheless."""
    found: list[Section] = []
    for section in chain.sections:
        meters = tuple(placed for placed in section.models if placed.id in METERS)
        others = tuple(placed for placed in section.models if placed.id not in METERS)
        parts = (others, meters) if any(placed.id in MODELS for placed in others) else (section.models,)
        found += [Section(section.common, part) for part in parts if any(p.id in MODELS for p in part)]
    return tuple(found)


def chosen(profile: Profile, chain: Chain) -> Section | None:
    """Return the device of a chain that the profile's name means."""
    match = NAME.fullmatch(profile.id)
    number = int(match[1] or 1) if match else 1
    devices = devices_of(chain)
    return devices[number - 1] if number <= len(devices) else None


def place_of_model(profile: Profile, chain: Chain) -> tuple[Placed, Placed] | None:
    """Return the common model and the model that a profile file describes."""
    for section in chain.sections:
        placed = section.find(profile.sunspec_model or 0)
        if placed is not None:
            return section.common, placed
    return None


def chain_words(profile: Profile) -> dict[int, int]:
    """Return header, model headers and end marker around the model of a profile file, for the simulator."""
    if not profile.sunspec_model:
        return {}
    base, group = profile.model_base or USUAL_BASE, sunspec.model(profile.sunspec_model)
    common = USUAL_BASE + len(MARKER) // 2
    headers = {
        common: (COMMON, base - common - HEADER),
        base: (profile.sunspec_model, group.size - HEADER),
        base + group.size: (END, 0),
    }
    return {address + i: word for address, pair in headers.items() for i, word in enumerate(pair)}


def text_at(registers: Registers, common: Placed, name: str) -> str:
    """Return a text of a common model, "" when it wasn't read."""
    point = sunspec.model(COMMON).point(name)
    if point is None:
        return ""
    data = registers(common.address + point.offset, point.size)
    return "" if data is None else readable(data.split(b"\0", 1)[0].decode("utf-8", "replace"))


def readable(text: str) -> str:
    """Return a text of a device without what would steer a terminal."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text.strip())


def _built(profile: Profile, chain: Chain, section: Section, registers: Registers) -> Profile:
    known = [placed for placed in section.models if placed.id in MODELS]
    points: dict[str, Point] = {}
    for placed in (section.common, *known):
        for point in _points(placed):
            points.setdefault(point.quantity, point)
    ids = {placed.id for placed in known}
    notes = (*profile.notes, f"{chain.words()}.", *((f"Chain: {chain.fault}.",) if chain.fault else ()))
    return replace(
        profile,
        vendor=text_at(registers, section.common, "Mn") or profile.vendor,
        model=text_at(registers, section.common, "Md") or profile.model,
        kind=_kind(ids),
        phases=min((PHASES_OF.get(id_, 3) for id_ in ids if id_ in (*METERS, *INVERTERS)), default=3),
        points=tuple(points.values()),
        sign=_sign(ids, chain, registers),
        notes=notes,
    )


def _kind(ids: set[int]) -> str:
    if ids & set(INVERTERS):
        return "inverter"
    if ids & set(METERS):
        return "meter"
    return "bess" if ids & set(BATTERIES) else "inverter"


def _sign(ids: set[int], chain: Chain, registers: Registers) -> dict[str, str]:
    """Inverters count what they give, meters what is drawn; some makers' meters do as their inverters."""
    export = bool(ids & set(INVERTERS)) or _deviates(chain, registers)
    return {"active_power": "export_positive" if export else "import_positive"}


def _deviates(chain: Chain, registers: Registers) -> bool:
    makers = [text_at(registers, section.common, "Mn").lower() for section in chain.sections]
    return any(name in maker for maker in makers for name in EXPORT_POSITIVE_METERS)


def _points(placed: Placed) -> list[Point]:
    group, names = sunspec.model(placed.id), MODELS[placed.id]
    found = [
        _point(quantity, placed.address + definition.offset, definition, group, placed.address)
        for definition in group.points
        if (quantity := names.get(definition.name)) and definition.type
        and definition.offset + definition.size <= HEADER + placed.length
    ]  # fmt: skip
    if placed.id == PORTS:
        for repeated in group.repeated:
            found += _ports(placed, group, repeated)
    return found


def _ports(placed: Placed, group: sunspec.Group, repeated: sunspec.Group) -> list[Point]:
    ports = min((HEADER + placed.length - group.size) // repeated.size, MAX_PORTS)
    found = []
    for port in range(ports):
        start = placed.address + group.size + port * repeated.size
        for definition in repeated.points:
            if quantity := PORT.get(definition.name):
                name = f"{quantity}_port_{port + 1}"
                found.append(_point(name, start + definition.offset, definition, group, placed.address))
    return found


def _point(
    quantity: str, address: int, definition: sunspec.Definition, scales: sunspec.Group, start: int
) -> Point:
    factor = definition.scale_factor
    register = scales.point(factor) if isinstance(factor, str) else None
    percent = quantity.startswith("power_factor") and definition.units in ("Pct", "%")
    scale = (0.01 if percent else 1.0) * (10.0**factor if isinstance(factor, int) else 1.0)
    bits = definition.type.startswith("bitmask")
    return Point(
        quantity, "holding", address, definition.type,
        length=definition.size if definition.type == "string" else 0,
        unit=quantities.unit_of(quantity), scale=scale, na=definition.na,
        scale_register=None if register is None else start + register.offset,
        enum={} if bits else {str(value): label for value, label in definition.symbols},
        bits=(dict(definition.symbols) or {0: "0"}) if bits else {},
    )  # fmt: skip


def _moved(profile: Profile, chain: Chain, registers: Registers) -> Profile:
    """Move the points of a profile file to where the chain has its model."""
    place = place_of_model(profile, chain)
    if place is None:
        return profile
    common, placed = place
    base = profile.model_base or USUAL_BASE

    def there(address: int) -> int:
        if address >= base:
            return placed.address + address - base
        header = len(MARKER) // 2
        first = USUAL_BASE + header
        return common.address + address - first if address >= first else chain.base + address - USUAL_BASE

    points = [
        replace(
            point, address=there(point.address),
            scale_register=None if point.scale_register is None else there(point.scale_register),
        )
        for point in profile.points
    ]  # fmt: skip
    inside = tuple(p for p in points if p.end <= max(placed.end, common.end))
    sign = dict(profile.sign)
    if placed.id in METERS and _deviates(chain, registers):
        sign["active_power"] = "export_positive"
    return replace(profile, points=inside, sign=sign)
