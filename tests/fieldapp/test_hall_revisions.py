"""Revisions of a site and deviations as built: what is carried, what is redone, and who decides."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic import command

from designs.library import BUILT_IN, find_design
from fieldapp import jobs
from fieldapp.config import settings
from fieldapp.objects import objects
from fieldapp.problems import Problem
from fieldapp.store import database, revisions
from fieldapp.store.database import reading, session
from fieldapp.tables import ProposalRow
from fieldapp.usecases import (
    check_journal,
    design_impact,
    issue_pack,
    propose_change,
    review_site,
    revise_site,
    submit_site,
)
from fieldapp.usecases.jobs import job_view
from tests.fieldapp.hall_cast import (
    MOST_PHOTOS,
    SITE_FILE,
    Hall,
    do_all_items,
    good_answer,
    hall_of,
    instrument_for,
    photo_of,
    picture,
)

LONGER = "One more station."
METHOD_1 = "Installation method to a station, choices: [B2, C, D1, D2, E], default: D1}"
METHOD_2 = METHOD_1.replace("default: D1", "default: D2")
EXTENDED = SITE_FILE.replace("stations: 4", "stations: 5").replace(
    "    4: {length: 23 m}", "    4: {length: 23 m}\n    5: {length: 26 m}"
)


@pytest.fixture(scope="module")
def worked_home(furnished_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with everything done."""
    home = tmp_path_factory.mktemp("revised") / "home"
    shutil.copytree(furnished_home, home)
    hall = hall_of(home)
    do_all_items(hall, hall.tablet())
    with hall.inside():
        database.database().dispose()
    return home


@pytest.fixture
def hall_home(worked_home: Path, tmp_path: Path) -> Path:
    home = tmp_path / "home"
    shutil.copytree(worked_home, home)
    return home


def act(hall: Hall, who: str, verb: Callable[..., Any], *arguments: Any) -> Any:
    with hall.inside():
        return verb(hall.people[who], hall.site, *arguments)


def refusal(hall: Hall, who: str, verb: Callable[..., object], *arguments: object) -> Problem:
    with pytest.raises(Problem) as caught:
        act(hall, who, verb, *arguments)
    return caught.value


def deviation(hall: Hall, tag: str, key: str, value: str, **changes: Any) -> tuple[str, dict[str, Any]]:
    """Record a deviation at an item of the tag; return its id and the answer."""
    tablet = hall.tablet()
    item = next(key for key in hall.view().states if key.endswith(f"@{tag}"))
    body = {"tag": tag, "property": key, "value": value, "reason": "none in stock", **changes}
    signed = tablet.record(hall.site, item, "deviation", body=body)
    return signed["op"]["id"], tablet.sync(signed)[0]


def new_statuses(hall: Hall, tag: str) -> set[str]:
    return {state.status for key, state in hall.view().states.items() if key.endswith(f"@{tag}")}


def test_an_extension_keeps_tags_and_work_and_asks_only_for_what_it_touches(hall: Hall) -> None:
    before = hall.view()
    assert act(hall, "engineer", revise_site.revise_site, EXTENDED, LONGER) == 2
    after = hall.view()
    revision = after.revisions[0]
    assert (after.revision, revision.revision, revision.reason) == (2, 2, LONGER)
    assert set(before.states) <= set(after.states)
    assert {key.partition("@")[2] for key in revision.new} == {"F05", "CH05", "CH05.1", "PM2"}
    assert new_statuses(hall, "F05") == {"open"}
    assert after.states["loop-impedance@F03"] == before.states["loop-impedance@F03"]
    assert "F03: " in "".join(revision.sentences)  # untouched itself, its figures are not: told as affected
    signature = after.states["installer-signature@GRID"]
    assert (signature.status, signature.judgement.reason) == (
        "stale",
        "The site changed since this was recorded.",
    )
    assert signature.heads == before.states["installer-signature@GRID"].heads  # readable as before
    assert revision.carried + len(revision.stale) == len(before.states)


