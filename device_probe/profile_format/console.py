"""Profiles on the screen: what a check found, and what a profile holds."""

from typing import Any

from rich.table import Table
from rich.text import Text

from device_probe.console import out
from device_probe.profile import Point, Profile
from device_probe.profile_format.check import Check, Would
from device_probe.profile_format.faults import Fault


def show_check(check: Check) -> None:
    """Print what is wrong in a file, what is doubtful, and what reading with it would cost."""
    console = out()
    for word, colour, found in (("fault", "red", check.faults), ("warning", "yellow", check.warnings)):
        for line, fault in found:
            place = f"{check.file}:{line}" if line else check.file
            console.print(
                Text.assemble(f"{place}: ", (word, colour), f": {_sentence(fault)}"), soft_wrap=True
            )
    if check.would is not None and check.good:
        console.print(f"{check.file}: {would_words(check.would)}", soft_wrap=True)
    if check.good:
        console.print(Text.assemble(f"{check.file}: ", ("good", "green")), soft_wrap=True)
    else:
        console.print(f"{check.file}: {_count(len(check.faults), 'fault')}", soft_wrap=True)


def would_words(would: Would) -> str:
    """Return in words what one snapshot asks for."""
    more = f", {would.harmonics} of them harmonics" if would.harmonics else ""
    return (
        f"{_count(would.points, 'value')}{more}, in {_count(would.requests, 'request')} for "
        f"{_count(would.registers, 'register')}, about {would.seconds:.2g} s"
    )


def check_document(check: Check) -> dict[str, Any]:
    """Return a check as it is printed as JSON."""
    would = check.would
    return {
        "file": check.file,
        "good": check.good,
        "faults": [_fault_document(line, fault) for line, fault in check.faults],
        "warnings": [_fault_document(line, fault) for line, fault in check.warnings],
        "would_read": None if would is None or not check.good else {
            "points": would.points, "requests": would.requests, "registers": would.registers,
            "seconds": round(would.seconds, 4), "writable": would.writable, "harmonics": would.harmonics,
        },
    }  # fmt: skip


def _fault_document(line: int, fault: Fault) -> dict[str, Any]:
    return {
        "line": line or None, "path": fault.place, "problem": fault.problem, "remedy": fault.remedy,
    }  # fmt: skip


def _sentence(fault: Fault) -> str:
    text = str(fault)
    return text if text.endswith("?") else f"{text}."


def _count(number: int, word: str) -> str:
    return f"{number} {word}" + ("" if number == 1 else "s")


def show_profile(profile: Profile, manners: dict[str, Any], would: Would) -> None:
    """Print what a profile holds: head, manners, points, notes."""
    console = out()
    console.print(f"{profile.id}: {profile.vendor} {profile.model} ({profile.kind}, {profile.confidence})")
    console.print(f"One snapshot: {would_words(would)}")
    for key, value in manners.items():
        console.print(f"  {key}: {value}")
    table = Table("Quantity", "Place", "Type", "Scale", "Unit", "Remarks", box=None, header_style="bold")
    widths = (
        max(len(point.quantity) for point in profile.points),
        max(len(place_of(point)) for point in profile.points),
    )
    for column, width in zip(table.columns, widths, strict=False):
        column.no_wrap, column.min_width = True, width
    for point in profile.points:
        table.add_row(
            point.quantity, place_of(point), point.type, _scale(point), point.unit, ", ".join(remarks(point))
        )
    console.print(table)
    for note in profile.notes:
        console.print(f"Note: {note}")
    for source in profile.sources:
        console.print(f"Source: {source}")


def place_of(point: Point) -> str:
    """Return table and addresses of a point, and its unit id when it has one of its own."""
    last = f"-{point.end - 1}" if point.registers > 1 else ""
    unit = f" unit {point.unit_id}" if point.unit_id is not None else ""
    return f"{point.table} {point.address}{last}{unit}"


def _scale(point: Point) -> str:
    offset = f" {point.offset:+g}" if point.offset else ""
    return f"{point.scale:g}{offset}" if point.scale != 1 or point.offset else ""


REMARKS = (
    ("access", "r"), ("encoding", ""), ("basis", "fundamental"), ("byte_swap", False),
    ("fully_swapped", False), ("alone", False), ("optional", False), ("may_close", False),
    ("retry_na", False), ("station", False),
)  # fmt: skip


NUMBERS = ("scale_register", "ratio_register", "whole_below", "write_function")


def remarks(point: Point) -> list[str]:
    """Return what is out of the ordinary about a point."""
    found = [
        name if isinstance(value, bool) else str(value)
        for name, usual in REMARKS
        if (value := getattr(point, name)) != usual
    ]
    if point.sign_from:
        found.append(f"sign from {point.sign_from.quantity}")
    if point.valid_when:
        found.append(f"only with {point.valid_when.quantity} {' or '.join(point.valid_when.values)}")
    found += [f"{name} {number:g}" for name in NUMBERS if (number := getattr(point, name)) is not None]
    return [*found, *([f"sources disagree: {point.conflict}"] if point.conflict else [])]
