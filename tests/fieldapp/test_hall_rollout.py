"""A rollout wave from a CSV file: good rows open, bad ones say why, nothing opens twice or gets lost."""

import csv
import io
import os
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from fieldapp import jobs
from fieldapp.problems import Problem
from fieldapp.store import database
from fieldapp.usecases import open_rollout, open_site, view_site
from fieldapp.usecases.open_rollout import request_rollout
from fieldapp.usecases.rollout_standing import RolloutView, refused_report, view_rollout
from tests.fieldapp.hall_cast import SITE_FILE, Hall

HEAD = "name,address,country,timezone,design,contractor,stations,supply_ik,supply_ze,import_limit,main_length"
GOOD = "{name},Nordring 4,DE,Europe/Berlin,destination-ac,{contractor},4,10 kA,0.055 Ω,200 A,18"


def good(name: str, contractor: str = "") -> str:
    return GOOD.format(name=name, contractor=contractor)


def wave(*rows: str, head: str = HEAD) -> bytes:
    return "\n".join((head, *rows)).encode()


def take(hall: Hall, content: bytes, *, study: bool = True, **options: Any) -> RolloutView:
    """Ask for a wave and do its work here, as a worker would."""
    with hall.inside():
        viewer = hall.people["engineer"]
        job = request_rollout(viewer, "wave.csv", content, **options)
        jobs.run(job)
        found = view_rollout(viewer, job)
        if not study:
            return found
        with database.reading() as db:
            waiting = jobs.rows.due(db, open_rollout.ROW)
        for each in waiting:
            jobs.run(each)
        return view_rollout(viewer, job)


def sites_named(hall: Hall, who: str = "engineer") -> dict[str, str]:
    with hall.inside():
        return {each.name: each.id for each in view_site.list_sites(hall.people[who])}


def reason(content: bytes) -> str:
    with pytest.raises(Problem) as caught:
        open_rollout.rollout_file.read_rollout(
            open_rollout.rollout_file.decode(content, "wave.csv"), "wave.csv",
            open_rollout.library.list_designs(),
        )  # fmt: skip
    assert caught.value.exit_code == 2
    return str(caught.value)


def test_one_bad_row_never_stops_the_rest(hall: Hall) -> None:
    rows = (
        good("Alpha", "Contractor"),
        good("Beta").replace(",4,10", ",400,10"),
        good("Gamma"),
        good("Alpha"),
    )
    found = take(hall, wave(*rows))
    assert [(row.number, row.state) for row in found.rows] == [
        (2, "open"), (3, "refused"), (4, "open"), (5, "refused"),
    ]  # fmt: skip
    assert found.rows[1].sentence == "stations must be 4 to 12, not 400."
    assert "name, address and design of row 2" in found.rows[3].sentence
    assert {"Alpha", "Gamma"} <= set(sites_named(hall))
    assert "Alpha" in sites_named(hall, "contractor")
    assert "Gamma" not in sites_named(hall, "contractor")


def test_nobody_sees_a_site_before_its_study(hall: Hall) -> None:
    before = set(sites_named(hall))
    found = take(hall, wave(good("Alpha", "Contractor")), study=False)
    assert [row.state for row in found.rows] == ["waiting"]
    assert not found.ended
    assert set(sites_named(hall)) == before
    assert hall.tablet().call("GET", "/sites").json["sites"][0]["name"] == "Parkhaus Nord"


def test_a_row_that_its_study_refuses_opens_nothing_and_says_what_to_do(hall: Hall) -> None:
    weak = good("Alpha").replace("10 kA", "20 kA").replace("0.055", "0.03")
    found = take(hall, wave(weak))
    [row] = found.rows
    assert row.state == "refused"
    assert "The study refuses this design" in row.sentence
    assert row.findings[0]["remedy"] in row.sentence
    assert "Alpha" not in sites_named(hall)


def test_fed_again_nothing_opens_twice(hall: Hall) -> None:
    take(hall, wave(good("Alpha")))
    site = sites_named(hall)["Alpha"]
    again = take(hall, wave(good("ALPHA ")))
    assert [(row.state, row.site) for row in again.rows] == [("already", site)]
    take(hall, wave(good("Alpha")), again=True)
    take(hall, wave(good("Alpha")), again=True)
    with hall.inside():
        names = [each.name for each in view_site.list_sites(hall.people["engineer"])]
    assert names.count("Alpha") == 2


