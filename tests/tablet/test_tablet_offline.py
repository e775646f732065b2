"""The real tablet in Chromium on the real server: nothing typed is lost, everything arrives exactly once."""

import hashlib
import math
import os
import re
import signal
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, Playwright, expect

from fieldapp.story.answers import good_value, signature
from fieldapp.story.photos import nameplate
from fieldapp.story.tablet import Tablet
from fieldapp.usecases import review_site
from fieldapp.usecases.read_object import read_object

from .conftest import (
    ARGUMENTS,
    CHROMIUM,
    EMAIL,
    PASSWORD,
    Instance,
    begin,
    choose_pin,
    installed,
    instruments_of,
    unlock,
    watched,
)

pytestmark = pytest.mark.browser

READING = "pe-continuity@F01"
CHOICE = "barriers-covers@MSB"
LABEL = "station-label@CH01"
SIGNATURE = "installer-signature@GRID"


def sign_in(page: Page, instance: Instance) -> None:
    """Sign in, put the site on the tablet and wait until it would work without network."""
    page.goto(f"{instance.address}/field/")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Name of this tablet").fill("Tablet 7")
    page.get_by_role("button", name="Sign in").click()
    choose_pin(page)
    page.get_by_role("button", name="Download").click()
    expect(page.get_by_role("link", name="Open")).to_be_visible()
    installed(page)


def open_item(page: Page, instance: Instance, section: str, key: str) -> None:
    """Go to an item by its address, as "Next open item" does."""
    page.goto(f"{instance.address}/field/#/site/{instance.site}/{section}?item={quote(key, safe='')}")
    if page.locator(".item-expanded, .keypad").first.get_attribute("class") == "keypad":
        unlock(page)  # a page that was just opened
    expect(page.locator(".item-expanded")).to_be_visible()
    begin(page)


def measure(page: Page, instance: Instance, text: str, key: str = READING) -> None:
    """Type a reading and save it."""
    open_item(page, instance, "dead_tests", key)
    page.get_by_label("Reading").fill(text)
    page.get_by_role("button", name="Save reading").click()
    expect(page.get_by_text("Saved on this tablet.")).to_be_visible()


def draw(page: Page) -> None:
    """Sign with the pen."""
    canvas = page.locator("canvas.signature")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + 90)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 40, steps=8)
    page.mouse.move(box["x"] + 320, box["y"] + 110, steps=8)
    page.mouse.up()
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text("Signature saved on this tablet.")).to_be_visible()


def all_sent(page: Page) -> None:
    """Wait until the tablet says that the server has everything."""
    expect(page.get_by_test_id("unsent")).to_have_text("Everything sent", timeout=15_000)


def test_work_done_offline_survives_closing_and_arrives_exactly_once(
    instance: Instance, context: BrowserContext, photo: Path
) -> None:
    page = context.new_page()
    sign_in(page, instance)
    context.set_offline(True)
    page.reload()
    unlock(page)
    expect(page.get_by_text("OFFLINE")).to_be_visible()
    measure(page, instance, "0,07")
    expect(page.locator(".item-expanded")).to_contain_text("0.07 Ω")
    open_item(page, instance, "inspection", LABEL)
    page.get_by_role("button", name="Yes", exact=True).click()
    page.locator("input[type=file]").set_input_files(photo)
    expect(page.get_by_text("Photo saved on this tablet.")).to_be_visible()
    open_item(page, instance, "handover", SIGNATURE)
    draw(page)
    expect(page.get_by_test_id("unsent")).to_have_text("4 entries, 1 photo to send")
    page.close()

    page = context.new_page()
    open_item(page, instance, "inspection", LABEL)
    expect(page.locator(".item-expanded .photo img")).to_be_visible()
    expect(page.get_by_test_id("unsent")).to_have_text("4 entries, 1 photo to send")
    assert instance.called("POST", "/sync") == 0

    context.set_offline(False)
    all_sent(page)
    kept = [each.operation for each in instance.kept()]
    assert [(each.item, each.kind) for each in kept] == [
        (READING, "answer"), (LABEL, "answer"), (LABEL, "photo"), (SIGNATURE, "signature")
    ]  # fmt: skip
    assert [each.seq for each in kept] == [1, 2, 3, 4]
    assert kept[0].body["value"] == {
        "type": "measured", "raw": "0,07", "decimal": "0.07", "unit": "Ω", "bound": ""
    }  # fmt: skip
    assert instance.called("POST", "/sync") == 1
    page.reload()
    unlock(page)
    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_text("Everything sent")).to_be_visible()
    assert instance.called("POST", "/sync") == 1
    assert len(instance.kept()) == 4


