"""What counts as evidence: real photos of real phones do, and nothing that pretends to be one."""

import random
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldapp.inspection import Inspected, Refused, inspect, render
from tests.fieldapp import hostile_files as make

MOST = 120
JPEG, PNG, WEBP, HEIC, PDF = "image/jpeg", "image/png", "image/webp", "image/heic", "application/pdf"


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (make.still(), JPEG),
        (make.still(progressive=True), JPEG),
        (make.still(mode="L"), JPEG),
        (make.still(mode="CMYK"), JPEG),
        (make.located(), JPEG),
        (make.still() + bytes(16), JPEG),
        (make.motion_photo(), JPEG),
        (make.samsung_photo(), JPEG),
        (make.two_pictures(), JPEG),
        (make.still("PNG", mode="RGBA"), PNG),
        (make.still("PNG", mode="P"), PNG),
        (make.png_with_text("Sicherung < 16 A, Zs > 0,4"), PNG),
        (make.still("WEBP"), WEBP),
        (make.still("WEBP", lossless=True, mode="RGBA"), WEBP),
        (make.heic(), HEIC),
        (make.heic((300, 200), tile_size=64), HEIC),
        (make.document(3), PDF),
    ],
)
def test_what_cameras_and_offices_make_is_taken(data: bytes, media_type: str) -> None:
    found = inspect(data, MOST)
    assert found.media_type == media_type
    assert (found.width > 0) == (media_type != PDF)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "neither JPEG"),
        (b"<script>alert(1)</script>", "neither JPEG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "neither JPEG"),
        (make.still("GIF"), "neither JPEG"),
        (make.archive(), "neither JPEG"),
        (b"\n" + make.document(), "neither JPEG"),
        (make.still()[:-300], "ends in the middle"),
        (make.still()[:200], "ends in the middle"),
        (make.still("PNG")[:-20], "ends in the middle"),
        (make.still("WEBP")[:-20], "ends in the middle"),
        (make.heic()[:-20], "ends in the middle"),
        (make.document()[:-20], "ends in the middle"),
        (b"\xff\xd8\xff\xd9", "damaged"),
        (make.still().replace(b"\xff\xda", b"\xff\xdb\x00", 1), "damaged|middle"),
    ],
)
def test_what_is_no_picture_or_only_half_of_one_is_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        inspect(data, MOST)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (make.huge_png(60_000, 60_000), "60000 × 60000 pixels"),
        (make.huge_png(2**31 - 1, 2**31 - 1), "pixels"),
        (make.text_bomb(), "can't be decoded|neither|not a JPEG"),
        (make.profile_bomb(), "can't be decoded|neither|not a JPEG"),
        (make.animated("PNG"), "moving"),
        (make.animated("WEBP"), "moving"),
        (make.heic(pictures=3), "several pictures"),
        (make.many_scans(), "too many passes"),
    ],
)
def test_bombs_are_refused_before_they_are_unpacked(data: bytes, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        inspect(data, MOST)


@pytest.mark.parametrize(
    "data",
    [
        make.still() + make.archive(),
        make.motion_photo() + make.archive("a.jar"),
        make.with_comment(make.archive()),
        make.with_comment(b"<script>alert(1)</script>"),
        make.with_comment(b"%PDF-1.7 and so on"),
        make.with_comment(b"<?php system($_GET[0]);"),
        make.still() + b"<html><script>alert(1)</script></html>",
        make.still() + make.still(),
        make.still() + b"anything else that is not declared",
        make.still() + make.document(),
        make.still("PNG") + make.archive(),
        make.still("PNG") + b"<script>",
        make.png_with_text("<script>alert(1)</script>"),
        make.with_chunk(b"quIz", make.archive()),
        make.still("WEBP") + make.archive(),
        make.still("WEBP") + b"trailing words",
        make.heic() + make.archive(),
        make.heic() + b"<html><script>alert(1)</script></html>",
        make.document() + make.archive(),
        make.document() + b"<script>alert(1)</script>",
        b"%PDF-1.7 <html><script>alert(1)</script>" + make.document(),
    ],
)
def test_a_file_that_is_something_else_as_well_is_refused(data: bytes) -> None:
    with pytest.raises(Refused, match=r"hides|belong to|neither|middle|damaged"):
        inspect(data, MOST)


def test_documents_that_act_by_themselves_or_are_locked_are_refused() -> None:
    import pikepdf

    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
    launch = pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("calc.exe"))
    for action in (script, launch):
        with pytest.raises(Refused, match="runs something"):
            inspect(make.document(OpenAction=action), MOST)
    with pytest.raises(Refused, match=r"damaged|no pages|middle"):
        inspect(b"%PDF-1.7\n%%EOF", MOST)


