"""Scanning places that misbehave: nothing is taken for a device that it isn't, and it ends."""

import asyncio

from device_probe.scan.result import ScanRange, ScanResult
from device_probe.scan.search import scan_on_loop
from tests.device_probe.fault_runs import serving
from tests.device_probe.faultserver import MODES

WANTED = {
    "units": (1, 2),
    "timeout_s": 0.3,
    "min_gap_s": 0.0,
    "connects_per_second": 1000.0,
    "patience_s": 0.1,
}


async def scanned(mode: str) -> tuple[str, ScanResult, dict[str, int]]:
    async with serving(mode) as (device, port):
        async with asyncio.timeout(60):
            result = await scan_on_loop(ScanRange(("127.0.0.1",), (port,), **WANTED))
        return mode, result, device.stats


def test_no_way_to_misbehave_is_taken_for_a_known_device_or_written_to() -> None:
    async def run() -> list[tuple[str, ScanResult, dict[str, int]]]:
        gate = asyncio.Semaphore(12)

        async def one(mode: str) -> tuple[str, ScanResult, dict[str, int]]:
            async with gate:
                return await scanned(mode)

        # its registers hold their own addresses: no grid's values, no text, no header
        return await asyncio.gather(*(one(mode) for mode in MODES))

    for mode, result, stats in asyncio.run(run()):
        assert result.complete, mode
        assert not [f for f in result.found if f.profile and f.confidence != "possible"], (mode, result.found)
        assert stats["writes"] == 0, mode
        if not mode.startswith("single"):
            assert stats["max_open"] <= 2, mode  # an old connection may just be closing
        if mode in ("ok", "dup", "nan", "ffff"):
            assert [f.unit for f in result.found][:1] == [1], mode
        if mode in ("blackhole", "silent", "garbage", "http", "accept-close", "wrong-unit"):
            assert (result.found, len(result.silent)) == ((), 1), mode
        if mode == "refuse":
            assert (result.found, result.silent) == ((), ()), mode
