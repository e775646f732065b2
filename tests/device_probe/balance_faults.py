"""One mistake put into a site: in what a device reads, or in where it really stands."""

import random
from collections.abc import Callable

from device_probe.model import PlannedDevice
from tests.device_probe.balance_sites import Fault, Known, Place, Three, readings

STANDARD = (
    5, 10, 15, 20, 25, 30, 40, 50, 60, 75, 80, 100, 120, 125, 150, 160, 200, 250, 300, 400, 500, 600, 750,
    800, 1000, 1200, 1250, 1500, 1600, 2000, 2500, 3000, 4000, 5000, 6000,
)  # fmt: skip


def break_one(known: Known, kind: str) -> bool:
    """Put one mistake into a site; False when it has no place there."""
    return FAULTS[kind](known, known.chance)


def _with_ct(known: Known) -> list[str]:
    return [t for t in known.meters() if known.places[t].device.ct_primary_a is not None]


def _factored(known: Known, tag: str, factors: Three, landing: Three = (0, 1, 2)) -> None:
    place = known.places[tag]

    def read(name: str, k: int, told: dict[str, float]) -> dict[str, float]:
        if name != tag:
            return {}
        t = k * known.interval_s + known.chance.uniform(0, known.skew_s)
        found = readings(known, place, known.true(tag, t))
        for own in range(3):
            for quantity in (f"active_power_l{own + 1}", f"reactive_power_l{own + 1}", f"current_l{own + 1}"):
                if quantity in found:
                    size = factors[own] if "power" in quantity else abs(factors[own])
                    found[quantity] *= size
        if "active_power_total" in found and any(f"active_power_l{k}" in found for k in (1, 2, 3)):
            found["active_power_total"] = sum(found.get(f"active_power_l{k}", 0.0) for k in (1, 2, 3))
            found["reactive_power_total"] = sum(found.get(f"reactive_power_l{k}", 0.0) for k in (1, 2, 3))
        return found

    known.read = read


def _ct_ratio(known: Known, chance: random.Random) -> bool:
    if not (tags := _with_ct(known)):
        return False
    tag = chance.choice(tags)
    set_to = known.places[tag].device.ct_primary_a or 1.0
    real = chance.choice([a for a in STANDARD if 0.25 <= a / set_to <= 4 and a != set_to])
    known.fault = Fault("ct_ratio", (tag,), None, set_to / real, f"{real}/5 A")
    _factored(known, tag, (set_to / real,) * 3)
    return True


def _ct_secondary(known: Known, chance: random.Random) -> bool:
    if not (tags := _with_ct(known)):
        return False
    tag = chance.choice(tags)
    set_to = known.places[tag].device.ct_primary_a
    known.fault = Fault("ct_ratio", (tag,), None, 0.2, f"{set_to:g}/1 A")
    _factored(known, tag, (0.2,) * 3)
    return True


def _ct_phase(known: Known, chance: random.Random) -> bool:
    if not (tags := _with_ct(known)):
        return False
    tag, phase = chance.choice(tags), chance.randrange(3)
    factor = chance.choice((0.5, 0.8, 1.25, 1.6, 2.0))
    known.fault = Fault("ct_ratio_phase", (tag,), phase, factor)
    _factored(known, tag, tuple(factor if k == phase else 1.0 for k in range(3)))  # type: ignore[arg-type]
    return True


def _reversed(known: Known, chance: random.Random) -> bool:
    tag = chance.choice(known.meters())
    known.fault = Fault("meter_reversed", (tag,))
    _factored(known, tag, (-1.0, -1.0, -1.0))
    return True


def _ct_reversed(known: Known, chance: random.Random) -> bool:
    tag, phase = chance.choice(known.meters()), chance.randrange(3)
    known.fault = Fault("ct_reversed", (tag,), phase)
    _factored(known, tag, tuple(-1.0 if k == phase else 1.0 for k in range(3)))  # type: ignore[arg-type]
    return True


def _no_current(known: Known, chance: random.Random) -> bool:
    tag, phase = chance.choice(known.meters()), chance.choice((None, 0, 1, 2))
    known.fault = Fault("no_current", (tag,), phase)
    _factored(known, tag, tuple(0.005 if phase in (None, k) else 1.0 for k in range(3)))  # type: ignore[arg-type]
    return True


def _wrong_circuit(known: Known, chance: random.Random) -> bool:
    groups = [t for t in known.meters() if t != "M0"]
    if len(groups) < 2:
        return False
    tag, other = chance.sample(groups, 2)
    known.fault = Fault("wrong_circuit", (tag, other))

    def read(name: str, k: int, told: dict[str, float]) -> dict[str, float]:
        if name != tag:
            return {}
        t = k * known.interval_s + chance.uniform(0, known.skew_s)
        return readings(known, known.places[tag], known.true(other, t))

    known.read = read
    return True


