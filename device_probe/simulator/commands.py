"""Lines of text that change a running simulation: from the keyboard, or from a control file."""

from collections.abc import Callable, Mapping
from pathlib import Path

from marshmallow import ValidationError

from device_probe.problems import PlanFileError, ProbeError
from device_probe.profile_schema import complaint, read_yaml
from device_probe.simulator.scenario import KINDS
from device_probe.simulator.scenario_file import list_scenarios, make_fault
from device_probe.simulator.server import SimulatedSite

HELP = f"""A scenario's name changes the scenario: {", ".join(list_scenarios())}.
set CH01 current 10     a set-point in ampere for one station, or for all with *
set CH01 demand 16      what the vehicle there would draw
set PV power 20000      watt of the building, a photovoltaic system or a battery of the scenario
fault PM1 ct_reversed phase=2            one of the faults
fault PM2 address_swapped other=PM3      (kinds: {", ".join(KINDS)})
clear | clear PM1       all faults put right, or those of one device
advance 60              seconds of site time pass at once
speed 10                seconds of the site in one second
state                   what really goes on
help"""


def obey(site: SimulatedSite, line: str) -> str:
    """Carry out one line and return what to say about it; ProbeError in one sentence when it is wrong."""
    words = line.split()
    if not words or words[0].startswith("#"):
        return ""
    verb, rest = words[0], words[1:]
    if verb in VERBS:
        return VERBS[verb](site, rest)
    if rest:
        raise PlanFileError(f"{line.strip()!r} is no command; `help` lists them.")
    site.set_scenario(verb)
    return f"Scenario: {site.scenario.title}"


class ScenarioFile:
    """A scenario file of one's own: whenever it changes, it is loaded and begins."""

    def __init__(self, path: Path, site: SimulatedSite) -> None:
        self._path, self._site = path, site
        self._last = self._content()

    def look(self) -> list[str]:
        """Return what there is to say when the file has changed; a file with a mistake changes nothing."""
        content = self._content()
        if content in (self._last, b""):  # an editor may empty the file before it writes it
            return []
        self._last = content
        try:
            self._site.set_scenario(str(self._path))
        except ProbeError as error:
            return [f"Error: {error}"]
        return [f"Scenario: {self._site.scenario.title}"]

    def _content(self) -> bytes:
        try:
            return self._path.read_bytes()
        except OSError:
            return b""


class ControlFile:
    """A file of such lines: whenever it changes, the scenario begins anew and all of them are obeyed."""

    def __init__(self, path: Path, site: SimulatedSite) -> None:
        self._path, self._site = path, site
        self._begin = site.scenario
        self._last: bytes | None = None

    def look(self) -> list[str]:
        """Return what there is to say when the file has changed; an empty list when it has not."""
        try:
            content = self._path.read_bytes()
        except OSError:
            content = b""  # not there (yet): nothing is asked for
        if content == self._last:
            return []
        known, self._last = self._last, content
        if not content and known is None:
            return []
        self._site.set_scenario(self._begin)
        return [said for said in map(self._obey, self._numbered(content)) if said]

    def _numbered(self, content: bytes) -> list[tuple[int, str]]:
        return list(enumerate(content.decode("utf-8", "replace").splitlines(), 1))

    def _obey(self, numbered: tuple[int, str]) -> str:
        number, line = numbered
        try:
            return obey(self._site, line)
        except ProbeError as error:
            return f"{self._path.name}, line {number}: {error}"


def _set(site: SimulatedSite, words: list[str]) -> str:
    if len(words) != 3:
        raise PlanFileError("Say it like `set CH01 current 10`.")
    target, what, value = words[0], words[1], _number(words[2])
    changes: Mapping[str, Callable[[str, float], None]] = {
        "current": site.set_point,
        "demand": site.set_demand,
        "power": site.set_power,
    }
    if what not in changes:
        raise PlanFileError(f"{what!r} can't be set; choose current, demand or power.")
    changes[what](target, value)
    return f"{target}: {what} {value:g}"


def _fault(site: SimulatedSite, words: list[str]) -> str:
    if len(words) < 2:
        raise PlanFileError("Say it like `fault PM1 ct_reversed phase=2`.")
    raw: dict[str, object] = {"tag": words[0], "kind": words[1]}
    for word in words[2:]:
        key, _, value = word.partition("=")
        raw[key] = read_yaml(value, "fault")
    try:
        site.inject(make_fault(raw))
    except ValidationError as error:
        raise PlanFileError(f"{complaint(error)}.") from error
    return f"{words[0]}: {words[1]}"


def _clear(site: SimulatedSite, words: list[str]) -> str:
    site.clear(words[0] if words else None)
    return f"{words[0] if words else 'Everything'} is as it should be."


def _advance(site: SimulatedSite, words: list[str]) -> str:
    site.advance(_number(words[0] if words else ""))
    return f"{site.state()['time_s']:g} s since the scenario began."


def _speed(site: SimulatedSite, words: list[str]) -> str:
    site.set_speed(_number(words[0] if words else ""))
    return f"Speed: {words[0]}"


def _state(site: SimulatedSite, words: list[str]) -> str:
    state = site.state()
    lines = [f"{state['time_s']:g} s, {state['frequency_hz']:.3f} Hz, faults: {len(state['faults'])}"]
    for tag, device in state["devices"].items():
        if not words or tag in words:
            volts = " ".join(f"{v:7.2f}" for v in device["voltage_v"])
            amperes = " ".join(f"{a:7.2f}" for a in device["current_a"])
            lines.append(
                f"{tag:8} {volts} V  {amperes} A  {device['active_power_w'] / 1000:8.2f} kW"
                f"  {device.get('state', '')}"
            )
    return "\n".join(lines)


def _help(site: SimulatedSite, words: list[str]) -> str:  # noqa: ARG001 - as the other commands
    return HELP


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise PlanFileError(f"{text!r} is no number.") from error
    if not -1e9 < value < 1e9:
        raise PlanFileError(f"{text} is not a number that a site can have.")
    return value


VERBS: Mapping[str, Callable[[SimulatedSite, list[str]], str]] = {
    "set": _set,
    "fault": _fault,
    "clear": _clear,
    "advance": _advance,
    "speed": _speed,
    "state": _state,
    "help": _help,
}
