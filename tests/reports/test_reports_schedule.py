"""The schedules say who stands behind each result, also where nobody typed anything."""

import dataclasses
from dataclasses import replace

from checklists.model import Value
from reports import asbuilt
from reports.gallery import gallery
from reports.grid import cell
from reports.model import HandoverPack
from reports.names import Names
from reports.register import documents, instruments
from reports.rows import RESULT
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
        rows = [(matrix, row) for matrix in schedule.matrices for row in matrix.rows]
        cells += sum(
            1 if RESULT in matrix.columns else len([*filter(None, row.cells)]) for matrix, row in rows
        )
    assert cells == len(pack.records)


def test_a_row_of_readings_is_printed_column_by_column_with_its_result(pack: HandoverPack) -> None:
    dead = next(each for each in schedules(pack, Names(pack)) if each.title == "Dead tests")
    (matrix,) = (each for each in dead.matrices if RESULT in each.columns)
    assert [column.title for column in matrix.columns] == ["L1–PE", "L2–PE", "N–PE", "Result"]
    assert {column.limit for column in matrix.columns[:-1]} == {"≥ 1.0 MΩ"}
    feeder = next(row for row in matrix.rows if row.tag == "G2")
    *readings, result = [cell for cell in feeder.cells if cell]
    value = next(each for each in pack.records if each.item.key == "insulation-pairs@G2").state.value
    assert value
    assert [cell.text for cell in readings] == [cell.raw for cell in value.cells]
    assert {cell.mark.word for cell in readings} == {"pass"}
    assert (result.mark.word, result.number is not None) == ("pass", True)


def test_a_bad_column_is_marked_where_it_stands(pack: HandoverPack) -> None:
    record = next(each for each in pack.records if each.item.key == "insulation-pairs@G2")
    assert record.state.value
    cells = tuple(replace(each, raw="0.4", decimal="0.4") for each in record.state.value.cells[:1])
    value = replace(record.state.value, cells=(*cells, *record.state.value.cells[1:]))
    changed = replace(record, state=replace(record.state, status="failed", value=value))
    records = tuple(changed if each is record else each for each in pack.records)
    bad = replace(pack, records=records)
    dead = next(each for each in schedules(bad, Names(bad)) if each.title == "Dead tests")
    (matrix,) = (each for each in dead.matrices if RESULT in each.columns)
    feeder = next(row for row in matrix.rows if row.tag == "G2")
    assert [cell.mark.word for cell in feeder.cells if cell] == ["FAIL", "pass", "pass", "FAIL"]


def test_a_reading_in_another_unit_keeps_it(pack: HandoverPack) -> None:
    record = next(each for each in pack.records if each.item.key == "insulation-l-pe@F02")
    typed = Value("measured", "0.5 GΩ", "0.5", "GΩ")
    assert cell(replace(record, state=replace(record.state, value=typed)), Names(pack)).text == "0.5 GΩ"


def test_a_phase_of_several_checklists_is_one_schedule(pack: HandoverPack) -> None:
    dead = next(each for each in pack.checklists if each.section == "dead_tests")
    halves = replace(dead, items=dead.items[:20]), replace(dead, id="more-r3", items=dead.items[20:])
    split = tuple(half for each in pack.checklists for half in (halves if each is dead else (each,)))
    found = schedules(replace(pack, checklists=split), Names(pack))
    (phase,) = (each for each in found if each.title == "Dead tests")
    assert (phase.number, phase.id, phase.count) == (4, "dead-tests-r3, more-r3", len(dead.items))


def test_documents_are_registered_with_their_last_day_and_the_numbers_of_their_photos(
    pack: HandoverPack,
) -> None:
    paper = next(each for each in pack.records if each.item.key == "insurance@SITE")
    shots = tuple(photo.sha256 for photo in pack.photos[:2])
    shown = replace(paper, state=replace(paper.state, photos=shots))
    pages = tuple(replace(photo, item="insurance@SITE") for photo in pack.photos[:2]) + pack.photos[2:]
    records = tuple(shown if each is paper else each for each in pack.records)
    found = replace(pack, records=records, photos=pages)
    register = documents(found, Names(found), gallery(found))
    assert [each.tag for each in register] == ["SITE", "SITE"]
    insurance = register[1]
    assert (insurance.name, insurance.expires, insurance.photos) == ("IN-2026-118", "2027-03-31", "1, 2")


def test_an_instrument_used_after_its_calibration_ran_out_is_marked(pack: HandoverPack) -> None:
    held = {each.instrument.id: each for each in instruments(pack, Names(pack))}
    assert (held["ins-1"].mark.word, held["ins-1"].days) == ("pass", "2026-11-10")
    early = tuple(replace(each, calibration_due="2026-11-09") for each in pack.instruments)
    late = instruments(replace(pack, instruments=early), Names(pack))
    assert late[0].mark.word == "FAIL"


def test_what_was_done_again_without_a_failure_is_no_deviation(pack: HandoverPack) -> None:
    record = next(each for each in pack.records if each.item.key == "pe-continuity@F01")
    again = replace(record, attempts=(*record.attempts, *record.attempts))
    found = summarise(
        replace(pack, records=tuple(again if each is record else each for each in pack.records))
    )
    assert [each.record.item.key for each in found.renewed] == ["pe-continuity@F01"]
    assert "pe-continuity@F01" not in {each.record.item.key for each in found.repeated}


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
