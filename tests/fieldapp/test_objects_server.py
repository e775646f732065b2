"""Evidence at the server: looked at on arrival, shown without its place, missed when gone, healed again."""

import hashlib
import io
import json
import os
import resource
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlmodel import select

from fieldapp import cli, jobs
from fieldapp.config import Config, read_config
from fieldapp.objects import Objects
from fieldapp.problems import Problem
from fieldapp.store import jobs as job_rows
from fieldapp.store import objects as rows
from fieldapp.store.database import reading, session
from fieldapp.tables import JobRow
from fieldapp.usecases import (
    build_pack,
    check_journal,
    read_object,
    upload_object,
    verify_objects,
    wrong_files,
)
from fieldapp.web.item_rows import item_rows
from reports import apart
from tests.fieldapp import hostile_files as make
from tests.fieldapp.field_tablet import FieldTablet
from tests.fieldapp.hall_cast import Hall, photo_of, picture
from tests.fieldapp.signed_in import sign_in

DAY_S = 86_400


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def home_of(hall: Hall) -> Path:
    config: Config = hall.app.extensions["fieldapp.config"]
    return config.home


def stored(hall: Hall, data: bytes) -> Path:
    return home_of(hall) / "objects" / digest(data)[:2] / digest(data)


def photo_item(hall: Hall) -> str:
    """Return an item that asks for one photo and nothing else."""
    items = [item for checklist in hall.view().checklists for item in checklist.items]
    return next(item.key for item in items if item.criterion.kind == "photo" and item.criterion.count == 1)


def take(hall: Hall, tablet: FieldTablet, data: bytes, item: str) -> None:
    assert tablet.sync(tablet.record(hall.site, item, "photo", body=photo_of(data)))[0]["status"] == "applied"


def do_jobs(hall: Hall, kind: str) -> None:
    with hall.inside():
        with reading() as db:
            waiting = job_rows.due(db, kind)
        for each in waiting:
            assert jobs.run(each)


def verify(hall: Hall, *, quick: bool = False) -> dict[str, str]:
    with hall.inside():
        return {each.sha256: each.problem for each in verify_objects.verify_objects(quick=quick).findings}


def test_what_is_no_evidence_is_refused_with_its_reason_and_another_photo_is_enough(
    hall: Hall, tablet: FieldTablet
) -> None:
    item, bad, good = photo_item(hall), make.still() + make.archive(), picture(90)
    take(hall, tablet, bad, item)
    assert hall.status(item) == "incomplete"
    answer = tablet.upload(bad)
    assert (answer.status_code, answer.json["code"]) == (422, "evidence_refused")
    assert "belong to no photo" in answer.json["detail"]
    assert not list((home_of(hall) / "uploads").rglob("*.part"))
    assert not stored(hall, bad).exists()
    assert tablet.call("HEAD", f"/objects/{digest(bad)}").status_code == 422

    receipts = tablet.receipts()
    assert receipts["missing_objects"] == [digest(bad)]
    assert receipts["refused_objects"] == [{"sha256": digest(bad), "reason": answer.json["detail"]}]
    bundle = tablet.call("GET", f"/sites/{hall.site}/bundle").json
    assert bundle["refused_objects"] == [digest(bad)]
    assert (hall.status(item), bundle["states"][item]["status"]) == ("open", "open")
    assert "belong to no photo" in hall.view().photos[digest(bad)].problem

    take(hall, tablet, good, item)
    tablet.upload(good)
    assert hall.status(item) == "passed"
    with hall.inside():
        assert check_journal.verify_site(hall.people["engineer"], hall.site).good
        photos = build_pack._photos(hall.view())
    assert [each.sha256 for each in photos] == [digest(good)]


def test_refused_bytes_may_be_sent_again_when_the_limits_have_changed(
    hall: Hall, tablet: FieldTablet
) -> None:
    item, large = photo_item(hall), make.still(edge=(1200, 1000))
    config = hall.app.extensions["fieldapp.config"]
    object.__setattr__(config, "max_megapixels", 1)
    take(hall, tablet, large, item)
    assert "at most 1 megapixels" in tablet.upload(large).json["detail"]
    object.__setattr__(config, "max_megapixels", 120)
    with hall.inside():
        assert upload_object.allow_again() == 1
    assert hall.status(item) == "incomplete"
    assert tablet.receipts()["refused_objects"] == []
    assert tablet.call("HEAD", f"/objects/{digest(large)}").status_code == 404
    assert tablet.upload(large).status_code == 204
    assert hall.status(item) == "passed"


