"""The real application on a loopback port with a site to work on, and Debian's Chromium to work with."""

import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright
from werkzeug.serving import make_server

from checklists.words import INSTRUMENTS
from fieldapp import create_app
from fieldapp.store import operations
from fieldapp.store.database import database, reading, upgrade
from fieldapp.usecases import assign_site, manage_people, open_site
from fieldapp.usecases.viewer import Viewer

ROOT = Path(__file__).parent.parent.parent
SOURCES = ROOT / "fieldapp" / "tablet"
BUILD = ROOT / "fieldapp" / "static" / "tablet"
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
EMAIL, PASSWORD = "kim@voltworks.example", "correct horse battery"
PIN = "274951"
SITE = """\
name: Depot North
address: Hafenstrasse 1, 20457 Hamburg
country: DE
timezone: Europe/Berlin
design: tablet-test
parameters:
  stations: 4
  supply_ik: 10 kA
  supply_r_over_x: 0.6
  supply_ze: 0.055 Ω
  import_limit: 100 A
  main_length: 12 m
"""


def _design(folder: Path) -> None:
    """Write the built-in design with fewer checklists: enough work for a tablet, quick to open."""
    text = (ROOT / "designs" / "standard" / "destination-ac.yaml").read_text()
    text = re.sub(r"^id: .*", "id: tablet-test", text, flags=re.MULTILINE)
    text = re.sub(
        r"^checklists: .*", "checklists: [inspection, dead-tests, handover]", text, flags=re.MULTILINE
    )
    (folder / "standard").mkdir(parents=True)
    (folder / "standard" / "tablet-test.yaml").write_text(text)


def _newest(*folders: Path) -> float:
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    return max((file.stat().st_mtime for file in files), default=0.0)


def _build() -> None:
    """Build the tablet when there is no build, or an older one."""
    index = BUILD / "index.html"
    sources = max(_newest(SOURCES / "src", SOURCES / "public"), (SOURCES / "index.html").stat().st_mtime)
    if index.exists() and index.stat().st_mtime >= sources:
        return
    npm = shutil.which("npm")
    assert npm, "npm is needed to build the tablet; script/setup installs it"
    if not (SOURCES / "node_modules").exists():
        subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=SOURCES, check=True, timeout=300)
    subprocess.run([npm, "run", "build"], cwd=SOURCES, check=True, timeout=180)


@dataclass
class Instance:
    """A running application with one site assigned to Kim's organisation."""

    address: str
    app: Any
    site: str
    kim: Viewer
    reviewer: Viewer
    calls: list[tuple[str, str]] = field(default_factory=list)
    #: Set by a test: (method, path) -> a status to answer instead, before or after the real work.
    instead: Callable[[str, str], int | None] = lambda method, path: None
    afterwards: Callable[[str, str], int | None] = lambda method, path: None

    def called(self, method: str, part: str) -> int:
        """Count the requests so far."""
        return sum(each == method and part in path for each, path in self.calls)

    def kept(self) -> list[Any]:
        """Return what the server has journalled, in its order."""
        with self.app.app_context(), reading() as db:
            return operations.kept(db, self.site)


class Moody:
    """WSGI middleware: counts requests, and refuses or loses an answer when a test wants it."""

    def __init__(self, app: Any, instance: Instance) -> None:
        self.app, self.instance = app, instance

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        self.instance.calls.append((method, path))
        status = self.instance.instead(method, path)
        if status is None:
            lost = self.instance.afterwards(method, path)
            if lost is None:
                return self.app(environ, start_response)
            # The work is done and committed; only the answer never arrives.
            body = self.app(environ, lambda *_: lambda _data: None)
            list(body)
            if hasattr(body, "close"):
                body.close()
            status = lost
        else:
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start_response(f"{status} Refused", [("Content-Type", "text/plain"), ("Content-Length", "2")])
        return [b"no"]


