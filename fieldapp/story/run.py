"""The story, step by step. Who watches it is told through a Narrator; what came of it is a Story."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from flask import Flask

from checklists.plan import hours, plan
from checklists.plausibility import Doubt
from designs.library import find_design, parse_site
from designs.schema import dump_study
from device_probe.model import ProbeReport
from fieldapp import create_app
from fieldapp.config import settings
from fieldapp.store import database
from fieldapp.story import as_built, browser, work
from fieldapp.story.answers import good_value
from fieldapp.story.check import Pdfsig, pdfsig
from fieldapp.story.desk import approve, download, issue, people_by_role
from fieldapp.story.probe import site_network
from fieldapp.story.proof import hold_against, in_words
from fieldapp.story.server import served
from fieldapp.story.tablet import Tablet
from fieldapp.story.wave import open_wave
from fieldapp.usecases import assign_site, doubt_site, open_site, review_site, site_plan, view_site
from fieldapp.usecases.check_journal import JournalCheck
from fieldapp.usecases.demo_people import CONTRACTOR, OPERATOR, DemoPerson, demo_people
from fieldapp.usecases.rollout_standing import RolloutView
from fieldapp.usecases.verify_objects import ObjectsCheck
from fieldapp.usecases.viewer import Viewer
from fieldapp.usecases.views import SiteView
from reports import authority
from reports.model import Verification

DESIGN = "destination-ac"
SITE_FILE = "hotel-seeblick.yaml"
STEPS = (
    "Apply the standard design, study it, draw it",
    "Open the site and assign it to the contractor",
    "Work through permits, works, inspection and dead tests on the tablet, phase by phase",
    "Enter one reading without network in the real tablet",
    "Energise, and work through the live tests and functions up to the handover",
    "Scan and probe the site, background first: one current transformer is reversed; correct it, probe again",
    "A cable is longer than drawn: recorded on the tablet, accepted as a revision, its tests done again",
    "Submit; the reviewer concedes one deviation and returns one safety item",
    "Redo the returned item, submit again, approve with four eyes",
    "Render and seal the handover pack",
    "Download and verify it with two independent tools; hold journal and stored files against it",
    "Open a rollout wave from a CSV file: a DC hub, a car park, and a row that is refused",
)


class Narrator(Protocol):
    """Somebody who is told how the story goes."""

    def step(self, number: int, title: str) -> None:
        """A step begins; numbers are from 1."""

    def note(self, text: str) -> None:
        """Something worth knowing happened."""

    def progress(self, what: str, done: int, total: int) -> None:
        """Long work goes on."""


@dataclass
class Story:
    """What came of it."""

    home: Path
    address: str = ""
    site: str = ""
    people: tuple[DemoPerson, ...] = ()
    browser_used: bool = False
    probes: list[ProbeReport] = field(default_factory=list)
    results: list[Mapping[str, Any]] = field(default_factory=list)
    before_review: SiteView | None = None
    after: SiteView | None = None
    pack: Path | None = None
    verification: Verification | None = None
    pdfsig: Pdfsig | None = None
    rollout: RolloutView | None = None
    revision: int = 1
    stale: tuple[str, ...] = ()
    doubts: list[Doubt] = field(default_factory=list)
    journal: JournalCheck | None = None
    files: ObjectsCheck | None = None


def run_story(home: Path, narrator: Narrator, *, with_pack: bool = True) -> Story:
    """Run the story in an instance of its own folder; an instance that exists gets another site.

    Without ``with_pack`` it ends with the approval, for whoever wants to make the pack.
    """
    home.mkdir(parents=True, exist_ok=True)
    story = Story(home.resolve())
    app = create_app({"FIELDAPP_HOME": str(story.home)})
    with app.app_context():
        database.upgrade(database.database())
        authority.ensure(settings().pki, organisation=OPERATOR)
        story.people = demo_people()
    with served(story.home) as address:
        story.address = address
        _tell(app, story, narrator)
        with app.app_context():
            narrator.note(approve(people_by_role(story.people)["reviewer"], story.site))
            if with_pack:
                _handover(story, narrator)
                _roll_out(story, narrator)
    return story


def _tell(app: Flask, story: Story, narrator: Narrator) -> None:
    narrator.step(1, STEPS[0])
    with app.app_context():
        _design(narrator)
        narrator.step(2, STEPS[1])
        _open(story, narrator)
    carla = next(person for person in story.people if person.organisation == CONTRACTOR)
    narrator.step(3, STEPS[2])
    tablet = Tablet(story.address, "Tablet 3")
    try:
        _contractor(app, story, narrator, tablet, carla)
    finally:
        tablet.close()


def _design(narrator: Narrator) -> None:
    design = find_design(DESIGN)
    generated = open_site.generate_site(DESIGN, _site_text())
    study, phases = generated.study, plan(generated.checklists)
    narrator.note(
        f"{design.title}: {len(generated.site_design.one_line.circuits)} circuits, "
        f"{len(generated.items)} items in {len(phases)} phases, "
        f"{hours(sum(each.minutes for each in phases))} of work without ways and waiting."
    )
    for finding in dump_study(study)["findings"]:
        narrator.note(f"{finding['severity']}: {finding['sentence']}")


def _site_text() -> str:
    import designs

    text = (Path(designs.__file__).parent / "sites" / SITE_FILE).read_text("utf-8")
    parse_site(text, SITE_FILE)
    return text


def _open(story: Story, narrator: Narrator) -> None:
    engineer = people_by_role(story.people)["engineer"]
    story.site = open_site.open_site(engineer, DESIGN, _site_text())
    contractor = next(each for each in assign_site.list_organisations(engineer) if each.name == CONTRACTOR)
    assign_site.assign_site(engineer, story.site, contractor.id)
    narrator.note(f"Site {story.site} is assigned to {CONTRACTOR}.")


def _contractor(app: Flask, story: Story, narrator: Narrator, tablet: Tablet, person: DemoPerson) -> None:
    tablet.sign_in(person.email, person.password)
    book = work.book_of(story.site, tablet.bundle(story.site))
    before = book.before(work.OFFLINE)
    _work(story, narrator, tablet, book, before, person)
    narrator.step(4, STEPS[3])
    _offline(story, narrator, tablet, book, person)
    narrator.step(5, STEPS[4])
    done = {*before, work.OFFLINE}
    _work(story, narrator, tablet, book, [key for key in book.items if key not in done], person)
    narrator.step(6, STEPS[5])
    _probe(app, story, narrator, tablet)
    narrator.step(7, STEPS[6])
    book = _as_built(app, story, narrator, tablet, person)
    narrator.step(8, STEPS[7])
    tablet.submit(story.site)
    with app.app_context():
        _review(story, narrator)
    narrator.step(9, STEPS[8])
    tablet.bundle(story.site)
    again = work.redo_returned(tablet, book, work.RETURNED, person.name)
    story.results += tablet.sync()
    tablet.submit(story.site)
    narrator.note(f"Measured again, passed, {len(again)} tests that rest on it repeated, submitted again.")


def _work(
    story: Story,
    narrator: Narrator,
    tablet: Tablet,
    book: work.Book,
    keys: Sequence[str],
    person: DemoPerson,
) -> None:
    """Work through a part of the site and send it."""
    work.work_through(tablet, book, keys, person.name)
    entries, photos = len(tablet.outbox), len(tablet.photos)
    story.results += tablet.sync(lambda done, total: narrator.progress("sending", done, total))
    receipts = tablet.receipts()
    narrator.note(
        f"{entries} entries and {photos} photos sent; receipt up to entry {receipts['contiguous']}, "
        f"{len(receipts['missing_objects'])} photos missing."
    )


def _offline(story: Story, narrator: Narrator, tablet: Tablet, book: work.Book, person: DemoPerson) -> None:
    item = book.items[work.OFFLINE]
    if browser.chromium() is None:
        # The protocol is the same; only the real client's storage and service worker are not shown.
        work.answer(tablet, book, work.OFFLINE, good_value(item))
        story.results += tablet.sync()
        narrator.note("No Chromium on this machine: the reading came from the tablet without a screen.")
        return
    text = str(good_value(item)["raw"])
    tester = book.instrument(item).get("instrument", "")
    reading = browser.OfflineReading(
        story.site, item["section"], item["key"], text, tester, person.email, person.password
    )
    browser.enter_offline(story.address, reading, story.home / "pictures")
    story.browser_used = True
    narrator.note(f"{item['key']} = {text} {item['criterion']['unit']}, entered offline, sent when back.")


def _probe(app: Flask, story: Story, narrator: Narrator, tablet: Tablet) -> None:
    with app.app_context():
        plan = site_plan.site_plan(people_by_role(story.people)["engineer"], story.site)
    with site_network(plan) as network:
        found = network.look_around()
        narrator.note(
            f"Scan: {len(found.found)} of {len(network.site.plan.devices)} planned devices answered, "
            f"{len(found.findings)} differences to the plan, {found.requests} requests."
        )
        network.record_background(narrator.progress)
        narrator.note("Background recorded with all stations off: what the grid brings by itself.")
        for again in (False, True):
            if again:
                network.correct_the_wiring()
            report, document = network.probe(narrator.progress)
            tablet.send_probe(story.site, document)
            story.probes.append(report)
            narrator.note(f"Probe {len(story.probes)}: {report.verdict}. {report.reason}")
    narrator.note(story.probes[-1].load_statement)


def _as_built(app: Flask, story: Story, narrator: Narrator, tablet: Tablet, person: DemoPerson) -> work.Book:
    story.results += as_built.record_deviation(tablet, story.site)
    with app.app_context():
        engineer = people_by_role(story.people)["engineer"]
        story.revision = as_built.accept_deviation(engineer, story.site)
    bundle = tablet.bundle(story.site)
    book = work.book_of(story.site, bundle)
    story.stale = tuple(as_built.do_again(tablet, book, bundle["states"], person.name))
    story.results += tablet.sync()
    narrator.note(
        f"{as_built.TAG} is {as_built.LENGTH_M} m long: revision {story.revision}, studied again; "
        f"{len(story.stale)} of {len(book.items)} items done again."
    )
    return book


def _review(story: Story, narrator: Narrator) -> None:
    reviewer = people_by_role(story.people)["reviewer"]
    story.before_review = view_site.view_site(reviewer, story.site)
    failing = [key for key, state in story.before_review.states.items() if state.status == "failed"]
    narrator.note(f"Failing: {', '.join(failing)}.")
    for sentence in dict.fromkeys(doubt.sentence for doubt in _doubts(reviewer, story.before_review)):
        narrator.note(f"The reviewer is told: {sentence}")
    review_site.concede_item(
        reviewer, story.site, work.CONCEDED,
        "5.6 % against 5.35 % guidance at full current; it works down to 207 V and is managed to 16 A.",
    )  # fmt: skip
    review_site.return_item(
        reviewer, story.site, work.RETURNED,
        "Zs is above the limit for B40. Check the PE terminals of F03 and measure again.",
    )  # fmt: skip
    narrator.note(f"{work.CONCEDED} conceded with a reason, {work.RETURNED} returned with a comment.")


def _doubts(viewer: Viewer, view: SiteView) -> list[Doubt]:
    return [doubt for found in doubt_site.doubts_of(viewer, view).values() for doubt in found]


def _handover(story: Story, narrator: Narrator) -> None:
    people = people_by_role(story.people)
    narrator.step(10, STEPS[9])
    pack_id = issue(people["reviewer"], story.site, narrator.progress)
    narrator.step(11, STEPS[10])
    story.pack, story.verification = download(people["service"], pack_id, story.home / "packs")
    story.pdfsig = pdfsig(story.pack)
    story.after = view_site.view_site(people["reviewer"], story.site)
    story.doubts = _doubts(people["reviewer"], story.after)
    narrator.note(story.verification.bottom_line)
    narrator.note(story.pdfsig.sentence)
    story.journal, story.files = hold_against(story.site, story.pack)
    for sentence in in_words(story.journal, story.files):
        narrator.note(sentence)


def _roll_out(story: Story, narrator: Narrator) -> None:
    narrator.step(12, STEPS[11])
    story.rollout = open_wave(people_by_role(story.people)["engineer"])
    for row in story.rollout.rows:
        narrator.note(f"{row.name}: {row.state}. {row.sentence}".rstrip())
