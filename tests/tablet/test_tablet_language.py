"""The tablet in German: chosen at the door, kept, complete, and nowhere wider than the screen."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from .conftest import EMAIL, PASSWORD, PIN, Instance, installed

pytestmark = pytest.mark.browser

READING = "pe-continuity@F01"
#: A phone held upright and a tablet, in CSS pixels.
SIZES = ({"width": 390, "height": 844}, {"width": 800, "height": 1280})
#: Words of the screens (not of the checklists, which are written in English) that would show a forgotten one.
ENGLISH = re.compile(
    r"\b(open|passed|failed|saved|received|save|entry|entries|of \d+ done|sync|lock|sign)\b", re.I
)
#: Elements whose text is cut off or wider than the page; what may be scrolled sideways is none.
WIDE = """() => {
  const found = [];
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide > 0) found.push(`page by ${wide}`);
  for (const each of document.querySelectorAll(
    "button, a.button, .badge, .section-count, h1, h2, .toast, label, .notice, .live, dd, dt")) {
    if (each.closest("[hidden], .tabs, .drawing, .only-spoken") || each.offsetParent === null) continue;
    const box = each.getBoundingClientRect();
    const cut = each.scrollWidth - each.clientWidth > 1 && getComputedStyle(each).display !== "inline";
    const outside = box.right > document.documentElement.clientWidth + 1;
    if (cut || outside) found.push(each.textContent.trim().slice(0, 60));
  }
  return found;
}"""


def fits(page: Page) -> None:
    """Hold the present screen to both sizes."""
    before = page.viewport_size
    for size in SIZES:
        page.set_viewport_size(size)
        assert page.evaluate(WIDE) == [], size
    assert before
    page.set_viewport_size(before)


def come_in(page: Page, instance: Instance) -> None:
    """Choose German at the door, sign in, and download the site."""
    page.goto(f"{instance.address}/field/")
    page.get_by_role("button", name="Deutsch").click()
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    fits(page)
    page.get_by_label("E-Mail").fill(EMAIL)
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("button", name="Anmelden").click()
    for label, button in (("Neue PIN", "Weiter"), ("Noch einmal dieselbe", "PIN setzen")):
        page.get_by_label(label).fill(PIN)
        fits(page)
        page.get_by_role("button", name=button).click()
    page.get_by_role("button", name="Herunterladen").click()
    expect(page.get_by_role("link", name="Öffnen")).to_be_visible()
    installed(page)


def to_reading(page: Page, instance: Instance) -> None:
    """Open the reading, whatever has to pass before it."""
    page.goto(f"{instance.address}/field/#/site/{instance.site}/dead_tests?item={READING}")
    expect(page.locator(".item-expanded")).to_be_visible()
    anyway = page.get_by_role("button", name="Ist erledigt, wird später erfasst")
    if anyway.count():
        fits(page)
        anyway.click()


def test_a_day_in_german(instance: Instance, context: BrowserContext) -> None:
    page = context.new_page()
    come_in(page, instance)
    fits(page)
    to_reading(page, instance)
    page.get_by_label("Messwert").fill("zwei")
    expect(page.get_by_text("„zwei“ ist keine Zahl")).to_be_visible()
    page.get_by_label("Messwert").fill("0,9")
    expect(page.get_by_text("Nicht bestanden.")).to_be_visible()
    fits(page)
    page.get_by_role("button", name="Messwert speichern").click()
    card = page.locator(".item-expanded")
    expect(card).to_contain_text("0,9 Ω liegt außerhalb des Grenzwerts ≤ 0,")
    page.get_by_role("button", name="Notiz", exact=True).click()
    page.get_by_label("Notiz").fill("Klemme lose")
    page.get_by_role("button", name="Notiz speichern").click()
    expect(card).to_contain_text("Notiz: Klemme lose")
    fits(page)
    page.goto(f"{instance.address}/field/#/site/{instance.site}")
    expect(page.get_by_text("1 nicht bestanden")).to_be_visible()
    fits(page)
    page.goto(f"{instance.address}/field/#/site/{instance.site}/leave")
    expect(page.get_by_role("heading", name="Kann ich gehen?")).to_be_visible()
    expect(page.get_by_role("heading", name="Ihre Arbeit ist sicher, aber nicht fertig")).to_be_visible(
        timeout=15_000
    )
    fits(page)
    for part in (".answer", ".receipt-marks", ".top"):
        assert not ENGLISH.search(" ".join(page.locator(part).all_inner_texts())), part
    # What is kept stays in the words that every party compares.
    kept = [each.operation.body for each in instance.kept()]
    assert kept[0]["value"]["raw"] == "0,9"
    assert kept[1]["text"] == "Klemme lose"


def test_the_choice_is_kept_and_changes_the_screens_at_once(
    instance: Instance, context: BrowserContext
) -> None:
    page = context.new_page()
    come_in(page, instance)
    page.reload()
    expect(page.get_by_role("button", name="Entsperren")).to_be_visible()
    page.get_by_label("PIN", exact=True).fill(PIN)
    page.get_by_role("button", name="Entsperren").click()
    to_reading(page, instance)
    page.get_by_label("Messwert").fill("0,05")
    expect(page.locator(".live-value")).to_have_text("0,05 Ω")
    page.goto(f"{instance.address}/field/#/")
    expect(page.get_by_role("heading", name="Meine Anlagen")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="My sites")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("link", name="Open").click()
    expect(page.get_by_role("link", name="Dead tests")).to_be_visible()


def test_a_german_browser_is_greeted_in_german(browser, instance: Instance) -> None:
    context = browser.new_context(locale="de-AT")
    page = context.new_page()
    page.goto(f"{instance.address}/field/")
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
    page.get_by_label("E-Mail").fill(EMAIL)
    page.get_by_label("Passwort").fill("wrong")
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_text("E-Mail-Adresse und Passwort passen nicht zusammen.")).to_be_visible()
    context.close()
