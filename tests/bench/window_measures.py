"""Peak memory of a window of a day against one of five minutes: it must not grow with the samples.

Each is measured in a process of its own, with time that passes as fast as it can and a device that is
replayed: an SDM630 with all its values.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

SHORT, DAY = 300, 86_400  # samples a second apart
Show = Callable[..., None]

CODE = """
import asyncio, json, sys, time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from device_probe.blocks import decode_blocks
from device_probe.model import PlannedDevice, RawBlock, Snapshot
from device_probe.plan import plan_requests
from device_probe.profile_schema import load_profile
from device_probe.window.measure import Window, load_window, measure

profile, samples, path = load_profile("eastron-sdm630"), int(sys.argv[1]), Path(sys.argv[2])
device = PlannedDevice("M1", profile.id, "127.0.0.1", 502, 1, "other")
plan = plan_requests(profile, 1)

class Clock:
    now = 0.0
    def monotonic(self): return self.now
    def wall(self): return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.now)
    async def sleep_until(self, moment):
        self.now = max(self.now, moment)
        await asyncio.sleep(0)

async def read(device):
    data = f"{0x43660000 + int(clock.now) % 60_000:08x}"
    at = clock.wall().isoformat()
    blocks = tuple(RawBlock(b.unit, b.table, b.address, b.count, data * (b.count // 2), at) for b in plan)
    readings = decode_blocks(profile, 1, blocks, {})
    place = ("M1", profile.id, profile.digest, "127.0.0.1", 502, 1, at)
    return Snapshot(*place, readings, blocks, len(plan), None, len(plan))

def peak_mb(): return round(getrusage(RUSAGE_SELF).ru_maxrss / 1024, 1)

clock = Clock()
begin = time.process_time()
summary = measure(Window((device,), {"M1": profile}, 1.0, samples, {}), path, clock=clock, reader=read)
written, spent = peak_mb(), time.process_time() - begin
begin = time.process_time()
count = sum(1 for _ in load_window(path))
print(json.dumps({
    "samples": count, "write_peak_mb": written, "read_peak_mb": peak_mb(),
    "file_mb": round(path.stat().st_size / 1e6, 1),
    "write_us": round(1e6 * spent / count), "read_us": round(1e6 * (time.process_time() - begin) / count),
}))
"""


def one_window(samples: int) -> dict[str, Any]:
    """Measure a window of so many samples in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", CODE, str(samples), str(Path(folder) / "window.jsonl")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def window_memory(show: Show) -> None:
    """Show the peak memory of a day beside that of five minutes."""
    short, day = one_window(SHORT), one_window(DAY)
    show(
        "probe-window", short=short, day=day,
        write_growth_mb=round(day["write_peak_mb"] - short["write_peak_mb"], 1),
        read_growth_mb=round(day["read_peak_mb"] - short["read_peak_mb"], 1),
    )  # fmt: skip


if __name__ == "__main__":
    window_memory(lambda name, **figures: print(json.dumps({"bench": name, **figures})))  # noqa: T201