@pytest.fixture(scope="session")
def template_home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Make one instance with people, instruments and an assigned site; the tests work on copies."""
    _build()
    home = tmp_path_factory.mktemp("template")
    _design(home / "designs")
    app = create_app({"FIELDAPP_HOME": str(home), "FIELDAPP_DESIGNS_DIR": str(home / "designs")})
    with app.app_context():
        upgrade(database())
        operator = manage_people.add_organisation("Chargeways", "operator")
        contractor = manage_people.add_organisation("Voltworks", "contractor")
        engineer = manage_people.add_person("Edda", "edda@chargeways.example", "engineer", operator, PASSWORD)
        manage_people.add_person("Rui", "rui@chargeways.example", "reviewer", operator, PASSWORD)
        manage_people.add_person("Kim Berg", EMAIL, "contractor", contractor, PASSWORD)
        day = datetime.now(UTC).date()
        held = [(day + timedelta(days=days)).isoformat() for days in (-200, 165)]
        models = {"installation-tester": "MFT 1741", "torque-tool": "Dyno 10"}
        for kind in INSTRUMENTS:
            model = models.get(kind, kind)
            manage_people.add_instrument(contractor, kind, "Megger", model, f"SN-{kind[:4]}", *held)
        site = open_site.open_site(engineer, "tablet-test", SITE)
        assign_site.assign_site(engineer, site, contractor)
        database().dispose()
    return home, site


@pytest.fixture
def instance(template_home: tuple[Path, str], tmp_path: Path) -> Iterator[Instance]:
    """Serve a fresh copy of the instance."""
    template, site = template_home
    home = tmp_path / "home"
    shutil.copytree(template, home)
    app = create_app({"FIELDAPP_HOME": str(home), "FIELDAPP_SIGN_IN_LIMIT": "1000 per minute"})
    with app.app_context():
        kim, rui = manage_people.find_person(EMAIL), manage_people.find_person("rui@chargeways.example")
    found = Instance("", app, site, kim, rui)
    server = make_server("127.0.0.1", 0, Moody(app, found), threaded=True)
    found.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    thread.join(10)
    server.server_close()
    with app.app_context():
        database().dispose()


# Once a file, not once a session: while it runs, Playwright keeps an event loop in this thread, and whatever
# test comes next in this process could not run one of its own.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Start Playwright once a file."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Start Chromium once a file."""
    opened = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=ARGUMENTS)
    yield opened
    opened.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Give each test a tablet of its own; a script error on it fails the test."""
    opened = browser.new_context(viewport={"width": 800, "height": 1280}, locale="en-GB")
    watched(opened)
    yield opened
    opened.close()
    assert opened.fieldapp_errors == []  # type: ignore[attr-defined]


def watched(context: BrowserContext) -> None:
    """Bound every wait, and collect script errors."""
    errors: list[str] = []
    context.fieldapp_errors = errors  # type: ignore[attr-defined]
    context.set_default_timeout(10_000)
    context.on("weberror", lambda found: errors.append(str(found.error)))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Make a photo larger than a tablet keeps."""
    image = Image.effect_noise((2600, 1950), 60).convert("RGB")
    kept = BytesIO()
    image.save(kept, "JPEG", quality=85)
    path = tmp_path / "photo.jpg"
    path.write_bytes(kept.getvalue())
    return path


def choose_pin(page: Page, pin: str = PIN) -> None:
    """Choose a PIN after the first sign-in."""
    for label, button in (("New PIN", "Next"), ("The same again", "Set PIN")):
        page.get_by_label(label).fill(pin)
        page.get_by_role("button", name=button).click()
    expect(page.locator(".keypad")).to_have_count(0)


def unlock(page: Page, pin: str = PIN) -> None:
    """Unlock a tablet that was started anew."""
    page.get_by_label("PIN", exact=True).fill(pin)
    page.get_by_role("button", name="Unlock").click()
    expect(page.locator(".keypad")).to_have_count(0)


def begin(page: Page) -> None:
    """Open the entry of an item: most tests begin in the middle, what has to pass first is taken for done."""
    anyway = page.get_by_role("button", name="It is done and will be recorded later")
    if anyway.count():
        anyway.click()


def instruments_of(bundle: Any) -> dict[str, str]:
    """Return the id of an instrument by its class."""
    return {each["kind"].replace(" ", "-"): each["id"] for each in bundle["instruments"]}


def installed(page: Page) -> None:
    """Wait until the service worker is active: then everything is precached.

    Bounded in the script, because evaluate has no timeout of its own.
    """
    page.evaluate(
        """() => Promise.race([
          (async () => {
            const found = await navigator.serviceWorker.ready;
            if (found.active.state !== 'activated')
              await new Promise((done) => found.active.addEventListener('statechange',
                () => found.active.state === 'activated' && done()));
          })(),
          new Promise((_, fail) => setTimeout(() => fail(new Error('no service worker')), 10000)),
        ])"""
    )
