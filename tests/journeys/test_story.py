"""The main journey: what script/demo runs, and what the people in front of it would check."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pikepdf
import pytest
from playwright.sync_api import Page, sync_playwright

from fieldapp.story import browser, work
from fieldapp.story.check import pdfsig
from fieldapp.story.run import STEPS, Story, run_story
from fieldapp.story.server import served
from reports.verify import verify

pytestmark = [pytest.mark.browser, pytest.mark.slow]


class Listener:
    """A narrator that only remembers."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.notes: list[str] = []

    def step(self, number: int, title: str) -> None:
        self.steps.append(title)

    def note(self, text: str) -> None:
        self.notes.append(text)

    def progress(self, what: str, done: int, total: int) -> None:
        assert 0 <= done <= total


@pytest.fixture(scope="module")
def listener() -> Listener:
    return Listener()


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, listener: Listener) -> Story:
    return run_story(tmp_path_factory.mktemp("instance"), listener)


@pytest.fixture(scope="module")
def pages(story: Story) -> Iterator[str]:
    """The same instance served again, as script/serve does after script/demo."""
    with served(story.home) as address:
        yield address


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=browser.chromium(), args=browser.QUIET)
        opened = chromium.new_page(viewport={"width": 1280, "height": 900})
        opened.set_default_timeout(15_000)
        yield opened
        chromium.close()


def _sign_in(page: Page, address: str, story: Story, role: str, organisation: str = "") -> None:
    person = next(
        each for each in story.people if each.role == role and organisation in ("", each.organisation)
    )
    page.goto(f"{address}/sign-in")
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password").fill(person.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").first.wait_for(state="attached")


def test_every_step_was_taken_with_the_real_tablet(story: Story, listener: Listener) -> None:
    assert listener.steps == list(STEPS)
    assert story.browser_used
    assert (story.home / "pictures" / "tablet-offline.png").stat().st_size > 10_000


def test_every_entry_was_applied_once(story: Story) -> None:
    ids = [result["id"] for result in story.results]
    assert len(ids) == len(set(ids)) > 400
    assert {result["status"] for result in story.results} == {"applied"}


def test_the_reading_made_offline_is_in_the_journal(story: Story) -> None:
    assert story.after is not None
    [kept] = story.after.history[work.OFFLINE]
    assert kept.operation.tablet != next(iter(story.after.history[work.REMEASURED])).operation.tablet
    assert story.after.states[work.OFFLINE].status == "passed"


def test_the_probe_found_the_reversed_ct_and_passed_after_its_correction(story: Story) -> None:
    before, after = story.probes
    assert before.verdict == "fail"
    [finding] = [each for each in before.findings if each.severity == "error"]
    assert (finding.tag, finding.phase) == ("PM1", "L2")
    assert "prove it dead" in finding.remedy or "short the current transformer" in finding.remedy
    assert after.verdict == "pass"
    assert after.load_statement.startswith("indicative at ")
    # what the study assumes of each meter and what the grid brings by itself go along
    assert {each.tag for each in after.background} == {"PM0", "PM1", "PM2", "PM3"} == set(after.plan.expected)
    quality = [judged.power_quality for judged in after.judgements if judged.power_quality]
    assert any(check.background is not None for found in quality for check in found.checks)
    profiles = {device.profile for device in after.plan.devices}
    assert len(profiles) >= 4
    gateways = {(device.host, device.port) for device in after.plan.devices if device.role == "group_meter"}
    assert len(gateways) == 1, "the group meters share one gateway"


def test_a_recorded_deviation_became_a_revision_and_only_what_it_touched_was_done_again(story: Story) -> None:
    assert story.revision == 2
    assert any(key.endswith("@F05") for key in story.stale)
    assert not [key for key in story.stale if key.endswith(("@F01", "@F12"))]
    assert story.after is not None
    cable = next(each for each in story.after.site_design.one_line.circuits if each.tag == "F05").cable
    assert (cable.length_m, cable.length_source) == (36.0, "surveyed")
    assert not [key for key, state in story.after.states.items() if state.status == "stale"]


def test_the_reviewer_saw_two_failures_and_the_remeasured_one_passed(story: Story) -> None:
    assert story.before_review is not None
    failed = {key for key, state in story.before_review.states.items() if state.status == "failed"}
    assert failed == {work.RETURNED, work.CONCEDED}
    assert story.before_review.states[work.REMEASURED].status == "passed"
    assert story.before_review.states[work.REMEASURED].attempts == 2


def test_a_failed_test_was_repeated_with_what_it_opens_again_and_said_why(story: Story) -> None:
    assert story.after is not None
    answers = {key: [kept.operation.body for kept in history if kept.operation.kind == "answer"]
               for key, history in story.after.history.items()}  # fmt: skip
    for key in (work.REMEASURED, work.RETURNED):
        assert answers[key][-1]["because"] == "repaired"
        item = next(it for each in story.after.checklists for it in each.items if it.key == key)
        assert item.repeats
        assert all(answers[other][-1]["because"] == "repeated" for other in item.repeats)


