"""Figures say what is wrong and where it belongs: drawn, in the text alternative and in a terminal."""

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from typing import Any

import pytest

from device_probe.diagnosis.contract import load_readings
from device_probe.diagnosis.evidence import Meter
from device_probe.diagnosis.site_judgement import wiring_judgement
from device_probe.diagnosis.wiring import judge
from device_probe.figures import (
    Spectrum,
    StepMark,
    StepPlot,
    StepSeries,
    Strip,
    load_step_svg,
    load_step_text,
    phasor_svg,
    phasor_text,
    spectrum_svg,
    spectrum_text,
)
from device_probe.figures.balance import Branch, branches_svg, branches_text
from device_probe.figures.drawing import VERDICT_INK, sign
from device_probe.figures.phasor import phases
from device_probe.figures.tree import Gap
from device_probe.judgement import WiringJudgement
from tests.device_probe.miswired import document, four_wire

SVG = "{http://www.w3.org/2000/svg}"
RIGHT = ("L1", "L2", "L3")


@dataclass(frozen=True)
class Seen:
    """As much of a snapshot as a phasor diagram needs."""

    readings: dict[str, Any]
    tag: str = "PM1"
    profile: str = "eastron-sdm630"
    taken_at: str = "2026-03-02T10:00:00Z"
    extra: dict[str, Any] = field(default_factory=dict)

    def value(self, quantity: str) -> float | None:
        return self.readings.get(quantity)


def judged(readings: dict[str, Any], **meter: Any) -> tuple[Any, WiringJudgement, Meter]:
    loaded = load_readings(document(readings, **meter))
    return Seen(readings), wiring_judgement(judge(loaded.meter, loaded.samples)), loaded.meter


def texts(drawing: str) -> list[str]:
    return [element.text for element in ET.fromstring(drawing).iter(f"{SVG}text")]


def described(drawing: str) -> str:
    return ET.fromstring(drawing).find(f"{SVG}desc").text


def inside(drawing: str) -> None:
    root = ET.fromstring(drawing)
    _, _, width, height = (float(v) for v in root.get("viewBox").split())
    assert width == 400  # so that letters stay readable on a telephone, 390 wide
    for element in root.iter(f"{SVG}text"):
        x, y, size = float(element.get("x")), float(element.get("y")), float(element.get("font-size"))
        assert size >= 11, element.text
        length = 0.6 * size * len(element.text or "")
        left = x - {"end": length, "middle": length / 2}.get(element.get("text-anchor"), 0)
        assert left >= -1, element.text
        assert left + length <= width + 12, element.text
        assert 0 < y <= height, element.text


@pytest.fixture
def reversed_two():
    return judged(four_wire(RIGHT, ("+L1", "-L2", "+L3")) | {"phase_sequence": "clockwise"})


def test_the_wrong_input_is_marked_in_words_and_what_it_gets_is_told(reversed_two) -> None:
    drawing = phasor_svg(*reversed_two)
    inside(drawing)
    assert texts(drawing).count("I wrong") == 1
    assert {"gets +L1", "gets -L2", "gets +L3"} <= set(texts(drawing))
    assert "where it will stand after the correction" in texts(drawing)
    assert "L2: 230.0 V, 40.0 A, -9.11 kW, angle -172°, current input wrong, gets -L2" in described(drawing)
    assert "The CT at input L2 is reversed." in described(drawing)


def test_right_wiring_has_no_marks() -> None:
    drawing = phasor_svg(*judged(four_wire(RIGHT, ("+L1", "+L2", "+L3"))))
    assert not [words for words in texts(drawing) if "wrong" in words]
    assert {"Wiring", "pass", "gets +L1", "gets +L2", "gets +L3"} <= set(texts(drawing))


def test_swapped_currents_belong_on_each_others_phase() -> None:
    seen, wiring, meter = judged(four_wire(RIGHT, ("+L2", "+L1", "+L3")) | {"phase_sequence": "clockwise"})
    drawing = phasor_svg(seen, wiring, meter)
    inside(drawing)
    assert texts(drawing).count("I wrong") == 2
    assert {"gets +L2", "gets +L1"} <= set(texts(drawing))
    # what input 1 gets will stand 8 degrees behind U2, and the other way round
    first, second, third = phases(seen, wiring)
    assert first.belongs == (2, pytest.approx(8.0, abs=0.1))
    assert second.belongs == (1, pytest.approx(8.0, abs=0.1))
    assert third.belongs is None
    # a dotted arrow for each of the two, and one in the legend
    assert drawing.count('stroke-dasharray="2 3"') == 3


