"""What a wiring judgement says of each input of a meter: what it gets, where that belongs. Pure."""

import cmath
import math
from collections.abc import Sequence
from dataclasses import dataclass

from device_probe.judgement import Connection, Likely, WiringJudgement

NAMES = ("L1", "L2", "L3")
LEAST = 0.01  # probability below which a connection isn't told
TURN = {"L1": 0.0, "L2": -120.0, "L3": 120.0}


@dataclass(frozen=True, slots=True)
class Input:
    """One voltage input and the current input beside it, in the conductors that the meter calls L1 to L3."""

    voltage: str = ""  # the conductor at the voltage input: "L1", "N", "0"; "" where nothing was judged
    gets: tuple[str, ...] = ()  # whose current the input gets: "-L2"; more than one: it can't be told
    wrong_voltage: bool = False
    wrong_current: bool = False
    sure: bool = True  # False: the judgement of the meter is open
    seen_deg: float | None = None  # where the voltage really stands, counted like TURN; None: not known

    @property
    def wrong(self) -> bool:
        """Return True when something is wrong at this input."""
        return self.wrong_voltage or self.wrong_current

    @property
    def words(self) -> str:
        """Return what the input gets in words."""
        current = ("" if self.sure else "probably ") + " or ".join(self.gets)
        voltage = "no voltage" if self.voltage == "0" else f"voltage of {self.voltage}"
        return f"{current}, {voltage}" if self.wrong_voltage else current

    @property
    def conductor(self) -> str:
        """Return the conductor whose current a wrong input gets, "" where there is none."""
        return self.gets[0][1:] if self.wrong_current and self.gets[0] != "0" else ""


def inputs_of(wiring: WiringJudgement | None) -> tuple[Input, Input, Input]:
    """Return the three inputs as judged; empty where nothing was, or the meter hasn't three of them."""
    best = _assumed(wiring)
    if wiring is None or best is None:
        return Input(), Input(), Input()
    # by its phase sequence alone a wiring may be one of two: then no input is marked, both are told
    failed = wiring.verdict == "fail" and len(wiring.corrected) < 2
    found = [_input(wiring, best, k, failed) for k in range(3)]
    return found[0], found[1], found[2]


def _assumed(wiring: WiringJudgement | None) -> Connection | None:
    """Return the connection that the correction takes for granted, else the likeliest."""
    if wiring is None:
        return None
    known: tuple[Connection | Likely, ...] = (*wiring.corrected, *wiring.hypotheses)
    return _own_names(known[0]) if known and _four_wire(known[0]) else None


def _four_wire(one: Connection | Likely) -> bool:
    return len(one.voltage_inputs) == len(one.current_inputs) == len(NAMES)


def _own_names(one: Connection | Likely) -> Connection:
    """A system that is turned round as a whole measures right: its conductors get the names of its inputs."""
    turn = next((k for k in range(3) if NAMES[k:] + NAMES[:k] == tuple(one.voltage_inputs)), 0)
    names = {NAMES[(n + turn) % 3]: NAMES[n] for n in range(3)}
    return Connection(
        tuple(names.get(v, v) for v in one.voltage_inputs),
        tuple(c if c == "0" else c[0] + names.get(c[1:], c[1:]) for c in one.current_inputs),
    )  # fmt: skip


def _input(wiring: WiringJudgement, best: Connection, k: int, failed: bool) -> Input:
    name = NAMES[k]
    if wiring.verdict == "pass":
        return Input(name, (f"+{name}",), seen_deg=TURN[name])
    voltage, current = best.voltage_inputs[k], best.current_inputs[k]
    gets = _possible(wiring, best, k)
    if not failed:
        return Input(voltage, gets, sure=wiring.verdict != "inconclusive")
    return Input(voltage, gets, voltage != name, current != f"+{name}",
                 seen_deg=_seen(best.voltage_inputs, voltage))  # fmt: skip


def _possible(wiring: WiringJudgement, best: Connection, k: int) -> tuple[str, ...]:
    if len(wiring.corrected) == 1:
        return (best.current_inputs[k],)
    likely = [_own_names(one) for one in wiring.hypotheses if one.probability >= LEAST and _four_wire(one)]
    return tuple(dict.fromkeys(one.current_inputs[k] for one in (best, *likely)))


def _seen(voltages: Sequence[str], voltage: str) -> float | None:
    """Return where the voltage of an input really stands; None where there is none."""
    missing = [name for name in NAMES if name not in voltages]
    common = missing[0] if "N" in voltages and missing else "N"
    seen = 0j if voltage == "0" else _phasor(voltage) - _phasor(common)
    return math.degrees(cmath.phase(seen)) if abs(seen) > 1e-9 else None


def _phasor(name: str) -> complex:
    return cmath.rect(1.0, math.radians(TURN[name])) if name in TURN else 0j
