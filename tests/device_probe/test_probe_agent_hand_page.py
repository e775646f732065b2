"""The load step by hand on a tablet in Debian's Chromium: one instruction after the other, seen by itself."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from device_probe.agent.page import asset
from device_probe.agent.pairing import door_token, link
from device_probe.report import load_report
from device_probe.simulator import MeterFault, SimulatedSite, simulate
from tests.device_probe.site_tablet import Tablet, tablet

from .load_step_sites import scenario, site_plan
from .test_probe_agent_page import browser as browser
from .test_probe_agent_page import large_enough, no_sideways_scrolling, opened, picture

pytestmark = pytest.mark.browser
PLAN = replace(site_plan(4, 2), name="Parkhaus Nord, Level -2")
#: Contrast of every text against the nearest ground that is painted, by WCAG 2.
CONTRAST = """() => {
  const parts = (c) => c.match(/[\\d.]+/g).map(Number), lin = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = (c) => { const [r, g, b] = parts(c).map(lin); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if ((parts(c)[3] ?? 1) > 0) return c; } return "rgb(255,255,255)"; };
  return [...document.querySelectorAll("main *, .bar *, .top *")].filter((e) => e.offsetParent && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
    .map((e) => { const a = light(getComputedStyle(e).color), b = light(ground(e)); return [e.textContent.trim().slice(0, 40), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)]; })
    .filter(([, ratio]) => ratio < 7);
}"""  # noqa: E501


@pytest.fixture
def paired(tmp_path: Path) -> Iterator[tuple[Tablet, SimulatedSite]]:
    chosen = scenario(PLAN, [f"CH0{n}" for n in (1, 2, 3, 4)], phases=(1, 3), background=False)
    loads = {tag: replace(load, current_a=0.0) for tag, load in chosen.stations.items()}
    faults = (MeterFault("ct_reversed", tag="PM1", phase=1),)
    idle = replace(chosen, stations=loads, faults=faults)
    with simulate(PLAN, idle, speed=20) as site, tablet(tmp_path / "spool", site.plan) as box:
        box.desk.hand.interval_s = 0.15
        yield box, site


def at_home(browser: Browser, box: Tablet, locale: str, errors: list[str], width: int = 390) -> Page:
    page = opened(browser, width, locale, errors)
    page.goto(link(box.door.address, door_token(box.desk.spool.folder)))
    return page


def fits(page: Page) -> None:
    no_sideways_scrolling(page)
    large_enough(page)
    heights: list[float] = page.eval_on_selector_all(
        ".by-hand button, .choice",
        "all => all.filter(b => b.offsetParent).map(b => b.getBoundingClientRect().height)",
    )
    assert min(heights) >= 56
    assert page.evaluate(CONTRAST) == []


def test_a_contractor_is_led_through_and_need_not_press(
    browser: Browser, paired: tuple[Tablet, SimulatedSite]
) -> None:
    box, site = paired
    errors: list[str] = []
    page = at_home(browser, box, "en-GB", errors)
    site.inject(MeterFault("dead", tag="CH04"))
    page.get_by_role("button", name="Load step by hand").click()
    expect(page.locator("#hand")).to_contain_text("A car or a load box")
    expect(page.locator("#hand")).to_contain_text("does not answer")
    page.get_by_label("CH03").uncheck()
    expect(page.locator("#go")).to_have_text("Begin with 2 stations")
    fits(page)
    picture(page, "hand-choose-390")
    page.locator("#go").click()
    order = page.locator(".order")
    expect(order).to_have_text("Plug in and start charging at CH01. Wait until it really charges.")
    fits(page)
    site.set_demand("CH03", 16.0)
    expect(page.locator("#hand .notice")).to_contain_text("CH03 rose from 0.0 kW to")
    expect(page.locator("#go")).to_have_text("Count it and go on")
    page.wait_for_timeout(500)
    picture(page, "hand-other-390")
    fits(page)
    site.set_demand("CH03", 0.0)
    expect(page.locator("#hand .notice")).to_contain_text("CH01 does not charge yet")
    second = at_home(browser, box, "de-DE", errors, 1280)
    expect(second.locator(".order")).to_have_text(
        "An CH01 anstecken und laden. Warten, bis sie wirklich lädt."
    )
    site.set_demand("CH01", 16.0)
    expect(order).to_have_text("Stop charging at CH01.")
    page.reload()
    expect(order).to_have_text("Stop charging at CH01.")
    expect(second.locator(".order")).to_have_text("Laden an CH01 beenden.")
    expect(second.locator("#hand-live")).to_contain_text("PM1")
    second.wait_for_timeout(800)
    fits(second)
    picture(second, "hand-stop-1280-de")
    picture(page, "hand-stop-390")
    site.set_demand("CH01", 0.0)
    expect(order).to_have_text(
        "Plug in and start charging at CH02. Wait until it really charges.", timeout=20_000
    )
    page.get_by_role("button", name="Can’t use CH02").click()
    expect(page.locator("#load-step")).to_contain_text("Below PM1, as planned.")
    expect(page.locator("#load-step")).to_contain_text("Input L1 sees the current of L1 reversed.")
    fits_result(page)
    picture(page, "hand-result-390")
    expect(second.locator("#load-step")).to_contain_text("Hinter PM1, wie geplant.")
    expect(second.locator("#findings")).to_contain_text("S1/S2 des Wandlers an Eingang L1 tauschen")
    picture(second, "hand-result-1280-de")
    page.wait_for_function("document.querySelector('#paper img').naturalWidth > 0")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download the report file").click()
    report = load_report(json.loads(Path(waiting.value.path()).read_text()))
    assert report.load_step is not None
    assert site.writes == 0
    assert errors == []
    for each in (page, second):
        each.context.close()


def fits_result(page: Page) -> None:
    no_sideways_scrolling(page)
    large_enough(page)
    assert page.evaluate(CONTRAST) == []


def test_ending_without_a_result_asks_once_more(
    browser: Browser, paired: tuple[Tablet, SimulatedSite]
) -> None:
    box, _ = paired
    errors: list[str] = []
    page = at_home(browser, box, "en-GB", errors)
    page.get_by_role("button", name="Load step by hand").click()
    page.locator("#go").filter(has_text="Begin with 4").click()
    expect(page.locator(".order")).to_contain_text("start charging at CH01")
    page.get_by_role("button", name="End without result").click()
    page.get_by_role("button", name="Really end?").click()
    expect(page.get_by_role("button", name="Read the site now")).to_be_enabled()
    assert errors == []
    page.context.close()


def test_every_word_is_there_in_both_languages() -> None:
    english, german = (json.loads(asset(f"words.{name}.json")) for name in ("en", "de"))
    assert {key for key in german if not key.startswith("do.")} == set(english)
    for key, text in english.items():
        assert key == "english" or text
        assert _places(text) == _places(german[key]), key


def _places(text: str) -> set[str]:
    return {part.partition("}")[0] for part in text.split("{")[1:]}