@pytest.mark.parametrize(
    ("voltages", "common", "words"),
    [
        (("L2", "L1", "L3"), "N", "U2 wrong"),
        (("N", "L2", "L3"), "L1", "U1 wrong"),
    ],
)
def test_wrong_voltages_are_marked(voltages: tuple[str, ...], common: str, words: str) -> None:
    readings = four_wire(voltages, ("+L1", "+L2", "+L3"), common=common)
    if common == "N":
        readings |= {"phase_sequence": "counter_clockwise"}
    drawing = phasor_svg(*judged(readings))
    inside(drawing)
    assert words in texts(drawing)
    assert "wrong voltage" in texts(drawing)
    assert f"gets +L1, voltage of {voltages[0]}" in described(drawing)


def test_a_system_turned_round_as_a_whole_is_no_mistake() -> None:
    drawing = phasor_svg(*judged(four_wire(("L2", "L3", "L1"), ("+L2", "+L3", "+L1"))))
    assert {"gets +L1", "gets +L2", "gets +L3"} <= set(texts(drawing))


def test_what_cannot_be_told_is_told_as_open() -> None:
    readings = four_wire(RIGHT, ("-L1", "-L2", "-L3"), angle=2.0)
    drawing = phasor_svg(*judged(readings, role="mixed"))
    assert "open" in texts(drawing)
    assert not [words for words in texts(drawing) if "wrong" in words]


def test_the_window_is_that_of_the_load_and_of_the_direction() -> None:
    readings = four_wire(RIGHT, ("-L1", "-L2", "-L3"), angle=2.0)
    drawn = {role: phasor_svg(*judged(readings, role=role)) for role in ("load", "generation", "mixed")}
    assert len(set(drawn.values())) == 3
    wide = phasor_svg(*judged(readings, load="general"))
    assert wide != drawn["load"]


def test_phasors_in_a_terminal(reversed_two) -> None:
    lines = phasor_text(*reversed_two).splitlines()
    strips = [line for line in lines if line.startswith("L")]
    assert len({line.index("·" if "·" in line else "░") for line in strips}) >= 1
    assert "●" in strips[0]
    assert "✗" in strips[1]
    assert "wrong, gets -L2" in strips[1]
    assert strips[0].endswith("gets +L1")
    assert lines[-1] == "Wiring: FAIL. The CT at input L2 is reversed."
    # the mark of 8° stands one cell right of the middle of 37
    strip = re.search(r"[·░●✗]{37}", strips[0])[0]
    assert strip.index("●") == 19
    assert max(len(line) for line in lines[:-1]) <= 100


def test_a_meter_that_reads_nothing_is_drawn_empty() -> None:
    seen, wiring, meter = judged({})
    drawing = phasor_svg(seen, wiring, meter)
    assert "L1: – V, – A, – kW, angle –" in described(drawing)
    assert "–" in phasor_text(seen, wiring, meter)


SPECTRUM = Spectrum(
    "Harmonics of the current", "per cent of IL", {3: 4.2, 5: 7.4, 7: 7.0, 13: 1.0}, {3: 7, 5: 7, 7: 7},
    "%", "IEEE 519, Isc/IL 30", {5: 6.0}, {3: 1.0, 5: 2.5},
)  # fmt: skip


def test_an_order_over_its_limit_says_so_and_one_at_its_limit_does_not() -> None:
    drawing = spectrum_svg(SPECTRUM, "spectrum")
    inside(drawing)
    assert described(drawing) == (
        "The largest is order 5 with 7.4 %, expected 6.0 %, all stations off 2.5 %. "
        "Over the limit: order 5 7.4 %, limit 7 %."
    )
    assert "7.4" in texts(drawing)
    assert "limit (IEEE 519, Isc/IL 30)" in texts(drawing)
    assert "expected by the study at this load" in texts(drawing)
    assert "the grid alone, stations off" in texts(drawing)
    lines = spectrum_text(SPECTRUM).splitlines()
    assert [line.endswith("OVER") for line in lines] == [False, False, True, False, False]
    assert "│" in lines[1]
    assert "│" not in lines[4]  # no limit, no stroke
    assert lines[2].split("%")[1].split("limit")[0].count("◇") == 1
    assert "limit 7, expected 6, grid alone 2.5" in lines[2]


def test_marks_that_nothing_has_are_not_explained() -> None:
    said = texts(spectrum_svg(Spectrum("Harmonics", "", {5: 2.0}, {5: 6.0}), "plain"))
    assert not [words for words in said if "expected" in words or "grid alone" in words or "over" in words]


def test_an_empty_or_silent_spectrum_is_drawn() -> None:
    for orders in ({}, {3: 0.0}):
        found = Spectrum("Nothing", "", orders)
        inside(spectrum_svg(found, "none"))
        assert spectrum_text(found).startswith("Nothing")


TREE = (
    Branch(
        "PM0", 0, 20_000.0, 15_000.0, 120.0, (("PM1", 9_000.0), ("PM2", 6_000.0)), "fail",
        Gap("", 4_880.0, 300.0, 700.0), ("load without a meter, 4.88 kW",),
    ),
    Branch("PM1", 1, 9_000.0, 9_010.0, 0.0, (("CH01", 9_010.0),), "pass", Gap("", -10.0, 100.0, 250.0)),
    Branch("PM2", 1, 6_000.0, None, 0.0, (("CH02", None),), "inconclusive", reason="CH02 gave no power."),
)  # fmt: skip


