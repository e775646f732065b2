"""What people do on the pages: open a site, assign, review with four eyes, issue, download and verify."""

import io
import json
import re

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from fieldapp import jobs
from fieldapp.usecases import view_site

SITE = {
    "name": "Rasthof Süd",
    "address": "Am Ring 1, 80331 München",
    "country": "DE",
    "timezone": "Europe/Berlin",
    "p.supply_ik": "10",
    "p.supply_ze": "0,055",
    "p.import_limit": "160",
    "p.stations": "4",
    "p.group_size": "2",
    "t.per_station.2.length": "31",
}


class Browser:
    """A signed-in client that sends forms as a page would."""

    def __init__(self, story, person: str) -> None:
        self.story, self.client = story, story.client(person)

    def get(self, address: str) -> str:
        response = self.client.get(address, follow_redirects=True)
        assert response.status_code == 200, response.text
        return response.text

    def send(self, address: str, form: dict, page: str = "/packs/verify", status: int = 200) -> str:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page))
        assert token
        headers = {"Referer": f"http://localhost{page}"}
        data = form | {"csrf_token": token[1]}
        response = self.client.post(address, data=data, headers=headers, follow_redirects=True)
        assert response.status_code == status, response.text
        return response.text

    def send_file(self, address: str, name: str, data: bytes) -> str:
        """Send a form with one file, its body ready-made so that no temporary file stays open."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/packs/verify"))
        assert token
        file = FileStorage(io.BytesIO(data), "file.bin", name)
        boundary, body = encode_multipart({"csrf_token": token[1], name: file})
        content_type = f'multipart/form-data; boundary="{boundary}"'
        headers = {"Referer": f"http://localhost{address}"}
        response = self.client.post(
            address, data=body, content_type=content_type, headers=headers, follow_redirects=True
        )
        assert response.status_code in (200, 422)
        return response.text


def hidden(page: str, name: str) -> str:
    """Return the value of a hidden input as a browser would send it."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found
    return found[1].replace("&#39;", "'").replace("&#34;", '"').replace("&amp;", "&").replace("&lt;", "<")


def job_of(engineer, form):
    """Ask for a study; return the job and the page that shows how it gets on."""
    page = engineer.send("/sites/new/destination-ac", form, "/sites/new/destination-ac")
    found = re.search(r"/jobs/([0-9a-f-]{36})\.json", page) or re.search(r'name="job" value="([^"]+)"', page)
    assert found
    return found[1], page


def studied(engineer, form):
    """Ask for a study, let a worker do it, and return the preview."""
    job, page = job_of(engineer, form)
    assert "Studying the site" in page
    engineer.story.do(jobs.run, job)
    return engineer.get(f"/sites/new/destination-ac/preview/{job}")


def test_an_engineer_opens_a_site_from_the_form(story):
    engineer = Browser(story, "engineer")
    preview = studied(engineer, SITE)
    assert "The study accepts this design" in preview
    assert "Rasthof Süd" in preview
    assert "length: 31" in hidden(preview, "text")
    opened = engineer.send("/sites/new/destination-ac/open", {"job": hidden(preview, "job")})
    assert "Assign a contractor" in opened
    assert "Rasthof Süd" in engineer.get("/sites")
    site = re.search(r"/sites/([0-9a-f-]{36})/assign", opened)
    assert site
    assigned = engineer.send(f"/sites/{site[1]}/assign", {"organisation": story.contractor})
    assert "Elektro Brandt GmbH is at work" in assigned
    assert "Rasthof Süd" in Browser(story, "contractor").get("/")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"p.supply_ik": "ten"}, "supply_ik"),
        ({"p.stations": "40"}, "4 to 12"),
        ({"timezone": "", "name": "X"}, "timezone"),
        ({"t.per_station.2.length": "-3"}, "0.5 to 1000"),
    ],
)
def test_a_wrong_parameter_is_named_and_the_form_keeps_what_was_typed(built, change, said):
    engineer = Browser(built, "engineer")
    page = engineer.send("/sites/new/destination-ac", SITE | change, "/sites/new/destination-ac", 422)
    assert said in page
    assert 'role="alert"' in page
    assert "Am Ring 1" in page


