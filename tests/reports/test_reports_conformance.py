"""The gate before a PDF/A validator: what ISO 19005-3 and ISO 14289 ask for and pikepdf can see."""

import io
import itertools
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from reports.manifest import ATTACHMENT, digest, manifest
from reports.model import HandoverPack
from tests.reports.inspect_pdf import SHIPPED, fonts, missing_glyphs

A_ID, UA_ID = "http://www.aiim.org/pdfa/ns/id/", "http://www.aiim.org/pdfua/ns/id/"


@pytest.fixture(params=["rendered", "sealed"])
def pdf(request: pytest.FixtureRequest) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(io.BytesIO(request.getfixturevalue(request.param))) as opened:
        yield opened


def test_names_itself_pdf_a_3a_and_pdf_ua_1(pdf: pikepdf.Pdf, pack: HandoverPack) -> None:
    with pdf.open_metadata() as metadata:
        assert metadata[f"{{{A_ID}}}part"] == "3"
        assert metadata[f"{{{A_ID}}}conformance"] == "A"
        assert metadata[f"{{{UA_ID}}}part"] == "1"
        assert metadata["dc:title"].startswith("Handover pack 1")


def test_describes_every_property_outside_the_standard(pdf: pikepdf.Pdf) -> None:
    raw = pdf.Root.Metadata.read_bytes().decode()
    assert raw.count("<pdfaSchema:namespaceURI>") == 2
    assert "pyHanko" not in raw  # sealing leaves the metadata as rendered
    assert "<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>" in raw


def test_has_identifier_output_intent_language_and_structure(pdf: pikepdf.Pdf) -> None:
    root = pdf.Root
    assert len(pdf.trailer.ID) == 2
    assert root.OutputIntents[0].S == "/GTS_PDFA1"
    assert "/DestOutputProfile" in root.OutputIntents[0]
    assert root.MarkInfo.Marked
    assert str(root.Lang) == "en"
    assert root.StructTreeRoot.K
    assert root.ViewerPreferences.DisplayDocTitle


def test_attaches_the_manifest_as_its_data(pdf: pikepdf.Pdf, pack: HandoverPack) -> None:
    attached = pdf.Root.AF[0]
    assert {entry.objgen for entry in pdf.Root.AF} == {attached.objgen}
    assert attached.AFRelationship == "/Data"
    assert str(attached.UF) == ATTACHMENT
    assert attached.EF.F.Subtype == "/application/json"
    assert bytes(pdf.trailer.ID[0]).decode() == digest(manifest(pack))


def test_embeds_only_the_shipped_fonts(pdf: pikepdf.Pdf) -> None:
    found = fonts(pdf)
    assert found
    for font in found:
        (descendant,) = font.DescendantFonts
        assert "/FontFile2" in descendant.FontDescriptor
        assert "/ToUnicode" in font
        assert any(name in str(font.BaseFont) for name in SHIPPED)


def test_interpolates_no_image_and_describes_every_figure(pdf: pikepdf.Pdf) -> None:
    images = [
        entry
        for entry in pdf.objects
        if isinstance(entry, pikepdf.Stream) and entry.get("/Subtype") == "/Image"
    ]
    assert len(images) >= 16
    assert not any(image.get("/Interpolate") for image in images)
    tags = [
        entry
        for entry in pdf.objects
        if isinstance(entry, pikepdf.Dictionary) and entry.get("/S") == "/Figure"
    ]
    pictures = [tag for tag in tags if "/Alt" in tag]
    assert len(pictures) >= 16 + 2  # photos, one-line, signature


def test_every_tagged_image_has_alternative_text(pdf: pikepdf.Pdf) -> None:
    tags = [
        entry
        for entry in pdf.objects
        if isinstance(entry, pikepdf.Dictionary) and entry.get("/S") == "/Figure"
    ]
    assert tags
    assert [tag for tag in tags if not str(tag.get("/Alt", ""))] == []


def test_shows_no_missing_glyph(rendered: bytes) -> None:
    assert missing_glyphs(rendered) == 0


def test_headings_skip_no_level(pdf: pikepdf.Pdf) -> None:
    levels = [int(level[2:]) for level in _headings(pdf.Root.StructTreeRoot)]
    assert len(levels) > 20
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def _headings(element: pikepdf.Object) -> Iterator[str]:
    name = str(element.get("/S", ""))
    if name[:2] == "/H" and name[2:].isdigit():
        yield name
    children = element.get("/K", [])
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        if isinstance(child, pikepdf.Dictionary):
            yield from _headings(child)


@pytest.mark.parametrize("name", ["rendered", "sealed"])
def test_qpdf_finds_no_fault(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    file = tmp_path / "pack.pdf"
    file.write_bytes(request.getfixturevalue(name))
    run = subprocess.run(["qpdf", "--check", file], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_bookmarks_name_the_chapters(pdf: pikepdf.Pdf) -> None:
    with pdf.open_outline() as outline:
        titles = [item.title for item in outline.root]
    assert titles[1] == "1 Summary"
    assert len(titles) == 13
