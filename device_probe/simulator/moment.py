"""The site at one moment: plan, scenario, changes and the time -> what flows everywhere. Pure."""

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from device_probe.model import PlannedDevice, SitePlan
from device_probe.profile import Profile
from device_probe.simulator.network import PHASES, ROTATION, Branch, Draw, Draws, Node, Source, Three, solve
from device_probe.simulator.scenario import Cable, Injection, Load, MeterFault, Scenario, Step, main_place
from device_probe.simulator.spectrum import CURRENT_SHARES, VOLTAGE_SHARES, Spectrum, named, scaled

IDENTITY = (0, 1, 2)
MIN_CHARGING_A = 6.0  # IEC 61851: below it a charger pauses
DEFAULT_LIMIT_A = 32.0
CABLES: Mapping[str, Cable] = {
    "main_meter": Cable(),
    "group_meter": Cable(0.001, 0.0008),
    "station": Cable(0.02, 0.002),
    "other": Cable(0.005, 0.001),
}
GENERATORS = {"pv": ("inverter",), "storage": ("bess", "inverter"), "building": ()}


@dataclass(frozen=True, slots=True)
class StationNow:
    """A charging station at this moment."""

    load: Load
    demand_a: float  # what the vehicle would take
    limit_a: float  # the set-point as its register shows it
    current_a: float  # what it takes, per phase that it uses
    phases: int

    @property
    def letter(self) -> str:
        """Return the state of IEC 61851: A no vehicle, B connected, C charging."""
        if self.demand_a < 1:
            return "A"
        return "C" if self.current_a >= 1 else "B"


@dataclass(frozen=True, slots=True)
class Moment:
    """What really stands and flows at every place, before any wiring fault."""

    t: float
    frequency_hz: float
    truth: Mapping[str, Three]  # by tag, in the phases of the supply
    stations: Mapping[str, StationNow]
    powers_w: Mapping[str, float]  # of the injections, by name
    homes: Mapping[str, str]  # injection -> the plan's device that is this appliance
    faults: tuple[MeterFault, ...]


def supply_phases(device: PlannedDevice) -> tuple[int, int, int]:
    """Return the supply phase (0 to 2) that each of the device's own phases lands on."""
    digits = [int(char) - 1 for char in device.phase_rotation if char.isdigit()]
    return (digits[0], digits[1], digits[2]) if sorted(digits) == [0, 1, 2] else IDENTITY


def moment(
    plan: SitePlan, profiles: Mapping[str, Profile], scenario: Scenario, steps: Sequence[Step], t: float
) -> Moment:
    """Return the site ``t`` seconds after the scenario began; ``steps`` come besides its timeline."""
    changes = tuple(sorted((*scenario.timeline, *steps), key=lambda step: step.at_s))
    stations = _stations(plan, scenario, changes, t)
    homes = _homes(plan, profiles, scenario)
    powers = {one.name: _power(scenario, one, changes, t) for one in scenario.injections}
    draws = {tag: _station_draws(plan, scenario, tag, now) for tag, now in stations.items()}
    for one in scenario.injections:
        place = homes.get(one.name) or _place(plan, one)
        draws[place] = _joined(draws.get(place), _injection_draws(one, powers[one.name]))
    truth = solve(_nodes(plan, scenario, draws), draws, _source(plan, scenario, changes, t))
    faults = scenario.faults + _timed_faults(changes, t)
    return Moment(t, _frequency(scenario, t), truth, stations, powers, homes, faults)


def level(initial: float, changes: Iterable[tuple[float, float, float]], t: float) -> float:
    """Return a value that starts at ``initial`` and goes to new ones: (from when, new value, how long)."""
    start, before, after, duration = -math.inf, initial, initial, 0.0

    def at(moment_s: float) -> float:
        if duration <= 0 or moment_s >= start + duration:
            return after
        return before + (after - before) * (moment_s - start) / duration

    for begins, value, takes in changes:
        if begins > t:
            break
        before, start, after, duration = at(begins), begins, value, takes
    return at(t)


def wobble(seed: int, name: str, t: float) -> float:
    """Return a smooth, repeatable wandering between -1 and 1."""
    chance = random.Random(f"wobble/{seed}/{name}")  # noqa: S311 - repeatable, not a secret
    waves = [(chance.uniform(15, 240), chance.uniform(0, 2 * math.pi)) for _ in range(4)]
    return sum(math.sin(2 * math.pi * t / period + phase) for period, phase in waves) / len(waves)