def test_others_get_the_picture_without_its_place_and_the_original_stays(
    hall: Hall, tablet: FieldTablet
) -> None:
    data = make.located()
    take(hall, tablet, data, photo_item(hall))
    tablet.upload(data)
    path, colleague = f"/objects/{digest(data)}", hall.tablet("colleague")
    assert tablet.call("GET", path).data == data
    assert stored(hall, data).read_bytes() == data
    for size, longest in (("screen", 640), ("print", 640), ("thumbnail", 320)):
        answer = colleague.call("GET", path, query_string={"size": size})
        with Image.open(io.BytesIO(answer.data)) as image:
            assert (image.format, max(image.size)) == ("JPEG", longest)
            assert image.width < image.height  # upright
            assert not {"exif", "xmp", "comment", "icc_profile"} & set(image.info)
        assert b"Hamburg" not in answer.data
    assert colleague.call("GET", path).data == colleague.call("GET", f"{path}?size=screen").data
    refused = colleague.call("GET", path, query_string={"size": "original"})
    assert (refused.status_code, refused.json["code"]) == (403, "forbidden")
    assert colleague.call("GET", path, query_string={"size": "huge"}).status_code == 422
    assert hall.tablet("stranger").call("GET", path, query_string={"size": "screen"}).status_code == 404


def test_renditions_are_made_once_by_a_job_and_again_when_they_are_lost(
    hall: Hall, tablet: FieldTablet
) -> None:
    data = make.located()
    tablet.upload(data)
    do_jobs(hall, "renditions")
    with hall.inside(), reading() as db:
        made = {kind: rows.rendition(db, digest(data), kind) for kind in ("screen", "print", "thumbnail")}
        assert all(made.values())
        (job,) = db.exec(select(JobRow).where(JobRow.kind == "renditions"))
        assert job.state == "done"
    name = made["screen"].rendition_sha256  # type: ignore[union-attr]
    (home_of(hall) / "objects" / name[:2] / name).write_bytes(b"something else")
    assert verify(hall) == {name: "renewed"}
    answer = tablet.call("GET", f"/objects/{digest(data)}?size=screen")
    assert digest(answer.data) == name
    assert verify(hall) == {}


