"""Load steps that are known to the last watt, without sockets: what meters and stations would read."""

import cmath
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import add

from device_probe.diagnosis.evidence import Sample
from device_probe.load_step.program import Order, program
from device_probe.load_step.steps import Hold, Round, landing_of
from device_probe.model import SitePlan

U = 230.0
ROUNDS, SETTLED_S = 6, 5.0
TURN = 2 * math.pi / 3


@dataclass(frozen=True)
class Truth:
    """How the site really is, where it is not as planned."""

    landings: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    feeders: Mapping[str, str] = field(default_factory=dict)
    currents: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)  # conductor at each input
    voltages: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    signs: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    ratios: Mapping[str, float] = field(default_factory=dict)


class KnownSite:
    """One site over time; each meter has a background of its own that walks at random, read after read."""

    def __init__(
        self, plan: SitePlan, tests: Sequence[str], phases: Mapping[str, int], truth: Truth, seed: int,
        walk: float, background: float, low: float,
    ) -> None:  # fmt: skip
        self.plan, self.phases, self.truth, self.walk, self.low = plan, phases, truth, walk, low
        self.chance = chance = random.Random(seed)
        self.feeder = {
            d.tag: truth.feeders.get(d.tag, d.parent or "") for d in plan.devices if d.role == "station"
        }
        self.meters = [d for d in plan.devices if d.role != "station"]
        below = {m.tag: sum(phases[t] for t in tests if self.feeder[t] == m.tag) for m in self.meters}
        self.sizes = {tag: background * U * 16 * count / 3 or 500.0 for tag, count in below.items()}
        self.sizes["PM0"] = sum(self.sizes.values()) - self.sizes["PM0"]
        self.levels = {tag: [size] * 3 for tag, size in self.sizes.items()}
        self.gains = {d.tag: 1 + chance.uniform(-0.8, 0.8) * d.accuracy_percent / 100 for d in plan.devices}
        self.loads = {
            t: (16 * chance.uniform(0.94, 1.0), math.acos(chance.uniform(0.97, 1.0))) for t in tests
        }

    def read(self, lowered: frozenset[str]) -> dict[str, Sample]:
        """Return what everything reads now; the background has walked on."""
        for tag, size in self.sizes.items():
            walked = [v + self.chance.gauss(0, self.walk) * size for v in self.levels[tag]]
            self.levels[tag] = [min(max(v, 0.0), 2 * size) for v in walked]
        flows = {m.tag: [complex(v, 0.2 * v) for v in self.levels[m.tag]] for m in self.meters}
        samples = {tag: self._station(tag, tag in lowered, flows) for tag in self.loads}
        for meter in self.meters:
            if meter.parent:
                flows[meter.parent] = list(map(add, flows[meter.parent], flows[meter.tag]))
        for tag, flow in flows.items():
            samples[tag] = _sample(_miswired(tag, flow, self.truth, self.gains[tag]), self.chance)
        return samples

    def _station(self, tag: str, lowered: bool, flows: dict[str, list[complex]]) -> Sample:
        (device,) = (d for d in self.plan.devices if d.tag == tag)
        amperes, angle = self.loads[tag]
        each = cmath.rect(U * (self.low if lowered else amperes), angle)
        own = [each if k < self.phases[tag] else 0j for k in range(3)]
        for k, conductor in enumerate(self.truth.landings.get(tag, landing_of(device))):
            flows[self.feeder[tag]][conductor] += own[k]
        return _sample([s * self.gains[tag] for s in own], self.chance)


def known_holds(
    plan: SitePlan, tests: Sequence[str], phases: Mapping[str, int], truth: Truth, seed: int = 1,
    order: Order = "coded", walk: float = 0.03, background: float = 0.3, low: float = 6.0,
    more: Sequence[Sequence[str]] = (),
) -> list[Hold]:  # fmt: skip
    """Return the holds of a whole order, and of further ones of some loads alone."""
    site = KnownSite(plan, tests, phases, truth, seed, walk, background, low)
    found, now = [], 0.0
    states: list[frozenset[str]] = [frozenset()]
    for turn, chosen in enumerate((tests, *more)):
        states += [*program(chosen, order, turn), frozenset()]
    for state in states:
        now += SETTLED_S
        for _ in range(int(SETTLED_S)):
            site.read(state)
        rounds = []
        for _ in range(ROUNDS):
            now += 1.0
            rounds.append(Round(now, site.read(state)))
        found.append(Hold(state, tuple(rounds)))
    return found


def _miswired(tag: str, flow: list[complex], truth: Truth, gain: float) -> list[complex]:
    currents, voltages = truth.currents.get(tag, (0, 1, 2)), truth.voltages.get(tag, (0, 1, 2))
    signs, ratio = truth.signs.get(tag, (1, 1, 1)), truth.ratios.get(tag, 1.0) * gain
    return [
        flow[currents[k]] * signs[k] * ratio * cmath.rect(1, TURN * (currents[k] - voltages[k]))
        for k in range(3)
    ]


def _sample(powers: list[complex], chance: random.Random) -> Sample:
    readings: dict[str, float] = {}
    for k, s in enumerate(powers, 1):
        noisy = s * (1 + chance.gauss(0, 0.001))
        readings |= {f"active_power_l{k}": noisy.real, f"reactive_power_l{k}": noisy.imag,
                     f"current_l{k}": abs(noisy) / U, f"voltage_l{k}_n": U}  # fmt: skip
    return Sample("t", readings)
