"""Measuring for a while: N samples of devices at an interval, on disk as they come, resumable."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from device_probe.bus import now_text
from device_probe.connector import profile_at
from device_probe.learned import Memory
from device_probe.loop import run
from device_probe.model import PlannedDevice, SitePlan
from device_probe.problems import OutputError, PlanFileError
from device_probe.profile import Profile, unit_of_connector
from device_probe.sampling import Clock, Reader, Sample, Schedule, Wanted, sample_devices
from device_probe.schema import dump_plan
from device_probe.window.file import WindowReader, WindowWriter, load_window
from device_probe.window.lines import WindowDevice, WindowHeader, columns_of
from device_probe.window.summary import WindowSummary

__all__ = ["Window", "WindowReader", "WindowSummary", "load_window", "measure", "summarise"]


@dataclass(frozen=True, slots=True)
class Window:
    """What is to be measured."""

    devices: tuple[PlannedDevice, ...]
    profiles: Mapping[str, Profile]  # by tag
    interval_s: float
    samples: int
    wanted: Wanted
    plan: SitePlan | None = None

    def header(self) -> WindowHeader:
        """Return the first line of the file."""
        return WindowHeader(
            self.interval_s, self.samples, now_text(), f"device-probe {metadata.version('fieldapp')}",
            tuple(self._entry(device) for device in self.devices),
            dump_plan(self.plan) if self.plan else None,
        )  # fmt: skip

    def _entry(self, device: PlannedDevice) -> WindowDevice:
        profile = self.profiles[device.tag]
        unit = unit_of_connector(profile, device.unit, device.connector)
        columns = columns_of(profile_at(device, profile), unit, self.wanted.get(device.tag))
        return WindowDevice(device, unit, profile.digest, columns)


def measure(
    window: Window, path: Path, *, resume: bool = False, progress: Callable[[Sample], None] | None = None,
    timeout_s: float | None = None, memory: Memory | None = None, clock: Clock | None = None,
    reader: Reader | None = None, fast: bool = True,
) -> WindowSummary:  # fmt: skip
    """Measure a window into a file and return what it came to; KeyboardInterrupt leaves a usable file."""
    summary = _so_far(window, path) if resume else _new_summary(window)
    writer = WindowWriter(path, window.header(), resume)
    if resume:
        writer.note({"resumed_at": now_text(), "from_sample": summary.last_number + 1})
    schedule = Schedule(window.interval_s, window.samples, summary.last_number + 1)

    async def work() -> None:
        syncing = _Syncing(writer)

        def keep(sample: Sample) -> None:
            writer.write(sample)
            syncing.soon()
            summary.add(sample)
            if progress:
                progress(sample)

        try:
            await sample_devices(
                window.devices, window.profiles, schedule, keep, wanted=window.wanted, timeout_s=timeout_s,
                memory=memory, clock=clock, reader=reader,
            )  # fmt: skip
        finally:
            await syncing.end()

    try:
        run(work(), fast=fast)
    finally:
        with suppress(Exception):  # a disk that takes no sample takes no summary either
            writer.note({"summary": summary.document()})
            writer.sync()
        writer.close()
    return summary


def summarise(path: Path) -> WindowSummary:
    """Return what a window file came to."""
    reader = WindowReader(path)
    header = reader.header
    summary = WindowSummary(header.interval_s, header.samples, [entry.device.tag for entry in header.devices])
    for sample in reader:
        summary.add(sample)
    return summary


class _Syncing:
    """Puts on the disk itself what was written, beside the reading and never twice at once."""

    def __init__(self, writer: WindowWriter) -> None:
        self._writer = writer
        self._due = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    def soon(self) -> None:
        """Ask for it; OutputError when the last time failed."""
        if self._task.done():
            self._task.result()
        self._due.set()

    async def end(self) -> None:
        """Stop; what is still due is done by the caller."""
        self._task.cancel()
        with suppress(asyncio.CancelledError, OutputError):
            await self._task

    async def _run(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            await asyncio.to_thread(self._writer.sync)


def _new_summary(window: Window) -> WindowSummary:
    return WindowSummary(window.interval_s, window.samples, [device.tag for device in window.devices])


def _so_far(window: Window, path: Path) -> WindowSummary:
    """Return what a window that is resumed came to; PlanFileError when it was another one."""
    found = WindowReader(path).header
    asked = window.header()
    for what, here, there in (
        ("devices", asked.devices, found.devices),
        ("interval", asked.interval_s, found.interval_s),
    ):
        if here != there:
            raise PlanFileError(
                f"{path} was measured with other {what}; resume it with the same call, "
                "or choose another name."
            )
    summary = summarise(path)
    summary.planned = window.samples
    return summary
