"""The page for tablets in Debian's Chromium: pair, read, see what is wrong, take the report."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from device_probe.agent.pairing import door_token, link
from device_probe.model import SitePlan
from device_probe.report import load_report
from device_probe.simulator import SimulatedSite, simulate
from tests.device_probe.scripted_hall import until
from tests.device_probe.site_tablet import Tablet, tablet

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
#: Where pictures are kept when somebody wants to look at them.
PICTURES = os.environ.get("PROBE_PAGE_PICTURES", "")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=30_000)  # a busy computer decides nothing
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, headless=True, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def paired(plan: SitePlan, tmp_path: Path) -> Iterator[tuple[Tablet, SimulatedSite]]:
    with (
        simulate(plan, "ct-reversed", latency_s=0.05) as site,
        tablet(tmp_path / "spool", site.plan) as opened,
    ):
        yield opened, site


def opened(browser: Browser, width: int, locale: str, errors: list[str]) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 844}, locale=locale, accept_downloads=True
    )
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    return page


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=Path(PICTURES) / f"{name}.png")
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.screenshot(path=Path(PICTURES) / f"{name}-end.png")


def no_sideways_scrolling(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def large_enough(page: Page) -> None:
    heights: list[float] = page.eval_on_selector_all(
        "button", "found => found.filter(b => b.offsetParent).map(b => b.getBoundingClientRect().height)"
    )
    assert heights
    assert min(heights) >= 44


def test_a_tablet_pairs_reads_and_takes_the_report(
    browser: Browser, paired: tuple[Tablet, SimulatedSite]
) -> None:
    box, site = paired
    errors: list[str] = []
    page = opened(browser, 390, "en-GB", errors)
    page.goto(link(box.door.address, door_token(box.desk.spool.folder)))
    expect(page.locator("#site")).to_have_text(site.plan.name)
    assert "#" not in page.url, "the token stands in no address any more"
    expect(page.locator("#devices li")).to_have_count(len(site.plan.devices))
    picture(page, "before-390")
    page.get_by_role("button", name="Read the site now").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(page.locator("#meter")).to_be_visible()
    expect(page.locator("#step")).to_contain_text("read, last")
    picture(page, "running-390")
    expect(page.locator("#result .badge-large")).to_have_text("not good")
    expect(page.locator("#findings h3").first).to_have_text("CT reversed")
    expect(page.locator("#findings")).to_contain_text("PM1: the CT at input L2 is reversed")
    expect(page.locator("#paper")).to_contain_text("This agent knows no server")
    page.wait_for_function("document.querySelector('#paper img').naturalWidth > 0")
    no_sideways_scrolling(page)
    large_enough(page)
    picture(page, "result-390")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download the report file").click()
    report = load_report(json.loads(Path(waiting.value.path()).read_text()))
    assert report.id in page.locator("#paper pre").inner_text()
    page.reload()
    expect(page.locator("#result .badge-large")).to_have_text("not good")
    page.set_viewport_size({"width": 1280, "height": 900})
    no_sideways_scrolling(page)
    picture(page, "result-1280")
    assert errors == []
    page.context.close()


def test_german_a_stop_a_lost_agent_and_a_wrong_token(
    browser: Browser, paired: tuple[Tablet, SimulatedSite]
) -> None:
    box, site = paired
    errors: list[str] = []
    page = opened(browser, 390, "de-AT", errors)
    page.goto(link(box.door.address, door_token(box.desk.spool.folder)))
    assert page.locator("html").get_attribute("lang") == "de"
    page.get_by_role("button", name="Jetzt alles auslesen").click()
    page.get_by_role("button", name="Anhalten").click()
    expect(page.locator("#ended")).to_contain_text("wurde angehalten")
    picture(page, "stopped-390-de")
    page.get_by_role("button", name="Jetzt alles auslesen").click()
    expect(page.locator("#findings h3").first).to_have_text("Stromwandler verdreht")
    expect(page.locator("#ended")).to_be_hidden()
    picture(page, "result-390-de")
    page.context.set_offline(True)
    expect(page.locator("#trouble")).to_contain_text("Keine Antwort")
    page.context.set_offline(False)
    expect(page.locator("#trouble")).to_be_hidden()
    errors.clear()
    door_token(box.desk.spool.folder, new=True)
    expect(page.locator("#trouble")).to_contain_text("nicht mehr gekoppelt")
    expect(page.locator("#bar")).to_be_hidden()
    assert "PM1" not in page.locator("body").inner_text()
    picture(page, "unpaired-390-de")
    page.goto(f"{box.door.address}#{door_token(box.desk.spool.folder)}")
    expect(page.locator("#bar")).to_be_visible()
    assert site.writes == 0
    page.context.close()


def test_texts_of_devices_are_shown_and_never_run(browser: Browser, plan: SitePlan, tmp_path: Path) -> None:
    with simulate(plan, "ct-reversed") as site, tablet(tmp_path, site.plan) as box:
        box.read()
        document: dict[str, Any] = box.get("/api/report").json()
        document["findings"][0]["sentence"] = "<img src=x onerror=document.title='run'>"
        document["id"] = "made-up"
        box.desk.spool.keep(document, None)
        until(lambda: box.state()["report"]["id"] == "made-up")
        errors: list[str] = []
        page = opened(browser, 1280, "en-GB", errors)
        page.goto(link(box.door.address, door_token(tmp_path)))
        expect(page.locator("#findings")).to_contain_text("onerror")
        assert page.title() != "run"
        assert page.locator("#findings img").count() == 0
        assert errors == []
        page.context.close()
