"""Addresses as a manual counts them -> addresses of the request, which begin at 0."""

from collections.abc import Iterator
from typing import Any

from device_probe.profile_format.faults import Fault
from device_probe.profile_format.fields import TABLES
from device_probe.profile_format.yaml_text import Path

OF_A_POINT = ("address", "address_of_h1", "scale_register", "ratio_register")


def first_addresses(raw: object) -> tuple[dict[str, int], list[Fault]]:
    """Return the number of the first register of each table."""
    found = dict.fromkeys(TABLES, raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw
    if isinstance(found, dict) and all(
        key in TABLES and isinstance(first, int) and not isinstance(first, bool) and 0 <= first <= 65535
        for key, first in found.items()
    ):
        return dict(found), []
    problem = "must be the number of the first register, or one for each table"
    return {}, [Fault(("addresses_from",), problem, "write 1, or {input: 30001, holding: 40001}")]


def counted_from_zero(device: dict[str, Any], first: dict[str, int]) -> Iterator[Fault]:
    """Move every address of a well-formed profile; what would lie before the first register is a fault."""
    if not any(first.values()):
        return
    for name, raw in device["points"].items():
        yield from _move(("points", name), raw, OF_A_POINT, first)
    for name, raw in device["identity"].items():
        yield from _move(("identity", name), raw, ("address",), first)
        raw["alternatives"] = [
            address - first.get(raw["table"], 0) for address in raw.get("alternatives", [])
        ]
    for index, gap in enumerate(device.get("forbidden_gaps", [])):
        yield from _move(("forbidden_gaps", index), gap, ("from_", "to"), first)
    if "model_base" in device:
        device["model_base"] -= first.get("holding", 0)
    if setting := device.get("word_order_setting"):
        yield from _move(("word_order_setting",), setting, ("address",), first)


def _move(path: Path, raw: dict[str, Any], keys: tuple[str, ...], first: dict[str, int]) -> Iterator[Fault]:
    begin = first.get(raw.get("table", ""), 0)
    for key in keys:
        if key not in raw:
            continue
        raw[key] -= begin
        if raw[key] < 0 and key != "address_of_h1":
            yield Fault((*path, key.rstrip("_")), f"lies before the first register, {begin}", "correct it")
            raw[key] = 0
