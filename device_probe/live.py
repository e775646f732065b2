"""The live view of `device-probe watch`: each value with its least, its greatest and its run."""

from collections import deque
from dataclasses import dataclass, field

from rich.console import Group
from rich.table import Table
from rich.text import Text

from device_probe.console import value_text
from device_probe.model import Reading
from device_probe.sampling import Sample
from device_probe.window.summary import Spread, main_quantities

BARS = "▁▂▃▄▅▆▇█"
MOST_POINTS = 40
SITE_COLUMNS = ("active_power_total", "current_l1", "current_l2", "current_l3", "voltage_l1_n", "frequency")
SITE_OTHERS = ("charger_state", "connector_state", "device_state", "dc_power", "battery_soc")


def sparkline(values: list[float]) -> str:
    """Return a run of values as one bar a value, between their least and greatest."""
    if not values:
        return ""
    least, greatest = min(values), max(values)
    if greatest == least:
        return BARS[3] * len(values)
    return "".join(BARS[int((len(BARS) - 1) * (v - least) / (greatest - least) + 0.5)] for v in values)


@dataclass(slots=True)
class _Run:
    """The last values of one quantity."""

    spread: Spread
    values: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_POINTS))
    last: Reading | None = None

    def add(self, reading: Reading) -> None:
        self.last = reading
        if isinstance(reading.value, float):
            self.values.append(reading.value)
            self.spread.add(reading.value)


@dataclass(slots=True)
class _Watched:
    """One device."""

    runs: dict[str, _Run] = field(default_factory=dict)
    sample: Sample | None = None
    failures: int = 0

    def add(self, sample: Sample) -> None:
        self.sample = sample
        if sample.snapshot is None:
            return
        if sample.snapshot.problem:
            self.failures += 1
            return
        shown = self.runs or main_quantities(sample.snapshot.readings)
        for reading in sample.snapshot.readings:
            if reading.quantity in shown or (not self.runs and reading.quantity in SITE_OTHERS):
                self.runs.setdefault(reading.quantity, _Run(Spread(reading.unit))).add(reading)

    @property
    def state(self) -> str:
        """Return what is wrong with the device just now, "" when nothing is."""
        if self.sample is None:
            return "not read yet"
        if self.sample.snapshot is None:
            return self.sample.missing
        return self.sample.snapshot.problem or ""


class LiveView:
    """All watched devices; one shows its quantities, several show a line each."""

    def __init__(self, tags: tuple[str, ...], everything: bool) -> None:
        self._devices = {tag: _Watched() for tag in tags}
        self._everything = everything  # named quantities are shown all, not only the main ones

    def add(self, sample: Sample) -> None:
        """Take in what was read."""
        watched = self._devices[sample.tag]
        if self._everything and not watched.runs and sample.snapshot:
            watched.runs = {r.quantity: _Run(Spread(r.unit)) for r in sample.snapshot.readings}
        watched.add(sample)

    def picture(self) -> Group:
        """Return what is to be shown."""
        table = _of_one(*self._devices.values()) if len(self._devices) == 1 else _of_many(self._devices)
        newest = max((w.sample.due_at for w in self._devices.values() if w.sample), default="")
        return Group(table, Text(f"{newest}  q or Ctrl-C ends", "dim"))


def line_of(sample: Sample, quantities: tuple[str, ...] = ()) -> str:
    """Return a sample as one line of text."""
    head = f"{sample.due_at} {sample.tag}"
    if sample.snapshot is None or sample.snapshot.problem:
        return f"{head} {sample.missing if sample.snapshot is None else sample.snapshot.problem}"
    shown = quantities or main_quantities(sample.snapshot.readings)
    parts = [
        f"{r.quantity}={value_text(r) or (r.problem or '').replace('_', ' ')} {r.unit}".rstrip()
        for r in sample.snapshot.readings if r.quantity in shown
    ]  # fmt: skip
    return f"{head} {'  '.join(parts)}"


def _of_one(watched: _Watched) -> Table:
    table = Table("Quantity", "Value", "Unit", "Run", "Min", "Max", "Problem", box=None, header_style="bold")
    for column in (1, 4, 5):
        table.columns[column].justify = "right"
    for name, run in watched.runs.items():
        reading = run.last
        problem = f"{(reading.problem or '').replace('_', ' ')} {reading.cause}".strip() if reading else ""
        table.add_row(
            name, value_text(reading) if reading else "", run.spread.unit, sparkline(list(run.values)),
            *_ends(run.spread), Text(problem, "yellow"),
        )  # fmt: skip
    if watched.state:
        table.add_row(Text(watched.state, "bold red"))
    return table


def _ends(spread: Spread) -> tuple[str, str]:
    return (f"{spread.least:.6g}", f"{spread.greatest:.6g}") if spread.count else ("", "")


def _of_many(devices: dict[str, _Watched]) -> Table:
    columns = [name for name in SITE_COLUMNS if any(name in w.runs for w in devices.values())]
    table = Table("Device", *columns, "Run", "State", box=None, header_style="bold")
    for tag, watched in devices.items():
        first = next((watched.runs[name] for name in columns if name in watched.runs), None)
        said = [run.last for name, run in watched.runs.items() if name in SITE_OTHERS]
        others = ", ".join(value_text(reading) for reading in said if reading and reading.value is not None)
        table.add_row(
            tag, *(_cell(watched.runs.get(name)) for name in columns),
            sparkline(list(first.values)) if first else "",
            Text(watched.state, "bold red") if watched.state else Text(others),
        )  # fmt: skip
    return table


def _cell(run: _Run | None) -> str:
    if run is None or run.last is None:
        return ""
    return f"{value_text(run.last)} {run.last.unit}" if run.last.value is not None else "-"
