"""Windows: on schedule, on disk as they come, whole after a crash, the same when read back."""

import asyncio
import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from device_probe.live import line_of, sparkline
from device_probe.model import PlannedDevice, Reading, Snapshot
from device_probe.problems import OutputError, PlanFileError
from device_probe.profile_schema import load_profile
from device_probe.read import read_device
from device_probe.sampling import BUSY, Sample
from device_probe.simulator import SimulatedSite
from device_probe.window import file as window_file
from device_probe.window.file import WindowReader
from device_probe.window.measure import Window, load_window, measure, summarise
from device_probe.window.summary import Jitter

CONTRACTS = Path(__file__).parents[2] / "docs" / "contracts"
SCHEMAS = {
    name: json.loads((CONTRACTS / name).read_text("utf-8"))
    for name in ("window.schema.json", "snapshot.schema.json", "site-plan.schema.json")
}
LINE = Draft202012Validator(
    SCHEMAS["window.schema.json"],
    registry=Registry().with_resources((n, Resource.from_contents(s)) for n, s in SCHEMAS.items()),
)
START = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


class FakeClock:
    """Time that passes when somebody sleeps or a device takes its time."""

    def __init__(self) -> None:
        self.now, self.set_by = 1000.0, 0.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> datetime:
        return START + timedelta(seconds=self.now - 1000.0 + self.set_by)

    async def sleep_until(self, moment: float) -> None:
        self.now = max(self.now, moment)
        await asyncio.sleep(0)


def a_window(
    samples: int, interval_s: float = 1.0, tags: tuple[str, ...] = ("M1",), profile="eastron-sdm120"
):
    devices = tuple(
        PlannedDevice(tag, profile, "127.0.0.1", 502, n, "other") for n, tag in enumerate(tags, 1)
    )
    return Window(devices, {tag: load_profile(profile) for tag in tags}, interval_s, samples, {})


def a_reading(value: float = 230.0) -> tuple[Reading, ...]:
    return (Reading("voltage_l1_n", value, "V"),)


def replayed(clock: FakeClock, seconds: float = 0.0, value: float = 230.0):
    """A device that answers after so long."""

    async def read(device: PlannedDevice) -> Snapshot:
        clock.now += seconds
        return Snapshot(
            device.tag, device.profile, "d", device.host, device.port, 1, "2026-05-04T12:00:00.000Z",
            a_reading(value), (), 1, None, 1,
        )  # fmt: skip

    return read


def real_window(site: SimulatedSite, samples: int, interval_s: float, wanted=None) -> Window:
    devices = tuple(d for d in site.plan.devices if d.tag in ("PM0", "PM1", "PM2", "CH01"))
    profiles = {device.tag: load_profile(device.profile) for device in devices}
    return Window(devices, profiles, interval_s, samples, wanted or {}, site.plan)


