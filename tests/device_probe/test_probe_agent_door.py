"""The door for tablets: a token opens it, one run at a time, nothing for strangers; no server is needed."""

import json
import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from device_probe.agent.digest import MOST_BYTES, TITLE, digest_text, report_sha256
from device_probe.agent.door import Door
from device_probe.agent.page import language
from device_probe.agent.pairing import door_token, parse_door
from device_probe.agent.start import Wanted, run
from device_probe.cli import main
from device_probe.model import SitePlan
from device_probe.problems import AgentCallError
from device_probe.report import load_report
from device_probe.simulator import SimulatedSite
from tests.device_probe.scripted_hall import HANG_UP, TOKEN, scripted_hall, until
from tests.device_probe.site_tablet import Tablet, tablet


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("device_probe.agent.door.WRONG_TOKEN_S", 0.05)


def test_a_tablet_reads_the_site_without_any_server(simulated: SimulatedSite, tmp_path: Path) -> None:
    simulated.set_scenario("ct-reversed")
    with tablet(tmp_path, simulated.plan) as paired:
        before = paired.state()
        assert (before["report"], {each["state"] for each in before["devices"]}) == (None, {"unknown"})
        assert paired.get("/api/report").status_code == paired.get("/api/digest.svg").status_code == 404
        after = paired.read()
        assert (after["report"]["verdict"], after["report"]["fate"]) == ("fail", "kept")
        assert after["report"]["findings"][0]["code"] == "ct-reversed"
        assert next(each for each in after["devices"] if each["tag"] == "PM1")["state"] == "fail"
        answer = paired.get("/api/report")
        assert answer.headers["Content-Disposition"].startswith("attachment")
        report = load_report(answer.json())
        assert report_sha256(answer.json()) == after["report"]["sha256"]
        assert after["report"]["sha256"] in after["report"]["digest"]
        assert paired.get("/api/digest.svg").text.startswith("<?xml")
        assert [each.report for each in paired.desk.spool.waiting()] == [report.id]
    assert simulated.writes == 0
    with tablet(tmp_path, None) as again:
        assert again.state()["report"]["id"] == report.id, "it is still there after a restart"


def test_one_run_at_a_time_which_only_its_tablet_may_stop(plan: SitePlan, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        device = replace(plan.devices[0], host="127.0.0.1", port=silent.getsockname()[1])
        slow = replace(plan, devices=(device,))
        with tablet(tmp_path, slow) as paired:
            assert paired.post("/api/stop").status_code == 409
            assert paired.post("/api/read").status_code == 202
            assert paired.post("/api/read").status_code == 409
            assert paired.state()["run"]["by"] == "tablet"
            assert paired.post("/api/stop").status_code == 202
            until(lambda: paired.state()["run"] is None)
            assert paired.state()["ended"] == {"how": "stopped", "sentence": ""}
            job = paired.desk.reader.begin(slow, "server", lambda report: None)
            assert paired.post("/api/stop").status_code == 409, "the server's own run"
            assert paired.state()["run"]["by"] == "server"
            job.cancel()
            job.join()
    assert not paired.desk.spool.waiting()


def test_without_a_plan_it_says_where_one_comes_from(tmp_path: Path) -> None:
    with tablet(tmp_path, None) as paired:
        assert paired.state()["site"] is None
        answer = paired.post("/api/read")
    assert (answer.status_code, "--plan FILE" in answer.json()["detail"]) == (422, True)


@pytest.mark.parametrize("path", ["/api/state", "/api/report", "/api/digest.svg", "/api/nothing"])
def test_nothing_is_shown_without_the_token(simulated: SimulatedSite, tmp_path: Path, path: str) -> None:
    with tablet(tmp_path, simulated.plan) as paired:
        for wrong in (
            "",
            "Bearer",
            "Bearer x",
            f"Basic {door_token(tmp_path)}",
            "Bearer é".encode("latin-1"),
        ):
            begun = time.monotonic()
            answer = paired.client.get(path, headers={"Authorization": wrong})
            assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
            assert time.monotonic() - begun >= 0.05, "guessing costs time"
        assert paired.post("/api/read", Authorization="Bearer x").status_code == 401
        assert paired.desk.reader.last is None
        new = door_token(tmp_path, new=True)
        assert paired.get("/api/state").status_code == 401, "a new token locks out who was paired"
        assert paired.get("/api/state", Authorization=f"Bearer {new}").status_code == 200


def test_pages_elsewhere_get_nothing(simulated: SimulatedSite, tmp_path: Path) -> None:
    with tablet(tmp_path, simulated.plan) as paired:
        port = paired.door.server_port
        for host in (
            "evil.example",
            f"evil.example:{port}",
            f"127.0.0.1:{port + 1}",
            "",
            f"127.0.0.1.evil.example:{port}",
        ):
            assert paired.get("/api/state", Host=host).status_code == 421, host
        for host in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}", f"192.168.1.20:{port}"):
            assert paired.get("/api/state", Host=host).status_code == 200, host
        assert paired.get("/api/state", Origin="http://evil.example").status_code == 403
        own = paired.get("/api/state", Origin=f"http://127.0.0.1:{port}")
        assert own.status_code == 200
        assert not [name for name in own.headers if name.lower().startswith("access-control")]
        assert paired.client.request("OPTIONS", "/api/state").status_code == 501
        page = paired.get("/")
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert simulated.plan.name not in page.text, "the page itself knows nothing of the site"


