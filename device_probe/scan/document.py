"""A scan as others read it: JSON (docs/contracts/scan.schema.json), CSV, the beginnings of a site plan."""

import csv
import io
from dataclasses import asdict, replace
from typing import Any

from device_probe.model import PlannedDevice, Role, SitePlan
from device_probe.scan.result import FoundDevice, ScanResult

SCHEMA = 1
COLUMNS = (
    "host", "port", "unit", "also_units", "profile", "confidence", "vendor", "model", "serial_number",
    "firmware_version", "alternatives", "decides",
)  # fmt: skip
TAGS = {"meter": "PM", "analyser": "PM", "inverter": "INV", "bess": "BESS"}
CHARGER = "CH"
NOMINAL_V, NOMINAL_HZ = 400.0, 50.0


def scan_document(result: ScanResult) -> dict[str, Any]:
    """Return the JSON document of a scan."""
    return {
        "schema": SCHEMA,
        "started_at": result.started_at,
        "finished_at": result.finished_at,
        "complete": result.complete,
        "range": {"hosts": len(result.hosts), "ports": list(result.ports), "units": list(result.units)},
        "requests": result.requests,
        "devices": [_device(found) for found in result.found],
        "silent": [asdict(place) for place in result.silent],
        "findings": [
            {**asdict(finding), "figures": [asdict(figure) for figure in finding.figures]}
            for finding in result.findings
        ],
    }


def scan_csv(result: ScanResult) -> str:
    """Return one line for each device."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for found in result.found:
        writer.writerow([_cell(getattr(found, column)) for column in COLUMNS])
    return out.getvalue()


def plan_of(result: ScanResult) -> SitePlan | None:
    """Return a site plan with the devices that can be read, to be completed by hand; None without any."""
    counts: dict[str, int] = {}
    devices = []
    for found in result.found:
        if found.profile:
            kind = CHARGER if "charger" in found.kind else TAGS.get(found.kind, "DEV")
            counts[kind] = counts.get(kind, 0) + 1
            devices.append(_planned(found, f"{kind}{counts[kind]:02}"))
    if not devices:
        return None
    return SitePlan(
        "SITE", f"Found by a scan on {result.started_at[:10]}", NOMINAL_V, NOMINAL_HZ, 8.0,
        "EN 50160:2010 4.2.5", 100.0, 8.0, tuple(devices),
    )  # fmt: skip


def _planned(found: FoundDevice, tag: str) -> PlannedDevice:
    # which meter is the main one no register tells; "other" is judged as nothing
    role: Role = "station" if tag.startswith(CHARGER) else "other"
    planned = PlannedDevice(tag, found.profile, found.host, found.port, found.unit, role)
    return replace(planned, serial_number=found.serial_number or None)


def _device(found: FoundDevice) -> dict[str, Any]:
    document = asdict(found)
    return {key: list(value) if isinstance(value, tuple) else value for key, value in document.items()}


def _cell(value: object) -> str:
    text = " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    # what a device calls itself must not become a formula in somebody's table
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
