"""A day without tablets on the pages: sheets go out, a filled one is looked over and recorded."""

import io
import re

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from fieldapp.usecases import view_site
from tests.checklists.filled_sheets import file_of, rows_of, with_cells
from tests.fieldapp.web.conftest import PASSWORD
from tests.reports.inspect_pdf import text_of


@pytest.fixture
def paper(story):
    return f"/sites/{story.sites['open']}/paper"


def open_choice(story) -> str:
    view = story.do(view_site.view_site, story.people["contractor"], story.sites["open"])
    return next(
        it.key
        for each in view.checklists
        for it in each.items
        if it.criterion.kind == "equals" and not it.photos and view.states[it.key].status == "open"
    )


def filled(client, paper: str, key: str, **cells: str) -> bytes:
    sent = client.get(paper.replace("/paper", "/checklists.csv"))
    assert sent.headers["Content-Disposition"].startswith("attachment")
    return file_of(with_cells(rows_of(sent.data.decode("utf-8-sig"), ";"), key, **cells), ";")


def bring(client, paper: str, content: bytes, **form: str):
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(paper).text)
    assert token
    file = FileStorage(io.BytesIO(content), "filled.csv", "file")
    boundary, body = encode_multipart({"csrf_token": token[1], "file": file, **form})
    kind = f'multipart/form-data; boundary="{boundary}"'
    return client.post(paper, data=body, content_type=kind, headers={"Referer": f"http://localhost{paper}"})


def test_a_look_says_what_would_happen_and_recording_does_it(story, paper):
    contractor, key = story.client("contractor"), open_choice(story)
    content = filled(contractor, paper, key, value="yes")
    looked = bring(contractor, paper, content, do="check")
    assert "1 would be recorded" in looked.text
    assert open_choice(story) == key
    recorded = bring(contractor, paper, content, do="record", password=PASSWORD)
    assert "1 recorded" in recorded.text
    assert open_choice(story) != key
    assert "1 on record already" in bring(contractor, paper, content, do="record", password=PASSWORD).text


def test_refused_rows_are_told_and_handed_back(story, paper):
    contractor, key = story.client("contractor"), open_choice(story)
    page = bring(contractor, paper, filled(contractor, paper, key, value="<b>perhaps"), do="check").text
    assert "1 refused" in page
    assert "<b>perhaps" not in page
    assert 'download="refused.csv"' in page


def test_without_the_password_nothing_is_recorded(story, paper):
    contractor, key = story.client("contractor"), open_choice(story)
    content = filled(contractor, paper, key, value="yes")
    answer = bring(contractor, paper, content, do="record", password="a guess")
    assert answer.status_code == 401
    assert open_choice(story) == key


def test_what_is_no_sheet_is_said_on_the_page(story, paper):
    answer = bring(story.client("contractor"), paper, b"PK\x03\x04 a workbook", do="check")
    assert answer.status_code == 422
    assert "CSV UTF-8" in answer.text


def test_only_who_may_work_there_is_offered_the_form(story, paper):
    assert "Bring a filled sheet back" in story.client("contractor").get(paper).text
    page = story.client("engineer").get(paper).text
    assert "Bring a filled sheet back" not in page
    assert "checklists.pdf?section=dead_tests" in page


def test_the_page_of_a_phase_leads_to_its_sheet_and_its_blank_pdf(story, paper, tmp_path):
    contractor = story.client("contractor")
    page = contractor.get(paper.replace("/paper", "/checklists?section=handover")).text
    for ending, words in (("csv", "CSV to fill in"), ("pdf", "Blank PDF")):
        assert re.search(rf'href="[^"]+/checklists\.{ending}\?section=handover">.*?{words}</a>', page), words
    sent = contractor.get(paper.replace("/paper", "/checklists.pdf?section=handover"))
    assert sent.mimetype == "application/pdf"
    assert re.search(r"filename=checklist-.*-handover-r1\.pdf", sent.headers["Content-Disposition"])
    assert sent.headers["Cache-Control"] == "private, no-store"
    text = text_of(sent.data, tmp_path, "-raw")
    assert "All instruments were in calibration" in text
    assert "Live tests" not in text


def test_the_pages_print_one_phase_at_a_time_and_only_one_there_is(story, paper):
    contractor = story.client("contractor")
    assert contractor.get(paper.replace("/paper", "/checklists.pdf")).status_code == 422
    for ending in ("pdf", "csv"):
        gone = contractor.get(paper.replace("/paper", f"/checklists.{ending}?section=<b>cellar"))
        assert gone.status_code == 404
        assert "<b>cellar" not in gone.text
