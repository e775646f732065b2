"""Judgements of readings, changes of a report and drift of a site, as tables."""

from rich.table import Table
from rich.text import Text

from device_probe.console import ASPECTS, COLOURS, out
from device_probe.console_quality import table_of
from device_probe.diagnosis.changes import Changes
from device_probe.diagnosis.contract import Judgement, dump_judgement
from device_probe.diagnosis.drift import Drift

TOLD = 5
ANSWERS = {"same": "green", "moved": "bold red", "not_comparable": "yellow"}


def show_judgement(judgement: Judgement) -> None:
    """Print how a meter is connected and what its readings say about power quality."""
    console, document = out(), dump_judgement(judgement)
    wiring = document["wiring"]
    table = Table("Voltage inputs", "Current inputs", "Probability", box=None, header_style="bold")
    for each in wiring["hypotheses"][:TOLD]:
        table.add_row(
            " ".join(each["voltage_inputs"]), " ".join(each["current_inputs"]), f"{each['probability']:.4f}"
        )
    console.print(
        Text.assemble("Wiring: ", (wiring["verdict"], COLOURS[wiring["verdict"]]), f". {wiring['reason']}")
    )
    if wiring["hypotheses"]:
        console.print(table)
    for words in (wiring["correction"] or wiring["action"], *wiring["notes"]):
        if words:
            console.print(f"  {words}")
    if wiring["expect"]:
        console.print(f"  expect after it, at the same load: {wiring['expect']}")
    console.print(f"Power quality: {judgement.quality.reason}")
    if judgement.quality.checks:
        console.print(table_of(judgement.quality.checks))
    console.print(
        Text.assemble("Verdict: ", (judgement.verdict, COLOURS[judgement.verdict]), f". {judgement.reason}")
    )


def show_changes(found: Changes) -> None:
    """Print what the rules of today say differently."""
    console = out()
    if not found.any:
        console.print(f"Judged as when it was recorded ({found.software_before}).")
        return
    if found.before != found.now:
        console.print(f"When it was recorded the verdict was {found.before}.")
    for name in found.profiles:
        console.print(f"Decoded with another version of the profile {name} than when it was recorded.")
    for each in found.verdicts:
        was, is_now = each.before or "not judged", each.now or "not judged"
        console.print(
            f"changed: {each.tag} {ASPECTS[each.aspect]}, {was} before, {is_now} now. {each.reason}"
        )
    for words, findings in (("new", found.came), ("gone", found.went)):
        for finding in findings:
            console.print(f"{words}: {finding.sentence}")


def show_drift(found: Drift) -> None:
    """Print what moved."""
    console = out()
    for words, (_, at, load) in (("Baseline", found.baseline), ("Now", found.now)):
        console.print(f"{words}: {found.site}, {at}, {load}")
    table = Table("Device", "What", "Before", "Now", "Unit", "Counts from", box=None, header_style="bold")
    for each in found.moved:
        threshold = "any change" if each.threshold is None else f"{each.threshold:g}"
        table.add_row(each.tag, each.quantity, _told(each.before), _told(each.now), each.unit, threshold)
    if found.moved:
        console.print(table)
    for each in found.moved:
        console.print(Text(each.sentence, "bold red"))
        console.print(f"  do: {each.remedy}")
    for one in found.still_open:
        console.print(Text(f"not compared: {one.tag} {one.quantity}: {one.reason}", "yellow"))
    console.print(Text(found.sentence, ANSWERS[found.answer]))
    if found.answer == "not_comparable":
        console.print(f"  do: {found.action}")


def _told(value: float | str | None) -> str:
    return f"{value:.5g}" if isinstance(value, float) else str(value or "")
