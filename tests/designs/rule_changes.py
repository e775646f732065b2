"""Changes to a sound site by hand and its study: each breaks one thing for one rule to find."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from designs.findings import studied
from designs.model import (
    Circuit,
    Finding,
    Harmonic,
    LoadController,
    Meter,
    OneLine,
    ResidualCurrentDevice,
    Study,
    TransformerStudy,
)
from designs.rules import Rule
from designs.study import study
from tests.designs.one_lines import load, pv, site_design, small_site

Change = Callable[[OneLine, Study], tuple[OneLine, Study]]


@cache
def sound() -> tuple[OneLine, Study]:
    """Return three stations on a public supply with a main meter, and their study."""
    meter = Meter("PM0", "Main meter", "analyser", None, "MSB", None, ("F00",), 200.0, 5.0, 0.7, None, 200.0)
    line = small_site(meters=(meter,))
    return line, study(site_design(line))


def found(rule: Rule, *changes: Change) -> list[Finding]:
    """Return what a rule finds over the sound site after some changes."""
    line, done = sound()
    for change in changes:
        line, done = change(line, done)
    return list(rule(studied(line, done)))


def circuit(tag: str, **fields: Any) -> Change:
    def change(line: OneLine, done: Study) -> tuple[OneLine, Study]:
        changed = tuple(replace(each, **fields) if each.tag == tag else each for each in line.circuits)
        return replace(line, circuits=changed), done

    return change


def part(tag: str, name: str, **fields: Any) -> Change:
    def change(line: OneLine, done: Study) -> tuple[OneLine, Study]:
        return circuit(tag, **{name: replace(getattr(line.circuit(tag), name), **fields)})(line, done)

    return change


def rcd(tag: str, type_: Any = "A", residual_ma: float = 30.0, **fields: Any) -> Change:
    return circuit(tag, rcd=ResidualCurrentDevice(f"rcd-{type_}", type_, residual_ma, **fields))


def figures(tag: str, **fields: Any) -> Change:
    def change(line: OneLine, done: Study) -> tuple[OneLine, Study]:
        changed = tuple(replace(each, **fields) if each.tag == tag else each for each in done.circuits)
        return line, replace(done, circuits=changed)

    return change


def at_board(tag: str, **fields: Any) -> Change:
    def change(line: OneLine, done: Study) -> tuple[OneLine, Study]:
        changed = tuple(replace(each, **fields) if each.tag == tag else each for each in done.boards)
        return line, replace(done, boards=changed)

    return change


def point(**fields: Any) -> Change:
    def change(line: OneLine, done: Study) -> tuple[OneLine, Study]:
        return line, replace(done, connection_point=replace(done.connection_point, **fields))

    return change


def stations(**fields: Any) -> Change:
    def change(line: OneLine, done: Study) -> tuple[OneLine, Study]:
        return replace(line, stations=tuple(replace(each, **fields) for each in line.stations)), done

    return change


def first_station(**fields: Any) -> Change:
    def change(line: OneLine, done: Study) -> tuple[OneLine, Study]:
        return replace(line, stations=(replace(line.stations[0], **fields), *line.stations[1:])), done

    return change


def two_connectors(line: OneLine, done: Study) -> tuple[OneLine, Study]:
    outlet = line.stations[0].connectors[0]
    return first_station(connectors=(outlet, replace(outlet, tag="CH01.2")))(line, done)


def board(**fields: Any) -> Change:
    def change(line: OneLine, done: Study) -> tuple[OneLine, Study]:
        return replace(line, switchboards=(replace(line.switchboards[0], **fields),)), done

    return change


def supply(**fields: Any) -> Change:
    def change(line: OneLine, done: Study) -> tuple[OneLine, Study]:
        return replace(line, supply=replace(line.supply, **fields)), done

    return change


def line_with(**fields: Any) -> Change:
    return lambda line, done: (replace(line, **fields), done)


def study_with(**fields: Any) -> Change:
    return lambda line, done: (line, replace(done, **fields))


def meter(**fields: Any) -> Change:
    return lambda line, done: (replace(line, meters=(replace(line.meters[0], **fields),)), done)


def added(node: Any, feeder: Circuit) -> Change:
    """Put a load or a PV inverter with its circuit at the main board; its figures are those of F01."""

    def change(line: OneLine, done: Study) -> tuple[OneLine, Study]:
        figures_ = replace(done.circuit("F01"), tag=feeder.tag, in_a=feeder.device.rated_current_a)
        kind = "pv" if isinstance(node, type(pv("X"))) else "loads"
        line = replace(line, circuits=(*line.circuits, feeder), **{kind: (node,)})
        return line, replace(done, circuits=(*done.circuits, figures_))

    return change


def solar(amps: float) -> Change:
    def change(line: OneLine, done: Study) -> tuple[OneLine, Study]:
        feeder = replace(line.circuit("F01"), tag="F20", target="PV1")
        return added(pv("PV1", amps), feeder)(line, done)

    return change


def other(kind: str, amps: float) -> Change:
    def change(line: OneLine, done: Study) -> tuple[OneLine, Study]:
        feeder = replace(line.circuit("F01"), tag="F30", target="BLD")
        return added(load("BLD", (amps, amps, amps), kind=kind), feeder)(line, done)

    return change


def harmonic(**fields: Any) -> Change:
    fifth = Harmonic(5, 3.0, 3.0, 4.0, 0.5, 6.0)
    return point(harmonics=(replace(fifth, **fields),))


def transformed(full: float, managed: float) -> Change:
    return study_with(transformers=(TransformerStudy("T1", 909.0, 22.0, full, managed),))


def managed_by(controls: tuple[str, ...] = ("CH01", "CH02", "CH03"), fallback_a: float = 6.0) -> Change:
    kept = LoadController(
        "LM1", "Load management", "lm", None, "MSB", None, controls, 100.0, fallback_a, "static"
    )
    return line_with(controllers=(kept,))
