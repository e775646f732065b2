"""Rows, documents, STOP and reasons on the real tablet without network."""

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from checklists.item_schema import dump_item
from checklists.model import Item
from fieldapp.story.answers import good_value
from fieldapp.usecases import view_site

from .conftest import Instance
from .test_tablet_offline import all_sent, open_item, sign_in

pytestmark = pytest.mark.browser


def item_where(instance: Instance, wanted: Any) -> Item:
    """Return the first item of the site that a test wants."""
    with instance.app.app_context():
        view = view_site.view_site(instance.kim, instance.site)
    return next(item for each in view.checklists for item in each.items if wanted(item))


def started(context: BrowserContext, instance: Instance) -> Page:
    page = context.new_page()
    sign_in(page, instance)
    context.set_offline(True)
    return page


def fill_row(page: Page, item: Item, cells: dict[str, str]) -> None:
    for column in item.criterion.columns:
        field = page.locator(f'[id="cell-{item.key}-{column.id}"]')
        text = cells.get(column.id, "")
        if column.criterion.kind in ("equals", "one_of"):
            field.select_option(text)
        else:
            field.fill(text)


def kept_value(instance: Instance, key: str) -> Any:
    return next(each.operation.body["value"] for each in instance.kept() if each.operation.item == key)


def test_a_row_is_judged_column_by_column_and_arrives_whole(
    instance: Instance, context: BrowserContext
) -> None:
    page = started(context, instance)
    item = item_where(instance, lambda it: it.criterion.kind == "table")
    good = {cell["column"]: cell["raw"] for cell in good_value(dump_item(item))["cells"]}
    open_item(page, instance, item.section, item.key)
    fill_row(page, item, good)
    expect(page.locator(".cell .tone-pass")).not_to_have_count(0)
    page.get_by_role("button", name="Save row").click()
    expect(page.get_by_text("Saved on this tablet.")).to_be_visible()
    context.set_offline(False)
    all_sent(page)
    assert {cell["column"]: cell["raw"] for cell in kept_value(instance, item.key)["cells"]} == good


def test_work_stops_until_somebody_says_that_it_is_done(instance: Instance, context: BrowserContext) -> None:
    page = started(context, instance)
    stopped = item_where(instance, lambda it: it.step == "pe-continuity")
    page.goto(f"{instance.address}/field/#/site/{instance.site}/{stopped.section}?item={stopped.key}")
    expect(page.get_by_text("STOP", exact=True)).to_be_visible()
    expect(page.get_by_label("Reading")).to_have_count(0)
    page.get_by_role("button", name="It is done and will be recorded later").click()
    expect(page.get_by_label("Reading")).to_be_visible()


def test_an_entry_in_place_of_a_failed_one_is_asked_why(instance: Instance, context: BrowserContext) -> None:
    page = started(context, instance)
    open_item(page, instance, "inspection", "barriers-covers@MSB")
    page.get_by_role("button", name="No", exact=True).click()
    page.get_by_role("button", name="Yes", exact=True).click()
    expect(page.get_by_role("group", name="Why another entry?")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Fault repaired")).click()
    context.set_offline(False)
    all_sent(page)
    assert [each.operation.body.get("because") for each in instance.kept()] == [None, "repaired"]


def test_a_document_holds_until_a_day(instance: Instance, context: BrowserContext) -> None:
    page = started(context, instance)
    item = item_where(instance, lambda it: it.criterion.kind == "document")
    open_item(page, instance, item.section, item.key)
    page.get_by_label("Number or name of the document").fill("Offer 7-2026")
    page.get_by_label(re.compile("^Holds until")).fill("2020-01-31")
    expect(page.locator(".verdict, .tone-fail").first).to_be_visible()
    page.get_by_label(re.compile("^Holds until")).fill("2099-12-31")
    page.get_by_role("button", name="Save document").click()
    expect(page.get_by_text("Saved on this tablet.")).to_be_visible()
