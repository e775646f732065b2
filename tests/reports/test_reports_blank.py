"""Blank checklists: every item is on the paper with its limit and something to write into."""

import io
from pathlib import Path

import pikepdf
import pytest

import designs
from checklists.generate import generate
from checklists.sheet import short
from checklists.words import INSTRUMENTS
from designs.apply import apply
from designs.library import find_design, read_site_file
from designs.study import study
from reports.blank import INSTRUCTION, BlankSite, blank
from tests.reports.inspect_pdf import missing_glyphs, text_of

SITE = BlankSite("019a-site", "Rastplatz <Heide> & Söhne", "A7, 29614 Soltau", 3)


@pytest.fixture(scope="module")
def checklists():
    site = read_site_file(Path(designs.__file__).parent / "sites" / "rastplatz-heidehof.yaml")
    applied = apply(find_design(site.design), site)
    found = generate(applied, study(applied))
    return [each for each in found if each.section in ("dead_tests", "dc_charger", "documentation")]


@pytest.fixture(scope="module")
def printed(checklists):
    return blank(SITE, checklists)


def words(text: str) -> str:
    return "".join(text.split())


def test_every_item_is_there_with_number_tag_limit_and_instruction(printed, checklists, tmp_path):
    text = words(text_of(printed, tmp_path, "-raw"))
    for item in (item for each in checklists for item in each.items):
        assert words(f"{item.tag} {item.title}") in text, item.key
        assert words(short(item.instruction, INSTRUCTION)) in text, item.key
        assert item.number in text
        for column in item.criterion.columns:
            assert words(column.title) in text, item.key


def test_every_page_names_site_phase_revision_and_where_it_goes_afterwards(printed, tmp_path):
    pages = text_of(printed, tmp_path).split("\f")[:-1]
    for number, page in enumerate(pages, 1):
        assert "Rastplatz <Heide> & Söhne, A7, 29614 Soltau" in page
        assert f" · Revision 3 · Page {number} of {len(pages)}" in page
        assert "019a-site" in page
        assert "fieldapp checklist import" in page
    assert "4 Dead tests · Revision 3 · Page 1 of" in pages[0]
    assert "14 Documentation · Revision 3" in pages[-1]


def test_an_item_says_its_instrument_and_whether_it_stops_work(printed, checklists, tmp_path):
    text = words(text_of(printed, tmp_path, "-raw"))
    items = [item for each in checklists for item in each.items]
    used = [item for item in items if item.instrument]
    for name in {INSTRUMENTS[item.instrument].partition(" (")[0] for item in used}:
        told = sum(INSTRUMENTS[item.instrument].startswith(name) for item in used)
        assert text.count(words(name)) >= told, name
    assert text.count("STOP-WORK") == sum(item.stops_work for item in items)


def test_each_phase_begins_on_a_page_of_its_own_and_pages_are_not_wasted(printed, checklists):
    with pikepdf.open(io.BytesIO(printed)) as pdf:
        pages = len(pdf.pages)
    items = sum(len(each.items) for each in checklists)
    assert 3 <= pages <= 3 + items // 6


def test_nothing_is_printed_as_an_empty_box(printed):
    assert missing_glyphs(printed) == 0