def test_a_new_cable_makes_every_test_of_its_circuit_stale_and_leaves_the_neighbours_alone(
    hall: Hall,
) -> None:
    text = EXTENDED.replace("stations: 5", "stations: 4").replace("    5: {length: 26 m}\n", "")
    text = text.replace("3: {length: 20 m}", "3: {length: 20 m, cable: cu-xlpe-5g16}")
    act(hall, "engineer", revise_site.revise_site, text, "Thicker cable to station 3.")
    view = hall.view()
    assert new_statuses(hall, "F03") == {"stale"}
    assert view.states["insulation-resistance@F03"].judgement.reason.startswith("F03: cable Cu XLPE 5G10 → ")
    assert view.states["insulation-resistance@F03"].value is not None
    assert view.states["connector-pe-continuity@CH03.1"].status == "stale"
    assert view.states["station-label@CH03"].status == "passed"
    assert new_statuses(hall, "F02") == {"passed"}


def test_a_stale_item_is_redone_on_the_new_revision_and_only_there(hall: Hall) -> None:
    key, tablet = "insulation-resistance@F03", hall.tablet()
    item = next(item for each in hall.view().checklists for item in each.items if item.key == key)
    body = {"value": good_answer(item), **instrument_for(item)}
    # Made offline on the first revision, while the engineer revises the site.
    late = tablet.record(hall.site, key, body=body, base=list(hall.view().states[key].heads))
    text = SITE_FILE.replace("3: {length: 20 m}", "3: {length: 20 m, cable: cu-xlpe-5g16}")
    act(hall, "engineer", revise_site.revise_site, text, "Thicker cable.")
    assert tablet.sync(late)[0]["status"] == "applied"
    assert hall.status(key) == "stale"
    heads = list(hall.view().states[key].heads)
    anew = tablet.record(hall.site, key, body=body, base=heads, revision=2)
    assert tablet.sync(anew)[0]["status"] == "applied"
    assert hall.status(key) == "passed"
    ahead = tablet.sync(tablet.record(hall.site, key, "note", revision=3))[0]
    assert (ahead["status"], ahead["reason"]) == (
        "rejected",
        "It names revision 3 of a site that is at 2.",
    )


def test_late_work_at_a_withdrawn_item_is_kept_and_readable(hall: Hall) -> None:
    act(hall, "engineer", revise_site.revise_site, EXTENDED, LONGER)
    tablet, key = hall.tablet(), "station-label@CH05"
    assert tablet.sync(tablet.record(hall.site, key, revision=2))[0]["status"] == "applied"
    note = tablet.record(hall.site, key, "note", revision=2)
    act(hall, "engineer", revise_site.revise_site, SITE_FILE, "Station 5 is not built.")
    assert key not in hall.view().states
    result = tablet.sync(note)[0]
    assert (result["status"], result["reason"]) == (
        "applied",
        "This item left the site with revision 3; your entry is kept.",
    )
    (gone,) = hall.view().withdrawn
    assert (gone.item, gone.title, gone.revision) == (key, "The label on the station shows its tag", 3)
    assert [each.operation.kind for each in gone.history] == ["answer", "note"]
    with hall.inside():
        assert check_journal.verify_journals(hall.site)[0].good
    # The station comes back: what was recorded before must be done again.
    act(hall, "engineer", revise_site.revise_site, EXTENDED, "Station 5 is built after all.")
    assert hall.status(key) == "stale"
    assert hall.view().withdrawn == ()


def test_an_approval_lapses_with_a_revision_and_the_site_is_in_work_again(hall: Hall) -> None:
    act(hall, "contractor", submit_site.submit_site)
    act(hall, "reviewer", review_site.approve_site)
    act(hall, "engineer", revise_site.revise_site, EXTENDED, LONGER)
    view = hall.view()
    assert (view.summary.state, view.approval_digest) == ("open", "")
    assert refusal(hall, "contractor", submit_site.submit_site).code == "blocked"


