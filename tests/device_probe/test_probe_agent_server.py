"""The agent's door to the server: what is believed, what is refused, and what is nobody's answer."""

import os
import socket
import ssl
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from device_probe.agent.access import Access, find_token, server_url
from device_probe.agent.pairing import door_token
from device_probe.agent.patience import MOST_S, Patience
from device_probe.agent.server import Server
from device_probe.problems import AgentCallError, OutOfReachError, ServerRefusalError, TokenRefusedError
from tests.device_probe.scripted_hall import (
    HANG_UP,
    PORTAL,
    TOKEN,
    Reply,
    ScriptedHall,
    problem,
    scripted_hall,
)

SOON = "SOON"  # becomes a date when the test runs, however long after this file was read
REPORT = {"id": "r1", "verdict": "pass", "plan": {"site": "S 1/2"}}


@pytest.fixture
def hall() -> Iterator[ScriptedHall]:
    with scripted_hall() as running:
        yield running


@pytest.fixture
def server(hall: ScriptedHall) -> Iterator[Server]:
    opened = Server(Access(hall.url, TOKEN))
    yield opened
    opened.close()


def calls(server: Server) -> list[Callable[[], Any]]:
    return [
        server.claim,
        lambda: server.progress("job-1", 10, "read PM1"),
        lambda: server.result("job-1", REPORT),
        lambda: server.upload("S-1", REPORT),
        lambda: server.fail("job-1", "no", again=True),
    ]


NOBODYS = {
    "hang-up": (HANG_UP, False, None),
    "fault": (Reply(500, "<h1>oops</h1>", kind="text/html"), True, None),
    "busy": (problem(503, "busy", "The database is busy.", **{"Retry-After": "120"}), True, 120.0),
    "full": (problem(507, "no_space", "No room."), True, None),
    "too many": (problem(429, "too_many", "Wait.", **{"Retry-After": SOON}), True, 3000.0),
    "odd wait": (Reply(503, "", {"Retry-After": "soon"}, "text/plain"), True, None),
    "portal": (PORTAL, False, None),
    "portal moves": (Reply(302, "", {"Location": "http://portal.example/"}), False, None),
    "portal wants a login": (Reply(401, "<html>", kind="text/html"), False, None),
    "portal speaks JSON": (Reply(403, {"error": "login"}), False, None),
    "another site": (Reply(404, "<html>", kind="text/html"), False, None),
    "no JSON": (Reply(200, "{", kind="application/json"), False, None),
    "a list": (Reply(200, []), False, None),
    "other keys": (Reply(200, {"id": 1, "cancel": "no", "state": []}), False, None),
    "deep": (Reply(200, "[" * 100_000, kind="application/json"), False, None),
}


@pytest.mark.parametrize("name", NOBODYS)
def test_what_is_no_answer_is_asked_again_later(hall: ScriptedHall, server: Server, name: str) -> None:
    reply, answered, wait_s = NOBODYS[name]
    if SOON in reply.headers.values():
        reply = replace(
            reply,
            headers={
                "Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=3000), usegmt=True)
            },
        )
    hall.always = dict.fromkeys(("claim", "progress", "result", "probe-runs", "fail"), reply)
    for call in calls(server):
        with pytest.raises(OutOfReachError) as caught:
            call()
        assert caught.value.answered is answered
        assert caught.value.wait_s == (pytest.approx(wait_s, rel=0.1) if wait_s else None)
        assert TOKEN not in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_refusal_has_its_code_and_a_bad_token_its_sentence(hall: ScriptedHall, server: Server) -> None:
    hall.always = {
        "result": problem(409, "wrong_job_state", "This job is cancelled."),
        "probe-runs": Reply(413, "", kind="text/html"),
    }
    with pytest.raises(ServerRefusalError, match="cancelled") as caught:
        server.result("job-1", REPORT)
    assert (caught.value.status, caught.value.code) == (409, "wrong_job_state")
    with pytest.raises(ServerRefusalError) as caught:
        server.upload("S-1", REPORT)
    assert caught.value.status == 413
    hall.token = "another"
    with pytest.raises(TokenRefusedError, match="unknown, expired or revoked") as refused:
        server.claim()
    assert refused.value.exit_code == 4


