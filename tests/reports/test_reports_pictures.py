"""Photos and drawings from outside are made harmless before they are printed."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from reports.errors import DrawingError, PhotoError
from reports.glyphs import MISSING, printable, unprintable
from reports.model import SignatureDrawing
from reports.photos import LONGEST_PX, prepare, size
from reports.photos import printable as printable_photo
from reports.svg import embeddable, signature, taller_than_wide

SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def picture(form: str = "JPEG", edge: tuple[int, int] = (3000, 1500), **options: object) -> bytes:
    mode = "RGBA" if form == "PNG" else "RGB"
    out = io.BytesIO()
    Image.new(mode, edge, (200, 30, 30, 0)[: len(mode)]).save(out, form, **options)
    return out.getvalue()


def located() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif.get_ifd(0x8825).update({1: "N", 2: (53.0, 32.0, 0.0), 3: "E", 4: (9.0, 59.0, 0.0)})
    return picture(exif=exif)


def test_location_is_stripped_and_the_picture_set_upright() -> None:
    assert b"Exif" in located()
    data, media_type = prepare(located())
    assert media_type == "image/jpeg"
    assert b"Exif" not in data
    assert size(data) == (LONGEST_PX // 2, LONGEST_PX)


def test_a_prepared_photo_is_printed_as_it_is() -> None:
    data, _ = prepare(located())
    assert printable_photo(data) == data
    assert printable_photo(located()) == data


def test_transparency_becomes_white() -> None:
    data, _ = prepare(picture("PNG", (50, 40)))
    with Image.open(io.BytesIO(data)) as image:
        assert image.getpixel((10, 10)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "not a JPEG, PNG, WebP or HEIC"),
        (b"GIF89a nonsense", "not a JPEG, PNG, WebP or HEIC"),
        (b"<svg/>", "not a JPEG, PNG, WebP or HEIC"),
        (picture("GIF", (9, 9)), "not a JPEG, PNG, WebP or HEIC"),
        (picture()[:-400], "damaged and can't be decoded"),
    ],
)
def test_a_broken_photo_is_refused_in_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(PhotoError, match=sentence):
        prepare(data)


@given(st.binary(max_size=200))
def test_no_bytes_make_it_stumble(junk: bytes) -> None:
    with pytest.raises(PhotoError):
        prepare(b"\xff\xd8\xff" + junk)


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<image href="file:///etc/hostname"/>',
        '<use xlink:href="http://example.org/a.svg#b"/>',
        '<rect onload="x()"/>',
        "<rect style=\"fill: URL( 'http://example.org')\"/>",
        "<style>@import 'http://example.org/a.css'</style>",
        "<foreignObject><p>html</p></foreignObject>",
        '<g xmlns="http://www.w3.org/1999/xhtml"><iframe/></g>',
    ],
)
def test_what_fetches_or_runs_is_taken_out(inside: str) -> None:
    cleaned = embeddable(f'<svg {SVG} viewBox="0 0 9 9">{inside}<path d="M0 0"/></svg>').decode()
    for word in ("script", "file:", "http://example", "onload", "import", "foreignObject", "iframe"):
        assert word not in cleaned
    assert "<path" in cleaned


def test_a_drawing_keeps_its_own_parts_and_gets_our_font() -> None:
    cleaned = embeddable(
        f'<svg {SVG} viewBox="0 0 9 9"><defs><marker id="m"/></defs>'
        '<line style="marker-end:url(#m);stroke:red"/><text font-family="Arial">F03 🔥</text></svg>'
    ).decode()
    assert "marker-end:url(#m)" in cleaned
    assert "Arial" not in cleaned
    assert f"F03 {MISSING}" in cleaned


@pytest.mark.parametrize(
    "text", ["", "<svg", "<html/>", f'<!DOCTYPE svg [<!ENTITY a "b">]><svg {SVG}>&a;</svg>']
)
def test_what_is_no_drawing_is_refused(text: str) -> None:
    with pytest.raises(DrawingError, match="A drawing"):
        embeddable(text)


def test_the_page_follows_the_drawing() -> None:
    assert taller_than_wide('<svg viewBox="0 0 100 250.5">')
    assert not taller_than_wide('<svg viewBox="-5,0,420,297">')
    assert not taller_than_wide("<svg>")


def test_a_drawn_signature_keeps_strokes_and_dots() -> None:
    drawing = SignatureDrawing(
        "i@SITE", "A", "s", (((0, 0), (10, 5)), ((20, 20),), ()), "p", "2026-11-22T10:00:00Z"
    )
    drawn = signature(drawing).decode()
    assert drawn.count("<polyline") == 2
    assert 'viewBox="-12 -12 44 44"' in drawn
    assert embeddable(drawn)


@given(st.text())
def test_any_text_becomes_printable_and_stays_so(text: str) -> None:
    once = printable(text)
    assert printable(once) == once
    assert unprintable(once) == frozenset()


def test_signs_of_the_trade_are_kept_and_others_replaced() -> None:
    kept = "Zs ≤ 0,38 Ω · Δu µA ₂ ✔ Größe Łódź Ελλάδα Київ"
    assert printable(kept) == kept
    assert printable("a\u202eb\x00c\u200d🔥漢") == f"abc{MISSING * 2}"
    assert unprintable("🔥漢x") == {"🔥", "漢"}
