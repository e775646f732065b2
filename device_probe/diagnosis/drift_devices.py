"""Which devices, settings and plan entries differ between two reports of a site. Pure."""

import re
from collections.abc import Iterator

from device_probe.diagnosis.drift_item import Moved, Told
from device_probe.model import ProbeReport, Snapshot

SETTING = re.compile(
    r"ct_primary|ct_secondary|vt_primary|vt_secondary|vt_used|ct_wiring|system_type|number_of_phases"
    r"|application|thd_reference|nominal_frequency|byte_order_setting|unit_id_setting|dip_switches"
    r"|communication_timeout(_set|_enable)?"
)
VERSION = re.compile(r"firmware_(version|major|minor|patch)|hardware_version")
MODEL = re.compile(
    r"device_(model|name|type)|product_(id|code|number)|article_number|order_number|model_code"
)
PLANNED = ("profile", "unit", "parent", "ct_primary_a", "ct_secondary_a", "phase_rotation")
SAME = 1e-6  # relative; registers of a setting don't wander


def devices(baseline: ProbeReport, now: ProbeReport) -> Iterator[Moved]:
    """Return what is missing, new, replaced or set differently."""
    before, after = _answered(baseline), _answered(now)
    serials = {serial: tag for tag, s in before.items() if (serial := _text(s, "serial_number"))}
    for tag in dict.fromkeys((*before, *after)):
        if tag not in after:
            yield _missing(tag, now)
        elif tag not in before:
            yield Moved(
                "device", tag, "answers", "no", "yes", "", None, f"{tag} is new: it did not answer before.",
                f"Take {tag} into a new baseline once it is approved.",
            )  # fmt: skip
        else:
            yield from _identity(tag, before[tag], after[tag], serials)
            yield from _settings(tag, before[tag], after[tag])
    yield from _plans(baseline, now)


def _answered(report: ProbeReport) -> dict[str, Snapshot]:
    """Return for each device the last snapshot in which it answered."""
    found: dict[str, Snapshot] = {}
    for snapshot in (*report.earlier, *report.snapshots):
        if snapshot.problem is None:
            found[snapshot.tag] = snapshot
    return found


def _missing(tag: str, now: ProbeReport) -> Moved:
    said = next((s.problem for s in now.snapshots if s.tag == tag), None)
    why = said or "it is not in the plan any more"
    return Moved(
        "device", tag, "answers", "yes", "no", "", None, f"{tag} is missing: {why}.",
        f"Check power, network and unit id of {tag}; if it was removed, approve a new baseline.",
    )  # fmt: skip


def _values(snapshot: Snapshot, names: re.Pattern[str]) -> dict[str, tuple[Told, str]]:
    found: dict[str, tuple[Told, str]] = {}
    for reading in snapshot.readings:
        if names.fullmatch(reading.quantity) and reading.value is not None:  # a suspect one was told, too
            value = ", ".join(reading.value) if isinstance(reading.value, tuple) else reading.value
            found[reading.quantity] = (value, reading.unit)
    return found


def _text(snapshot: Snapshot, quantity: str) -> str | None:
    value = _values(snapshot, re.compile(re.escape(quantity))).get(quantity)
    return None if value is None else _told(value[0]).strip() or None


def _identity(tag: str, before: Snapshot, now: Snapshot, serials: dict[str, str]) -> Iterator[Moved]:
    was, is_now = _text(before, "serial_number"), _text(now, "serial_number")
    if was and is_now and was != is_now:
        other = serials.get(is_now)
        where = f"; that was {other} before" if other else ""
        yield Moved(
            "identity", tag, "serial_number", was, is_now, "", None,
            f"{tag} is another device: serial number {is_now} instead of {was}{where}.",
            f"Check the addresses of {tag} and {other}: they look exchanged."
            if other
            else f"Find out who replaced {tag}; wiring and settings of the new one need approval.",
        )  # fmt: skip
    for names, what in ((VERSION, "version"), (MODEL, "model")):
        for quantity, old, new, unit in _differing(before, now, names):
            yield Moved(
                "identity", tag, quantity, old, new, unit, None,
                f"The {what} of {tag} is {_told(new)} instead of {_told(old)} ({quantity}).",
                f"Compare with what is approved for {tag}, then test it as after a change of firmware."
                if what == "version"
                else f"Find out who replaced {tag}.",
            )  # fmt: skip


def _settings(tag: str, before: Snapshot, now: Snapshot) -> Iterator[Moved]:
    for quantity, old, new, unit in _differing(before, now, SETTING):
        yield Moved(
            "setting", tag, quantity, old, new, unit, None,
            f"{tag} is set to {quantity} {_with(new, unit)} instead of {_with(old, unit)}.",
            f"Compare with the plate of the transformers and the one-line; who changed {tag} must say why.",
        )  # fmt: skip


def _differing(
    before: Snapshot, now: Snapshot, names: re.Pattern[str]
) -> Iterator[tuple[str, Told, Told, str]]:
    """Return what both were asked and told differently; a value that one did not tell is no change."""
    old, new = _values(before, names), _values(now, names)
    for quantity in (name for name in old if name in new):
        (was, unit), (is_now, _) = old[quantity], new[quantity]
        if not _equal(was, is_now):
            yield quantity, was, is_now, "" if unit == "-" else unit


def _equal(one: Told, other: Told) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= SAME * max(abs(one), abs(other))
    return _told(one).strip() == _told(other).strip()


def _told(value: Told) -> str:
    return f"{value:g}" if isinstance(value, float | int) else value or ""


def _with(value: Told, unit: str) -> str:
    return f"{_told(value)} {unit}".rstrip()


def _plans(baseline: ProbeReport, now: ProbeReport) -> Iterator[Moved]:
    """What the plan says of a device decides how it is judged."""
    planned = {device.tag: device for device in now.plan.devices}
    for device in baseline.plan.devices:
        other = planned.get(device.tag)
        for name in PLANNED if other else ():
            was, is_now = getattr(device, name), getattr(other, name)
            if was != is_now:
                yield Moved(
                    "plan", device.tag, name, was, is_now, "", None,
                    f"The plan has {name} {is_now} for {device.tag} instead of {was}.",
                    "Make sure that the site was changed like this; then approve a new baseline.",
                )  # fmt: skip
