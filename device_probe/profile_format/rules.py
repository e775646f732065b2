"""What the parts of a profile must be to one another: overlaps, limits, joint reads, signs. Pure."""

from collections.abc import Iterable, Iterator
from typing import Any

from device_probe.profile import MAX_ADDRESS, SIGN_FAMILIES, SIGNS
from device_probe.profile_format.faults import Fault, nearest
from device_probe.profile_format.point_rules import Spot, pattern_faults, point_faults, spots
from device_probe.profile_format.yaml_text import Path

MAX_BITS = 2000  # of coils in one request
NO_SIGN = ("note",)


def rule_faults(device: dict[str, Any]) -> Iterator[Fault]:
    """Return everything that is wrong in a well-formed profile; ``device`` is what its shape let through."""
    points, most = device["points"], device.get("max_registers_per_read", 125)
    for name, raw in points.items():
        yield from point_faults(name, raw, most)
    found = [spot for name, raw in points.items() for spot in spots(name, raw)]
    yield from _head(device)
    yield from _sign(device.get("sign") or {})
    for kind, pattern in device.get("na_by_type", {}).items():
        yield from pattern_faults(("na_by_type", kind), pattern, kind)
    yield from _twice(found)
    yield from _overlaps(found)
    yield from _gaps(device, found)
    yield from _joint(device, found, most)
    yield from _references(points, {spot.quantity for spot in found})
    yield from _settings(device)
    yield from _identity(device["identity"])
    yield from _connectors(device, found)


def _head(device: dict[str, Any]) -> Iterator[Fault]:
    if device.get("zero_based_addresses") is False:
        yield Fault(
            ("zero_based_addresses",), "says nothing about the number of the first register",
            "write addresses_from: 1 (or 30001, 40001) instead, or subtract 1 from every address",
        )  # fmt: skip
    if device.get("exact_reads") and device.get("even_start"):
        yield Fault(("even_start",), "contradicts exact_reads", "keep one of the two")


def _sign(sign: dict[Any, Any]) -> Iterator[Fault]:
    for family, value in sign.items():
        if family in NO_SIGN:
            continue
        if family not in SIGN_FAMILIES:
            like = nearest(str(family), SIGN_FAMILIES)
            yield Fault(
                ("sign", str(family)), "is not a family of quantities with a sign",
                f"did you mean {like}?" if like else f"take one of {', '.join(SIGN_FAMILIES)}",
            )  # fmt: skip
        elif value not in SIGNS:
            # no guess: a sign the wrong way round would be a wrong value that looks right
            yield Fault(
                ("sign", family), f"{value!r} is not known",
                f"write one of {', '.join(SIGNS)}, and explanations in sign.note",
            )  # fmt: skip


def _twice(found: Iterable[Spot]) -> Iterator[Fault]:
    first: dict[str, Spot] = {}
    for spot in found:
        if spot.quantity in first and first[spot.quantity].path != spot.path:
            other = first[spot.quantity].path[-1]
            yield Fault(spot.path, f"{spot.quantity} comes from {other} too", "remove one of the two")
        first.setdefault(spot.quantity, spot)


def _overlaps(found: Iterable[Spot]) -> Iterator[Fault]:
    # what is only written, or means something else when it is read alone, may share its registers
    shared = [s for s in found if not s.raw.get("read_alone") and s.raw.get("access") != "wo"]
    ordered = sorted(shared, key=lambda s: (s.table, s.unit_id if s.unit_id is not None else -1, s.address))
    widest: Spot | None = None
    reported: set[tuple[Path, Path]] = set()
    for spot in ordered:
        before = widest
        if before is None or (before.table, before.unit_id) != (spot.table, spot.unit_id):
            widest = spot
            continue
        if spot.address < before.end and not _same_place(before, spot):
            pair = (before.path, spot.path)
            if pair not in reported:
                reported.add(pair)
                problem = f"overlaps {before.quantity} ({before.table} {before.address} to {before.end - 1})"
                yield Fault(spot.path, problem, "correct address, type or length of one of them")
        if spot.end > before.end:
            widest = spot


def _same_place(one: Spot, other: Spot) -> bool:
    """Return True for two views of the same registers, such as two masks."""
    return (one.address, one.registers) == (other.address, other.registers) and (
        one.raw.get("mask", 0) != other.raw.get("mask", 0) or one.raw.get("type") != other.raw.get("type")
    )


def _gaps(device: dict[str, Any], found: Iterable[Spot]) -> Iterator[Fault]:
    for index, gap in enumerate(device.get("forbidden_gaps", [])):
        if not {"table", "from_", "to"} <= gap.keys():
            continue
        path: Path = ("forbidden_gaps", index)
        if gap["from_"] > gap["to"]:
            yield Fault(path, f"from {gap['from_']} lies behind to {gap['to']}", "exchange them")
        for spot in found:
            if spot.table == gap["table"] and spot.address <= gap["to"] and gap["from_"] < spot.end:
                yield Fault(
                    path, f"goes through {spot.quantity} ({spot.address} to {spot.end - 1})",
                    "end the gap before it, or remove the point",
                )  # fmt: skip


