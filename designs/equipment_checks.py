"""What an item of the equipment list must fulfil before anything is worked out with it."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date

from designs.equipment_classes import (
    Acb,
    CableType,
    ConnectorType,
    Equipment,
    Mccb,
    MeterType,
    SpareType,
    StationType,
)
from designs.equipment_item import Approval
from designs.errors import DesignError
from designs.regions import is_region

#: Installation methods of IEC 60364-5-52 Table B.52.1.
METHODS = ("A1", "A2", "B1", "B2", "C", "D1", "D2", "E", "F", "G")
_COUNTS = {"phases": (1, 3), "poles": (1, 2, 3, 4), "cores": (3, 4, 5)}
_HIGHEST = {"power_factor": 1.0, "efficiency_percent": 100.0}


def check_item(item: Equipment, where: str) -> None:
    """Raise DesignError with one sentence that begins with ``where`` for what no such equipment can be."""
    for name, figure in _figures(item):
        if figure <= 0:
            raise DesignError(f"{where}: {name} must be above 0, not {_shown(figure)}.")
    if not item.source.strip():
        raise DesignError(f"{where}: every figure carries a source; say where these come from.")
    for approval in item.approved:
        _check_approval(approval, where)
    _check_bounds(item, where)
    _check_sources(item, where)
    wrong = _contradiction(item)
    if wrong is not None:
        raise DesignError(f"{where}: {wrong}.")


def check_spare_parts(item: Equipment, items: Mapping[str, Equipment], where: str) -> None:
    """Raise DesignError when a spare part of an item is not on the list or of another class."""
    for part in item.spare_parts:
        if not isinstance(items.get(part.equipment), SpareType):
            raise DesignError(
                f"{where}: the spare part {part.equipment!r} is no equipment of the class spare; "
                f"there are {', '.join(sorted(k for k, v in items.items() if isinstance(v, SpareType)))}."
            )


def _check_bounds(item: Equipment, where: str) -> None:
    for name, allowed in _COUNTS.items():
        count = getattr(item, name, None)
        if count is not None and count not in allowed:
            raise DesignError(f"{where}: {name} must be one of {', '.join(map(str, allowed))}, not {count}.")
    for name, highest in _HIGHEST.items():
        figure = getattr(item, name, None)
        if figure is not None and figure > highest:
            raise DesignError(f"{where}: {name} is at most {highest:g}, not {figure:g}.")


def _contradiction(item: Equipment) -> str | None:
    """Return in words what contradicts itself within an item."""
    if isinstance(item, StationType):
        return _station_contradiction(item)
    if isinstance(item, MeterType) and (item.connection == "ct") != bool(item.ct_secondaries_a):
        return "a meter with connection ct names its ct_secondaries_a, a direct one has none"
    if isinstance(item, Mccb | Acb):
        if item.setting_min_a > item.rated_current_a:
            return "setting_min_a lies above rated_current_a"
        if item.instantaneous_min_a > item.instantaneous_max_a:
            return "instantaneous_min_a lies above instantaneous_max_a"
    if isinstance(item, CableType):
        unknown = [method for method in item.iz_a if method not in METHODS]
        if unknown or not item.iz_a:
            given = unknown[0] if unknown else "none"
            return f"iz_a needs installation methods of {', '.join(METHODS)}, not {given}"
    return None


def _station_contradiction(item: StationType) -> str | None:
    if not item.connectors:
        return "a station needs at least one connector"
    if any(outlet.phases not in ((0,) if item.current == "DC" else (1, 3)) for outlet in item.connectors):
        return "connectors of a station with current AC have phases 1 or 3, with current DC phases 0"
    return None


def _check_approval(approval: Approval, where: str) -> None:
    for name, text in (("from", approval.from_date), ("until", approval.until)):
        if text is not None and not _is_iso_date(text):
            raise DesignError(f"{where}: approved {name} must be a day such as 2024-01-31, not {text!r}.")
    if approval.until is not None and approval.until < approval.from_date:
        raise DesignError(f"{where}: approved until {approval.until} lies before from {approval.from_date}.")
    unknown = [region for region in approval.regions if not is_region(region)]
    if unknown or not approval.regions:
        raise DesignError(
            f"{where}: the region {unknown[0] if unknown else ''!r} of approved is unknown; use ISO 3166 "
            "country codes (GB, not UK), EU, EEA or * for everywhere."
        )


def _is_iso_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _check_sources(item: Equipment, where: str) -> None:
    """A maker's curve and a spectrum are believed only with the document that they come from."""
    spectrum = getattr(item, "spectrum", None)
    if spectrum is not None and not spectrum.source.strip():
        raise DesignError(f"{where}: the spectrum needs its source: the document, with page or table.")
    curve = getattr(item, "let_through", ())
    if curve and not getattr(item, "let_through_source", "").strip():
        raise DesignError(f"{where}: let_through needs let_through_source: the maker's document and page.")
    currents = [point.ik_ka for point in curve]
    if currents != sorted(set(currents)):
        raise DesignError(f"{where}: the points of let_through must stand in the order of rising ik_ka.")


def _figures(value: object, name: str = "") -> Iterator[tuple[str, float]]:
    """Yield every number of an item with its path; the 0 phases of a DC outlet left out."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return
    if isinstance(value, int | float):
        yield name, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _figures(inner, f"{name}.{key}")
    elif isinstance(value, tuple):
        for number, inner in enumerate(value, start=1):
            yield from _figures(inner, f"{name}.{number}")
    elif is_dataclass(value):
        for field in fields(value):
            inner = getattr(value, field.name)
            if not (isinstance(value, ConnectorType) and field.name == "phases" and inner == 0):
                yield from _figures(inner, f"{name}.{field.name}".lstrip("."))


def _shown(figure: float) -> str:
    return f"{figure:g}" if isinstance(figure, float) else str(figure)
