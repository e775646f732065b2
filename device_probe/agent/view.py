"""What the page for tablets shows, as one document: pure, from plan, run and report."""

from collections.abc import Iterable, Mapping
from typing import Any

from device_probe.agent.digest import Digested
from device_probe.agent.reading import Reading
from device_probe.agent.standing import Standing
from device_probe.model import PlannedDevice, SitePlan

WORST = ("fail", "inconclusive", "pass")


def view(
    plan: SitePlan | None, reading: Reading | None, newest: Digested | None, fate: str,
    standing: Standing, hand: Mapping[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the whole page as a document."""
    fits = newest is not None and (plan is None or newest.document["plan"]["site"] == plan.site)
    shown = newest if fits else None
    report = shown.document if shown else None
    running = reading if reading is not None and not reading.over else None
    return {
        "site": {"id": plan.site, "name": plan.name} if plan else None,
        "devices": [_device(device, running, report) for device in plan.devices] if plan else [],
        "hand": hand,
        "run": _run(running) if running else None,
        "ended": _ended(reading) if reading is not None and reading.over else None,
        "report": _report(shown, fate, standing) if shown else None,
        "server": {
            "configured": bool(standing.server),
            "reached": standing.reached,
            "last_contact": standing.last_contact,
            "last_error": standing.last_error,
        },
    }


def _device(
    device: PlannedDevice, running: Reading | None, report: Mapping[str, Any] | None
) -> dict[str, Any]:
    place = device.host if device.link == "serial" else f"{device.host}:{device.port}"
    shown = {"tag": device.tag, "profile": device.profile, "place": place, "unit": device.unit}
    if running is not None:
        return {**shown, "state": "read" if device.tag in running.steps.tags else "waiting", "verdicts": []}
    verdicts = [each for each in report["verdicts"] if each["tag"] == device.tag] if report else []
    return {**shown, "state": _worst(verdicts), "verdicts": [_verdict(each) for each in verdicts]}


def _worst(verdicts: Iterable[Mapping[str, Any]]) -> str:
    words = {verdict["verdict"] for verdict in verdicts}
    return next((word for word in WORST if word in words), "unknown")


def _verdict(verdict: Mapping[str, Any]) -> dict[str, Any]:
    return {key: verdict[key] for key in ("aspect", "verdict", "reason", "action")}


def _run(running: Reading) -> dict[str, Any]:
    steps = running.steps
    return {
        "by": running.by,
        "begun_at": running.begun_at,
        "done": steps.done,
        "total": steps.total,
        "tag": steps.tag,
        "stopping": running.cancelled,
    }


def _ended(reading: Reading) -> dict[str, Any] | None:
    """Why the last run left no report; None when it left one."""
    if reading.error is not None:
        return {"how": "failed", "sentence": str(reading.error)}
    return {"how": "stopped", "sentence": ""} if reading.report is None else None


def _report(shown: Digested, fate: str, standing: Standing) -> dict[str, Any]:
    report = shown.document
    keys = ("id", "verdict", "reason", "load_statement", "started_at", "finished_at")
    findings = sorted(report["findings"], key=lambda each: each["severity"] != "error")
    wanted = ("code", "severity", "tag", "phase", "sentence", "remedy", "clause")
    return {
        **{key: report[key] for key in keys},
        "findings": [{key: each[key] for key in wanted} for each in findings],
        "site_verdicts": [_verdict(each) for each in report["verdicts"] if not each["tag"]],
        "answered": sum(1 for each in report["snapshots"] if each["problem"] is None),
        "asked": len(report["snapshots"]),
        "fate": fate if standing.server or fate != "waiting" else "kept",
        "load_step": _load_step(report.get("load_step")),
        "sha256": shown.sha256,
        "digest": shown.text,
    }


def _load_step(record: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What a load step showed; its evidence stays in the file."""
    if record is None:
        return None
    keys = ("verdict", "steps", "stations", "meters", "left_out")
    return {"how": record["how"], **{key: record["result"][key] for key in keys}}
