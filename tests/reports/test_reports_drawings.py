"""Every sheet of the drawings in the pack, and the equipment that they show in its tables."""

import dataclasses
import io
from pathlib import Path

import pikepdf
import pytest

from designs.drawing import drawings
from reports import asbuilt
from reports.model import HandoverPack
from reports.names import Names
from reports.render import render
from reports.schedule import family
from reports.sheets import sheets
from tests.designs import drawing_sites
from tests.reports.inspect_pdf import missing_glyphs, text_of

WIDE, TALL = '<svg viewBox="0 0 420 297"/>', '<svg viewBox="0 0 100 200"/>'


@pytest.fixture(scope="module")
def hub_pack(small_pack: HandoverPack) -> HandoverPack:
    """A pack of a site with every kind of equipment on two sheets of drawings."""
    design = drawing_sites.laid_hub()
    study = drawing_sites.studied(design)
    figures = {sheet.name: sheet.svg for sheet in drawings(design, study)}
    return dataclasses.replace(small_pack, site_design=design, study=study, records=(), figures=figures)


def test_sheets_come_in_the_order_of_their_numbers() -> None:
    figures = {"layout-1": WIDE, "one-line-10": WIDE, "extra": TALL, "layout": WIDE, "one-line-2": WIDE}
    found = sheets(figures)
    assert [sheet.name for sheet in found] == ["one-line-2", "one-line-10", "layout", "layout-1", "extra"]
    assert [sheet.title for sheet in found] == [
        "One-line diagram, page 2 of 2",
        "One-line diagram, page 10 of 2",
        "Layout plan",
        "Layout plan, part 1",
        "extra",
    ]
    assert [sheet.tall for sheet in found] == [False, False, False, False, True]


def test_a_pack_of_the_first_form_still_has_its_one_drawing() -> None:
    (sheet,) = sheets({"one_line": WIDE})
    assert (sheet.name, sheet.title) == ("one_line", "One-line diagram")
    assert sheets({}) == ()


def test_every_sheet_is_a_landscape_page_of_its_own(hub_pack: HandoverPack, tmp_path: Path) -> None:
    rendered = render(hub_pack)
    with pikepdf.open(io.BytesIO(rendered)) as pdf:
        sizes = [[round(float(side) * 25.4 / 72) for side in page.mediabox[2:]] for page in pdf.pages]
    assert sizes.count([420, 297]) == 2
    first = sizes.index([420, 297])
    assert sizes[first + 1] == [420, 297]
    assert missing_glyphs(rendered) == 0
    one_line = text_of(rendered, tmp_path, "-f", str(first + 1), "-l", str(first + 1))
    assert "Drawings as built" in one_line
    assert {"CH06", "BAT1", "PV1", "ES1", "LC1", "TR1"} <= set(one_line.split())
    layout = text_of(rendered, tmp_path, "-f", str(first + 2), "-l", str(first + 2))
    assert "Layout plan" in layout
    assert {"BAY06", "MSB", "SG1"} <= set(layout.split())


def test_tables_hold_every_kind_of_equipment(hub_pack: HandoverPack) -> None:
    kinds = {line.tag: line.kind for line in asbuilt.equipment(hub_pack)}
    assert {kinds[tag] for tag in ("TR1", "BAT1", "PV1", "AUX", "ES1", "LC1", "CH01")} == {
        "Transformer", "Battery storage", "PV inverter", "Load", "Emergency stop", "Load management",
        "Charging station",
    }  # fmt: skip
    ratings = {(line.tag, line.kind): line.rating for line in asbuilt.equipment(hub_pack)}
    assert ratings["F00", "Protective device"] == "ACB 2300 A, 4P"
    assert ratings["BAT1", "Battery storage"] == "200 kW, 400 kWh"
    assert ratings["ES1", "Emergency stop"].startswith("opens F01, F02")
    cables = {line.circuit.tag: line.cable for line in asbuilt.study_table(hub_pack).lines}
    assert cables["F06"] == "5 × 185 mm² Cu XLPE, 42 m, D1"
    riser = dataclasses.replace(hub_pack, site_design=drawing_sites.riser())
    found = {line.tag: line.rating for line in asbuilt.equipment(riser) if line.kind == "Busbar trunking"}
    assert found["R02"] == "busbar trunking 55 A Cu, 3 m"


def test_addresses_hold_storage_inverters_and_controllers(hub_pack: HandoverPack) -> None:
    depot = dataclasses.replace(hub_pack, site_design=drawing_sites.depot())
    hosts = {line.tag: line.host for line in asbuilt.addresses(depot)}
    assert hosts["BAT1"] == "10.20.30.60"
    assert hosts["LC1"] == "10.20.30.5"


def test_names_and_schedules_know_what_stands_only_on_the_plan(hub_pack: HandoverPack) -> None:
    names = Names(hub_pack)
    assert names.title("BAY03") == "Bay 3"
    assert names.title("DU1") == "Trench"
    assert names.title("MSB") == "Main switchboard"
    assert names.title("LC1") == "Load management"
    one_line = hub_pack.site_design.one_line
    assert family("BAT1", one_line) == "Storage, PV and loads"
    assert family("ES1", one_line) == "Control and communication"
    assert family("BAY03", one_line) == "Other"