def test_the_limit_of_pixels_is_a_setting() -> None:
    data = make.still("PNG", (1200, 1000))
    assert inspect(data, 2) == Inspected(PNG, 1200, 1000)
    for large in (
        data,
        make.still(edge=(1200, 1000)),
        make.heic((1200, 1000)),
        make.still("WEBP", (1200, 1000)),
    ):
        with pytest.raises(Refused, match="at most 1 megapixels"):
            inspect(large, 1)


def test_what_takes_too_much_memory_or_time_ends_a_process_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The process that decodes has limits of its own: here they are drawn so tight that a good one fails."""
    from reports import apart

    start = "import reports.apart as apart; apart.{}; apart.main()"
    for limit in ("MOST_MEMORY = 40_000_000", "MOST_CPU_S = 0"):
        monkeypatch.setattr(apart, "_START", start.format(limit))
        with pytest.raises(Refused, match=r"memory and time|unpacks to more"):
            inspect(make.still("PNG", (4000, 3000)), MOST)


def test_a_machine_that_can_not_look_says_nothing_about_the_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    from reports import apart
    from reports.errors import ApartError

    monkeypatch.setattr(apart, "_START", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(ApartError):
        inspect(make.still("PNG"), MOST)


def test_renditions_hold_the_picture_and_nothing_else() -> None:
    screen, printed, thumbnail = render(make.located(), ("screen", "print", "thumbnail"))
    assert (screen.width, screen.height) == (480, 640)
    assert max(thumbnail.width, thumbnail.height) == 320
    for each in (screen, printed, thumbnail):
        for word in (b"Exif", b"Hamburg", b"Kim", b"http", b"ICC"):
            assert word not in each.data
        assert inspect(each.data, MOST).media_type == JPEG


@pytest.mark.parametrize(
    "data",
    [
        make.motion_photo(),
        make.two_pictures(),
        make.heic(),
        make.still("PNG", mode="RGBA"),
        make.still(mode="CMYK"),
    ],
)
def test_every_accepted_kind_has_renditions(data: bytes) -> None:
    (screen,) = render(data, ("screen",))
    assert (screen.width, screen.height) == (64, 48)
    assert inspect(screen.data, MOST) == Inspected(JPEG, 64, 48)


GOOD = [make.still(), make.located(), make.two_pictures(), make.samsung_photo(), make.still(progressive=True)]


@given(st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_changed_photo_is_a_photo_or_refused_and_never_an_accident(data: st.DataObject) -> None:
    """Of photos that are decoded in this very process; the others can only break their own."""
    changed = _changed(data.draw(st.sampled_from(GOOD)), data.draw(st.randoms(use_true_random=False)))
    with suppress(Refused):  # an answer too; anything else is an accident
        assert inspect(changed, MOST).width


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_every_walk_ends(data: st.DataObject) -> None:
    from fieldapp.inspection import _walked

    whole = data.draw(
        st.sampled_from([make.still("PNG"), make.still("WEBP"), make.heic(), make.document(), *GOOD])
    )
    with suppress(Refused):
        _walked(_changed(whole, data.draw(st.randoms(use_true_random=False))))


def _changed(whole: bytes, chance: random.Random) -> bytes:
    """Cut, overwrite, double and insert."""
    changed = bytearray(whole)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(changed) + 1)
        match chance.randrange(4):
            case 0:
                changed[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                del changed[place : place + chance.randrange(40)]
            case 2:
                changed[place:place] = changed[place : place + chance.randrange(400)]
            case _:
                changed[place:place] = chance.choice(
                    [b"\xff", b"\xff\xd8", b"\xff\xd9", b"\xff\xda", bytes(4)]
                )
    return bytes(changed)