def test_photo_is_shrunk_and_its_stored_bytes_arrive(
    instance: Instance, context: BrowserContext, photo: Path
) -> None:
    page = context.new_page()
    sign_in(page, instance)
    open_item(page, instance, "inspection", LABEL)
    instance.instead = lambda method, path: 503 if instance.called("PATCH", path) == 3 else None
    page.locator("input[type=file]").set_input_files(photo)
    expect(page.get_by_text("Photo saved on this tablet.")).to_be_visible()
    expect(page.locator(".photo")).to_contain_text("The server answered 503.")
    assert instance.called("PATCH", "/objects/") == 3
    instance.instead = lambda method, path: None
    page.get_by_role("button", name="Sync now").click()
    all_sent(page)
    sha256 = str(instance.kept()[0].operation.body["sha256"])
    with instance.app.app_context():
        stored, media_type = read_object(instance.kim, sha256)
    assert (Image.open(BytesIO(stored)).size, media_type) == ((2048, 1536), "image/jpeg")
    assert hashlib.sha256(stored).hexdigest() == sha256
    # Three chunks were sent, the third was refused: it goes on there instead of beginning again.
    assert instance.called("PATCH", sha256) == math.ceil(len(stored) / 262_144) + 1


def test_lost_answer_is_retried_and_counts_once(instance: Instance, context: BrowserContext) -> None:
    page = context.new_page()
    sign_in(page, instance)
    instance.afterwards = lambda method, path: 502 if method == "POST" and path.endswith("/sync") else None
    measure(page, instance, "0.08")
    expect(page.get_by_text("Nothing was lost.")).to_be_visible()
    expect(page.get_by_test_id("unsent")).to_have_text("1 entry to send")
    assert len(instance.kept()) == 1
    instance.afterwards = lambda method, path: None
    page.get_by_role("button", name="Sync now").click()
    all_sent(page)
    assert len(instance.kept()) == 1
    expect(page.locator(".item-expanded")).to_contain_text("received by server")


def test_expired_session_keeps_the_queue_until_signed_in_again(
    instance: Instance, context: BrowserContext
) -> None:
    page = context.new_page()
    sign_in(page, instance)
    instance.instead = lambda method, path: 401 if path.endswith("/sync") else None
    measure(page, instance, "0.09")
    page.get_by_role("link", name="Sign in again").click()
    expect(page.get_by_text("1 entry and 0 photos are safe on this tablet")).to_be_visible()
    instance.instead = lambda method, path: None
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    all_sent(page)
    assert [each.operation.body["value"]["raw"] for each in instance.kept()] == ["0.09"]  # type: ignore[index]


