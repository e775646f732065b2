"""What is printed is what was recorded, whatever people typed, and nothing is fetched."""

import dataclasses
import http.server
import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from reports import contents
from reports.errors import RenderError
from reports.manifest import canonical, manifest
from reports.model import HandoverPack
from reports.render import render
from tests.reports.inspect_pdf import SHIPPED, fonts, missing_glyphs, text_of

HOSTILE = (
    "<script>alert(1)</script> <img src='http://127.0.0.1:{port}/a.png'> "
    "{{{{ 7*7 }}}} &amp; \u202egnp.exe\x07 "
    "אבג عربي 🔥 漢字 \U000f0001 Ω₂ " + "W" * 400
)


def test_the_same_pack_gives_the_same_bytes_and_tells_its_progress(
    small_pack: HandoverPack, small_rendered: bytes
) -> None:
    told: list[tuple[str, int, int]] = []
    assert render(small_pack, lambda *step: told.append(step)) == small_rendered
    assert [done for _, done, _ in told] == [0, 1, 2, 3, 4]
    assert {total for _, _, total in told} == {4}


def test_the_reader_sees_first_what_is_not_perfect(rendered: bytes, tmp_path: Path) -> None:
    first_pages = text_of(rendered, tmp_path, "-l", "3", "-layout")
    assert "Approved with concessions" in first_pages
    assert "1 conceded with a reason" in first_pages
    assert "Torque marks missing on the" in first_pages
    assert "Stands behind a concrete kerb" in first_pages
    assert "indicative at 118 A of 280 A (42 %)" in first_pages


def test_failed_attempts_stay_beside_the_later_ones(
    rendered: bytes, pack: HandoverPack, tmp_path: Path
) -> None:
    text = text_of(rendered, tmp_path, "-f", "4", "-l", "5", "-layout")
    assert text.index("0.61 Ω") < text.index("Zs above its limit: check the terminals")
    tried = next(record.attempts for record in pack.records if record.item.key == "rdc-dd@CH05.1")
    assert tried[0].value == "7.2 mA"
    assert text.index("7.2 mA") < text.index(tried[1].value)
    assert "after a repair" in text
    assert "0.4 MΩ" in text


def test_every_recorded_value_is_printed_with_its_entry(
    rendered: bytes, pack: HandoverPack, tmp_path: Path
) -> None:
    text = " ".join(text_of(rendered, tmp_path, "-layout").split())
    attempts = [(record, attempt) for record in pack.records for attempt in record.attempts]
    assert len(attempts) > 400
    missing = [
        attempt.number
        for record, attempt in attempts
        if f"#{attempt.number} " not in text or attempt.value not in text or record.item.key not in text
    ]
    assert missing == []


def test_the_failed_probe_run_stands_before_the_passed_one(rendered: bytes, tmp_path: Path) -> None:
    text = " ".join(text_of(rendered, tmp_path, "-layout").split())
    assert text.index("Run 1 of 2 ✘ FAIL") < text.index("Run 2 of 2, the one that counts ✔ pass")
    assert "Isolate and prove dead, or short the CT at its test block" in text


def test_digest_and_pack_id_are_printed(rendered: bytes, pack: HandoverPack, tmp_path: Path) -> None:
    text = text_of(rendered, tmp_path, "-l", "1")
    inside = contents.read(rendered)
    assert inside.problems == ()
    assert pack.id in text
    with pikepdf.open(io.BytesIO(rendered)) as pdf:
        assert bytes(pdf.trailer.ID[0]).decode() in text


class Trap(http.server.BaseHTTPRequestHandler):
    hits: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        self.hits.append(self.path)
        self.send_response(404)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        del args


@pytest.fixture(scope="module")
def trap() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Trap)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def hostile_pack(small_pack: HandoverPack, trap: int) -> HandoverPack:
    text = HOSTILE.format(port=trap)
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        ' viewBox="0 0 100 50">'
        f'<image xlink:href="http://127.0.0.1:{trap}/svg.png" width="10" height="10"/>'
        f'<rect width="10" height="10" style="fill:url(http://127.0.0.1:{trap}/fill.svg#a)"/>'
        f"<style>@import url(http://127.0.0.1:{trap}/s.css);</style><script>x</script>"
        '<text x="1" y="20" font-family="Comic Sans MS" style="font-family:fantasy">tag 🔥 漢</text></svg>'
    )
    parameters = dataclasses.replace(small_pack.site_design.parameters, name=text, address=text)
    return dataclasses.replace(
        small_pack,
        site_design=dataclasses.replace(small_pack.site_design, parameters=parameters),
        decisions=tuple(dataclasses.replace(decision, comment=text) for decision in small_pack.decisions),
        photos=(
            dataclasses.replace(small_pack.photos[0], caption=text),
            dataclasses.replace(small_pack.photos[0], sha256="ab" * 32, data=b"\xff\xd8\xff garbage"),
        ),
        figures={"one_line": drawing},
    )


@pytest.fixture(scope="module")
def hostile(hostile_pack: HandoverPack) -> bytes:
    return render(hostile_pack)


def test_typed_markup_is_only_text(hostile: bytes, tmp_path: Path) -> None:
    text = text_of(hostile, tmp_path)
    assert "<script>alert(1)</script>" in text
    assert "{{ 7*7 }}" in text
    assert "&amp;" in text


def test_nothing_is_fetched(hostile: bytes) -> None:
    assert hostile.startswith(b"%PDF-1.7")
    assert Trap.hits == []


def test_unprintable_characters_are_replaced_and_reported(hostile: bytes, tmp_path: Path) -> None:
    text = " ".join(text_of(hostile, tmp_path).split())
    assert missing_glyphs(hostile) == 0
    assert "U+1F525" in text
    assert "\u202e" not in text
    assert "Ω₂" in text
    with pikepdf.open(io.BytesIO(hostile)) as pdf:
        assert all(any(name in str(font.BaseFont) for name in SHIPPED) for font in fonts(pdf))


def test_the_data_keeps_what_was_typed(hostile: bytes, hostile_pack: HandoverPack) -> None:
    inside = contents.read(hostile)
    assert inside.problems == ()
    assert inside.raw == canonical(manifest(hostile_pack))
    assert "🔥 漢字" in inside.raw.decode()


def test_a_broken_photo_is_shown_as_broken(hostile: bytes, tmp_path: Path) -> None:
    text = " ".join(text_of(hostile, tmp_path).split())
    assert "Can’t be shown. The file is not a JPEG, PNG, WebP or HEIC picture" in text
    assert "ab" * 32 in text.replace(" ", "")


def test_a_pack_without_a_time_of_issue_is_refused(small_pack: HandoverPack) -> None:
    with pytest.raises(RenderError, match=r"issued_at of pack .* is 'yesterday'; give an ISO 8601 time"):
        render(dataclasses.replace(small_pack, issued_at="yesterday"))


def test_an_empty_site_has_a_pack_too(small_pack: HandoverPack, tmp_path: Path) -> None:
    empty = dataclasses.replace(
        small_pack,
        records=(),
        checklists=(),
        photos=(),
        signatures=(),
        decisions=(),
        instruments=(),
        probe_runs=(),
    )
    text = " ".join(text_of(render(empty), tmp_path).split())
    assert "Complete, not approved" in text
    assert "No photos were taken." in text