def breakpoints(scenario: Scenario, steps: Sequence[Step]) -> tuple[float, ...]:
    """Return the moments at which something begins or ends to change abruptly."""
    every = (*scenario.timeline, *steps)
    return tuple(sorted({step.at_s for step in every} | {step.at_s + step.ramp_s for step in every}))


def _stations(plan: SitePlan, scenario: Scenario, changes: Sequence[Step], t: float) -> dict[str, StationNow]:
    found = {}
    by_target: dict[str, list[tuple[int, Step]]] = {}
    for number, step in enumerate(changes):
        by_target.setdefault(step.target, []).append((number, step))
    tags = [device.tag for device in plan.devices if device.role == "station"]
    for index, device in enumerate(d for d in plan.devices if d.role == "station"):
        load = scenario.load_of(device.tag, index)
        meant = (by_target.get(target, ()) for target in ("*", device.tag, str(index)))
        own = [step for _, step in sorted(chain.from_iterable(meant), key=lambda each: each[0])]
        found[tags[index]] = _station(scenario, device, load, own, t)
    return found


def _station(
    scenario: Scenario, device: PlannedDevice, load: Load, steps: Sequence[Step], t: float
) -> StationNow:
    chance = random.Random(f"{scenario.seed}/{device.tag}")  # noqa: S311 - a repeatable scenario, not a secret
    spread = 1 + chance.uniform(-scenario.spread, scenario.spread)
    demands = [(s.at_s, s.value, s.ramp_s) for s in steps if s.key == "current_a"]
    demand = level(load.current_a, demands, t)
    limits = [(s.at_s, s.value, s.ramp_s) for s in steps if s.key == "limit_a"]
    first = device.design_current_a or DEFAULT_LIMIT_A
    shown = level(first, limits, t)
    limits = _held_down(first, limits, [(s.at_s, s.value) for s in steps if s.key == "failsafe_a"])
    # a still picture shows what is left when everything has settled
    acting = _followed(first, [change for change in limits if change[0] <= t], load)
    followed = level(first, acting, t if scenario.speed else math.inf)
    wanted = demand * spread * (1 + scenario.wobble_percent / 100 * wobble(scenario.seed, device.tag, t))
    drawn = min(wanted, followed if followed >= 1 else 0.0)
    return StationNow(load, demand, shown, drawn, min(load.phases, device.phases))


def _held_down(
    first: float, limits: list[tuple[float, float, float]], caps: Sequence[tuple[float, float]]
) -> list[tuple[float, float, float]]:
    """Return how set-points act while nobody speaks to a station: none above its failsafe current."""
    if not caps:
        return limits
    takes = {at: ramp for at, _, ramp in limits}
    found = []
    for at in sorted({*takes, *(at for at, _ in caps)}):
        cap = next((value for begins, value in reversed(caps) if begins <= at), math.inf)
        found.append((at, min(level(first, limits, at + takes.get(at, 0.0)), cap), takes.get(at, 0.0)))
    return found


def _followed(
    first: float, limits: Iterable[tuple[float, float, float]], load: Load
) -> list[tuple[float, float, float]]:
    """Return how the current follows its set-points: later, and no faster than the station ramps."""
    found, before = [], first
    for begins, value, takes in limits:
        after = value if value >= MIN_CHARGING_A else 0.0
        found.append((begins + load.reaction_s, after, max(takes, abs(after - before) / load.ramp_a_per_s)))
        before = after
    return found


def _station_draws(plan: SitePlan, scenario: Scenario, tag: str, now: StationNow) -> Draws:
    device = next(d for d in plan.devices if d.tag == tag)
    lag = math.acos(now.load.cos_phi) * (1 if now.load.inductive else -1)
    one = Draw(now.current_a, lag, None, _spectrum(scenario, now.load))
    places = supply_phases(device)[: now.phases]
    return _three(dict.fromkeys(places, one) if now.current_a else {})


def _spectrum(scenario: Scenario, load: Load) -> Spectrum:
    return named(load.spectrum) if load.spectrum else scaled(CURRENT_SHARES, scenario.thd_current_percent)


