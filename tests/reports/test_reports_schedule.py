"""The schedules say who stands behind each result, also where nobody typed anything."""

import dataclasses

from reports import asbuilt
from reports.model import HandoverPack
from reports.names import Names
from reports.schedule import schedules
from reports.summary import summarise
from reports.words import Clock


def without_answers(pack: HandoverPack, step: str) -> HandoverPack:
    records = tuple(
        dataclasses.replace(record, attempts=()) if record.item.step == step else record
        for record in pack.records
    )
    return dataclasses.replace(pack, records=records)


def test_a_probe_result_names_the_run_that_gave_it(pack: HandoverPack) -> None:
    bare = without_answers(pack, "probe-balance")
    names = Names(bare)
    behind = names.evidence["probe-balance@PM2"]
    assert (behind.number, behind.by) == (bare.probe_runs[-1].number, "p-ab")


def test_a_photo_item_names_who_took_the_photo(pack: HandoverPack) -> None:
    bare = without_answers(pack, "station-photo")
    photo = next(photo for photo in bare.photos if photo.item == "station-photo@CH04")
    behind = Names(bare).evidence["station-photo@CH04"]
    assert (behind.by, behind.at, behind.number) == (photo.by, photo.recorded_at, None)


def test_an_untouched_item_names_nobody(pack: HandoverPack) -> None:
    bare = dataclasses.replace(without_answers(pack, "keys"), photos=())
    assert "keys@SITE" not in Names(bare).evidence


def test_one_row_per_circuit_with_its_own_limit(pack: HandoverPack) -> None:
    (live,) = (schedule for schedule in schedules(pack, Names(pack)) if schedule.title == "Live tests")
    (matrix,) = live.matrices
    assert [row.tag for row in matrix.rows][:2] == ["F01", "F02"]
    zs = [column.title for column in matrix.columns].index("Loop impedance Zs")
    assert matrix.columns[zs].limit == ""  # feeders have another limit than final circuits
    limits = {row.tag: cell.limit for row in matrix.rows if (cell := row.cells[zs])}
    assert (limits["F01"], limits["G1"]) == ("≤ 0.38 Ω", "≤ 0.12 Ω")
    rcd = [column.title for column in matrix.columns].index("RCD tripping current")
    assert {row.tag for row in matrix.rows if row.cells[rcd] is None} == {"G1", "G2", "G3"}


def test_every_item_stands_in_exactly_one_place(pack: HandoverPack) -> None:
    cells = 0
    for schedule in schedules(pack, Names(pack)):
        cells += len(schedule.singles)
        cells += sum(
            cell is not None for matrix in schedule.matrices for row in matrix.rows for cell in row.cells
        )
    assert cells == len(pack.records)


def test_four_eyes_are_counted_not_claimed(pack: HandoverPack) -> None:
    assert summarise(pack).four_eyes
    author = pack.records[0].attempts[0].by
    decisions = tuple(
        dataclasses.replace(decision, by=author) if decision.kind == "approved" else decision
        for decision in pack.decisions
    )
    assert not summarise(dataclasses.replace(pack, decisions=decisions)).four_eyes


def test_an_unfinished_item_is_never_called_complete(pack: HandoverPack) -> None:
    first = pack.records[0]
    state = dataclasses.replace(first.state, status="failed")
    records = (dataclasses.replace(first, state=state), *pack.records[1:])
    found = summarise(dataclasses.replace(pack, records=records))
    assert (found.headline, found.mark.word) == ("Not complete", "FAIL")
    assert [deviation.record.item.key for deviation in found.unfinished] == [first.item.key]
    assert found.sentence.endswith("1 not finished.")


def test_parameters_are_words_not_program_text(pack: HandoverPack) -> None:
    values = {"a_b": True, "c": None, "d": {"1": {}, "2": {}}, "e": 2.50, "f": {}}
    parameters = dataclasses.replace(pack.site_design.parameters, values=values)
    design = dataclasses.replace(pack.site_design, parameters=parameters)
    assert asbuilt.parameters(dataclasses.replace(pack, site_design=design)) == (
        ("a b", "yes"),
        ("c", "–"),
        ("d", "given one by one for 2: see the attached data"),
        ("e", "2.5"),
        ("f", "–"),
    )


def test_the_latest_time_minds_offsets_and_years() -> None:
    clock = Clock("Europe/Berlin")
    times = ["2026-12-31T23:30:00+00:00", "2027-01-01T00:10:00+01:00", "nonsense", "2026-12-31T23:59:00"]
    assert clock.latest(times) == "2026-12-31T23:59:00"
    assert clock.short("2026-12-31T23:30:00Z") == "01-01\u00a000:30"
    assert clock.latest([]) is None
    assert Clock("Mars/Olympus").time("2026-11-22T09:30:00Z") == "2026-11-22\u00a009:30"
