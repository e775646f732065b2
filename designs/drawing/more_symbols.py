"""More graphical symbols after IEC 60617: sources, converters, loads, controls, references between sheets."""

from designs.drawing.symbols import INK, box, circle, line, number, path, text

#: Height of everything that a circuit may end at.
END = 54.0


def network(x: float, y: float) -> str:
    """Return the infeed of a public network: a hatched square and an arrow into the site, 44 high."""
    hatch = "".join(
        line(x - 15 + at, y, x - 15, y + at, 0.9) + line(x + 15, y + at, x - 15 + at, y + 30, 0.9)
        for at in (10, 20, 30)
    )
    cross = "".join(
        line(x + 15 - at, y, x + 15, y + at, 0.9) + line(x - 15, y + at, x + 15 - at, y + 30, 0.9)
        for at in (10, 20, 30)
    )
    head = path(f"M {number(x - 5)} {number(y + 34)} l 5 9 l 5 -9 Z", INK)
    return box(x - 15, y, 30, 30) + hatch + cross + line(x, y + 30, x, y + 44) + head


def converter(x: float, y: float, width: float, left: str, right: str) -> str:
    """Return a converter with a diagonal: what goes in above it, what comes out below, 28 high."""
    return (
        box(x - width / 2, y, width, 28, fill="#ffffff")
        + line(x - width / 2, y + 28, x + width / 2, y, 1.2)
        + _current(x - width / 2 + 10, y + 9, left)
        + _current(x + width / 2 - 10, y + 20, right)
    )


def _current(x: float, y: float, kind: str) -> str:
    if kind == "~":
        return path(f"M {number(x - 6)} {number(y)} q 3 -6 6 0 q 3 6 6 0", width=1.2)
    return line(x - 5, y - 2, x + 5, y - 2, 1.2) + line(x - 5, y + 2, x + 5, y + 2, 1.2, "3 2")


def dc_station(x: float, y: float, outlets: int) -> str:
    """Return a DC charging station: a cabinet with a converter and one vehicle connector per outlet."""
    width = cabinet_width(outlets)
    shown = min(outlets, 3)
    first = x - 10 * (shown - 1)
    plugs = "".join(_plug(first + 20 * place, y + 41) for place in range(shown))
    frame = box(x - width / 2, y, width, END, fill="#ffffff", radius=3)
    return frame + converter(x, y, width, "~", "=") + plugs


def cabinet_width(outlets: int) -> float:
    """Return how wide the cabinet of a charging station is drawn."""
    return float(max(44, 20 * min(outlets, 3) + 12))


def _plug(x: float, y: float) -> str:
    dot = "".join(
        f'<circle cx="{number(x + off)}" cy="{number(y)}" r="1.6" fill="{INK}"/>' for off in (-3, 3)
    )
    return circle(x, y, 8) + dot


def storage(x: float, y: float) -> str:
    """Return a battery storage: a two-way converter with a battery under it."""
    cells = "".join(
        line(x - half, y + 34 + off, x + half, y + 34 + off, width)
        for off, half, width in ((0, 11, 1.5), (4.5, 6, 3), (9.5, 11, 1.5), (14, 6, 3))
    )
    frame = box(x - 22, y, 44, END, fill="#ffffff", radius=3)
    return frame + converter(x, y, 44, "~", "=") + line(x, y + 28, x, y + 34) + cells


def photovoltaic(x: float, y: float) -> str:
    """Return a photovoltaic inverter: a converter, and a generator that light falls on."""
    module = box(x - 12, y + 33, 24, 16, stroke_width=1.2)
    notch = path(f"M {number(x - 12)} {number(y + 33)} l 12 8 l 12 -8", width=1.2)
    rays = "".join(
        line(x - 20, y + at, x - 14, y + at + 5, 1) + line(x - 14, y + at + 5, x - 17.5, y + at + 4.5, 1)
        for at in (33, 39)
    )
    frame = box(x - 22, y, 44, END, fill="#ffffff", radius=3)
    return frame + converter(x, y, 44, "~", "=") + line(x, y + 28, x, y + 33) + module + notch + rays


def load(x: float, y: float, kind: str) -> str:
    """Return a load: an arrow; with a house for a building and a lamp for lighting."""
    if kind == "lighting":
        cross = line(x - 9, y + 23, x + 9, y + 41) + line(x - 9, y + 41, x + 9, y + 23)
        return line(x, y, x, y + 19) + circle(x, y + 32, 13) + cross
    arrow = path(f"M {number(x - 6)} {number(y + 20)} l 6 12 l 6 -12 Z", INK) + line(x, y, x, y + 22)
    if kind != "building":
        return arrow + line(x - 14, y + 36, x + 14, y + 36)
    return arrow + path(f"M {number(x - 20)} {number(y + 54)} v -14 l 20 -8 l 20 8 v 14 Z")


def reference(x: float, y: float, words: str) -> str:
    """Return the sign that a conductor goes on, on another sheet: a pentagon pointing down, 30 high."""
    half = max(30.0, 3.4 * len(words) + 8)
    outline = (
        f"M {number(x - half)} {number(y)} h {number(2 * half)} v 17 l {number(-half)} 11 "
        f"l {number(-half)} -11 Z"
    )
    return path(outline, "#ffffff") + text(x, y + 14, words, size=10.5, bold=True, anchor="middle")


def busbar_end(x: float, y: float) -> str:
    """Return the busbar of a switchboard that is drawn on another sheet, 8 high."""
    return line(x, y, x, y + 8) + line(x - 22, y + 8, x + 22, y + 8, 4)


def emergency_stop(x: float, y: float) -> str:
    """Return a push-button with a mushroom head that opens a contact, 40 wide and 32 high."""
    head = path(f"M {number(x)} {number(y + 6)} a 10 10 0 0 0 0 20 Z", INK)
    stem = line(x, y + 16, x + 28, y + 16, 1.2, "4 2.5")
    contact = (
        line(x + 32, y, x + 32, y + 8) + line(x + 32, y + 24, x + 32, y + 32)
        + line(x + 32, y + 24, x + 26, y + 6) + line(x + 32, y + 8, x + 24, y + 8)
    )  # fmt: skip
    return head + stem + contact


def control(x: float, y: float, word: str) -> str:
    """Return a device of control or communication: a box with a word, 44 wide and 32 high."""
    return box(x, y, 44, 32, fill="#ffffff") + text(x + 22, y + 20, word, size=11, bold=True, anchor="middle")