def _three(by_phase: Mapping[int, Draw]) -> Draws:
    found = [(by_phase[k],) if k in by_phase else () for k in PHASES]
    return found[0], found[1], found[2]


def _joined(some: Draws | None, more: Draws) -> Draws:
    if some is None:
        return more
    return some[0] + more[0], some[1] + more[1], some[2] + more[2]


def _power(scenario: Scenario, one: Injection, changes: Iterable[Step], t: float) -> float:
    steps = [(s.at_s, s.value, s.ramp_s) for s in changes if s.target == one.name and s.key == "power_w"]
    power = level(one.power_w, steps, t)
    if one.sunrise_s is not None and one.sunset_s is not None:
        day = (scenario.start_s + t) % 86_400
        height = math.sin(math.pi * (day - one.sunrise_s) / (one.sunset_s - one.sunrise_s))
        power *= max(height, 0.0) ** 1.3 if one.sunrise_s < day < one.sunset_s else 0.0
    return power * (1 + one.wobble_percent / 100 * wobble(scenario.seed, one.name, t))


def _injection_draws(one: Injection, power_w: float) -> Draws:
    each = (-power_w if one.kind == "pv" else power_w) / len(one.phases)
    lag = math.acos(one.cos_phi) * (1 if one.inductive else -1)
    draw = Draw(0.0, lag, each, named(one.spectrum))
    return _three({phase - 1: draw for phase in one.phases} if power_w else {})


def _homes(plan: SitePlan, profiles: Mapping[str, Profile], scenario: Scenario) -> dict[str, str]:
    """Return which device of the plan is which appliance: in the order of both, each device once."""
    found: dict[str, str] = {}
    for one in scenario.injections:
        kinds = GENERATORS[one.kind]
        fitting = [d.tag for kind in kinds for d in plan.devices if profiles[d.tag].kind == kind]
        free = [tag for tag in fitting if tag not in found.values()]
        if one.at in fitting:
            found[one.name] = one.at
        elif free:
            found[one.name] = free[0]
    return found


def _place(plan: SitePlan, one: Injection) -> str:
    """Return where an appliance is that the plan doesn't name: below a device, or at the connection point."""
    tags = {device.tag for device in plan.devices}
    return one.at if one.at in tags else main_place(plan) or f"({one.name})"


def _nodes(plan: SitePlan, scenario: Scenario, draws: Mapping[str, Draws]) -> list[Node]:
    tags = {device.tag for device in plan.devices}
    nodes = [Node(d.tag, d.parent if d.parent in tags else None, _branch(scenario, d)) for d in plan.devices]
    return nodes + [Node(place, None) for place in draws if place not in tags]


def _branch(scenario: Scenario, device: PlannedDevice) -> Branch:
    cable = scenario.cables.get(device.tag) or scenario.cables.get(device.role) or CABLES[device.role]
    return Branch(
        cable.r_ohm,
        cable.x_ohm,
        cable.r_ohm if cable.neutral_r_ohm is None else cable.neutral_r_ohm,
        cable.x_ohm if cable.neutral_x_ohm is None else cable.neutral_x_ohm,
    )


def _source(plan: SitePlan, scenario: Scenario, changes: Iterable[Step], t: float) -> Source:
    nominal = plan.voltage_v / math.sqrt(3)
    nominal *= level(1.0, [(s.at_s, s.value, s.ramp_s) for s in changes if s.key == "voltage_factor"], t)
    e = [nominal * scenario.voltage_factor[k] * ROTATION**k for k in PHASES]
    # the three phases are a little unequally distorted, as they are everywhere
    s = [scaled(VOLTAGE_SHARES, scenario.thd_voltage_percent * (1 + 0.02 * k)) for k in PHASES]
    r, x = scenario.source_r_ohm, scenario.source_x_ohm
    return Source((e[0], e[1], e[2]), (s[0], s[1], s[2]), Branch(r, x, r, x))


def _frequency(scenario: Scenario, t: float) -> float:
    return scenario.frequency_hz + scenario.frequency_wander_hz * wobble(scenario.seed, "frequency", t)


def _timed_faults(changes: Iterable[Step], t: float) -> tuple[MeterFault, ...]:
    found: list[MeterFault] = []
    for step in changes:
        if step.at_s <= t and step.clear:
            found.clear()
        elif step.at_s <= t and step.fault is not None:
            found.append(step.fault)
    return tuple(found)
