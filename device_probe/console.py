"""Tables and colours of the command line. Every table is printed as JSON instead when asked for."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from device_probe.model import ProbeReport, Reading, Snapshot
from device_probe.profile import Profile

if TYPE_CHECKING:  # showing a report needs nothing of what reads devices
    from device_probe.identify.device import Identification

COLOURS = {"pass": "green", "fail": "bold red", "inconclusive": "yellow"}
ASPECTS = {
    "communication": "communication",
    "wiring": "wiring",
    "power_quality": "power quality",
    "balance": "balance",
    "load_management": "load management",
}


class PlainConsole(Console):
    """A console that leaves the exit code of a closed pipe to us; rich would say 1, the answer no."""

    def on_broken_pipe(self) -> None:
        """Let the command line decide."""
        raise BrokenPipeError


def print_json(document: object) -> None:
    """Print one JSON document."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False))


def out() -> Console:
    """Return the console for results; made anew so that it writes to the present stdout."""
    return PlainConsole(highlight=False, soft_wrap=False, markup=False)


def progress_bar() -> Progress:
    """Return a progress bar on stderr, so that stdout stays clean."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip


def show_profiles(profiles: Iterable[Profile]) -> None:
    """Print the list of profiles."""
    table = Table(
        "Profile", "Device", "Kind", "Way", "Words", "Values", "THD", "Harmonics", "Confidence", box=None
    )
    for p in profiles:
        names = p.quantities
        table.add_row(
            p.id,
            f"{p.vendor} {p.model}",
            p.kind,
            "gateway" if p.transport == "rtu_gateway" else "TCP",
            p.word_order,
            str(len(names)),
            _tick(any(n.startswith("thd_voltage") for n in names)),
            _tick(any(n.startswith("harmonic_voltage") for n in names)),
            p.confidence + (", partial" if p.partial else ""),
        )
    out().print(table)


def show_snapshot(snapshot: Snapshot) -> None:
    """Print the readings of one device."""
    table = Table("Quantity", "Value", "Unit", "Problem", box=None, header_style="bold")
    table.columns[1].justify = "right"
    for reading in snapshot.readings:
        table.add_row(reading.quantity, value_text(reading), reading.unit, _problem(reading))
    console = out()
    console.print(
        f"{snapshot.profile} at {snapshot.host}:{snapshot.port} unit {snapshot.unit}, {snapshot.taken_at}"
    )
    console.print(table)
    console.print(f"{len(snapshot.readings)} values in {snapshot.requests} requests")
    if snapshot.diagnosis:
        console.print(Text(snapshot.diagnosis.sentence, "bold red"))
        console.print(f"  do: {snapshot.diagnosis.remedy}")


def show_identification(found: "Identification") -> None:
    """Print who may be at an address."""
    console = out()
    named = ", ".join(text for text in found.device_information.values() if text)
    console.print(f"Device identification: {named or 'none given'}")
    plate = (("serial number", found.plate.serial_number), ("firmware", found.plate.firmware_version))
    console.print(f"Unit {found.unit}", *(f"{name} {text}" for name, text in plate if text), sep=", ")
    for c in found.candidates[:5]:
        console.print(Text.assemble((c.profile, "bold"), f"  {c.vendor} {c.model}: {c.confidence}"))
        for words in c.evidence:
            console.print(f"  {words}")
    for behind in found.behind:
        console.print(f"Behind it: {behind.vendor} {behind.model}, profile {behind.profile}")
    if found.decides:
        console.print(found.decides)
    console.print(f"{found.requests} requests")


def show_report(report: ProbeReport) -> None:
    """Print verdicts, findings and the bottom line of a report."""
    console = out()
    table = Table("Device", "Aspect", "Verdict", "Reason", box=None, header_style="bold")
    for v in report.verdicts:
        if v.aspect != "communication" or v.verdict != "pass":
            table.add_row(v.tag, ASPECTS[v.aspect], Text(v.verdict, COLOURS[v.verdict]), v.reason)
    answered = sum(1 for s in report.snapshots if s.problem is None)
    console.print(
        f"{report.plan.name}: {answered} of {len(report.snapshots)} devices answered, {report.load_statement}"
    )
    console.print(table)
    for finding in report.findings:
        console.print(
            Text(
                f"{finding.severity}: {finding.sentence}",
                "bold red" if finding.severity == "error" else "yellow",
            )
        )
        if finding.remedy:
            console.print(f"  do: {finding.remedy}")
    console.print(Text.assemble("Verdict: ", (report.verdict, COLOURS[report.verdict]), f". {report.reason}"))


def value_text(reading: Reading) -> str:
    """Return a value as people read it."""
    if isinstance(reading.value, tuple):
        return ", ".join(reading.value) or "none set"
    if isinstance(reading.value, int | float):
        return f"{reading.value:.6g}"
    return reading.value or ""


def _problem(reading: Reading) -> str:
    return f"{reading.problem.replace('_', ' ')}: {reading.cause}" if reading.problem else ""


def _tick(yes: bool) -> str:
    return "yes" if yes else ""