def _joint(device: dict[str, Any], found: list[Spot], most: int) -> Iterator[Fault]:
    known = {spot.quantity: spot for spot in found}
    taken: set[str] = set()
    for index, group in enumerate(device.get("joint_reads", [])):
        path: Path = ("joint_reads", index)
        for name in group:
            if name not in known:
                like = nearest(name, known)
                yield Fault(path, f"{name} is not a point of this device",
                            f"did you mean {like}?" if like else "remove it")  # fmt: skip
            elif name in taken:
                yield Fault(path, f"{name} stands in two joint reads", "put them together")
        taken |= set(group)
        members = [known[name] for name in group if name in known]
        if len(members) > 1:
            yield from _joint_group(path, members, device, most)
        elif len(group) < 2:
            yield Fault(path, "a joint read needs two quantities", "add the other one, or use read_alone")


def _joint_group(path: Path, members: list[Spot], device: dict[str, Any], most: int) -> Iterator[Fault]:
    if len({(spot.table, spot.unit_id) for spot in members}) > 1:
        yield Fault(path, "its quantities stand in different tables or units", "one request cannot read them")
        return
    first, end = min(s.address for s in members), max(s.end for s in members)
    limit = MAX_BITS if members[0].table in ("coil", "discrete") else most
    if end - first > limit:
        yield Fault(path, f"needs {end - first} registers, and a request may ask for {limit}", "split it")
    if any(spot.raw.get("read_alone") or spot.raw.get("access") == "wo" for spot in members):
        yield Fault(path, "holds a point that is read alone or never", "remove it")
    for gap in device.get("forbidden_gaps", []):
        if gap.get("table") == members[0].table and first <= gap.get("to", -1) and gap["from_"] < end:
            yield Fault(path, "reaches across a forbidden gap", "correct the gap or the joint read")


def _references(points: dict[str, dict[str, Any]], known: set[str]) -> Iterator[Fault]:
    for name, raw in points.items():
        for key in ("sign_from", "valid_when"):
            other = raw.get(key, {}).get("quantity")
            if other is None:
                continue
            if other not in known or other == name:
                like = nearest(other, known - {name})
                yield Fault(
                    ("points", name, key, "quantity"), f"{other} is not another point of this device",
                    f"did you mean {like}?" if like else "describe that point too",
                )  # fmt: skip
            elif key == "sign_from":
                yield from _sign_bits(name, raw[key], points.get(other, {}))


def _sign_bits(name: str, wanted: dict[str, str], field: dict[str, Any]) -> Iterator[Fault]:
    names = [str(label) for label in field.get("bits", {}).values()]
    for key in ("positive", "negative"):
        if wanted.get(key) is not None and wanted[key] not in names:
            yield Fault(("points", name, "sign_from", key), f"{wanted[key]} is no bit of that field",
                        f"take one of {', '.join(names) or 'its named bits, once it has some'}")  # fmt: skip


def _settings(device: dict[str, Any]) -> Iterator[Fault]:
    setting = device.get("word_order_setting")
    if not setting:
        return
    path: Path = ("word_order_setting",)
    if ("values" in setting) == ("pattern" in setting):
        yield Fault(path, "needs either values or a pattern", "say how the register tells the word order")
    if "pattern" in setting and setting.get("type") == "uint16":
        yield Fault((*path, "pattern"), "one register has no word order", "give values")


def _identity(identity: dict[str, dict[str, Any]]) -> Iterator[Fault]:
    for name, raw in identity.items():
        path: Path = ("identity", name)
        text = raw.get("type") == "string"
        if text and "length" not in raw:
            yield Fault((*path, "length"), "a string needs its length in registers", "add it")
        if not text and "contains" in raw:
            yield Fault((*path, "contains"), "only a string contains a text", "give value, values or range")
        if text and {"value", "values", "range"} & raw.keys():
            yield Fault(path, "a string holds no number", "give contains")
        if len(raw.get("range", ())) == 2 and raw["range"][0] > raw["range"][1]:
            yield Fault((*path, "range"), "the lowest lies above the highest", "exchange them")


def _connectors(device: dict[str, Any], found: list[Spot]) -> Iterator[Fault]:
    stride, most = device["connector_stride"], device.get("connectors", 1)
    steps = bool(stride or device.get("connector_unit_stride"))
    if most > 1 and not steps:
        yield Fault(("connectors",), "says nothing about where connector 2 stands",
                    "add connector_stride or connector_unit_stride")  # fmt: skip
    if not steps and any(spot.raw.get("station") for spot in found):
        yield Fault(("connector_stride",), "is missing, and points are marked as the station's",
                    "add it or remove station from the points")  # fmt: skip
    moving = [spot for spot in found if not spot.raw.get("station") and stride.get(spot.table)]
    for spot in moving:
        last = spot.end - 1 + stride[spot.table] * (most - 1)
        if last > MAX_ADDRESS:
            yield Fault(("connectors",), f"{spot.quantity} of connector {most} reaches address {last}",
                        "correct connectors or connector_stride")  # fmt: skip
            return