def test_what_only_the_study_refuses_brings_the_form_back(story):
    engineer = Browser(story, "engineer")
    impossible = SITE | {"p.supply_ze": "0.003"}
    job, _ = job_of(engineer, impossible)
    story.do(jobs.run, job)
    answer = engineer.client.get(f"/sites/new/destination-ac/preview/{job}")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "Rasthof" in answer.text


def test_a_preview_is_its_askers_alone(story):
    engineer = Browser(story, "engineer")
    job, _ = job_of(engineer, SITE | {"name": "Secret place"})
    for role in ("admin", "reviewer", "contractor"):
        assert Browser(story, role).client.get(f"/sites/new/destination-ac/preview/{job}").status_code in (
            403,
            404,
        )
        assert Browser(story, role).client.get(f"/jobs/{job}.json").status_code == 404


def test_a_design_that_the_study_refuses_cannot_be_opened(built):
    engineer = Browser(built, "engineer")
    weak = SITE | {"p.supply_ik": "60"}
    job, _ = job_of(engineer, weak)
    preview = studied(engineer, weak)
    assert "The study refuses this design" in preview
    assert "Open this site" not in preview
    opened = engineer.send("/sites/new/destination-ac/open", {"job": job}, status=422)
    assert "Rasthof Süd" not in engineer.get("/sites")
    assert 'role="alert"' in opened


def test_a_site_file_goes_into_the_form_and_back(built):
    engineer = Browser(built, "engineer")
    file = "name: A\naddress: B\ncountry: DE\ntimezone: Europe/Berlin\ndesign: destination-ac\n"
    text = file + "parameters: {supply_ik: 10 kA, supply_ze: 0.055, import_limit: 160}\n"
    page = engineer.send("/sites/new/destination-ac", {"text": text, "do": "change"})
    assert re.search(r'name="p.supply_ik" value="10"', page)
    broken = engineer.send("/sites/new/destination-ac", {"text": "name: [A"}, status=422)
    assert "line" in broken
    assert "name: [A" in broken


def test_the_reviewer_sees_exceptions_first_and_returns_one(story):
    reviewer, site = Browser(story, "reviewer"), story.sites["submitted"]
    page = reviewer.get(f"/sites/{site}/review")
    order = [page.index(f"{each}</h3>") for each in ("Hard to believe", "Wrong", "Not applicable")]
    assert order == sorted(order)
    assert "It passed at attempt 2" in page
    assert "Approve Parkhaus Nord" not in page
    key = re.search(r'action="/sites/[^"]+/review/return">.*?name="item" value="([^"]+)"', page, re.DOTALL)
    assert key
    address = f"/sites/{site}/review"
    empty = reviewer.send(f"{address}/return", {"item": key[1], "comment": " "}, address)
    assert "Write what is to be redone" in empty
    said = reviewer.send(
        f"{address}/return", {"item": key[1], "comment": "Tighten & measure <again>"}, address
    )
    assert "Returned to the contractor" in said
    contractor = Browser(story, "contractor").get("/")
    assert contractor.index("Returned to you") < contractor.index("Assigned sites")
    assert "Tighten &amp; measure &lt;again&gt;" in contractor


def test_a_deviation_is_conceded_but_never_a_safety_item(story):
    reviewer, site = Browser(story, "reviewer"), story.sites["submitted"]
    view = story.do(view_site.view_site, story.people["reviewer"], site)
    items = {item.key: item for checklist in view.checklists for item in checklist.items}
    failed = [items[key] for key, state in view.states.items() if state.status == "failed"]
    safety = next(item for item in failed if item.safety)
    other = next(item for item in failed if not item.safety)
    address = f"/sites/{site}/review"
    refused = reviewer.send(f"{address}/concede", {"item": safety.key, "comment": "fine"}, address)
    assert "a safety item can&#39;t be conceded" in refused
    reviewer.send(f"{address}/concede", {"item": other.key, "comment": "The maker agrees."}, address)
    page = reviewer.get(f"/sites/{site}/items/{other.key}")
    assert "Conceded" in page
    assert "The maker agrees." in page