def test_a_revised_site_is_finished_again_and_a_later_revision_supersedes_its_pack(hall: Hall) -> None:
    deviation(hall, "F03", "other", "a label in red")  # answered by a person, in words
    (proposal,) = hall.view().proposals
    act(hall, "engineer", propose_change.refuse, proposal.id, "Paint it black.")
    act(hall, "engineer", revise_site.revise_site, EXTENDED, LONGER)
    act(hall, "engineer", revise_site.revise_site, SITE_FILE, "Not built after all.")
    do_again(hall)
    pack = finished(hall)
    assert hall.view().packs[0].superseded == ""
    act(hall, "engineer", revise_site.revise_site, EXTENDED, "Built after all.")
    assert hall.view().packs[0].superseded.startswith("revision 4 of the site, ")
    with hall.inside():
        told = issue_pack.verify_pack(objects().get(pack["sha256"]))
    assert told.good
    assert (told.superseded_by or "").startswith("revision 4 of the site, ")


def finished(hall: Hall) -> dict[str, Any]:
    """Submit, approve and issue the pack."""
    act(hall, "contractor", submit_site.submit_site)
    act(hall, "reviewer", review_site.approve_site)
    job = act(hall, "engineer", issue_pack.request_pack)
    with hall.inside():
        assert jobs.run(job)
        result = job_view(hall.people["engineer"], job)
    assert result.state == "done", result.error
    return dict(result.result)


def do_again(hall: Hall) -> None:
    """Redo what is stale on the present revision."""
    view, tablet = hall.view(), hall.tablet()
    pictures = [picture(70 + 9 * number) for number in range(MOST_PHOTOS)]
    taken = [photo_of(data) for data in pictures]
    for item in (item for checklist in view.checklists for item in checklist.items):
        state = view.states[item.key]
        if state.status != "stale":
            continue
        bodies = {
            "signature": {"statement": "Done.", "name": "C", "digest": "", "strokes": [[[0, 0], [9, 9]]]}
        }
        kind = "signature" if item.criterion.kind == "signature" else "answer"
        changes = {"base": list(state.heads), "revision": view.revision}
        photos = item.photos + (item.criterion.count if item.criterion.kind == "photo" else 0)
        signed = [
            tablet.record(hall.site, item.key, "photo", body=body, revision=view.revision)
            for body in taken[:photos]
        ]
        if item.criterion.kind == "probe":
            body = {"reason": "probed before"}
            signed.append(tablet.record(hall.site, item.key, "not_applicable", body=body, **changes))
        elif item.criterion.kind != "photo":
            body = bodies.get(kind) or {"value": good_answer(item), "instrument": "IT1"}
            signed.append(tablet.record(hall.site, item.key, kind, body=body, **changes))
        assert {each["status"] for each in tablet.sync(*signed)} <= {"applied", "duplicate"}
    assert {tablet.upload(data).status_code for data in pictures} == {204}


def test_a_file_that_changes_nothing_and_one_that_the_study_refuses_are_refused(hall: Hall) -> None:
    same = refusal(
        hall, "engineer", revise_site.revise_site, act(hall, "engineer", revise_site.site_file), "x"
    )
    assert str(same) == "Site file: it says what the site is already."
    weak = SITE_FILE.replace("3: {length: 20 m}", "3: {length: 400 m, cable: cu-xlpe-5g4}")
    assert refusal(hall, "engineer", revise_site.revise_site, weak, "x").code == "design_refused"
    other = SITE_FILE.replace("design: destination-ac", "design: nothing-here")
    assert refusal(hall, "engineer", revise_site.revise_site, other, "x").code == "invalid"
    assert refusal(hall, "engineer", revise_site.revise_site, EXTENDED, "  ").code == "invalid"
    assert hall.view().revision == 1


