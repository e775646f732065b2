"""A small picture of a site for lists: the supply, the busbar, the groups and their stations."""

from designs.drawing import symbols
from designs.drawing.document import document
from designs.drawing.symbols import line
from designs.model import OneLine, SiteDesign, Station

_BUSBAR, _RAIL, _STATION = 62.0, 84.0, 112.0
_ROOM = 216.0


def thumbnail_svg(site_design: SiteDesign) -> str:
    """Return a small picture for lists: transformer or public supply, groups, AC, DC, storage, PV."""
    one_line = site_design.one_line
    stations = sorted(one_line.stations, key=lambda station: (station.group, station.tag))
    others = [*("storage" for _ in one_line.storage[:1]), *("pv" for _ in one_line.pv[:1])]
    slots = len(stations) + 1.5 * len(others)
    step = min(18.0, _ROOM / max(slots, 1))
    start = 120 - step * (slots - 1) / 2
    places = {station.tag: start + step * place for place, station in enumerate(stations)}
    ends = [start + step * (len(stations) + 0.25 + 1.5 * place) for place in range(len(others))]
    reach = [*places.values(), *ends, 120.0]
    content = [
        symbols.box(0.5, 0.5, 239, 149, fill="#ffffff", stroke="#d0d0d0", stroke_width=1, radius=6),
        _source(one_line),
        line(min(reach) - 8, _BUSBAR, max(reach) + 8, _BUSBAR, 4),
    ]
    groups = sorted({station.group for station in stations})
    content += [_group([each for each in stations if each.group == group], places, step) for group in groups]
    content += [_other(kind, x) for kind, x in zip(others, ends, strict=True)]
    name = f"One-line of {site_design.parameters.name}"
    return document(name, _described(one_line, len(groups)), 240, 150, content)


def _described(one_line: OneLine, groups: int) -> str:
    fast = sum(station.current == "DC" for station in one_line.stations)
    said = [f"{len(one_line.stations)} charging stations in {groups} groups"]
    if fast:
        said.append(f"{fast} of them DC")
    for word, found in (
        ("transformer", one_line.transformers),
        ("storage", one_line.storage),
        ("PV", one_line.pv),
    ):
        if found:
            said.append(f"with {word}")
    return ", ".join(said) + "."


def _source(one_line: OneLine) -> str:
    if one_line.transformers or one_line.supply.own_transformer:
        return (
            line(120, 8, 120, 14, 2)
            + symbols.circle(120, 24, 10)
            + symbols.circle(120, 37, 10)
            + line(120, 47, 120, _BUSBAR, 2)
        )
    return (
        symbols.circle(120, 26, 10)
        + symbols.path("M 114 26 q 3 -7 6 0 q 3 7 6 0")
        + line(120, 36, 120, _BUSBAR, 2)
    )


def _group(stations: list[Station], places: dict[str, float], step: float) -> str:
    first, last = places[stations[0].tag], places[stations[-1].tag]
    middle = (first + last) / 2
    drawn = [
        line(middle, _BUSBAR, middle, _RAIL),
        symbols.circle(middle, 73, 4, "#ffffff"),
        line(first, _RAIL, last, _RAIL, 2),
    ]
    size = min(12.0, step * 0.7)
    for station in stations:
        x = places[station.tag]
        drawn.append(line(x, _RAIL, x, _STATION))
        # AC: a light square; DC: a taller dark one, so that it shows without colour.
        if station.current == "DC":
            drawn.append(symbols.box(x - size / 2, _STATION - 6, size, 26, fill="#6b6b6b", radius=2))
        else:
            drawn.append(symbols.box(x - size / 2, _STATION, size, 16, fill="#e6e6e6", radius=2))
    return "".join(drawn)


def _other(kind: str, x: float) -> str:
    feed = line(x, _BUSBAR, x, 100)
    if kind == "pv":
        return (
            feed
            + symbols.box(x - 8, 100, 16, 14)
            + symbols.path(f"M {symbols.number(x - 8)} 100 l 8 7 l 8 -7")
        )
    cells = "".join(
        line(x - half, 100 + off, x + half, 100 + off, width)
        for off, half, width in ((0, 8, 1.5), (4, 4, 3), (9, 8, 1.5), (13, 4, 3))
    )
    return feed + cells