def test_the_reviewer_was_told_what_rested_on_the_failed_test(story: Story, listener: Listener) -> None:
    assert any(
        note.startswith("The reviewer is told:") and "has to pass before" in note for note in listener.notes
    )
    assert [doubt.code for doubt in story.doubts] == ["hurried"], (
        "in the end only that it was typed in one go"
    )


def test_every_reading_names_an_instrument_whose_calibration_holds(story: Story) -> None:
    assert story.after is not None
    items = [item for each in story.after.checklists for item in each.items]
    asked = [it for it in items if it.instrument and it.criterion.kind in ("range", "table")]
    named = {story.after.states[item.key].instrument for item in asked}
    assert len(named) > 3
    assert None not in named


def test_the_site_ends_issued_with_one_concession(story: Story) -> None:
    assert story.after is not None
    assert story.after.summary.state == "issued"
    assert story.after.states[work.CONCEDED].status == "conceded"
    assert story.after.states[work.RETURNED].status == "passed"
    kinds = [decision.kind for decision in story.after.decisions]
    assert kinds == ["conceded", "returned", "approved"]
    approver = story.after.decisions[-1].by
    authors = {kept.author for history in story.after.history.values() for kept in history}
    assert approver not in authors


def test_the_wave_opened_two_sites_and_refused_the_wrong_row(story: Story) -> None:
    assert story.rollout is not None
    assert [row.state for row in story.rollout.rows] == ["open", "open", "refused"]
    assert "must be in Ω" in story.rollout.rows[2].sentence


def test_two_independent_tools_accept_the_pack(story: Story) -> None:
    assert story.verification is not None
    assert story.pdfsig is not None
    assert story.verification.good, story.verification.problems
    assert story.verification.level.startswith("PAdES")
    assert story.pdfsig.valid, story.pdfsig.output
    assert story.pdfsig.whole_document, story.pdfsig.output


def test_one_flipped_byte_makes_both_refuse(story: Story, tmp_path: Path) -> None:
    assert story.pack is not None
    data = bytearray(story.pack.read_bytes())
    data[len(data) // 3] ^= 1
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(data)
    root = (story.home / "pki" / "root.pem").read_bytes()
    assert not verify(bytes(data), roots=[root]).good
    assert not pdfsig(broken).valid


def test_the_pack_carries_the_data_it_prints(story: Story) -> None:
    assert story.pack is not None
    with pikepdf.open(story.pack) as pdf:
        manifest = json.loads(pdf.attachments["pack.json"].get_file().read_bytes())
        assert len(pdf.pages) < 80
    text = json.dumps(manifest, ensure_ascii=False)
    for needle in ("Hotel Seeblick", work.CONCEDED, "PM1", "conceded", story.site):
        assert needle in text


def test_handover_pack_verify_answers_from_the_command_line(story: Story) -> None:
    root = story.home / "pki" / "root.pem"
    command = [sys.executable, "-m", "reports", "verify", str(story.pack), "--root", str(root), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["intact"] is True


def test_the_journal_can_be_verified(story: Story) -> None:
    command = [sys.executable, "-m", "fieldapp", "journal", "verify", story.site, "--json"]
    environment = {"FIELDAPP_HOME": str(story.home), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_reviewer_reads_the_site_in_the_browser(story: Story, pages: str, page: Page) -> None:
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    _sign_in(page, pages, story, "reviewer")
    page.goto(f"{pages}/sites/{story.site}")
    assert page.get_by_role("heading", name="Hotel Seeblick").first.is_visible()
    assert page.locator("svg").count() >= 1
    width = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size({"width": 390, "height": 844})
    assert width <= 1280
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert problems == []


def test_the_service_person_downloads_what_was_sealed(story: Story, pages: str, page: Page) -> None:
    assert story.pack is not None
    _sign_in(page, pages, story, "service")
    page.goto(f"{pages}/sites/{story.site}/packs")
    link = page.get_by_role("link", name="Download the PDF")
    answer = page.request.get(pages + str(link.get_attribute("href")))
    assert answer.status == 200
    assert answer.body() == story.pack.read_bytes()


def test_a_stranger_sees_nothing_of_it(story: Story, pages: str, page: Page) -> None:
    _sign_in(page, pages, story, "contractor", "Volta Montage KG")
    assert page.request.get(f"{pages}/sites/{story.site}").status == 404
    assert "Hotel Seeblick" not in page.content()


def test_the_api_describes_itself(pages: str) -> None:
    description = httpx.get(f"{pages}/api/v1/openapi.json").json()
    assert "/api/v1/sync" in description["paths"]


def test_the_journal_fits_the_downloaded_pack_and_every_file_is_whole(story: Story) -> None:
    assert story.journal is not None
    assert story.files is not None
    assert story.journal.problems == ()
    assert story.journal.compared >= 4, "receipts, the sealed head, the stored pack and the downloaded one"
    assert story.files.good
    assert story.files.objects > 10