def test_the_same_name_of_another_operator_is_another_site(hall: Hall) -> None:
    take(hall, wave(good("Alpha")))
    with hall.inside():
        viewer = hall.people["other_engineer"]
        job = request_rollout(viewer, "wave.csv", wave(good("Alpha")), only_check=True)
        jobs.run(job)
        assert [row.state for row in view_rollout(viewer, job).rows] == ["ready"]
        with pytest.raises(Problem):
            view_rollout(hall.people["engineer"], job)


def test_the_report_corrected_is_the_next_file(hall: Hall) -> None:
    head = HEAD.replace(",", ";")
    bad = good("Söhne; & Co").replace(",4,10", ",0,10").replace("Söhne; & Co", "Söhne").replace(",", ";")
    found = take(hall, b"\xef\xbb\xbf" + wave(good("Alpha").replace(",", ";"), bad, head=head))
    with hall.inside():
        report = refused_report(hall.people["engineer"], found.job.id)
    [row] = csv.DictReader(io.StringIO(report))
    assert (row["name"], row["reason"]) == ("Söhne", "stations must be 4 to 12, not 0.")
    corrected = report.replace(",0,10 kA", ",4,10 kA").encode("utf-8-sig")
    assert [each.state for each in take(hall, corrected).rows] == ["open"]


def test_a_corrected_row_that_is_still_on_its_way_is_refused(hall: Hall) -> None:
    take(hall, wave(good("Alpha")), study=False)
    other = take(hall, wave(good("Alpha").replace(",4,10", ",5,10")), study=False)
    assert "on its way already" in other.rows[0].sentence
    same = take(hall, wave(good("Alpha"), good("Beta")))
    assert [row.state for row in same.rows] == ["open", "open"]


