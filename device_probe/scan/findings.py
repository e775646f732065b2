"""The differences that a scan can find, in words for the person on site. Pure."""

import re
from collections.abc import Iterable

from device_probe.model import Figure, Finding, PlannedDevice
from device_probe.scan.result import FoundDevice


def firmware_approved(version: str, rules: Iterable[str]) -> bool:
    """Return True when a version is one of those named, and within all bounds (>=1.2.1, <=2.0)."""
    named = [rule for rule in rules if rule[:1] not in "<>"]
    bounds = [rule for rule in rules if rule[:1] in "<>"]
    return (not named or any(_compared(version, rule) == 0 for rule in named)) and all(
        _within(version, rule) for rule in bounds
    )


def _within(version: str, bound: str) -> bool:
    sign, limit = re.match(r"([<>]=?)(.*)", bound, re.DOTALL).groups()  # type: ignore[union-attr] # it begins so
    order = _compared(version, limit)
    return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[sign]


def _compared(one: str, other: str) -> int:
    """Compare versions number by number: 1.10 is after 1.9, and 1.2 is 1.2.0."""
    left, right = _parts(one), _parts(other)
    length = max(len(left), len(right))
    left += [(0, "")] * (length - len(left))
    right += [(0, "")] * (length - len(right))
    return (left > right) - (left < right)


def _parts(version: str) -> list[tuple[int, str]]:
    found = re.findall(r"[0-9]+|[a-z]+", version.strip().lower().removeprefix("v"))
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in found]


def _where(device: PlannedDevice) -> str:
    return f"{device.host}:{device.port} unit {device.unit}"


def firmware(device: PlannedDevice, here: FoundDevice) -> list[Finding]:
    """The firmware of a device is not one that is approved, or can't be known."""
    if not device.approved_firmware:
        return []
    approved = ", ".join(device.approved_firmware)
    if not here.firmware_version:
        sentence = f"The firmware of {device.tag} can't be read over Modbus; {approved} is approved."
        return [Finding("firmware-not-read", "info", device.tag, sentence,
                        remedy=f"Read it on the display or the web page of {device.tag}.")]  # fmt: skip
    if firmware_approved(here.firmware_version, device.approved_firmware):
        return []
    sentence = f"{device.tag} has the firmware {here.firmware_version}; {approved} is approved."
    return [
        Finding("firmware-not-approved", "error", device.tag, sentence,
                (Figure("firmware_version", here.firmware_version),), Figure("approved_firmware", approved),
                remedy=f"Load an approved firmware into {device.tag}, or have this one approved.")
    ]  # fmt: skip


def missing(device: PlannedDevice, problem: str) -> Finding:
    """Nobody answers where a device is planned."""
    because = f" ({problem})" if problem else ""
    return Finding(
        "missing", "error", device.tag, f"{device.tag} does not answer at {_where(device)}{because}.",
        remedy=f"Check power, network cable, address and unit id of {device.tag}, then scan again.",
    )  # fmt: skip


def not_looked_at(device: PlannedDevice) -> Finding:
    """A planned device lies outside what was scanned."""
    return Finding(
        "not-scanned", "info", device.tag, f"{device.tag} at {_where(device)} was not looked at.",
        remedy="Add its address to the range, if it belongs to this scan.",
    )  # fmt: skip


def moved(device: PlannedDevice, found: FoundDevice) -> Finding:
    """A planned device answers elsewhere."""
    same_port = device.port == found.port and device.host == found.host
    code, what = ("unit-differs", "unit id") if same_port else ("address-differs", "address")
    sentence = f"{device.tag} is expected at {_where(device)} and answers at {found.where}."
    return Finding(
        code, "error", device.tag, sentence, (Figure("found_at", found.where),),
        Figure("expected_at", _where(device)),
        remedy=f"Set the {what} of {device.tag} as planned, or correct the plan.",
    )  # fmt: skip


def swapped(device: PlannedDevice, here: FoundDevice, other: PlannedDevice) -> Finding:
    """Two planned devices have each other's place."""
    sentence = (
        f"{device.tag} and {other.tag} are swapped: {other.tag}, {here.what}, answers at {_where(device)}, "
        f"where {device.tag} is expected, and the other way round."
    )
    return Finding(
        "address-swapped", "error", device.tag, sentence, (Figure("found_at", here.where),),
        remedy=f"Exchange the addresses of {device.tag} and {other.tag}, then scan again.",
    )  # fmt: skip


def wrong_device(device: PlannedDevice, here: FoundDevice, other: PlannedDevice) -> Finding:
    """Another planned device answers where one is expected."""
    sentence = f"{other.tag}, {here.what}, answers at {_where(device)}, where {device.tag} is expected."
    return Finding(
        "wrong-device", "error", device.tag, sentence, (Figure("found_at", here.where),),
        remedy=f"Set the address of {other.tag} as planned, then scan again for {device.tag}.",
    )  # fmt: skip


def model_differs(device: PlannedDevice, here: FoundDevice) -> Finding:
    """A device of another kind answers."""
    unsure = f" (not certain: {here.decides})" if here.decides else ""
    sentence = (
        f"At {_where(device)} answers {here.what}, not the {device.profile} "
        f"that is approved as {device.tag}{unsure}."
    )
    return Finding(
        "model-differs", "error" if here.confidence == "certain" else "warning", device.tag, sentence,
        (Figure("profile", here.profile or "none fits"),), Figure("profile", device.profile),
        remedy=f"Compare the name plate of {device.tag} with the plan; mount what is approved or correct it.",
    )  # fmt: skip


def serial_differs(device: PlannedDevice, here: FoundDevice) -> Finding:
    """Another device of the same kind answers."""
    sentence = (
        f"{device.tag} has the serial number {here.serial_number}; "
        f"the name plate said {device.serial_number}."
    )
    return Finding(
        "serial-differs", "error", device.tag, sentence, (Figure("serial_number", here.serial_number),),
        Figure("serial_number", device.serial_number or ""),
        remedy=f"Compare the name plate of {device.tag}; correct the record, or find what belongs here.",
    )  # fmt: skip


def unknown(found: FoundDevice) -> Finding:
    """A device is not in the plan."""
    if found.behind is not None:
        return Finding(
            "device-behind", "info", "", f"Behind the device at {found.where} stands {found.what}.",
            remedy=f"Add it to the plan with the profile {found.profile} if its values are wanted.",
        )  # fmt: skip
    return Finding(
        "unknown-device", "warning", "", f"{found.what} answers at {found.where} and is not in the plan.",
        (Figure("found_at", found.where),),
        remedy="Find out what it is; add it to the plan or take it off the network.",
    )  # fmt: skip
