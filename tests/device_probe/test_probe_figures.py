"""Figures: well-formed, spoken, safe under any policy, the same every time, and true."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from device_probe.figures import balance_svg, harmonics_svg, phasor_svg, thd_svg
from device_probe.read import read_device, read_rounds
from device_probe.report import judge_rounds
from device_probe.simulator import SimulatedSite, simulate

SVG = "{http://www.w3.org/2000/svg}"
ALLOWED = {"svg", "title", "desc", "g", "rect", "line", "path", "circle", "text"}


@pytest.fixture
def report(simulated: SimulatedSite):
    simulated.set_scenario("ct-reversed")
    return judge_rounds(simulated.plan, read_rounds(simulated.plan, interval_s=0.02))


@pytest.fixture
def drawings(report):
    return {
        "phasor": phasor_svg(report.snapshot("PM1")),
        "thd": thd_svg(report),
        "harmonics": harmonics_svg(report.snapshot("PM0")),
        "balance": balance_svg(report),
    }


def test_a_drawing_is_safe_and_has_a_text_alternative(drawings) -> None:
    for name, drawing in drawings.items():
        root = ET.fromstring(drawing)
        assert {element.tag.removeprefix(SVG) for element in root.iter()} <= ALLOWED, name
        assert not any(
            a in ("class", "style", "id")
            for e in root
            for a in e.attrib
            if e.tag.removeprefix(SVG) not in ("title", "desc")
        )
        assert root.find(f"{SVG}title").text
        assert root.find(f"{SVG}desc").text
        assert root.get("role") == "img"
        assert set(root.get("aria-labelledby").split()) == {e.get("id") for e in root if e.get("id")}
        fonts = {e.get("font-family") for e in root.iter(f"{SVG}text")}
        assert fonts == {"DejaVu Sans, Arial, sans-serif"}


def test_a_drawing_is_the_same_every_time(report, drawings) -> None:
    assert phasor_svg(report.snapshot("PM1")) == drawings["phasor"]
    assert balance_svg(report) == drawings["balance"]


def test_nothing_stands_outside_the_drawing(drawings) -> None:
    for name, drawing in drawings.items():
        root = ET.fromstring(drawing)
        _, _, width, height = (float(v) for v in root.get("viewBox").split())
        for element in root.iter(f"{SVG}text"):
            x, y = float(element.get("x")), float(element.get("y"))
            length = 0.62 * float(element.get("font-size")) * len(element.text)
            left = x - {"end": length, "middle": length / 2}.get(element.get("text-anchor"), 0)
            assert left >= -1, (name, element.text)
            assert left + length <= width + 12, (name, element.text)
            assert 0 < y <= height, (name, element.text)


def test_the_phasor_says_which_current_flows_backwards(drawings) -> None:
    spoken = re.search(r"<desc[^>]*>(.*?)</desc>", drawings["phasor"]).group(1)
    angles = {phase: float(angle) for phase, angle in re.findall(r"(L\d): [^;]*?angle ([+-]\d+)°", spoken)}
    assert abs(angles["L2"]) > 150
    assert abs(angles["L1"]) < 30
    assert abs(angles["L3"]) < 30


def test_harmonics_of_a_device_with_a_table_are_drawn_against_their_limits(plan) -> None:
    devices = tuple(replace(d, profile="janitza-umg-512-pro") if d.tag == "PM0" else d for d in plan.devices)
    with simulate(replace(plan, devices=devices), "thd-high") as site:
        drawing = harmonics_svg(read_device(site.plan.devices[0]))
    assert "The largest is order 5" in drawing
    assert ">25<" in drawing


def test_names_from_outside_cannot_break_out_of_a_drawing(report) -> None:
    snapshot = replace(report.snapshot("PM1"), profile='"><script>alert(1)</script>')
    root = ET.fromstring(phasor_svg(snapshot))
    assert root.find(f".//{SVG}script") is None
