"""The offline part in the real tablet: Debian's Chromium, no network, one reading, network again."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, sync_playwright

from fieldapp.story.errors import StoryError

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
# A site without network makes Chromium's own background calls fail one after the other; none is needed here.
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
TABLET = {"width": 800, "height": 1280}
PIN = "274951"
#: Resolves when the service worker holds the whole app, so that the network may go.
INSTALLED = """() => Promise.race([
  navigator.serviceWorker.ready.then(found => found.active.state === 'activated' || new Promise(done =>
    found.active.addEventListener('statechange', () => found.active.state === 'activated' && done(true)))),
  new Promise((_, fail) => setTimeout(() => fail(new Error('no service worker after 30 s')), 30000))])"""


def chromium() -> str | None:
    """Return the path of a Chromium, None when there is none."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


@dataclass(frozen=True)
class OfflineReading:
    """One reading to enter without network."""

    site: str
    section: str
    item: str
    text: str
    instrument: str
    email: str
    password: str


def enter_offline(address: str, reading: OfflineReading, pictures: Path) -> None:
    """Sign in, download the site, lose the network, enter the reading, find the network again."""
    pictures.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), headless=True, args=QUIET)
        context = browser.new_context(viewport=TABLET, color_scheme="light")  # type: ignore[arg-type]
        context.set_default_timeout(30_000)
        try:
            page = context.new_page()
            _download(page, address, reading)
            context.set_offline(True)
            _enter(page, address, reading, pictures)
            context.set_offline(False)
            page.get_by_text("Everything sent").wait_for()
            page.screenshot(path=pictures / "tablet-sent.png")
        except PlaywrightError as error:
            first = str(error).strip().splitlines()[0]
            raise StoryError(f"The tablet in the browser did not get through: {first}") from error
        finally:
            context.close()
            browser.close()


def _download(page: Page, address: str, reading: OfflineReading) -> None:
    page.goto(f"{address}/field/")
    page.get_by_label("E-mail").fill(reading.email)
    page.get_by_label("Password").fill(reading.password)
    page.get_by_label("Name of this tablet").fill("Tablet 7")
    page.get_by_role("button", name="Sign in").click()
    for label, button in (("New PIN", "Next"), ("The same again", "Set PIN")):
        page.get_by_label(label).fill(PIN)
        page.get_by_role("button", name=button).click()
    card = page.locator(f'[id="site-{reading.site}"]')
    card.get_by_role("button", name="Download").click()
    card.get_by_role("link", name="Open").wait_for()
    page.evaluate(INSTALLED)


def _enter(page: Page, address: str, reading: OfflineReading, pictures: Path) -> None:
    # A reload without network shows that the service worker alone brings the app back.
    page.goto(f"{address}/field/#/site/{reading.site}/{reading.section}?item={reading.item}")
    page.reload()
    # The PIN is all that a person needs then.
    page.get_by_label("PIN", exact=True).fill(PIN)
    page.get_by_role("button", name="Unlock").click()
    card = page.locator(f'[id="item-{reading.item}"]')
    card.get_by_label("Reading").fill(reading.text)
    card.get_by_label("Instrument").select_option(value=reading.instrument)
    page.screenshot(path=pictures / "tablet-offline.png")
    card.get_by_role("button", name="Save reading").click()
    page.get_by_text("1 entry to send").wait_for()