def test_a_site_by_the_nec_waits_for_the_sealed_design_of_the_engineer(hall: Hall) -> None:
    north = SITE_FILE.replace("parameters:", "parameters:\n  rule_set: nec")
    assert act(hall, "engineer", revise_site.revise_site, north, "built in North America") == 2
    first = hall.view().checklists[0].items[0]
    assert (first.step, first.stops_work) == ("nec-engineer-design", True)
    assert "insulation-resistance@F01" not in hall.view().states


def test_of_two_who_revise_at_once_one_wins(hall: Hall) -> None:
    first = act(hall, "engineer", revise_site.prepare, EXTENDED)
    shorter = SITE_FILE.replace("1: {length: 14 m}", "1: {length: 15 m}")
    second = hall.people["admin"]
    with hall.inside():
        other = revise_site.prepare(second, hall.site, shorter)
    assert act(hall, "engineer", revise_site.keep, first, LONGER) == 2
    lost = refusal(hall, "admin", revise_site.keep, other, "measured")
    assert (lost.code, lost.status) == ("wrong_state", 409)
    assert str(lost).endswith("it is at revision 2 now, this was made from 1; look again.")


def test_a_recorded_deviation_is_accepted_as_a_new_revision(hall: Hall) -> None:
    proposal, answer = deviation(hall, "F03", "cable", "cu-xlpe-5g16")
    assert answer["status"] == "applied"
    (found,) = hall.view().proposals
    assert (found.tag, found.title, found.present, found.value) == (
        "F03",
        "Cable",
        "cu-xlpe-5g10",
        "cu-xlpe-5g16",
    )
    assert (found.status, found.problem, found.reason) == ("open", "", "none in stock")
    assert act(hall, "engineer", propose_change.accept, [proposal]) == 2
    view = hall.view()
    assert view.site_design.as_built == {"F03": {"cable": "cu-xlpe-5g16"}}
    assert view.site_design.one_line.circuit("F03").cable.area_mm2 == 16
    assert (view.proposals[0].status, view.proposals[0].decided_by) == (
        "accepted",
        hall.people["engineer"].id,
    )
    assert view.revisions[0].proposals == (proposal,)
    assert new_statuses(hall, "F03") == {"stale"}
    again = refusal(hall, "engineer", propose_change.accept, [proposal])
    assert (again.code, str(again)) == (
        "wrong_state",
        "The site is open: the proposal for F03, Cable was accepted already.",
    )
    with hall.inside():
        assert check_journal.verify_journals(hall.site)[0].good


def test_a_recorded_length_is_a_number_with_a_comma_and_its_unit(hall: Hall) -> None:
    proposal, _ = deviation(hall, "F02", "length_m", "31,5 m")
    act(hall, "engineer", propose_change.accept, [proposal])
    cable = hall.view().site_design.one_line.circuit("F02").cable
    assert (cable.length_m, cable.area_mm2) == (31.5, 10)
    # The same cable: only what the new length changes the limit of is to be done again.
    assert hall.status("insulation-resistance@F02") == "passed"
    assert hall.status("r1-r2-continuity@F02") == "stale"


def test_a_deviation_blocks_approval_until_an_engineer_decides(hall: Hall) -> None:
    act(hall, "contractor", submit_site.submit_site)
    act(hall, "reviewer", review_site.approve_site)
    proposal, _ = deviation(hall, "F03", "cable", "cu-xlpe-5g16")
    assert hall.view().summary.state == "submitted"  # the approval was of a site without it
    blocked = refusal(hall, "reviewer", review_site.approve_site)
    assert blocked.extra["errors"][0]["reason"] == (
        "F03 differs from the drawing (cable); an engineer has to accept or refuse it."
    )
    assert "approve" not in hall.view("reviewer").actions
    act(hall, "engineer", propose_change.refuse, proposal, "Pull the cable that is drawn.")
    refused = hall.view().proposals[0]
    assert (refused.status, refused.comment) == ("refused", "Pull the cable that is drawn.")
    assert hall.view().revision == 1
    act(hall, "reviewer", review_site.approve_site)
    bundle = hall.tablet().call("GET", f"/sites/{hall.site}/bundle").json
    assert [(each["status"], each["comment"]) for each in bundle["proposals"]] == [
        ("refused", "Pull the cable that is drawn.")
    ]