def test_large_slow_and_odd_requests_are_ended(
    simulated: SimulatedSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("device_probe.agent.door.WHOLE_S", 0.3)
    with tablet(tmp_path, simulated.plan) as paired:
        for length, status in (("1025", b"413"), ("9" * 40, b"413"), ("-1", b"411"), ("x", b"411")):
            assert status in spoken(paired, f"Content-Length: {length}"), length
        assert b"411" in spoken(paired, "Transfer-Encoding: chunked")
        assert b"414" in spoken(paired, "", path="/" + "x" * 70_000)
        assert paired.client.post("/api/stop", content=b"x" * 1000).status_code == 409
        slow = [socket.create_connection(("127.0.0.1", paired.door.server_port)) for _ in range(40)]
        for each in slow:
            each.settimeout(10)
            assert each.recv(1) == b"", "hung up on"
            each.close()
        assert paired.state()["site"]


def spoken(paired: Tablet, header: str, path: str = "/api/stop") -> bytes:
    port, token = paired.door.server_port, door_token(paired.desk.spool.folder)
    lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Authorization: Bearer {token}", header]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        plain.sendall("\r\n".join([line for line in lines if line]).encode() + b"\r\n\r\n")
        return plain.recv(200)


def test_a_run_of_a_tablet_is_kept_while_the_server_is_away_and_sent_later(
    simulated: SimulatedSite, tmp_path: Path
) -> None:
    with scripted_hall() as hall:
        with tablet(tmp_path, simulated.plan, hall.url) as paired:
            report = paired.read()["report"]
            assert report["fate"] == "waiting"
        wanted = Wanted(hall.url, TOKEN, None, False, tmp_path, None, None, once=True)
        hall.script = {"probe-runs": [HANG_UP]}
        assert run(wanted)[0] == 4
        assert run(wanted)[0] == 0
        assert [each["id"] for each in hall.runs] == [report["id"]]
        with tablet(tmp_path, simulated.plan, hall.url) as paired:
            assert paired.state()["report"]["fate"] == "sent"


def test_the_digest_fits_a_code_and_counts_what_finds_no_room(
    simulated: SimulatedSite, tmp_path: Path
) -> None:
    simulated.set_scenario("idle")
    with tablet(tmp_path, simulated.plan) as paired:
        text = paired.read()["report"]["digest"]
        document = paired.get("/api/report").json()
    lines = text.splitlines()
    assert (lines[0], lines[5], lines[-1]) == (
        TITLE,
        f"verdict {document['verdict']}",
        f"sha256 {report_sha256(document)}",
    )
    assert any(line.startswith("open PM0 ") for line in lines)
    finding = {"code": "x" * 30, "severity": "error", "tag": "PM1", "phase": "L1"}
    many = digest_text({**document, "findings": [{**finding, "tag": f"CH{n}"} for n in range(99)]})
    assert len(many.encode()) <= MOST_BYTES
    told = [line for line in many.splitlines() if line.startswith("error")]
    opened = sum(each["verdict"] == "inconclusive" for each in document["verdicts"])
    assert f"more {99 + opened - len(told)}" in many.splitlines()


def test_pairing_and_digest_from_the_command_line(simulated: SimulatedSite, tmp_path: Path) -> None:
    invoke = CliRunner().invoke
    assert invoke(main, ["agent", "pair", "--spool", str(tmp_path)]).exit_code == 2, "nothing is served yet"
    with tablet(tmp_path, simulated.plan) as paired:
        paired.read()
        paired.desk.notebook.opened(paired.door.address)
        report = tmp_path / "report.json"
        report.write_bytes(paired.get("/api/report").content)
    shown = json.loads(invoke(main, ["agent", "pair", "--spool", str(tmp_path), "--json"]).stdout)
    assert shown["link"] == f"{paired.door.address}#{door_token(tmp_path)}"
    for kind, magic in ((".svg", b"<?xml"), (".png", b"\x89PNG")):
        out = tmp_path / f"pair{kind}"
        assert invoke(main, ["agent", "pair", "--spool", str(tmp_path), "--out", str(out)]).exit_code == 0
        assert out.read_bytes().startswith(magic)
    assert "█" in invoke(main, ["agent", "pair", "--spool", str(tmp_path)]).stdout
    plain = CliRunner(charset="ascii").invoke(main, ["agent", "pair", "--spool", str(tmp_path)])
    assert (plain.exit_code, plain.stdout.strip()) == (0, shown["link"]), "where no blocks can be drawn"
    told = json.loads(invoke(main, ["agent", "digest", str(report), "--json"]).stdout)
    assert told["sha256"] == report_sha256(json.loads(report.read_text()))
    assert invoke(main, ["agent", "digest", str(tmp_path / "state.json")]).exit_code == 2


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ("127.0.0.1", ("127.0.0.1", 8642)),
        ("0.0.0.0:80", ("0.0.0.0", 80)),
        ("[::1]:9", ("::1", 9)),
        ("::1", ("::1", 8642)),
    ],
)
def test_where_the_door_is(given: str, place: tuple[str, int]) -> None:
    assert parse_door(given) == place


