"""The small rules behind the pages: where sign-in leads, how values are written, what a form makes."""

from urllib.parse import urljoin, urlsplit

import pytest
import yaml
from flask import Flask
from hypothesis import example, given, settings
from hypothesis import strategies as st

from designs.equipment_list import load_equipment
from designs.library import find_design, list_designs, parse_site
from fieldapp.web import formats
from fieldapp.web.drawings import drawing
from fieldapp.web.parameter_form import filled, parameter_form, site_text
from fieldapp.web.sign_in import local_address

DESIGN = find_design("destination-ac")
HEAD = {"name": "A: b", "address": "# c", "country": "DE", "timezone": "Europe/Berlin"}


@pytest.fixture(scope="module")
def app():
    app = Flask(__name__)
    app.add_url_rule("/", "home.home")
    return app


@settings(deadline=None)
@example("//[")
@example("/\\evil.example")
@example("/\t/evil.example")
@given(st.one_of(st.text(), st.from_regex(r"[/\\]{1,3}[a-z@:.]{1,12}[/\\]?.{0,8}")))
def test_sign_in_never_leads_to_another_server(app, wanted):
    with app.test_request_context():
        address = local_address(wanted)
    # What a browser does: backslashes are slashes, tabs and line ends are dropped.
    read = address.translate({ord("\\"): "/", 9: None, 10: None, 13: None})
    landed = urlsplit(urljoin("http://here.example/sign-in", read))
    assert (landed.scheme, landed.netloc) == ("http", "here.example")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0482, "0.0482"),
        (1.42, "1.42"),
        (118.04, "118"),
        (1234.5, "1234"),
        (9.16, "9.16"),
        (0, "0"),
        ("x", "x"),
    ],
)
def test_numbers_keep_the_digits_that_matter(value, shown):
    assert formats.number(value) == shown


@pytest.mark.parametrize(
    ("moment", "zone", "shown"),
    [
        ("2026-11-22T08:14:03Z", "Europe/Berlin", "22 Nov 2026, 09:14 CET"),
        ("2026-07-01T08:14:03+02:00", "Europe/Berlin", "1 Jul 2026, 08:14 CEST"),
        ("2026-07-01T06:14:03", "Asia/Dubai", "1 Jul 2026, 10:14 UTC+04"),
        ("2026-07-01T06:14:03Z", "No/Where", "1 Jul 2026, 06:14 UTC"),
        ("yesterday", "UTC", "yesterday"),
    ],
)
def test_times_name_their_zone(moment, zone, shown):
    assert formats.local_time(moment, zone) == shown


@settings(deadline=None)
@given(st.dictionaries(st.from_regex(r"p\.[a-z_]{1,12}", fullmatch=True), st.text(max_size=12)))
def test_whatever_is_typed_makes_a_readable_site_file(typed):
    design = DESIGN
    known = {f"p.{p.key}": text for p, text in zip(design.parameters, typed.values(), strict=False)}
    site = parse_site(site_text(design, HEAD | typed | known))
    assert (site.name, site.address) == ("A: b", "# c")
    assert set(site.parameters) <= {parameter.key for parameter in design.parameters}


def test_what_a_form_shows_is_what_it_gives_back():
    design = find_design("destination-ac")
    given_values = {
        "stations": 6,
        "supply_ik": "10 kA",
        "supply_ze": 0.055,
        "own_transformer": True,
        "earthing": "TT",
        "per_station": {1: {"length": "14 m"}, 6: {"grouped": 2}},
        "addresses": {"CH01": {"host": "10.0.0.1", "port": 1502}},
    }
    form = parameter_form(design, given_values, load_equipment())
    rows = [it for table in form.tables for row in table.rows for it in (*row.inputs, row.key_input) if it]
    sent = {it.name: it.value for it in (*form.needed, *form.defaulted, *rows)}
    expected = given_values | {"supply_ik": 10, "per_station": {1: {"length": 14}, 6: {"grouped": 2}}}
    assert filled(design, sent) == expected


@pytest.mark.parametrize("design", list_designs(), ids=lambda design: design.id)
def test_every_design_has_a_form_with_every_parameter(design):
    form = parameter_form(design, {}, load_equipment())
    plain = [it.name for it in (*form.needed, *form.defaulted)]
    assert sorted(plain) == sorted(f"p.{p.key}" for p in design.parameters if p.kind != "table")
    assert [table.key for table in form.tables] == [p.key for p in design.parameters if p.kind == "table"]
    assert yaml.safe_load(site_text(design, HEAD))["parameters"] == {}


def test_two_drawings_on_one_page_keep_their_ids_apart():
    svg = '<?xml version="1.0"?><svg id="a" aria-labelledby="t u"><use href="#a"/><g fill="url(#b)"/></svg>'
    assert drawing(svg, "x") == (
        '<svg id="x-a" aria-labelledby="x-t x-u"><use href="#x-a"/><g fill="url(#x-b)"/></svg>'
    )
