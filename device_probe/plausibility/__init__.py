"""Is what was read electrically possible at all, and if not, which mistake of decoding makes sense of it?

The gate before any judgement: a swapped word order or an address that is off by one looks like a wiring
fault unless it is caught here first. Pure.
"""

from device_probe.plausibility.counters import rising, with_earlier
from device_probe.plausibility.diagnosis import diagnose, examined
from device_probe.plausibility.gate import doubts_of, gated, implausible, marked
from device_probe.plausibility.measured import device_of
from device_probe.plausibility.outcome import Doubt
from device_probe.plausibility.ranges import DEAD_SHARE
from device_probe.plausibility.verdict import held_back, judge_decoding

__all__ = [
    "DEAD_SHARE", "Doubt", "device_of", "diagnose", "doubts_of", "examined", "gated", "held_back",
    "implausible", "judge_decoding", "marked", "rising", "with_earlier",
]  # fmt: skip
