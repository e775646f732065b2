"""Plans and windows on the command line."""

from rich.table import Table
from rich.text import Text

from device_probe.console import out
from device_probe.plan_view import DevicePlan
from device_probe.window.summary import WindowSummary

FEW_DEVICES = 3
OF_MANY = ("active_power_total", "voltage_l1_n", "dc_power", "grid_power", "battery_soc")
REQUEST = ("#", "FC", "Unit", "Address", "Hex", "Count", "ms", "Values", "Why not one with the next")
WINDOW = (
    "Device",
    "Samples",
    "Missing",
    "Incomplete",
    "Late",
    "Jitter ms (p50/p99/max)",
    "Requests",
    "Problem",
)


def show_plan(plans: list[DevicePlan], pictures: bool) -> None:
    """Print the requests of devices, with the picture of their registers when there is one device."""
    console = out()
    for plan in plans:
        console.print(Text(plan.title, "bold"))
        table = Table(*REQUEST, box=None, header_style="bold")
        for column in (0, 1, 2, 3, 5, 6):
            table.columns[column].justify = "right"
        for number, step in enumerate(plan.steps, 1):
            table.add_row(
                str(number), str(step.function), str(step.block.unit), str(step.block.address),
                f"0x{step.block.address:04X}", str(step.block.count), f"{1000 * step.seconds:.0f}",
                step.contents, step.why,
            )  # fmt: skip
        console.print(table)
        for line in plan.picture if pictures else ():
            console.print(Text(line, no_wrap=True, overflow="crop"))
        console.print(plan.total)


def show_window(summary: WindowSummary) -> None:
    """Print what a window came to."""
    console = out()
    document = summary.document()
    table = Table(*WINDOW, box=None, header_style="bold")
    table.columns[5].no_wrap = True
    for tag, found in document["devices"].items():
        jitter = "/".join(f"{found['jitter_ms'][name]:.3g}" for name in ("p50", "p99", "max"))
        table.add_row(
            tag, *(str(found[key]) for key in ("samples", "missing", "incomplete", "late")), jitter,
            str(found["requests"]), found["last_problem"],
        )  # fmt: skip
    console.print(table)
    values = Table("Device", "Quantity", "Min", "Mean", "Max", "Unit", box=None, header_style="bold")
    for column in (2, 3, 4):
        values.columns[column].justify = "right"
    few = len(document["devices"]) <= FEW_DEVICES
    for tag, found in document["devices"].items():
        for name, spread in found["quantities"].items():
            if not few and name not in OF_MANY:
                continue
            ends = (f"{spread[key]:.6g}" for key in ("min", "mean", "max"))
            values.add_row(tag, name, *ends, spread["unit"])
    console.print(values)
    if summary.clock_step_s:
        console.print(
            f"The clock of this computer was set by {summary.clock_step_s:+.3g} s during the window; "
            "the times the samples were due are counted from its start and are right."
        )
