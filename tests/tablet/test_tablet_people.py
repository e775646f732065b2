"""Who may pass on the real tablet: pairing by link and code, a PIN without a server, people taking turns."""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from werkzeug.serving import BaseWSGIServer, make_server

from fieldapp import create_app
from fieldapp.store.database import database
from fieldapp.usecases import manage_people, pair_tablet, tablets

from .conftest import EMAIL, PASSWORD, PIN, Instance, Moody, choose_pin, installed, unlock
from .test_tablet_offline import READING, all_sent, measure, open_item

pytestmark = pytest.mark.browser

LEE, LEES_PIN = "lee@voltworks.example", "508213"


class Place:
    """The instance on one port, whose server a test may stop and start again."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.port = 0
        self.stop: Callable[[], None] = lambda: None
        self.start()

    def start(self) -> None:
        """Listen, on the same port as before."""
        server: BaseWSGIServer = make_server(
            "127.0.0.1", self.port, Moody(self.instance.app, self.instance), threaded=True
        )
        self.port = server.server_port
        self.instance.address = f"http://127.0.0.1:{self.port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()

        def stop() -> None:
            server.shutdown()
            thread.join(10)
            server.server_close()

        self.stop = stop

    @contextmanager
    def gone(self) -> Iterator[None]:
        """Be without a server."""
        self.stop()
        yield
        self.start()


@pytest.fixture
def place(template_home: tuple[Path, str], tmp_path: Path) -> Iterator[Place]:
    """Serve a copy of the instance with a second person, Lee; tablets have to be paired."""
    template, site = template_home
    home = tmp_path / "home"
    shutil.copytree(template, home)
    settings = {"FIELDAPP_HOME": str(home), "FIELDAPP_SIGN_IN_LIMIT": "1000 per minute"}
    app = create_app({**settings, "FIELDAPP_TABLETS": "paired"})
    with app.app_context():
        manage_people.add_person("Lee Holm", LEE, "contractor", "Voltworks", PASSWORD)
        kim, rui = manage_people.find_person(EMAIL), manage_people.find_person("rui@chargeways.example")
    found = Place(Instance("", app, site, kim, rui))
    yield found
    found.stop()
    with app.app_context():
        database().dispose()


def code_for(place: Place, email: str) -> str:
    with place.instance.app.app_context():
        person = manage_people.find_person(email)
        return pair_tablet.offer(person, person.id).code


def pair_by_link(page: Page, place: Place, email: str = EMAIL, pin: str = PIN) -> None:
    """Open the scanned address, agree, choose a PIN."""
    page.goto("about:blank")
    page.goto(f"{place.instance.address}/field/#pair={code_for(place, email)}")
    page.get_by_label("Name of this tablet").fill("Tablet 7")
    page.get_by_role("button", name="Pair this tablet").click()
    choose_pin(page, pin)


def download(page: Page) -> None:
    page.get_by_role("button", name="Download").click()
    expect(page.get_by_role("link", name="Open")).to_be_visible()
    installed(page)


def test_a_tablet_is_paired_by_a_link_that_says_whom_it_is_for(place: Place, context: BrowserContext) -> None:
    page, code = context.new_page(), code_for(place, EMAIL)
    page.goto(f"{place.instance.address}/field/#pair={code}")
    expect(page.get_by_role("heading", name="Pair this tablet for Kim Berg?")).to_be_visible()
    expect(page.get_by_text(f"Kim Berg of Voltworks will work here, with the server 127.0.0.1:{place.port}")
           ).to_be_visible()  # fmt: skip
    assert code not in page.url
    page.get_by_role("button", name="Don't pair").click()
    with place.instance.app.app_context():
        assert tablets.list_tablets(place.instance.kim) == ()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    # The same code typed, in small letters; and a password alone is not enough here.
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("this tablet was never paired")).to_be_visible()
    page.get_by_role("button", name="I have a pairing code").click()
    page.get_by_label("Pairing code").fill("ABCD-EFGH-JKMN")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("This code is mistyped, was used or has expired")).to_be_visible()
    page.get_by_label("Pairing code").fill(code.lower())
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name of this tablet").fill("Tablet 7")
    page.get_by_role("button", name="Pair this tablet").click()
    choose_pin(page)
    expect(page.get_by_role("heading", name="My sites")).to_be_visible()
    with place.instance.app.app_context():
        (found,) = tablets.list_tablets(place.instance.kim)
    assert (found.name, found.people) == ("Tablet 7", ("Kim Berg",))


def test_the_pin_opens_without_any_server_and_wrong_ones_slow_down(
    place: Place, context: BrowserContext
) -> None:
    page = context.new_page()
    pair_by_link(page, place)
    download(page)
    with place.gone():
        page.reload()
        expect(page.get_by_role("heading", name="Kim Berg")).to_be_visible()
        expect(page.get_by_text("Depot North")).to_have_count(0)
        field = page.get_by_label("PIN", exact=True)
        for _ in range(5):
            field.fill("999999")
            page.get_by_role("button", name="Unlock").click()
            expect(field).to_have_value("")
            expect(page.get_by_text(re.compile("That is not your PIN|Too many wrong PINs"))).to_be_visible()
        expect(page.get_by_text(re.compile(r"Too many wrong PINs: wait (30|2\d) s"))).to_be_visible()
        page.reload()  # it is not forgotten by loading the page again
        expect(page.get_by_text("Too many wrong PINs")).to_be_visible()
        expect(field).to_be_disabled()
        page.clock.install()
        page.reload()
        # the clock is moved when the page waits for it, not while the page is still loading
        expect(page.get_by_text("Too many wrong PINs")).to_be_visible()
        page.clock.fast_forward(31_000)
        expect(field).to_be_enabled()
        for digit in PIN:  # by the keypad, as in a glove
            page.get_by_role("button", name=digit, exact=True).click()
        page.get_by_role("button", name="Unlock").click()
        expect(page.get_by_role("heading", name="My sites")).to_be_visible()
        measure(page, place.instance, "0,07")
        expect(page.get_by_test_id("unsent")).to_have_text("1 entry to send")


def test_a_forgotten_pin_takes_the_password_and_leaves_the_queue(
    place: Place, context: BrowserContext
) -> None:
    page = context.new_page()
    pair_by_link(page, place)
    download(page)
    context.set_offline(True)
    measure(page, place.instance, "0,07")
    context.set_offline(False)
    place.instance.instead = lambda method, path: 503 if path.endswith("/sync") else None
    page.reload()
    page.get_by_role("button", name="I forgot my PIN").click()
    expect(page.get_by_label("E-mail")).to_have_value(EMAIL)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("do not belong together")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Choose your PIN")).to_be_visible()
    page.get_by_label("New PIN").fill("123456")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("This one is guessed first")).to_be_visible()
    choose_pin(page, "660174")
    expect(page.get_by_test_id("unsent")).to_have_text("1 entry to send")
    page.reload()
    unlock(page, "660174")
    place.instance.instead = lambda method, path: None
    page.get_by_role("button", name="Sync now").click()
    all_sent(page)
    assert [each.operation.body["value"]["raw"] for each in place.instance.kept()] == ["0,07"]  # type: ignore[index]


def test_two_people_take_turns_and_nobody_sees_or_sends_the_work_of_the_other(
    place: Place, context: BrowserContext
) -> None:
    page = context.new_page()
    pair_by_link(page, place)
    pair_by_link(page, place, LEE, LEES_PIN)
    download(page)
    place.instance.instead = lambda method, path: 503 if path.endswith("/sync") else None
    measure(page, place.instance, "0,08")
    page.get_by_label("Reading").fill("0,0")
    page.get_by_role("button", name="Lock this tablet").click()
    page.get_by_role("button", name="Somebody else").click()
    page.get_by_role("button", name="Kim Berg").click()
    page.get_by_label("PIN", exact=True).fill(LEES_PIN)
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_text("That is not your PIN")).to_be_visible()
    unlock(page)
    expect(page.get_by_test_id("unsent")).to_have_text("Everything sent")
    download(page)
    open_item(page, place.instance, "dead_tests", READING)
    expect(page.get_by_label("Reading")).to_have_value("")
    expect(page.locator(".item-expanded")).not_to_contain_text("0.08")

    # Kim's work goes out, Lee's stays: the token of one never carries the other's.
    place.instance.instead = lambda method, path: None
    page.get_by_label("Reading").fill("0,05")
    page.get_by_role("button", name="Save reading").click()
    expect(page.get_by_text("Saved on this tablet.")).to_be_visible()
    all_sent(page)
    assert [each.author for each in place.instance.kept()] == [place.instance.kim.id]

    page.get_by_role("button", name="Lock this tablet").click()
    page.get_by_role("button", name="Somebody else").click()
    page.get_by_role("button", name="Lee Holm").click()
    unlock(page, LEES_PIN)
    all_sent(page)
    with place.instance.app.app_context():
        lee = manage_people.find_person(LEE).id
    assert [each.author for each in place.instance.kept()] == [place.instance.kim.id, lee]
    open_item(page, place.instance, "dead_tests", READING)
    expect(page.get_by_label("Reading")).to_have_value("0,0")


def test_it_locks_by_itself_and_what_was_typed_is_still_there(place: Place, context: BrowserContext) -> None:
    page = context.new_page()
    page.clock.install()
    pair_by_link(page, place)
    page.get_by_label("Lock when nobody touches it for").select_option("5")
    download(page)
    open_item(page, place.instance, "dead_tests", READING)
    page.get_by_role("button", name="Add a note").click()
    page.get_by_label("Note").fill("Label hangs loose")
    page.clock.fast_forward("04:30")
    expect(page.get_by_label("Note")).to_be_visible()
    page.get_by_label("Note").press("End")  # somebody is there
    page.clock.fast_forward("04:30")
    expect(page.get_by_label("Note")).to_be_visible()
    page.clock.fast_forward("00:40")
    expect(page.get_by_text("What you were typing is still there.")).to_be_visible()
    expect(page.get_by_label("Note")).to_be_hidden()
    page.get_by_role("button", name="Somebody else").click()
    expect(page.get_by_text("Kim Berg was typing something that is not saved yet")).to_be_visible()
    page.get_by_role("button", name="Back to Kim Berg").click()
    unlock(page)
    expect(page.get_by_label("Note")).to_have_value("Label hangs loose")
    page.get_by_role("button", name="Save note").click()
    expect(page.get_by_text("Note saved on this tablet.")).to_be_visible()
    # Left alone half-way to a new PIN: whoever comes by must not choose one.
    page.goto(f"{place.instance.address}/field/#/")
    page.get_by_role("button", name="Change my PIN").click()
    expect(page.get_by_label("New PIN")).to_be_visible()
    page.clock.fast_forward("05:10")
    expect(page.get_by_label("PIN", exact=True)).to_be_visible()
    expect(page.get_by_label("New PIN")).to_have_count(0)


def test_the_camera_may_drop_the_page_without_locking_its_person_out(
    place: Place, context: BrowserContext
) -> None:
    page = context.new_page()
    pair_by_link(page, place)
    download(page)
    open_item(page, place.instance, "inspection", "station-label@CH01")
    with page.expect_file_chooser():
        page.locator("input[type=file]").click()
    page.reload()
    expect(page.locator(".item-expanded")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Kim Berg")).to_be_visible()


def test_a_revoked_tablet_keeps_its_work_and_brings_it_when_it_is_paired_again(
    place: Place, context: BrowserContext
) -> None:
    page = context.new_page()
    pair_by_link(page, place)
    download(page)
    context.set_offline(True)
    measure(page, place.instance, "0,07")
    with place.instance.app.app_context():
        (found,) = tablets.list_tablets(place.instance.kim)
        tablets.revoke(place.instance.kim, found.id)
    context.set_offline(False)
    page.get_by_role("link", name="Sign in again").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("this tablet was revoked")).to_be_visible()
    page.goto("about:blank")
    page.goto(f"{place.instance.address}/field/#pair={code_for(place, EMAIL)}")
    page.get_by_role("button", name="Pair this tablet").click()
    expect(page.get_by_text("1 entry needs a look")).to_be_visible(timeout=15_000)
    assert place.instance.kept() == []
    with place.instance.app.app_context():
        (found,) = tablets.list_tablets(place.instance.kim)
    assert (found.held, found.revoked_at) == (1, None)