def _swapped(known: Known, chance: random.Random) -> bool:
    groups = [t for t in known.meters() if t != "M0"]
    if len(groups) < 2:
        return False
    known.fault = Fault("addresses_swapped", tuple(sorted(chance.sample(groups, 2))))
    return True


def _stations_swapped(known: Known, chance: random.Random) -> bool:
    stations = known.stations()
    first = chance.choice(stations)
    others = [t for t in stations if known.places[t].parent != known.places[first].parent]
    if not others:
        return False
    known.fault = Fault("addresses_swapped", tuple(sorted((first, chance.choice(others)))))
    return True


def _unmetered(known: Known, chance: random.Random, moving: bool = False) -> bool:
    tag = chance.choice(known.meters())
    top = known.places[tag].device.design_current_a or 60
    device = PlannedDevice("HIDDEN", "x", "h", 502, 1, "other", tag, phases=chance.choice((1, 3)))
    place = Place(device, tag, tuple(chance.sample((0, 1, 2), 3)), chance.uniform(0.1, 0.5) * top, 0.2)  # type: ignore[arg-type]
    if moving:
        end = known.samples * known.interval_s
        later = [(chance.uniform(0, 1) * end, chance.uniform(0.2, 1.5)) for _ in range(3)]
        place.pattern = sorted([(0.0, 1.0), *later])
    known.hidden.append(place)
    known.fault = Fault("unmetered", (tag,))
    return True


def _wrong_parent(known: Known, chance: random.Random) -> bool:
    stations, meters = known.stations(), known.meters()
    tag = chance.choice(stations)
    real = chance.choice([m for m in meters if m != known.places[tag].parent] or [""])
    if not real:
        return False
    known.places[tag].parent = real
    known.fault = Fault("wrong_parent", (tag, real))
    return True


def _counted_twice(known: Known, chance: random.Random) -> bool:
    tag = chance.choice(known.stations())
    parent = known.places[tag].parent
    beside = (p for p in known.places.values() if p.parent == parent and p.device.role == "station")
    if not any(p.device.tag != tag for p in beside):
        return False
    # the station stands nowhere in what its planned parent measures
    known.places[tag].parent = "elsewhere"
    known.fault = Fault("counted_twice", (tag,))
    return True


def _meter_phases(known: Known, chance: random.Random) -> bool:
    tag = chance.choice(known.meters())
    known.places[tag].landing = chance.choice(((1, 2, 0), (2, 0, 1)))
    known.fault = Fault("meter_phases", (tag,))
    return True


def _station_phases(known: Known, chance: random.Random) -> bool:
    tag = chance.choice(known.stations())
    place = known.places[tag]
    turned = [tuple((int(p) + n) % 3 for p in place.landing) for n in (1, 2)]
    place.landing = chance.choice(turned)  # type: ignore[assignment]
    known.fault = Fault("station_phases", (tag,))
    return True


def _charger_scaled(known: Known, chance: random.Random) -> bool:
    tag = chance.choice(known.stations())
    factor = chance.choice((0.1, 0.5, 0.8, 1.25, 1.73, 2.0, 3.0))
    known.fault = Fault("charger_readings", (tag,), None, factor)
    _factored(known, tag, (factor,) * 3)
    return True


def _charger_constant(known: Known, chance: random.Random) -> bool:
    tag = chance.choice(known.stations())
    told = readings(known, known.places[tag], known.true(tag, 0.0))
    known.fault = Fault("charger_readings", (tag,))
    known.read = lambda name, k, _: dict(told) if name == tag else {}
    return True


def _chargers_scaled(known: Known, chance: random.Random) -> bool:
    factor = chance.choice((0.5, 1.73, 2.0))
    tags = set(known.stations())
    known.fault = Fault("chargers_scaled", tuple(sorted(tags)), None, factor)

    def read(name: str, k: int, _: dict[str, float]) -> dict[str, float]:
        if name not in tags:
            return {}
        t = k * known.interval_s + chance.uniform(0, known.skew_s)
        found = readings(known, known.places[name], known.true(name, t))
        return {q: v if "voltage" in q else v * factor for q, v in found.items()}

    known.read = read
    return True


FAULTS: dict[str, Callable[[Known, random.Random], bool]] = {
    "ct_ratio": _ct_ratio,
    "ct_secondary": _ct_secondary,
    "ct_ratio_phase": _ct_phase,
    "meter_reversed": _reversed,
    "ct_reversed": _ct_reversed,
    "no_current": _no_current,
    "wrong_circuit": _wrong_circuit,
    "addresses_swapped": _swapped,
    "stations_swapped": _stations_swapped,
    "unmetered": _unmetered,
    "unmetered_moving": lambda k, c: _unmetered(k, c, True),
    "wrong_parent": _wrong_parent,
    "counted_twice": _counted_twice,
    "meter_phases": _meter_phases,
    "station_phases": _station_phases,
    "charger_scaled": _charger_scaled,
    "charger_constant": _charger_constant,
    "chargers_scaled": _chargers_scaled,
}
KINDS = tuple(FAULTS)