def test_nothing_is_approved_without_the_confirmation(story):
    reviewer, site = Browser(story, "reviewer"), story.sites["submitted"]
    page = reviewer.send(f"/sites/{site}/review/approve", {}, f"/sites/{site}/review")
    assert "tick the box" in page
    blocked = reviewer.send(f"/sites/{site}/review/approve", {"confirm": "yes"}, f"/sites/{site}/review")
    assert "stand in the way" in blocked


def test_a_pack_is_issued_followed_downloaded_and_verified(story):
    engineer, site = Browser(story, "engineer"), story.sites["approved"]
    page = engineer.send(f"/sites/{site}/packs", {})
    job = re.search(rf"/sites/{site}/jobs/([0-9a-f-]+)", page)
    assert job
    assert '<meta http-equiv="refresh"' in page
    state = engineer.client.get(f"/jobs/{job[1]}.json").get_json()
    assert state["ended"] is False
    story.do(jobs.run, job[1])
    assert engineer.client.get(f"/jobs/{job[1]}.json").get_json()["ended"] is True
    done = engineer.get(f"/sites/{site}/jobs/{job[1]}")
    assert "The handover pack is sealed and ready" in done
    service = Browser(story, "service")
    home = service.get("/")
    assert home.index("Büropark Ost") < home.index("VALID: sealed by")
    link = re.search(rf"/sites/{site}/packs/[0-9a-f-]+\.pdf", home)
    assert link
    pdf = service.client.get(link[0])
    assert pdf.mimetype == "application/pdf"
    assert "handover-pack-b" in pdf.headers["Content-Disposition"]
    good = service.send_file("/packs/verify", "file", pdf.data)
    assert "VALID: sealed by" in good
    middle = len(pdf.data) // 2
    changed = pdf.data[:middle] + bytes([pdf.data[middle] ^ 1]) + pdf.data[middle + 1 :]
    bad = service.send_file("/packs/verify", "file", changed)
    assert "DO NOT TRUST this file" in bad


@pytest.mark.parametrize("content", [b"", b"not a pdf", b"%PDF-1.7\n%%EOF"])
def test_what_is_no_pack_is_said_to_be_none(built, content):
    page = Browser(built, "service").send_file("/packs/verify", "file", content)
    assert ("DO NOT TRUST" if content else "Choose the PDF file") in page


def test_what_a_tablet_sent_in_vain_is_shown_with_its_reason(story):
    site, tablet = story.sites["open"], story.tablet()
    tablet.record(site, "no-such-step@F01", "answer", {"value": {"type": "choice", "raw": "<b>yes</b>"}})
    result = tablet.sync()[0]
    tablet.close()
    assert result["status"] == "rejected"
    page = Browser(story, "reviewer").get(f"/sites/{site}")
    assert "Sent, but not counted" in page
    assert "no-such-step@F01" in page
    assert "&lt;b&gt;yes&lt;/b&gt;" in page
    assert "Jonas Brandt" in page


def test_who_may_not_approve_reads_why(built):
    page = Browser(built, "engineer").get(f"/sites/{built.sites['approved']}/review")
    assert "This site is approved" in page
    page = Browser(built, "engineer").get(f"/sites/{built.sites['submitted']}/review")
    assert "Approval waits for" in page
    assert "Return to the contractor" not in page


def test_service_finds_a_site_by_part_of_its_name_or_by_a_tag(built):
    service = Browser(built, "service")
    assert "Marina West" in service.get("/?q=marina")
    assert 'tag=CH03"' in service.get("/?q=CH03")
    assert "Nothing matches" in service.get("/?q=nowhere")


def test_the_journal_is_recomputed_when_asked(built):
    page = Browser(built, "engineer").get(f"/sites/{built.sites['issued']}/journal?verify=1")
    assert "chain, signatures and item states are intact" in page
    assert "stand as they were given out" in page
    assert "Handover pack issued" in page


def test_a_site_plan_goes_out_and_a_foreign_report_is_refused(built):
    contractor, site = Browser(built, "contractor"), built.sites["open"]
    plan = json.loads(contractor.client.get(f"/sites/{site}/site-plan.json").text)
    assert plan["site"] == site
    for content in (b"[]", b"{}", b"\xff\xfe"):
        page = contractor.send_file(f"/sites/{site}/probe", "report", content)
        assert "tone-fail" in page
        assert "No probe run has been recorded" in page
