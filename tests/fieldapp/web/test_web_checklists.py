"""The checklists on the pages: phases, methods, rows, documents, stop-work, why an answer was replaced."""

import base64
import html
import re
from xml.etree import ElementTree as ET

import pytest

from checklists.model import SECTIONS
from checklists.plan import hours
from checklists.progress import DONE
from checklists.words import PHASES
from fieldapp.usecases import view_site
from fieldapp.web import formats


@pytest.fixture(scope="module")
def reader(built):
    client = built.client("reviewer")

    def read(site: str, page: str) -> str:
        response = client.get(f"/sites/{built.sites[site]}/{page}")
        assert response.status_code == 200
        return html.unescape(response.text)

    return read


@pytest.fixture(scope="module")
def view(built):
    return built.do(view_site.view_site, built.people["reviewer"], built.sites["submitted"])


def item_where(view, wanted) -> str:
    return next(it.key for each in view.checklists for it in each.items if wanted(it, view.states[it.key]))


def test_the_page_leads_through_the_phases_that_have_items_in_the_order_of_work(reader, view):
    page = reader("submitted", "checklists")
    shown = re.findall(r'class="item-number">(\d+)</span><a href="[^"]+">([^<]+)</a>', page)
    having = {each.section for each in view.checklists}
    expected = [(str(n), PHASES[it]) for n, it in enumerate(SECTIONS, 1) if it in having]
    assert shown == expected
    assert len(expected) > 10


def test_a_phase_says_what_is_done_what_is_left_and_which_instruments_it_takes(reader, built):
    view = built.do(view_site.view_site, built.people["reviewer"], built.sites["open"])
    items = [it for each in view.checklists if each.section == "evse_function" for it in each.items]
    left = [it for it in items if it.key not in view.states or view.states[it.key].status not in DONE]
    assert 0 < len(left) < len(items)
    page = reader("open", "checklists?section=evse_function")
    head = page[page.index("phase-title") : page.index("</section>", page.index("phase-title"))]
    done = f"{len(items) - len(left)} of {len(items)} done"
    assert f"{done}, {hours(sum(it.minutes for it in left))} left" in head
    assert "EVSE test adapter" in head
    assert "How to do it:" in head


def test_the_phases_lead_to_one_another(reader):
    page = reader("submitted", "checklists?section=dead_tests")
    assert "Before: Inspection" in page
    assert "Next: Energisation" in page
    first = reader("submitted", "checklists?section=survey")
    assert "Before:" not in first


def test_items_stand_in_the_order_of_their_numbers(reader):
    page = reader("submitted", "checklists?section=energisation")
    numbers = [int(each) for each in re.findall(r'item-number">5\.(\d+)<', page)]
    assert len(numbers) > 1
    assert numbers == sorted(numbers)


def test_what_stops_work_and_how_it_is_answered_is_said_at_the_item(reader, view):
    key = item_where(view, lambda it, _: it.stops_work)
    page = reader("open", f"items/{key}")
    assert "Stop-work" in page
    assert "Severity" in page
    assert "Who" in page


def test_a_method_is_told_with_a_picture_that_a_browser_shows(reader, view):
    methods = {it.id: it for each in view.checklists for it in each.methods}
    key = item_where(view, lambda it, _: it.method and methods[it.method].picture)
    page = reader("submitted", f"items/{key}")
    (encoded,) = re.findall(r'<img src="data:image/svg\+xml;base64,([^"]+)"', page)
    assert ET.fromstring(base64.b64decode(encoded)).tag == "{http://www.w3.org/2000/svg}svg"
    method = methods[next(it for each in view.checklists for it in each.items if it.key == key).method]
    assert all(line in page for line in (*method.safely, *method.steps))


def test_a_picture_drawn_without_a_namespace_is_shown_too():
    address = formats.picture('<svg viewBox="0 0 4 4"><rect width="4"/></svg>')
    drawn = base64.b64decode(address.partition(",")[2])
    assert ET.fromstring(drawn).tag == "{http://www.w3.org/2000/svg}svg"


def test_a_row_is_shown_column_by_column_each_with_its_verdict(reader, view):
    key = item_where(view, lambda it, state: it.criterion.columns and state.status == "passed")
    page = reader("submitted", f"items/{key}")
    table = page[page.index("Values of ") : page.index("</table>")]
    for cell in view.states[key].value.cells:
        assert f"<strong>{cell.raw}" in table
    assert table.count("Pass</span>") == len(view.states[key].value.cells)


def test_a_document_says_until_when_it_holds_and_shows_its_pages(reader, view):
    key = item_where(view, lambda it, state: state.value and state.value.expires and it.photos)
    page, value = reader("submitted", f"items/{key}"), view.states[key].value
    assert f"<dt>Valid until</dt><dd>{value.expires}</dd>" in page
    assert f"{value.raw}, valid until {value.expires}" in page
    assert "/photos/" in page


def test_the_history_says_why_an_answer_replaced_another(reader, view):
    key = item_where(view, lambda _, state: state.status == "passed" and state.attempts > 1)
    assert "Answer (after a repair)" in reader("submitted", f"items/{key}")


def test_a_long_list_of_what_has_to_come_before_is_folded(reader, view):
    key = item_where(view, lambda it, _: len(it.requires) > 6)
    page = reader("submitted", f"items/{key}")
    assert re.search(r"\d+ items</summary>", page)
