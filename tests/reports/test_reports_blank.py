"""Blank checklists: every item is on the paper with its limit and something to write into."""

import io
from pathlib import Path

import pikepdf
import pytest

import designs
from checklists.generate import generate
from checklists.sheet import short
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


def test_head_and_foot_name_site_revision_and_phase(printed, tmp_path):
    text = text_of(printed, tmp_path)
    assert "Rastplatz <Heide> & Söhne, A7, 29614 Soltau" in text
    assert "Revision 3" in text
    assert "019a-site" in text
    assert "Page 1 of" in text
    assert "fieldapp checklist export" in text


def test_each_phase_begins_on_a_page_of_its_own_and_pages_are_not_wasted(printed, checklists):
    with pikepdf.open(io.BytesIO(printed)) as pdf:
        pages = len(pdf.pages)
    items = sum(len(each.items) for each in checklists)
    assert 3 <= pages <= 3 + items // 6


def test_nothing_is_printed_as_an_empty_box(printed):
    assert missing_glyphs(printed) == 0