def test_ids_and_words_are_made_fit_before_they_are_sent(hall: ScriptedHall, server: Server) -> None:
    hall.always = {
        "claim": Reply(
            200, {"id": "../x", "kind": "probe", "site": "S", "attempt": 1, "plan": {}, "lease_seconds": 5}
        )
    }
    with pytest.raises(OutOfReachError, match="Something other than fieldapp"):
        server.claim()
    server.upload("S 1/2", REPORT)
    hall.running["j"] = {"lease_seconds": 7}
    assert server.progress("j", 5, "a\nb\0" + "x" * 600).lease_seconds == 7
    assert hall.asked[-1][1]["message"].startswith("a b x")
    assert len(hall.asked[-1][1]["message"]) == 500


def test_a_server_that_is_not_there_is_told_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    server = Server(Access(f"http://127.0.0.1:{port}", TOKEN))
    with pytest.raises(OutOfReachError, match=f"No connection to http://127.0.0.1:{port}"):
        server.claim()
    server.close()


def test_an_endless_answer_is_cut_off(
    hall: ScriptedHall, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("device_probe.agent.server.MOST_BYTES", 1000)
    hall.always = {"claim": Reply(200, {"id": "x" * 5000})}
    with pytest.raises(OutOfReachError, match="Something other"):
        server.claim()


def test_an_untrusted_certificate_is_named(tmp_path: Path) -> None:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    file = tmp_path / "both.pem"
    plain = serialization.NoEncryption(), serialization.PrivateFormat.PKCS8, serialization.Encoding.PEM
    file.write_bytes(key.private_bytes(plain[2], plain[1], plain[0]) + made.public_bytes(plain[2]))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with scripted_hall(wrap=lambda plain: context.wrap_socket(plain, server_side=True)) as hall:
        server = Server(Access(hall.url, TOKEN))
        with pytest.raises(
            OutOfReachError, match=r"certificate of https.* is not trusted here \(.*self-signed"
        ):
            server.claim()
        server.close()


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("https://field.example/", "https://field.example"),
        ("https://field.example/app/", "https://field.example/app"),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("http://[::1]:5000", "http://[::1]:5000"),
        ("http://localhost", "http://localhost"),
    ],
)
def test_the_address_of_a_server(given: str, found: str) -> None:
    assert server_url(given) == found


@pytest.mark.parametrize(
    "given",
    [
        "field.example",
        "ftp://x",
        "https://",
        "https://x:y",
        "https://a:b@x",
        "https://x/?a",
        "http://[x",
        "http://10.0.0.1",
    ],
)
def test_what_is_no_address_or_would_show_the_token_is_refused(given: str) -> None:
    with pytest.raises(AgentCallError):
        server_url(given)


def test_http_to_another_computer_has_to_be_wanted() -> None:
    assert server_url("http://10.0.0.1:5000", insecure_http=True) == "http://10.0.0.1:5000"


def test_the_token_comes_from_option_file_or_environment(tmp_path: Path) -> None:
    file, variable = tmp_path / "token", {"DEVICE_PROBE_TOKEN": "of-the-environment\n"}
    file.write_text("of-the-file\n")
    file.chmod(0o600)
    assert find_token("given", file, variable) == "given"
    assert find_token(None, file, variable) == "of-the-file"
    assert find_token(None, None, variable) == "of-the-environment"
    for bad in (None, "two words", "ü"):
        with pytest.raises(AgentCallError):
            find_token(bad, None, {})
    with pytest.raises(AgentCallError, match="cannot be read"):
        find_token(None, tmp_path / "none", {})


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_a_token_that_others_can_read_is_refused_but_not_a_credential(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("of-the-file\n")
    file.chmod(0o640)
    with pytest.raises(AgentCallError, match="chmod 600"):
        find_token(None, file, {})
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert find_token(None, file, {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == "of-the-file"


def test_waits_grow_by_chance_and_never_fall_short_of_what_was_asked() -> None:
    most, least = Patience(lambda: 1.0), Patience(lambda: 0.0)
    assert [most.next_wait() for _ in range(10)] == [1, 2, 4, 8, 16, 32, 64, 128, 256, MOST_S]
    assert [least.next_wait() for _ in range(3)] == [0.5, 1, 2]
    least.reset()
    assert least.next_wait(120) > 120
    assert least.next_wait(10**9) < 4000


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="root alone can give files away")
def test_what_an_administrator_writes_belongs_to_the_service(tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, 65534)
    token = door_token(tmp_path, new=True)
    found = (tmp_path / "door.token").stat()
    assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (65534, 0o600)
    assert door_token(tmp_path) == token