@pytest.mark.parametrize(
    ("tag", "key", "value", "problem"),
    [
        ("F03", "cable", "no-such-cable", "no-such-cable"),
        ("F03", "length_m", "long", "must be a number"),
        ("F99", "cable", "cu-xlpe-5g16", "F99"),
        ("F03", "colour", "red", "colour"),
        ("F03", "other", "the duct is blocked", "change the site file by hand"),
    ],
)
def test_a_deviation_that_can_not_be_put_in_says_why(
    hall: Hall, tag: str, key: str, value: str, problem: str
) -> None:
    tablet, item = hall.tablet(), "insulation-resistance@F03"
    body = {"tag": tag, "property": key, "value": value, "reason": "so it is"}
    signed = tablet.record(hall.site, item, "deviation", body=body)
    assert tablet.sync(signed)[0]["status"] == "applied"  # nothing that was recorded is dropped
    refused = refusal(hall, "engineer", propose_change.accept, [signed["op"]["id"]])
    assert refused.code == "invalid"
    assert problem in str(refused)
    assert hall.view().proposals[0].status == "open"


def test_something_in_words_is_settled_by_a_file_changed_by_hand(hall: Hall) -> None:
    proposal, _ = deviation(hall, "F03", "other", "a thicker cable, 5G16")
    text = SITE_FILE.replace("3: {length: 20 m}", "3: {length: 20 m, cable: cu-xlpe-5g16}")
    assert act(hall, "engineer", revise_site.revise_site, text, "As built.", [proposal]) == 2
    assert hall.view().proposals[0].status == "accepted"


def test_several_are_accepted_at_once_and_two_that_disagree_are_not(hall: Hall) -> None:
    one, _ = deviation(hall, "F02", "length_m", "31")
    two, _ = deviation(hall, "F03", "cable", "cu-xlpe-5g16")
    three, _ = deviation(hall, "F03", "cable", "cu-xlpe-5g6")
    both = refusal(hall, "engineer", propose_change.accept, [two, three])
    assert str(both) == "F03, Cable: two proposals say different things; refuse one first."
    assert act(hall, "engineer", propose_change.accept, [one, two]) == 2
    assert hall.view().site_design.as_built == {"F02": {"length_m": 31}, "F03": {"cable": "cu-xlpe-5g16"}}
    assert [each.status for each in hall.view().proposals] == ["open", "accepted", "accepted"]


def test_of_two_engineers_who_decide_at_once_one_wins(hall: Hall) -> None:
    proposal, _ = deviation(hall, "F03", "cable", "cu-xlpe-5g16")
    text = act(hall, "engineer", propose_change.site_text_with, [proposal])
    prepared = act(hall, "engineer", revise_site.prepare, text, [proposal])
    act(hall, "admin", propose_change.refuse, proposal, "Not that one.")
    lost = refusal(hall, "engineer", revise_site.keep, prepared, "as built")
    assert (lost.code, lost.status) == ("wrong_state", 409)
    assert refusal(hall, "engineer", propose_change.refuse, proposal, "again").status == 409
    assert hall.view().revision == 1


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("contractor", "forbidden"), ("reviewer", "forbidden"), ("service", "not_found"),
        ("stranger", "not_found"), ("other_engineer", "not_found"),
    ],
)  # fmt: skip
def test_only_the_operators_engineers_revise_and_decide(hall: Hall, who: str, code: str) -> None:
    proposal, _ = deviation(hall, "F03", "cable", "cu-xlpe-5g16")
    assert refusal(hall, who, revise_site.revise_site, EXTENDED, "x").code == code
    assert refusal(hall, who, revise_site.site_file).code == code
    assert refusal(hall, who, propose_change.accept, [proposal]).code == code
    assert refusal(hall, who, propose_change.refuse, proposal, "no").code == code


