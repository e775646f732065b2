"""Over what a value was taken: how many samples, in what time, and averaged by whom. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from device_probe.diagnosis.evidence import Sample
from device_probe.diagnosis.quality_values import collected
from device_probe.judgement import Check

#: What the device itself has averaged over its demand interval.
AVERAGED = re.compile(r".*_demand(_.*)?")
#: Quantities that are made of others: by their first word, what they are made of.
MADE_OF = (
    ("voltage_unbalance", ("voltage_l1_l2", "voltage_l2_l3", "voltage_l3_l1")),
    ("tdd_current_", ("harmonic_current_", "thd_current_", "thd_r_current_", "distortion_current_")),
    ("k_factor_", ("harmonic_current_",)),
    ("thd_voltage_", ("harmonic_voltage_",)),
)


@dataclass(frozen=True, slots=True)
class Window:
    """How often each quantity was read, and in what time all was."""

    samples: int
    span_s: float | None  # None: the times are not known
    counts: Mapping[str, int]

    @property
    def words(self) -> str:
        """Return the window of the whole, to stand behind the load."""
        return _words(self.samples, self.span_s)

    def of(self, check: Check) -> str:
        """Return over what one value was taken."""
        count = self._count(check.quantity)
        kind = "one sample" if count == 1 else f"median of {_words(count, self.span_s)}"
        own = ", each averaged by the device over its demand interval"
        return kind + (own if AVERAGED.fullmatch(check.quantity) else "")

    def _count(self, quantity: str) -> int:
        if quantity in self.counts:
            return self.counts[quantity]
        for start, sources in MADE_OF:
            if quantity.startswith(start):
                phase = quantity.removeprefix(start)
                starts = tuple(f"{each}{phase}" for each in sources)
                found = [n for name, n in self.counts.items() if name in sources or name.startswith(starts)]
                return max(found, default=self.samples)
        return self.samples


def window_of(samples: Sequence[Sample]) -> Window:
    """Return over what samples were taken."""
    counts = {name: len(found) for name, found in collected(samples).items()}
    return Window(len(samples), _span(samples), counts)


def _span(samples: Sequence[Sample]) -> float | None:
    if not samples:
        return None
    try:
        first, last = (datetime.fromisoformat(sample.at) for sample in (samples[0], samples[-1]))
        return abs((last - first).total_seconds())
    except (ValueError, TypeError):  # no times, or one with and one without a zone
        return None


def _words(count: int, span_s: float | None) -> str:
    said = f"{count} sample" if count == 1 else f"{count} samples"
    return said if span_s is None or count < 2 else f"{said}, {span_s:.1f} s"
