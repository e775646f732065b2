"""A load step on the terminal: what would be done, and what came of it."""

from rich.table import Table
from rich.text import Text

from device_probe.console import COLOURS, PlainConsole
from device_probe.load_step.result import Judged, LoadStepResult
from device_probe.load_step.run import Survey

MOST_STATES = 12


def show_survey(survey: Survey) -> None:
    """Print what would be lowered, in which order, and why the other stations are left out."""
    console = PlainConsole()
    table = Table(
        "Station", "Set-point", "Found", "Lowered to", "Draws", "Kept alive", box=None, header_style="bold"
    )
    for p in survey.points:
        alive = f"every {p.refresh_s:.0f} s" if p.refresh_s else ""
        table.add_row(p.tag, p.point.quantity, f"{p.found:g} {p.unit}", f"{p.low:g} {p.unit}",
                      f"{p.drawn_a:.1f} A", alive)  # fmt: skip
    console.print(table)
    for number, state in enumerate(survey.states[:MOST_STATES], 1):
        console.print(f"Step {number}: {', '.join(sorted(state))}", highlight=False)
    if len(survey.states) > MOST_STATES:
        console.print(f"… and {len(survey.states) - MOST_STATES} more", highlight=False)
    for obstacle in survey.obstacles:
        console.print(Text(f"Not used. {obstacle.reason}", "yellow"))
    console.print(f"{len(survey.states)} steps, about {survey.seconds / 60:.0f} minutes.", highlight=False)


def show_result(result: LoadStepResult) -> None:
    """Print verdicts and findings."""
    console = PlainConsole()
    table = Table("Device", "Decided", "Verdict", "Because", box=None, header_style="bold")
    for station in result.stations:
        _row(table, station.tag, "feeder", station.below)
        _row(table, "", "phases", station.phases)
    for meter in result.meters:
        _row(table, meter.tag, "wiring", meter.wiring)
        _row(table, "", "CT ratio", meter.scale)
    for followed in result.following:
        _row(table, followed.tag, followed.kind.replace("_", "-"), followed.judged)
    if result.imported:
        _row(table, result.imported.tag, "import", result.imported.judged)
    console.print(table)
    for finding in result.findings:
        console.print(
            Text(f"{finding.tag} {finding.phase or ''} {finding.code}: {finding.sentence}", "bold red")
        )
        console.print(f"  {finding.remedy}", highlight=False)
    for out in result.left_out:
        console.print(Text(f"Not used. {out.reason}", "yellow"))
    console.print(Text(f"{result.verdict} after {result.steps} steps", COLOURS[result.verdict]))


def _row(table: Table, tag: str, what: str, judged: Judged) -> None:
    words = " ".join(
        part for part in (judged.reason, judged.action if judged.verdict != "pass" else "") if part
    )
    table.add_row(tag, what, Text(judged.verdict, COLOURS[judged.verdict]), words)