@pytest.mark.parametrize("given", ["", "box.lan:80", "127.0.0.1:x", "127.0.0.1:70000"])
def test_where_no_door_can_be(given: str) -> None:
    with pytest.raises(AgentCallError):
        parse_door(given)


def test_an_address_that_is_taken_is_told(simulated: SimulatedSite, tmp_path: Path) -> None:
    with tablet(tmp_path, simulated.plan) as paired, pytest.raises(AgentCallError, match="free port"):
        Door(("127.0.0.1", paired.door.server_port), paired.desk)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en-GB,de;q=0.5", "en"),
        ("fr,de;q=0.3", "de"),
        ("fr", "en"),
        ("de;q=x", "en"),
        ("", "en"),
    ],
)
def test_the_language_of_the_page(asked: str, found: str) -> None:
    assert language(asked) == found


def test_both_languages_have_the_same_words(tmp_path: Path) -> None:
    with tablet(tmp_path, None) as paired:
        english, german = (
            paired.get("/words.json", **{"Accept-Language": name}).json() for name in ("en", "de")
        )
    # what the report says in English already needs no words there; nor does English need to be marked
    assert list(english) == [key for key in german if not key.startswith("do.")]
    assert [key for key, text in english.items() if not text] == ["english"]
    assert all(german.values())