def test_a_tampered_proposal_is_found_and_rebuilt(hall: Hall) -> None:
    proposal, _ = deviation(hall, "F03", "cable", "cu-xlpe-5g16")
    with hall.inside():
        with session() as db:
            row = db.get(ProposalRow, proposal)
            assert row is not None
            row.status = "accepted"
        (found,) = check_journal.verify_journals(hall.site)
        assert [each.partition(" is not ")[0] for each in found.problems] == [
            f"The kept state of proposal {proposal}"
        ]
        check_journal.rebuild(hall.site)
        assert check_journal.verify_journals(hall.site)[0].good


def test_a_revision_is_studied_by_a_worker_and_kept_as_it_was_looked_at(hall: Hall) -> None:
    proposal, _ = deviation(hall, "F03", "cable", "cu-xlpe-5g16")
    job = act(hall, "engineer", propose_change.request_acceptance, [proposal])
    with hall.inside():
        assert jobs.run(job)
    seen = act(hall, "engineer", revise_site.preview, job)
    assert (seen.job.state, seen.proposals) == ("done", (proposal,))
    assert seen.revision.comparison.of("changed")[0].sentence.startswith("F03: cable ")
    assert act(hall, "engineer", revise_site.keep_previewed, job) == 2
    assert refusal(hall, "engineer", revise_site.keep_previewed, job).status == 409


def test_a_site_of_the_first_release_has_one_sheet_and_a_file_to_start_from(hall: Hall) -> None:
    before = hall.view()
    with hall.inside():
        found = database.database()
        command.downgrade(database._alembic(found.url), "0001")
        assert not database.is_current(found)
        database.upgrade(found)
        assert database.is_current(found)
        with reading() as db:
            generated = revisions.generated_at(db, hall.site, 1)
    assert [each.name for each in generated.drawings] == ["one-line-1"]
    assert generated.drawings[0].svg == before.one_line_svg
    text = act(hall, "engineer", revise_site.site_file)
    same = refusal(hall, "engineer", revise_site.revise_site, text, "nothing new")
    assert str(same) == "Site file: it says what the site is already."
    longer = text.replace("stations: 4", "stations: 5")
    assert longer != text
    look = act(hall, "engineer", revise_site.prepare, longer)
    assert "F05" in [each.tag for each in look.comparison.of("new")]


def test_impact_names_the_sites_and_circuits_that_the_newest_revision_changes(
    hall: Hall, tmp_path: Path
) -> None:
    (same,) = act_all(hall, design_impact.impact, "destination-ac")
    assert (same.status, same.sentence) == ("same", "same")
    deviation(hall, "F03", "cable", "cu-xlpe-5g16")
    act(hall, "engineer", revise_site.revise_site, EXTENDED, LONGER)
    newer = hall_of(hall_home_of(hall), FIELDAPP_DESIGNS_DIR=str(own_designs(tmp_path)))
    (differs,) = act_all(newer, design_impact.impact, "destination-ac")
    assert (differs.status, differs.revision) == ("differs", same.revision + 1)
    assert differs.circuits == ("F01", "F02", "F03", "F04", "F05")
    assert differs.sentence.startswith("differs in F01, F02, F03, F04, F05 (")


def act_all(hall: Hall, verb: Callable[..., Any], *arguments: Any) -> Any:
    with hall.inside():
        return verb(hall.people["engineer"], *arguments)


def hall_home_of(hall: Hall) -> Path:
    with hall.inside():
        return settings().home


def own_designs(folder: Path) -> Path:
    """A later revision of the design: every station cable is laid in another way."""
    newest = find_design("destination-ac")
    source = (BUILT_IN / "standard" / newest.file).read_text("utf-8")
    text = source.replace(f"\nrevision: {newest.revision}\n", f"\nrevision: {newest.revision + 1}\n")
    assert text.count(METHOD_1) == 1
    (folder / "standard").mkdir()
    (folder / "standard" / "own.yaml").write_text(text.replace(METHOD_1, METHOD_2), "utf-8")
    return folder
