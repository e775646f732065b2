"""Power quality of meters as tables in the terminal: measured, expected, background, limit, verdict."""

from collections.abc import Iterable, Sequence

from rich.table import Table
from rich.text import Text

from device_probe.console import COLOURS, out
from device_probe.judgement import Check, QualityVerdict
from device_probe.model import ProbeReport

CHECKS = {"pass": "green", "fail": "bold red", "info": ""}
SINGLE_ORDERS = ("harmonic-voltage", "harmonic-current")
#: What the per cent of a quantity are of, where its name doesn't say.
LABELS = {"voltage-band": ", deviation", "frequency": ", deviation", "neutral-current": ", of a phase"}
LARGEST = 3  # of the orders, besides those over their limit
MOST_METERS = 12


def show_quality(report: ProbeReport) -> None:
    """Print a table for each meter of a report, those over a limit first."""
    judged = [(each.tag, each.power_quality) for each in report.judgements]
    known = [(tag, quality) for tag, quality in judged if quality is not None and quality.checks]
    known.sort(key=lambda each: each[1].verdict != "fail")  # else in the order of the plan
    for tag, quality in known[:MOST_METERS]:
        show_meter(tag, quality)
    if (rest := len(known) - MOST_METERS) > 0:
        out().print(f"Power quality of {rest} more meters: in the report, and with --json.")


def show_meter(tag: str, quality: QualityVerdict) -> None:
    """Print the power quality at one meter."""
    console = out()
    console.print(
        Text.assemble(f"Power quality{tag and f' at {tag}'}: ", (quality.verdict, COLOURS[quality.verdict])),
        f"({quality.statement})",
    )
    console.print(table_of(quality.checks))


def table_of(checks: Sequence[Check]) -> Table:
    """Return the table of one meter: of each quantity the worst phase, of single orders the largest."""
    table = Table(
        "  Quantity", "Measured", "Expected", "Background", "Limit", "Unit", "Verdict", "By",
        box=None, header_style="bold",
    )  # fmt: skip
    for column in table.columns[1:5]:
        column.justify = "right"
    for check in told_of(checks):
        table.add_row(
            f"  {_label(check)}", f"{check.value:.3g}", _number(check.expected), _number(check.background),
            _number(check.limit), check.unit, Text(check.verdict, CHECKS[check.verdict]), check.clause,
        )  # fmt: skip
    return table


def told_of(checks: Sequence[Check]) -> tuple[Check, ...]:
    """Return the checks worth a line, in their order."""
    codes: dict[str, list[Check]] = {}
    for check in checks:
        codes.setdefault(check.code, []).append(check)
    chosen = [each for code, alike in codes.items() for each in _chosen(code, alike)]
    return tuple(check for check in checks if check in chosen)


def _chosen(code: str, alike: list[Check]) -> Iterable[Check]:
    ranked = sorted(alike, key=_share, reverse=True)
    if code not in SINGLE_ORDERS:
        return ranked[:1]
    worst: dict[str, Check] = {}
    for check in ranked:  # the worst phase of each order
        worst.setdefault(check.quantity.rpartition("_h")[2], check)
    orders = list(worst.values())
    failed = [check for check in orders if check.verdict == "fail"]
    return [*failed, *[check for check in orders if check not in failed][:LARGEST]]


def _share(check: Check) -> tuple[bool, float]:
    """Return how near a value is to its limit; those without one come after, by size."""
    return check.limit is not None, check.value / check.limit if check.limit else check.value


def _label(check: Check) -> str:
    return check.quantity + (LABELS.get(check.code, "") if check.unit == "%" else "")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"
