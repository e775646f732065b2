"""A deviation recorded without network becomes a revision, and the tablet asks for what it touches again."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from fieldapp import create_app
from fieldapp.config import settings
from fieldapp.store.database import database
from fieldapp.usecases import manage_people, propose_change

from .conftest import EMAIL, PASSWORD, Instance, begin, choose_pin, installed, unlock

pytestmark = pytest.mark.browser

READING = "insulation-resistance@F01"


@pytest.fixture
def engineer(instance: Instance, template_home: tuple[Path, str]) -> Any:
    """Return an application that has the design of the site, and its engineer."""
    with instance.app.app_context():
        home = settings().home
    designs = template_home[0] / "designs"
    app = create_app({"FIELDAPP_HOME": str(home), "FIELDAPP_DESIGNS_DIR": str(designs)})
    with app.app_context():
        yield app, manage_people.find_person("edda@chargeways.example")
        database().dispose()


def at_item(page: Page, instance: Instance) -> None:
    page.goto(f"{instance.address}/field/#/site/{instance.site}/dead_tests?item={quote(READING, safe='')}")
    expect(page.locator(".item-expanded")).to_be_visible()


def test_a_deviation_recorded_offline_is_accepted_and_its_tests_are_asked_for_again(
    instance: Instance, context: BrowserContext, engineer: Any
) -> None:
    page = context.new_page()
    page.goto(f"{instance.address}/field/")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Name of this tablet").fill("Tablet 7")
    page.get_by_role("button", name="Sign in").click()
    choose_pin(page)
    page.get_by_role("button", name="Download").click()
    expect(page.get_by_role("link", name="Open")).to_be_visible()
    installed(page)
    context.set_offline(True)
    at_item(page, instance)
    begin(page)
    page.get_by_label("Reading").fill("250")
    page.get_by_role("button", name="Save reading").click()
    expect(page.get_by_text("Saved on this tablet.")).to_be_visible()
    page.get_by_role("button", name="Differs from the drawing").click()
    expect(page.get_by_label("Where")).to_have_value("F01")
    expect(page.get_by_text("Drawn: cu-xlpe-5g10")).to_be_visible()
    page.get_by_label("What stands there").select_option("cu-xlpe-5g16")
    page.get_by_label("Why").fill("5G10 was out of stock")
    page.locator(".aside-form").get_by_role("button", name="Save").click()
    recorded = page.get_by_role("list", name="Deviations")
    expect(recorded).to_contain_text("F01, Cable: cu-xlpe-5g16 An engineer decides about it.")
    assert instance.kept() == []

    context.set_offline(False)
    expect(page.get_by_text("Everything sent")).to_be_visible(timeout=30_000)
    assert [each.operation.kind for each in instance.kept()] == ["answer", "deviation"]
    app, edda = engineer
    with app.app_context():
        (proposal,) = propose_change.list_proposals(edda, instance.site)
        assert propose_change.accept(edda, instance.site, [proposal.id]) == 2

    page.reload()  # looking again synchronises
    unlock(page)
    expect(page.get_by_text("Do it again: F01: cable")).to_be_visible(timeout=30_000)
    expect(recorded).to_contain_text("Accepted as built.")
    begin(page)
    page.get_by_label("Reading").fill("300")
    page.get_by_role("button", name="Save reading").click()
    expect(page.locator(".item-expanded").get_by_text("Passed")).to_be_visible()
    expect(page.get_by_text("Everything sent")).to_be_visible(timeout=30_000)
    assert [each.operation.revision for each in instance.kept()] == [1, 1, 2]
