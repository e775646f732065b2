"""Every screen of the tablet: nothing that axe-core finds, and targets that a gloved thumb hits."""

import subprocess

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import EMAIL, PASSWORD, PIN, SOURCES, Instance, begin, choose_pin, watched

pytestmark = pytest.mark.browser

AXE = SOURCES / "node_modules" / "axe-core" / "axe.min.js"
SMALLEST = 48
RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}"
TARGETS = """() => [...document.querySelectorAll('a, button, input, select, textarea, summary, label.take')]
  .filter((each) => each.offsetParent !== null && !each.closest('p, label.take'))
  .map((each) => ({ name: each.outerHTML.slice(0, 80), height: each.getBoundingClientRect().height }))
  .filter((each) => each.height < %d)"""


@pytest.fixture(scope="session")
def axe() -> str:
    """Read axe-core, which is a development dependency of the tablet."""
    if not AXE.exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=SOURCES, check=True, timeout=300)
    return AXE.read_text()


def check(page: Page, axe: str, screen: str) -> None:
    """Fail with the first findings of a screen."""
    page.evaluate(axe)
    found = page.evaluate(f"() => axe.run(document, {RULES})")
    seen = [(each["id"], each["nodes"][0]["html"][:160]) for each in found["violations"]]
    assert seen == [], screen
    assert page.evaluate(TARGETS % SMALLEST) == [], screen


@pytest.mark.parametrize("width", [800, 390])
def test_every_screen_is_accessible_and_has_large_targets(
    instance: Instance, browser: Browser, axe: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 1000}, bypass_csp=True)
    watched(context)
    page = context.new_page()
    page.goto(f"{instance.address}/field/")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    check(page, axe, "sign-in")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Choose your PIN")).to_be_visible()
    check(page, axe, "choose a PIN")
    choose_pin(page)
    page.get_by_role("button", name="Download").click()
    page.get_by_role("link", name="Open").click()
    expect(page.get_by_role("heading", name="Depot North")).to_be_visible()
    check(page, axe, "site")
    page.get_by_role("link", name="Dead tests").click()
    page.get_by_role("button", name="F01 Continuity of the protective conductor").click()
    begin(page)
    page.get_by_label("Reading").fill("0,9")
    page.get_by_role("button", name="Save reading").click()
    expect(page.get_by_text("stop, put it right, measure again")).to_be_visible()
    page.get_by_role("button", name="Not applicable").click()
    check(page, axe, "item")
    page.get_by_role("link", name="Back to Depot North").click()
    page.get_by_role("link", name="Safe to leave site?").click()
    expect(page.get_by_role("heading", name="Your entries at this site")).to_be_visible()
    check(page, axe, "leave")
    page.goto(f"{instance.address}/field/#/")
    expect(page.get_by_role("heading", name="My sites")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    check(page, axe, "sites")
    page.get_by_role("button", name="Lock this tablet").click()
    check(page, axe, "locked")
    page.get_by_role("button", name="Somebody else").click()
    expect(page.get_by_role("heading", name="Who works now?")).to_be_visible()
    check(page, axe, "people")
    page.get_by_role("button", name="I have a pairing code").click()
    expect(page.get_by_label("Pairing code")).to_be_visible()
    check(page, axe, "pairing code")
    context.close()
    assert context.fieldapp_errors == []  # type: ignore[attr-defined]


def test_an_item_is_done_with_the_keyboard_alone(instance: Instance, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 800, "height": 1000})
    watched(context)
    page = context.new_page()
    page.goto(f"{instance.address}/field/")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    for label in ("New PIN", "The same again"):
        expect(page.get_by_label(label)).to_be_focused()
        page.keyboard.type(PIN)
        page.keyboard.press("Enter")
    page.get_by_role("button", name="Download").press("Enter")
    page.get_by_role("link", name="Open").press("Enter")
    page.get_by_role("link", name="Dead tests").press("Enter")
    page.get_by_role("button", name="F01 Continuity of the protective conductor").press(" ")
    page.get_by_role("button", name="It is done and will be recorded later").press(" ")
    page.get_by_label("Reading").press_sequentially("0,07")
    page.keyboard.press("Enter")
    expect(page.locator(".item-expanded")).to_contain_text("Passed")
    context.close()
    assert context.fieldapp_errors == []  # type: ignore[attr-defined]