def lines_of(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_window_read_back_is_what_a_snapshot_would_be(simulated: SimulatedSite, tmp_path: Path) -> None:
    path = tmp_path / "w.jsonl"
    window = real_window(simulated, 3, 0.2)
    summary = measure(window, path)
    assert summary.complete
    for line in lines_of(path):
        LINE.validate(line)
    samples = list(load_window(path))
    assert len({(sample.number, sample.due_at) for sample in samples}) == 3  # aligned over the devices
    assert sorted((s.number, s.tag) for s in samples) == sorted(
        (n, d.tag) for n in range(3) for d in window.devices
    )
    for device in window.devices:
        once = read_device(device)
        for sample in (s for s in samples if s.tag == device.tag):
            kept = sample.snapshot
            assert kept.profile_digest == once.profile_digest
            assert (kept.requests, kept.planned, kept.unit) == (once.requests, once.planned, once.unit)
            assert [(r.quantity, r.unit, r.problem, r.cause, r.request) for r in kept.readings] == [
                (r.quantity, r.unit, r.problem, r.cause, r.request) for r in once.readings
            ]
            for reading in kept.readings:
                if reading.request is not None and reading.raw not in ("0", "1"):
                    assert reading.raw in kept.blocks[reading.request].data_hex
    assert simulated.writes == 0


def test_what_is_written_is_read_back_to_the_bit(simulated: SimulatedSite, tmp_path: Path) -> None:
    kept: list[Sample] = []
    path = tmp_path / "w.jsonl"
    measure(real_window(simulated, 2, 0.1), path, progress=kept.append)
    found = list(load_window(path))
    assert [sample.snapshot for sample in found] == [sample.snapshot for sample in kept]
    assert [(s.number, s.tag, s.due_at, s.late) for s in found] == [
        (s.number, s.tag, s.due_at, s.late) for s in kept
    ]


def test_named_quantities_alone_are_kept(simulated: SimulatedSite, tmp_path: Path) -> None:
    path = tmp_path / "w.jsonl"
    measure(real_window(simulated, 1, 0.1, {"PM0": ("frequency",)}), path)
    samples = {sample.tag: sample.snapshot for sample in load_window(path)}
    assert [r.quantity for r in samples["PM0"].readings] == ["frequency"]
    assert len(samples["PM1"].readings) > 20


def test_all_devices_start_at_the_same_ticks_and_the_schedule_does_not_drift(tmp_path: Path) -> None:
    clock, path = FakeClock(), tmp_path / "w.jsonl"
    measure(a_window(50, 1.0, ("M1", "M2")), path, clock=clock, reader=replayed(clock, 0.3))
    for sample in load_window(path):
        due = START + timedelta(seconds=sample.number)
        assert sample.due_at == due.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        assert sample.jitter_s == pytest.approx(0.3 if sample.tag == "M2" else 0.0)  # one line: in turn


def test_a_slow_device_is_late_or_skips_and_says_so(tmp_path: Path) -> None:
    clock, path = FakeClock(), tmp_path / "w.jsonl"
    summary = measure(a_window(10), path, clock=clock, reader=replayed(clock, 2.5))
    samples = list(load_window(path))
    assert [s.number for s in samples] == list(range(10))
    assert [s.number for s in samples if s.missing] == [1, 3, 4, 6, 8, 9]
    assert {s.missing for s in samples if s.snapshot is None} == {BUSY}
    read = [s for s in samples if s.snapshot]
    assert [s.number for s in read] == [0, 2, 5, 7]
    assert [s.late for s in read] == [False, True, False, True]
    assert summary.document()["devices"]["M1"]["missing"] == 6
    assert not summary.complete


def test_a_clock_that_is_set_shifts_no_sample_and_is_told(tmp_path: Path) -> None:
    clock, path = FakeClock(), tmp_path / "w.jsonl"
    plain = replayed(clock)

    async def read(device: PlannedDevice) -> Snapshot:
        if clock.now >= 1003:
            clock.set_by = -3600.0
        return await plain(device)

    summary = measure(a_window(6), path, clock=clock, reader=read)
    samples = list(load_window(path))
    assert [s.due_at for s in samples] == [f"2026-05-04T12:00:0{n}.000Z" for n in range(6)]
    assert [s.clock_step_s for s in samples] == [0, 0, 0, -3600, -3600, -3600]
    assert summary.document()["clock_step_s"] == -3600


def test_a_torn_last_line_is_no_sample_and_resuming_writes_over_it(tmp_path: Path) -> None:
    clock, path = FakeClock(), tmp_path / "w.jsonl"
    measure(a_window(5), path, clock=clock, reader=replayed(clock))
    whole = path.read_bytes()
    last = [line for line in whole.splitlines(keepends=True) if b'"sample"' in line][-1]
    path.write_bytes(whole[: whole.index(last) + len(last) // 2])
    assert [s.number for s in load_window(path)] == [0, 1, 2, 3]
    clock = FakeClock()
    summary = measure(a_window(8), path, resume=True, clock=clock, reader=replayed(clock))
    assert [s.number for s in load_window(path)] == list(range(8))
    assert summary.complete
    for line in lines_of(path):
        LINE.validate(line)


def test_what_was_measured_is_never_overwritten_or_mixed(tmp_path: Path) -> None:
    clock, path = FakeClock(), tmp_path / "w.jsonl"
    measure(a_window(2), path, clock=clock, reader=replayed(clock))
    before = path.read_bytes()
    for window, resume, words in (
        (a_window(2), False, "--resume"),
        (a_window(4, 2.0), True, "other interval"),
        (a_window(4, 1.0, ("M1", "M2")), True, "other devices"),
    ):
        with pytest.raises(PlanFileError, match=words):
            measure(window, path, resume=resume, clock=clock, reader=replayed(clock))
    assert path.read_bytes() == before


@pytest.mark.parametrize("text", ["", "{}\n", "[1]\n", "no\n", '{"window": 2}\n', '{"window": 1}\n'])
def test_a_file_that_is_no_window_is_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "w.jsonl"
    path.write_text(text)
    with pytest.raises(PlanFileError, match=re.escape(str(path))):
        WindowReader(path)


def test_a_damaged_line_in_the_middle_is_named(tmp_path: Path) -> None:
    clock, path = FakeClock(), tmp_path / "w.jsonl"
    measure(a_window(3), path, clock=clock, reader=replayed(clock))
    lines = path.read_text().splitlines(keepends=True)
    for damage in ('{"sample": 1}\n', "\0\0\0\n"):
        path.write_text("".join([*lines[:2], damage, *lines[3:]]))
        with pytest.raises(PlanFileError, match="line 3"):
            list(load_window(path))


def test_a_full_disk_ends_with_one_sentence_and_keeps_what_was_there(tmp_path: Path, monkeypatch) -> None:
    clock, path, real = FakeClock(), tmp_path / "w.jsonl", os.write
    space = [6000]

    def filling(descriptor: int, data: bytes) -> int:
        if not space[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = real(descriptor, data[: space[0]])
        space[0] -= written
        return written

    monkeypatch.setattr(window_file.os, "write", filling)
    with pytest.raises(OutputError, match=r"No space left.*--resume"):
        measure(a_window(1000), path, clock=clock, reader=replayed(clock))
    kept = [sample.number for sample in load_window(path)]
    assert kept == list(range(len(kept)))
    assert len(kept) > 3
    monkeypatch.undo()
    clock = FakeClock()
    measure(a_window(len(kept) + 5), path, resume=True, clock=clock, reader=replayed(clock))
    assert [sample.number for sample in load_window(path)] == list(range(len(kept) + 5))


def started(
    site: SimulatedSite, path: Path, tmp_path: Path, samples: int
) -> tuple[subprocess.Popen, list[str]]:
    device = next(d for d in site.plan.devices if d.tag == "PM1")
    command = [
        sys.executable, "-m", "device_probe", "window", "--profile", device.profile, "--host", device.host,
        "--port", str(device.port), "--unit", str(device.unit), "--interval", "0.05",
        "--samples", str(samples), "--out", str(path), "--json",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 30
    while time.monotonic() < end and (not path.exists() or path.read_bytes().count(b"\n") < 6):
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    return process, command


def test_a_kill_in_the_middle_loses_at_most_one_sample(simulated: SimulatedSite, tmp_path: Path) -> None:
    path = tmp_path / "w.jsonl"
    process, command = started(simulated, path, tmp_path, 100_000)
    whole = path.read_bytes().count(b"\n")
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=20)
    found = list(load_window(path))
    assert [sample.number for sample in found] == list(range(len(found)))
    assert len(found) >= whole - 1  # the header is a line
    assert all(sample.snapshot.value("frequency") == pytest.approx(50, abs=1) for sample in found)
    command[command.index("100000")] = str(len(found) + 3)
    done = subprocess.run([*command, "--resume"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["devices"]["DEVICE"]["samples"] == len(found) + 3
    assert [sample.number for sample in load_window(path)] == list(range(len(found) + 3))


def test_an_interrupt_says_what_there_is(simulated: SimulatedSite, tmp_path: Path) -> None:
    path = tmp_path / "w.jsonl"
    process, _ = started(simulated, path, tmp_path, 100_000)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "--resume goes on" in err
    found = list(load_window(path))
    assert json.loads(out)["devices"]["DEVICE"]["samples"] == len(found) > 3
    assert "summary" in lines_of(path)[-1]


def test_the_summary_counts_what_went_wrong_and_holds_the_main_quantities(tmp_path: Path) -> None:
    clock, path = FakeClock(), tmp_path / "w.jsonl"
    values = iter([230.0, 210.0, 250.0, 0.0])

    async def read(device: PlannedDevice) -> Snapshot:
        value = next(values)
        shown = (Reading("voltage_l1_n", value or None, "V", None if value else "unreadable", "lost"),)
        return Snapshot("M1", "p", "d", "h", 1, 1, "2026-05-04T12:00:00.000Z", shown, (), 1, None, 1)

    measure(a_window(4), path, clock=clock, reader=read)
    found = summarise(path).document()["devices"]["M1"]
    assert found["quantities"] == {"voltage_l1_n": {"unit": "V", "min": 210.0, "mean": 230.0, "max": 250.0}}
    assert (found["samples"], found["missing"], found["incomplete"]) == (4, 0, 1)


def test_quantiles_of_the_jitter_are_near_the_true_ones() -> None:
    jitter = Jitter()
    for n in range(1, 10_001):
        jitter.add(n / 1e6)
    assert jitter.quantile_ms(0.5) == pytest.approx(5, rel=0.03)
    assert jitter.quantile_ms(0.99) == pytest.approx(9.9, rel=0.03)
    assert jitter.greatest_ms == 10
    assert Jitter().quantile_ms(0.5) == 0


def test_sparklines_and_lines_of_text() -> None:
    assert sparkline([]) == ""
    assert sparkline([5, 5]) == "▄▄"
    assert sparkline([0, 7]) == "▁█"
    gone = Sample(0, "M1", "2026-05-04T12:00:00.000Z", 0.0, False, None, BUSY)
    assert line_of(gone) == f"2026-05-04T12:00:00.000Z M1 {BUSY}"