def test_a_machine_too_busy_for_a_picture_tries_again_later(
    hall: Hall, tablet: FieldTablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = make.still("PNG")
    killed = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    with monkeypatch.context() as busy:
        busy.setattr(apart, "_START", killed)
        assert tablet.upload(data).status_code == 503
    assert tablet.call("HEAD", f"/objects/{digest(data)}").headers["Upload-Offset"] == str(len(data) - 1)
    last = tablet.upload(data[-1:], offset=len(data) - 1, size=len(data), sha256=digest(data))
    assert last.status_code == 204
    with monkeypatch.context() as busy:
        busy.setattr(apart, "_START", killed)
        do_jobs(hall, "renditions")
        assert tablet.call("GET", f"/objects/{digest(data)}?size=screen").status_code == 503
    with hall.inside(), reading() as db:
        (job,) = db.exec(select(JobRow).where(JobRow.kind == "renditions"))
        assert (job.state, job.attempts) == ("queued", 1)
    assert tablet.call("GET", f"/objects/{digest(data)}?size=screen").status_code == 200


def test_answers_are_never_run_by_a_browser(hall: Hall, tablet: FieldTablet) -> None:
    for data, ending in ((make.still("PNG"), ".png"), (make.document(), ".pdf"), (make.heic(), ".heic")):
        assert tablet.upload(data).status_code == 204, ending
        answer = tablet.call("GET", f"/objects/{digest(data)}")
        assert answer.data == data
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{digest(data)[:16]}{ending}"'
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_claim_that_differs_from_the_bytes_is_told(hall: Hall, tablet: FieldTablet) -> None:
    data = make.still("PNG")
    take(hall, tablet, data, photo_item(hall))  # as a JPEG
    tablet.upload(data)
    assert hall.view().photos[digest(data)].problem == "Sent as image/jpeg, but it is image/png."
    assert hall.view().photos[digest(data)].present


@pytest.mark.parametrize(("how", "word"), [("gone", "lost"), ("changed", "damaged"), ("cut", "damaged")])
def test_a_lost_or_damaged_photo_is_found_shown_and_healed(
    hall: Hall, tablet: FieldTablet, how: str, word: str
) -> None:
    data, item = picture(77), photo_item(hall)
    take(hall, tablet, data, item)
    tablet.upload(data)
    assert verify(hall) == {}
    file = stored(hall, data)
    if how == "gone":
        file.unlink()
    else:
        file.write_bytes(data[:-1] + b"\x00" if how == "changed" else data[:-9])
    assert verify(hall, quick=True) == ({} if how == "changed" else {digest(data): word})
    assert verify(hall) == {digest(data): word}
    assert verify(hall, quick=True) == {
        digest(data): word
    }  # a quick look does not forget what a long one found

    shown = hall.view().photos[digest(data)]
    assert (shown.present, shown.problem.startswith(f"Photo {word} on the server")) == (False, True)
    with hall.inside():
        (found,) = wrong_files.wrong_files(hall.people["engineer"])
        assert (found.problem, found.item, found.site) == (word, item, "Parkhaus Nord")
        assert wrong_files.wrong_files(hall.people["other_engineer"]) == ()
        with pytest.raises(Problem):
            wrong_files.wrong_files(hall.people["contractor"])
        with pytest.raises(Problem, match=f"photo of {item}"):
            build_pack._photos(hall.view())

    row = next(each for each in item_rows(hall.view("reviewer"), {}) if each.item.key == item)
    assert [each.sentence for each in row.doubts] == [shown.problem]

    assert tablet.receipts()["missing_objects"] == [digest(data)]
    assert tablet.call("HEAD", f"/objects/{digest(data)}").status_code == 404
    assert tablet.upload(data).status_code == 204
    assert file.read_bytes() == data
    assert tablet.receipts()["missing_objects"] == []
    assert verify(hall) == {}
    assert hall.view().photos[digest(data)].problem == ""


def test_pages_name_what_is_lost_or_refused_to_who_may_know(hall: Hall, tablet: FieldTablet) -> None:
    item, lost, refused = photo_item(hall), picture(86), make.animated("PNG")
    for data in (lost, refused):
        take(hall, tablet, data, item)
        tablet.upload(data)
    stored(hall, lost).unlink()
    verify(hall, quick=True)

    def page(who: str, address: str) -> tuple[int, str]:
        client = hall.app.test_client()
        sign_in(hall.app, client, hall.people[who].id)
        answer = client.get(address)
        return answer.status_code, answer.text

    _, text = page("admin", "/objects")
    for words in ("Photo lost", digest(lost), digest(refused), "This is a moving picture", item):
        assert words in text
    assert "1 stored file lost or damaged" in page("engineer", "/")[1]
    status, text = page("other_engineer", "/objects")
    assert (status, digest(lost) in text, item in text) == (200, False, False)
    assert page("contractor", "/objects")[0] == 403
    assert "Photo lost on the server" in page("reviewer", f"/sites/{hall.site}/items/{item}")[1]
    thumbnail = page("reviewer", f"/sites/{hall.site}/photos/{digest(refused)}?size=thumbnail")
    assert thumbnail[0] == 404


def test_a_restored_file_is_sound_again(hall: Hall, tablet: FieldTablet) -> None:
    data = picture(87)
    take(hall, tablet, data, photo_item(hall))
    tablet.upload(data)
    stored(hall, data).write_bytes(bytes(len(data)))
    assert verify(hall) == {digest(data): "damaged"}
    stored(hall, data).write_bytes(data)
    assert verify(hall) == {}
    assert hall.view().photos[digest(data)].present


def test_a_pack_prints_what_is_left_of_a_lost_photo_and_says_so(hall: Hall, tablet: FieldTablet) -> None:
    data = picture(85)
    take(hall, tablet, data, photo_item(hall))
    tablet.upload(data)
    do_jobs(hall, "renditions")
    stored(hall, data).unlink()
    verify(hall)
    with hall.inside():
        (photo,) = build_pack._photos(hall.view())
    assert photo.caption == "(original lost at the server)"
    assert Image.open(io.BytesIO(photo.data)).size == (64, 48)


def test_reading_a_damaged_object_writes_it_down(hall: Hall, tablet: FieldTablet) -> None:
    data = picture(78)
    take(hall, tablet, data, photo_item(hall))
    tablet.upload(data)
    stored(hall, data).write_bytes(bytes(len(data)))
    with hall.inside():
        with pytest.raises(Problem, match="does not match"):
            read_object.read_photo(hall.people["reviewer"], hall.site, digest(data))
        with reading() as db:
            row = rows.get(db, digest(data))
    assert row is not None
    assert (row.problem, bool(row.checked_at)) == ("damaged", True)


def test_what_belongs_to_nothing_is_named_and_left_alone(hall: Hall, tablet: FieldTablet) -> None:
    tablet.upload(picture(79))
    stray = home_of(hall) / "objects" / "ab" / ("ab" + "0" * 62)
    part = home_of(hall) / "uploads" / hall.people["contractor"].id / f"{'c' * 64}.part"
    for file in (stray, part):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"?")
        os.utime(file, (time.time() - 2 * DAY_S,) * 2)
    assert verify(hall) == {stray.name: "unknown", "c" * 64: "orphaned"}
    with hall.inside():
        assert verify_objects.verify_objects(quick=False).good