def test_cells_reach_the_design_as_what_they_are(hall: Hall) -> None:
    head = HEAD + ",per_station.1.length,per_station.3.cable,addresses.CH01.host,own_transformer"
    found = take(hall, wave(good("Alpha") + ",14 m,cu-xlpe-5g16,10.0.0.9,yes", head=head))
    assert [row.state for row in found.rows] == ["open"], found.rows
    with hall.inside():
        view = view_site.view_site(hall.people["engineer"], sites_named(hall)["Alpha"])
    lengths = {each.tag: each.cable.length_m for each in view.site_design.one_line.circuits}
    cables = {each.tag: each.cable.equipment for each in view.site_design.one_line.circuits}
    assert (lengths["F01"], cables["F03"]) == (14, "cu-xlpe-5g16")
    [station] = [each for each in view.site_design.one_line.stations if each.tag == "CH01"]
    assert station.modbus is not None
    assert station.modbus.host == "10.0.0.9"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (good("A").replace("0.055 Ω", '"0,055"'), "must be written with a decimal point"),
        (good("A").replace("18", "18 km"), "must be in m"),
        (good("A").replace("18", "-1"), "main_length must be"),
        (good("A").replace("18", "NaN"), "main_length must be"),
        (good("A").replace("Berlin", "Berlln"), "no time zone"),
        (good("A").replace("destination-ac", "destination-xx"), "there is no standard design destination-xx"),
        (good("A", "Nobody Ltd"), "there is no Nobody Ltd; there are Contractor, Other contractor."),
        (good("A") + ",1", "it has 12 cells, the first row 11."),
        (good(""), "name"),
        (good("A" * 10_001), "longer than 10000 characters"),
    ],
)  # fmt: skip
def test_a_bad_row_is_refused_in_a_sentence(hall: Hall, row: str, says: str) -> None:
    found = take(hall, wave(row), only_check=True)
    assert [each.state for each in found.rows] == ["refused"]
    assert says in found.rows[0].sentence


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "it is empty"),
        (b"\n\n", "it is empty"),
        (HEAD.encode(), "it has columns but no row"),
        (wave(good("Caf\u00e9")).decode().encode("latin-1", "replace"), "not UTF-8"),
        (wave(good("A")).decode().encode("utf-16"), "not UTF-8"),
        (wave(good("A"), head=HEAD.replace("country", "land")), "the column country is missing"),
        (wave(good("A"), head=HEAD.replace("main_length", "main_lenght")), "did you mean main_length?"),
        (wave(good("A"), head=HEAD + ",per_station.1.lenght"), "unknown column per_station.1.lenght"),
        (wave(good("A"), head=HEAD + ",stations"), "the column stations is there twice"),
        (wave(good("A"), head=HEAD + ","), "column 12 has no name"),
        (wave(good("A"), head=HEAD + "," + ",".join(f"x{n}" for n in range(50))), "unknown column x0"),
        (wave(good("A"), head=HEAD + "".join(f",x{n}" for n in range(2_000))), "at most 2000"),
        (wave('"A'), "can't be read as CSV"),
        (wave(*[good("A")] * 5_001), "more than 5000 rows; split the wave"),
        (b"x" * (8 * 1024 * 1024 + 1), "larger than 8 MiB"),
        (wave(good("A\0")), "not a text file"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_whole(content: bytes, says: str) -> None:
    assert says in reason(content)


def test_a_column_of_another_design_in_the_file_may_stay_empty(hall: Hall) -> None:
    head, hub = (
        HEAD + ",posts",
        GOOD.format(name="B", contractor="").replace("destination-ac", "urban-curbside"),
    )
    found = take(hall, wave(good("A") + ",", good("C") + ",3", hub + ",3", head=head), only_check=True)
    assert found.rows[0].state == "ready"
    assert found.rows[1].sentence == "destination-ac has no column posts; leave the cell empty."
    assert "urban-curbside has no column" in found.rows[2].sentence


def test_a_report_keeps_the_columns_of_designs_that_left_it(hall: Hall) -> None:
    found = take(hall, wave(good("A") + ",", head=HEAD + ",posts"), only_check=True)
    assert [row.state for row in found.rows] == ["ready"]


def test_only_who_opens_sites_opens_waves(hall: Hall) -> None:
    with hall.inside():
        for who in ("contractor", "reviewer", "service"):
            with pytest.raises(Problem, match="role"):
                request_rollout(hall.people[who], "wave.csv", wave(good("A")))


def test_a_design_that_changed_under_the_same_revision_opens_nothing(hall: Hall) -> None:
    with hall.inside():
        made = open_site.generate_site("destination-ac", SITE_FILE)
        open_site.open_generated(hall.people["engineer"], made)
        design = replace(made.site_design.design, digest="0" * 64)
        changed = replace(made, site_design=replace(made.site_design, design=design))
        with pytest.raises(Problem, match="has changed since a site was opened with it"):
            open_site.open_generated(hall.people["engineer"], changed)


def test_work_stopped_by_a_person_is_given_back_at_once(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    take(hall, wave(good("Alpha")), study=False)
    with hall.inside():
        with database.reading() as db:
            [job] = jobs.rows.due(db, open_rollout.ROW)
        with monkeypatch.context() as patched:
            patched.setattr(open_site, "generate_site", stop)
            with pytest.raises(KeyboardInterrupt):
                jobs.run(job)
        assert jobs.run(job)
    assert "Alpha" in sites_named(hall)


def test_what_a_killed_process_had_taken_is_free_for_the_next(hall: Hall) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    take(hall, wave(good("Alpha"), good("Beta")), study=False)
    with hall.inside():
        with database.session() as db:
            first, second = jobs.rows.due(db, open_rollout.ROW)
            assert jobs.rows.claim(db, first, f"{socket.gethostname()}:{gone.pid}:dead", 1000)
            assert jobs.rows.claim(db, second, f"{socket.gethostname()}:{os.getpid()}:alive", 1000)
        jobs.free_dead()
        assert jobs.run(first)
        assert not jobs.run(second)
    assert "Alpha" in sites_named(hall)


def test_equipment_without_an_approval_is_refused_or_flagged_by_choice(hall: Hall) -> None:
    long_ago = date(1990, 1, 1)
    with hall.inside():
        refused = open_site.generate_site("destination-ac", SITE_FILE, on=long_ago)
        flagged = open_site.generate_site("destination-ac", SITE_FILE, on=long_ago, unapproved="flag")
    codes = {each.severity for each in refused.study.findings if each.code == "not_approved"}
    assert codes == {"error"}
    assert refused.study.refused
    assert {each.severity for each in flagged.study.findings if each.code == "not_approved"} == {"warning"}
    assert not flagged.study.refused


def test_a_file_with_line_ends_of_old_spreadsheets_is_read(hall: Hall) -> None:
    assert [row.state for row in take(hall, wave(good("A"), good("B")).replace(b"\n", b"\r")).rows] == [
        "open"
    ] * 2


def test_a_name_stored_in_another_way_is_the_same_site(hall: Hall) -> None:
    found = take(hall, wave(good("Caf\u00e9 Nord"), good("Cafe\u0301 Nord")), study=False)
    assert found.rows[1].sentence == "it has the name, address and design of row 2."