def test_signing_out_says_what_waits_and_keeps_it(instance: Instance, context: BrowserContext) -> None:
    page = context.new_page()
    sign_in(page, instance)
    context.set_offline(True)
    measure(page, instance, "0.09")
    page.goto(f"{instance.address}/field/#/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("Not sent yet: 1 entry.")).to_be_visible()
    page.get_by_role("button", name="Stay").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign out, it waits here").click()
    expect(page.get_by_role("heading", name="Who works now?")).to_be_visible()
    context.set_offline(False)
    page.reload()
    page.get_by_role("button", name="Kim Berg").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    all_sent(page)
    assert [each.operation.body["value"]["raw"] for each in instance.kept()] == ["0.09"]  # type: ignore[index]


def test_two_tabs_give_distinct_numbers_without_gaps(instance: Instance, context: BrowserContext) -> None:
    first = context.new_page()
    sign_in(first, instance)
    second = context.new_page()
    context.set_offline(True)
    for number, page in enumerate([first, second] * 2):
        open_item(page, instance, "inspection", CHOICE)
        page.get_by_role("button", name="Yes" if number % 2 else "No", exact=True).click()
        if number % 2:  # it takes the place of one that failed
            page.get_by_role("button", name=re.compile("^Measured again")).click()
        expect(page.get_by_test_id("unsent")).to_have_text(re.compile(rf"^{number + 1} entr"))
    context.set_offline(False)
    all_sent(first)
    all_sent(second)
    kept = [each.operation for each in instance.kept()]
    assert sorted(each.seq for each in kept) == [1, 2, 3, 4]
    assert len({each.id for each in kept}) == 4


def other_tablet(instance: Instance) -> Tablet:
    """Sign the same person in on a second tablet."""
    other = Tablet(instance.address, "Tablet 8")
    other.sign_in(EMAIL, PASSWORD)
    other.bundle(instance.site)
    return other


def test_two_answers_to_one_item_are_shown_and_a_person_picks(
    instance: Instance, context: BrowserContext
) -> None:
    page = context.new_page()
    sign_in(page, instance)
    context.set_offline(True)
    measure(page, instance, "0,12")
    other = other_tablet(instance)
    value = {"type": "measured", "raw": "0.05", "decimal": "0.05", "unit": "Ω", "bound": ""}
    other.record(instance.site, READING, "answer", {"value": value})
    assert [each["status"] for each in other.sync()] == ["applied"]
    other.close()
    context.set_offline(False)
    sides = page.locator(".sides .side")
    expect(sides).to_have_count(2, timeout=15_000)
    sides.filter(has_text="0.05 Ω").get_by_role("button", name="Keep this one").click()
    expect(page.locator(".sides")).to_have_count(0)
    all_sent(page)
    kept = [each.operation for each in instance.kept()]
    assert len(kept) == 3
    assert set(kept[2].base) == {kept[0].id, kept[1].id}
    assert kept[2].body["value"]["decimal"] == "0.05"  # type: ignore[index]


def complete(instance: Instance, tablet: Tablet) -> None:
    """Do all the work of the site on another tablet."""
    bundle = tablet.bundle(instance.site)
    tools = instruments_of(bundle)
    for item in (item for checklist in bundle["checklists"] for item in checklist["items"]):
        kind = item["criterion"]["kind"]
        if kind == "probe":
            tablet.record(instance.site, item["key"], "not_applicable", {"reason": "No probe in this test."})
        elif kind == "signature":
            tablet.record(
                instance.site, item["key"], "signature", signature(item["instruction"], "Kim Berg", "")
            )
        elif kind != "photo":
            named = {"instrument": tools[item["instrument"]]} if item["instrument"] else {}
            tablet.record(instance.site, item["key"], "answer", {"value": good_value(item), **named})
        for number in range(item["photos"] + (item["criterion"]["count"] if kind == "photo" else 0)):
            tablet.photo(instance.site, item["key"], nameplate(item["tag"], (str(number),)), "")
    tablet.sync()


def test_returned_item_stands_on_top_and_the_site_is_handed_over_again(
    instance: Instance, context: BrowserContext
) -> None:
    other = other_tablet(instance)
    complete(instance, other)
    other.submit(instance.site)
    other.close()
    with instance.app.app_context():
        review_site.return_item(instance.reviewer, instance.site, READING, "Measure again with nulled leads.")
    page = context.new_page()
    sign_in(page, instance)
    page.get_by_role("link", name="Open").click()
    returned = page.get_by_role("region", name="Returned by the reviewer")
    expect(returned).to_contain_text("Measure again with nulled leads.")
    returned.get_by_role("link").click()
    page.get_by_label("Reading").fill("0,06")
    page.get_by_role("button", name="Save reading").click()
    all_sent(page)
    page.get_by_role("link", name="Back to Depot North").click()
    page.get_by_role("button", name="Hand over").click()
    expect(page.get_by_text("With the reviewer")).to_be_visible()
    open_item(page, instance, "dead_tests", READING)
    expect(page.get_by_label("Reading")).to_have_count(0)


def test_half_typed_reading_is_still_there_after_a_reload(
    instance: Instance, context: BrowserContext
) -> None:
    page = context.new_page()
    sign_in(page, instance)
    open_item(page, instance, "dead_tests", READING)
    page.get_by_label("Reading").fill("0,0")
    expect(page.get_by_text("0.0 Ω")).to_be_visible()
    page.reload()
    unlock(page)
    expect(page.locator(".item-expanded")).to_be_visible()
    begin(page)
    expect(page.get_by_label("Reading")).to_have_value("0,0")
    assert instance.kept() == []


def processes_of(folder: Path) -> list[int]:
    """Return the processes of the browser that lives in a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in command and b"chromium" in command:
            found.append(int(entry.name))
    return found


def test_killed_browser_loses_nothing(instance: Instance, playwright: Playwright, tmp_path: Path) -> None:
    profile = tmp_path / "profile"

    def launch() -> BrowserContext:
        opened = playwright.chromium.launch_persistent_context(
            str(profile), executable_path=CHROMIUM, headless=True, args=ARGUMENTS
        )
        watched(opened)
        return opened

    context = launch()
    page = context.pages[0]
    sign_in(page, instance)
    context.set_offline(True)
    measure(page, instance, "0,11")
    for process in processes_of(profile):
        os.kill(process, signal.SIGKILL)
    wait_until(lambda: not processes_of(profile))
    for lock in profile.glob("Singleton*"):
        lock.unlink()

    context = launch()
    page = context.pages[0]
    open_item(page, instance, "dead_tests", READING)
    expect(page.locator(".item-expanded")).to_contain_text("0.11 Ω")
    all_sent(page)
    assert [each.operation.body["value"]["raw"] for each in instance.kept()] == ["0,11"]  # type: ignore[index]
    context.close()


def wait_until(reached: Callable[[], bool]) -> None:
    """Wait for a state of the machine, at most ten seconds."""
    deadline = time.monotonic() + 10
    while not reached():
        assert time.monotonic() < deadline, "it did not happen within ten seconds"
        time.sleep(0.05)