def test_uploads_that_nobody_goes_on_with_are_cleared_away(hall: Hall, tablet: FieldTablet) -> None:
    old, fresh = picture(80), picture(81)
    for data in (old, fresh):
        tablet.upload(data[:100], size=len(data), sha256=digest(data))
    parts = {each.stem: each for each in (home_of(hall) / "uploads").rglob("*.part")}
    os.utime(parts[digest(old)], (time.time() - 31 * DAY_S,) * 2)
    with hall.inside():
        with session() as db:
            for sha256 in parts:
                row = rows.upload(db, sha256, hall.people["contractor"].id)
                assert row is not None
                row.updated_at = "2020-01-01T00:00:00.000Z"
                db.add(row)
        assert verify_objects.clear_uploads() == 1
    assert tablet.call("HEAD", f"/objects/{digest(old)}").status_code == 404
    assert tablet.call("HEAD", f"/objects/{digest(fresh)}").headers["Upload-Offset"] == "100"
    assert tablet.upload(old).status_code == 204


def test_the_daily_look_is_queued_by_the_sweeper_and_once(hall: Hall, tablet: FieldTablet) -> None:
    queue = jobs.queue_of(hall.app)
    queue.sweep()
    data = picture(82)
    take(hall, tablet, data, photo_item(hall))
    tablet.upload(data)
    stored(hall, data).unlink()
    for _ in range(2):
        queue.sweep()
    do_jobs(hall, "verify_objects")
    with hall.inside(), session() as db:
        (job,) = db.exec(select(JobRow).where(JobRow.kind == "verify_objects"))
        assert job_rows.result(job) == {"objects": 1, "wrong": 1, "cleared": 0}
        job.finished_at = "2020-01-01T00:00:00.000Z"
        db.add(job)
    queue.sweep()
    with hall.inside(), reading() as db:
        (job,) = db.exec(select(JobRow).where(JobRow.kind == "verify_objects"))
        assert job.state == "queued"


@pytest.fixture
def little_room() -> Iterator[int]:
    """Let no file of this process grow beyond 9 MB: the same refusal that a full disk gives."""
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE), 9_000_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    yield most
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_and_keeps_what_arrived(
    hall: Hall, tablet: FieldTablet, little_room: int
) -> None:
    data = make.still("BMP", (1900, 1800))
    answer = tablet.upload(data)
    assert (answer.status_code, answer.json["code"]) == (507, "no_space")
    assert tablet.call("HEAD", f"/objects/{digest(data)}").headers["Upload-Offset"] == str(little_room)