def test_the_tree_tells_readings_losses_tolerance_verdict_and_explanation() -> None:
    drawing = branches_svg(TREE, "tree", "indicative at 30 A")
    inside(drawing)
    said = [words.replace("\u00a0", " ") for words in texts(drawing)]
    assert {"reads 20.00 kW", "below 15.00 kW", "indicative at 30 A"} <= set(said)
    assert "difference +4.88 kW, permitted ±0.70 kW; lost 0.12 kW" in " ".join(said)
    assert "Explained by: load without a meter, 4.88 kW." in " ".join(said)
    assert {"FAIL", "pass", "open"} <= set(said)
    assert (
        "PM0 reads 20.00 kW, below it 15.00 kW + lost 0.12 kW, difference +4.88 kW, permitted ±0.70 kW, "
        "Explained by: load without a meter, 4.88 kW.: fail" in described(drawing)
    )
    lines = branches_text(TREE).splitlines()
    assert lines[1].startswith("PM0 ")
    assert lines[3].endswith("permitted ±0.70 kW, lost 0.12 kW  [FAIL]")
    assert lines[5].startswith("└─ PM1")
    assert "not read" in lines[9]


def test_a_verdict_has_a_sign_of_its_own_and_not_only_a_colour() -> None:
    drawn = {word: sign(10, 10, word) for word in VERDICT_INK}
    for word, ink in VERDICT_INK.items():
        drawn[word] = drawn[word].replace(ink, "#000000")
    assert len(set(drawn.values())) == len(VERDICT_INK)


def test_many_children_are_cut_where_the_line_ends() -> None:
    children = tuple((f"CH{k:02}", 11_000.0 - k) for k in range(40))
    drawing = branches_svg((Branch("PM0", 0, 440_000.0, 439_000.0, 0.0, children, "pass"),), "tree")
    inside(drawing)
    assert any(words.endswith(" …") for words in texts(drawing))
    assert branches_text(()) == "No meter of this plan has devices below it."
    inside(branches_svg((), "tree"))


def steps() -> StepPlot:
    times = tuple(float(s) for s in range(0, 100, 2))
    moved = tuple(11.0 - (7.4 if 40 <= at < 70 else 0.0) for at in times)
    still = tuple(None if 50 < at < 56 else 22.0 for at in times)
    return StepPlot(
        "Load step at F2", times,
        (
            StepSeries("CH03", "kW", moved), StepSeries("PM2", "kW", still),
            StepSeries("PM9", "kW", (None,) * 50),
        ),
        (StepMark(40, "CH03 from 16 A to 6 A"), StepMark(70, "CH03 back to 16 A")),
        (Strip("CH03", ((40, 70),)),),
    )  # fmt: skip


def test_a_load_step_tells_what_every_step_did_to_every_meter() -> None:
    drawing = load_step_svg(steps())
    inside(drawing)
    assert described(drawing) == (
        "step 1 at 40 s, CH03 from 16 A to 6 A: CH03 -7.4 kW, PM2 +0 kW; "
        "step 2 at 70 s, CH03 back to 16 A: CH03 +7.4 kW, PM2 +0 kW"
    )
    assert "not read" in texts(drawing)
    assert drawing.count('stroke-dasharray="4 3"') == 2
    # a gap in the readings is a gap in the line
    paths = [e.get("d") for e in ET.fromstring(drawing).iter(f"{SVG}path")]
    assert [d.count("M") for d in paths] == [1, 2]


def test_a_load_step_in_a_terminal() -> None:
    lines = load_step_text(steps()).splitlines()
    assert lines[1].index("1") < lines[1].index("2")
    assert lines[2].startswith("CH03  █")
    # the step falls where its number stands
    assert lines[2][lines[1].index("1")] == "▁"
    assert lines[2][lines[1].index("1") - 1] == "█"
    assert lines[4].endswith("not read")
    assert lines[5].index("▄") == lines[1].index("1")
    assert lines[-1] == "2  70 s: CH03 back to 16 A"


def test_an_empty_load_step_is_drawn() -> None:
    plot = StepPlot("Nothing", (), ())
    inside(load_step_svg(plot))
    assert described(load_step_svg(plot)) == "No step was made."
    assert load_step_text(plot) == "Nothing\n"


def test_the_same_data_draw_the_same_figure(reversed_two) -> None:
    assert phasor_svg(*reversed_two) == phasor_svg(*reversed_two)
    assert load_step_svg(steps()) == load_step_svg(steps())
    assert spectrum_svg(SPECTRUM, "x") == spectrum_svg(SPECTRUM, "x")
