"""Photo bytes: resumable, hashed on arrival and on reading, and shown to nobody who may not see the site."""

import hashlib
from pathlib import Path

import pytest
from PIL import Image

from fieldapp.config import Config
from fieldapp.objects import objects
from fieldapp.problems import Problem
from fieldapp.usecases import read_object
from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import Hall, picture

DATA = picture()
SHA256 = hashlib.sha256(DATA).hexdigest()


def photo_of(data: bytes) -> dict[str, object]:
    sha256 = hashlib.sha256(data).hexdigest()
    return {"sha256": sha256, "size": len(data), "media_type": "image/jpeg", "caption": "label"}


def record_photo(hall: Hall, tablet: FieldTablet, data: bytes = DATA) -> None:
    signed = tablet.record(hall.site, hall.item(), "photo", body=photo_of(data))
    assert tablet.sync(signed)[0]["status"] == "applied"


def home_of(hall: Hall) -> Path:
    config: Config = hall.app.extensions["fieldapp.config"]
    return config.home


def test_bytes_arrive_in_pieces_and_continue_where_they_broke(hall: Hall, tablet: FieldTablet) -> None:
    half = len(DATA) // 2
    assert tablet.call("HEAD", f"/objects/{SHA256}").status_code == 404
    first = tablet.upload(DATA[:half], size=len(DATA), sha256=SHA256)
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, str(half))
    state = tablet.call("HEAD", f"/objects/{SHA256}")
    assert (state.status_code, state.headers["Upload-Complete"]) == (200, "0")
    assert (state.headers["Upload-Offset"], state.headers["Upload-Length"]) == (str(half), str(len(DATA)))
    wrong = tablet.upload(DATA, sha256=SHA256)
    assert (wrong.status_code, wrong.headers["Upload-Offset"], wrong.json["offset"]) == (409, str(half), half)
    last = tablet.upload(DATA[half:], offset=half, size=len(DATA), sha256=SHA256)
    assert (last.status_code, last.headers["Upload-Complete"]) == (204, "1")
    assert tablet.call("HEAD", f"/objects/{SHA256}").headers["Upload-Complete"] == "1"
    assert tablet.call("GET", f"/objects/{SHA256}").data == DATA
    assert tablet.upload(DATA, sha256=SHA256).status_code == 204
    assert not list((home_of(hall) / "uploads").rglob("*.part"))


def test_wrong_bytes_are_refused_and_the_upload_begins_again(hall: Hall, tablet: FieldTablet) -> None:
    forged = DATA[:-1] + b"\x00"
    answer = tablet.upload(forged, sha256=SHA256)
    assert (answer.status_code, answer.json["code"]) == (422, "hash_mismatch")
    assert tablet.call("HEAD", f"/objects/{SHA256}").headers["Upload-Offset"] == "0"
    assert tablet.upload(DATA).status_code == 204


def test_more_than_announced_or_allowed_is_refused(hall: Hall, tablet: FieldTablet) -> None:
    assert tablet.upload(DATA, size=10, sha256=SHA256).status_code == 413
    assert tablet.upload(b"x", size=65 * 2**20, sha256=SHA256).status_code == 413
    assert tablet.upload(b"x", size=5, offset=6, sha256=SHA256).status_code == 422
    assert tablet.upload(DATA, sha256="../../etc/passwd").status_code in (404, 422)
    assert tablet.upload(DATA, sha256=SHA256.upper()).status_code == 422
    plain = tablet.call("PATCH", f"/objects/{SHA256}", data=DATA, headers={"Content-Type": "image/jpeg"})
    assert plain.status_code == 415


def test_a_photo_is_shown_to_who_sees_the_site_and_to_nobody_else(hall: Hall, tablet: FieldTablet) -> None:
    record_photo(hall, tablet)
    tablet.upload(DATA)
    shown = hall.tablet("colleague").call("GET", f"/objects/{SHA256}")
    assert (shown.status_code, shown.content_type) == (200, "image/jpeg")
    assert shown.data != DATA  # the original is for who took it
    stranger = hall.tablet("stranger")
    for method in ("GET", "HEAD"):
        assert stranger.call(method, f"/objects/{SHA256}").status_code == 404
    with hall.inside():
        data, media_type = read_object.read_photo(hall.people["reviewer"], hall.site, SHA256)
        assert (media_type, data[:3]) == ("image/jpeg", b"\xff\xd8\xff")
        for who in ("stranger", "other_engineer", "service"):
            with pytest.raises(Problem) as caught:
                read_object.read_photo(hall.people[who], hall.site, SHA256)
            assert caught.value.status == 404


def test_an_upload_of_the_same_bytes_by_a_stranger_says_nothing(hall: Hall, tablet: FieldTablet) -> None:
    """Who does not have the bytes can't learn that they are here; who sends them gets their own receipt."""
    tablet.upload(DATA)
    stranger = hall.tablet("stranger")
    assert stranger.upload(DATA[:10], size=len(DATA), sha256=SHA256).headers["Upload-Offset"] == "10"
    assert stranger.call("HEAD", f"/objects/{SHA256}").headers["Upload-Complete"] == "0"
    assert stranger.upload(DATA[10:], offset=10, size=len(DATA), sha256=SHA256).status_code == 204
    assert stranger.call("GET", f"/objects/{SHA256}").data == DATA


def test_pages_get_pictures_without_their_place(hall: Hall, tablet: FieldTablet) -> None:
    import io

    exif = Image.Exif()
    exif.get_ifd(0x8825)[2] = (53.0, 33.0, 0.0)
    output = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(output, "JPEG", exif=exif)
    data = output.getvalue()
    record_photo(hall, tablet, data)
    tablet.upload(data)
    with hall.inside():
        shown, _ = read_object.read_photo(
            hall.people["reviewer"], hall.site, hashlib.sha256(data).hexdigest()
        )
    assert Image.open(io.BytesIO(data)).getexif().get_ifd(0x8825)
    assert not Image.open(io.BytesIO(shown)).getexif().get_ifd(0x8825)


def test_what_only_pretends_to_be_a_picture_is_never_served_as_a_page(
    hall: Hall, tablet: FieldTablet
) -> None:
    data = b"<script>alert(1)</script>"
    record_photo(hall, tablet, data)
    assert tablet.upload(data).json["code"] == "evidence_refused"
    assert tablet.call("GET", f"/objects/{hashlib.sha256(data).hexdigest()}").status_code == 404
    with hall.inside(), pytest.raises(Problem) as caught:
        read_object.read_photo(hall.people["reviewer"], hall.site, hashlib.sha256(data).hexdigest())
    assert caught.value.status == 404


def test_damage_in_the_store_is_noticed_on_reading(hall: Hall, tablet: FieldTablet) -> None:
    tablet.upload(DATA)
    stored = home_of(hall) / "objects" / SHA256[:2] / SHA256
    stored.write_bytes(DATA[:-1] + b"\x00")
    with hall.inside(), pytest.raises(Problem) as caught:
        objects().get(SHA256)
    assert caught.value.code == "object_damaged"
    stored.unlink()
    with hall.inside(), pytest.raises(Problem) as caught:
        objects().get(SHA256)
    assert caught.value.code == "object_lost"