def test_two_requests_with_the_same_bytes_at_once_make_one_object(hall: Hall, tablet: FieldTablet) -> None:
    data, answers = picture(83), []
    threads = [
        threading.Thread(target=lambda: answers.append(tablet.upload(data).status_code)) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {204, 409}
    assert 204 in answers
    assert tablet.call("HEAD", f"/objects/{digest(data)}").headers["Upload-Complete"] == "1"
    assert not list((home_of(hall) / "uploads").rglob("*.part"))
    assert verify(hall) == {}


def test_a_process_that_died_with_all_bytes_is_asked_for_the_last_one_again(
    hall: Hall, tablet: FieldTablet
) -> None:
    data = picture(84)
    tablet.upload(data[:10], size=len(data), sha256=digest(data))
    (part,) = (home_of(hall) / "uploads").rglob("*.part")
    part.write_bytes(data)  # written and synced, and then the process was killed
    state = tablet.call("HEAD", f"/objects/{digest(data)}")
    assert (state.headers["Upload-Complete"], state.headers["Upload-Offset"]) == ("0", str(len(data) - 1))
    assert tablet.upload(b"", offset=len(data), size=len(data), sha256=digest(data)).status_code == 409
    last = tablet.upload(data[-1:], offset=len(data) - 1, size=len(data), sha256=digest(data))
    assert (last.status_code, last.headers["Upload-Complete"]) == (204, "1")


@pytest.mark.parametrize(
    ("offset", "size", "status"), [(0, 0, 422), (-1, 9, 422), (10, 9, 422), (0, 10**12, 422)]
)
def test_odd_offsets_and_lengths_are_refused(
    hall: Hall, tablet: FieldTablet, offset: int, size: int, status: int
) -> None:
    headers = {
        "Upload-Offset": str(offset),
        "Upload-Length": str(size),
        "Content-Type": "application/offset+octet-stream",
    }
    answer = tablet.call("PATCH", f"/objects/{'a' * 64}", data=b"x", headers=headers)
    assert answer.status_code == status


KILLED = """
    import hashlib, sys
    from fieldapp.config import read_config
    from fieldapp.objects import Objects
    store, number = Objects(read_config({"home": sys.argv[1]})), 0
    while True:
        data = number.to_bytes(4, "big") * 500_000
        print(hashlib.sha256(data).hexdigest(), flush=True)
        store.put(hashlib.sha256(data).hexdigest(), data)
        number += 1
"""


def test_a_process_killed_while_it_writes_leaves_no_half_object(tmp_path: Path) -> None:
    seen = 0
    for wait in (0.0, 0.004, 0.011):
        command = [sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for _ in range(3):
                process.stdout.readline()
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)
            process.stdout.read()
        store = Objects(read_config({"home": str(tmp_path)}))
        for name, since in store.stored():
            store.check(name)
            assert since <= datetime.now(UTC)
            seen += 1
        for each in (tmp_path / "objects").glob("*/*#*"):
            os.utime(each, (0, 0))
        store.forget_leftovers(older_than_s=DAY_S)
    assert seen >= 6
    assert not list((tmp_path / "objects").glob("*/*#*"))


@pytest.fixture
def run(hall: Hall, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run `fieldapp objects …` on the hall's home: exit code and output."""
    monkeypatch.setenv("FIELDAPP_HOME", str(home_of(hall)))

    def call(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["fieldapp", "objects", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0), capsys.readouterr().out

    return call


def test_the_command_says_what_is_wrong_and_ends_with_it(
    hall: Hall, tablet: FieldTablet, run: Any, tmp_path: Path
) -> None:
    data, target = make.located(), tmp_path / "photo.jpg"
    tablet.upload(data)
    code, text = run("verify")
    assert (code, "every one is good" in text) == (0, True), text
    assert run("get", digest(data), "-o", str(target))[0] == 0
    assert b"Exif" not in target.read_bytes()
    assert run("get", digest(data), "--original", "-o", str(target))[0] == 0
    assert target.read_bytes() == data
    stored(hall, data).write_bytes(bytes(len(data)))
    assert run("verify", "--quick")[0] == 0
    code, text = run("verify", "--json")
    found = json.loads(text)
    assert (code, found["good"]) == (1, False)
    assert found["findings"] == [{"sha256": digest(data), "problem": "damaged", "size": len(data)}]
    assert [each["sha256"] for each in json.loads(run("list", "--wrong", "--json")[1])["objects"]] == [
        digest(data)
    ]
    assert run("get", "0" * 64, "-o", str(target))[0] == 2
