"""The command line: what people and scripts get, on good days and bad ones."""

import json
import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

import click
import pytest

from designs.library import EXAMPLE_SITES
from fieldapp import cli
from fieldapp.config import SETTINGS
from tests.fieldapp.hall_cast import SITE_FILE

HOTEL = EXAMPLE_SITES / "hotel-seeblick.yaml"
WRONG = EXAMPLE_SITES / "wrong-design.yaml"


class Outcome:
    """What a command printed and ended with."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], hall_home: Path) -> Any:
    monkeypatch.setenv("FIELDAPP_HOME", str(hall_home))
    return _runner(monkeypatch, capsys)


def _runner(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["fieldapp", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as caught:
            cli.main()
        printed = capsys.readouterr()
        assert "Traceback" not in printed.out + printed.err
        return Outcome(int(caught.value.code or 0), printed.out, printed.err)

    return call


@pytest.fixture
def run_empty(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    monkeypatch.setenv("FIELDAPP_HOME", str(tmp_path / "var"))
    return _runner(monkeypatch, capsys)


def test_init_makes_a_private_instance_and_may_be_run_again(run_empty: Any, tmp_path: Path) -> None:
    first = run_empty("init", "--demo-people", "--json")
    assert first.code == 0
    assert {each["role"] for each in first.json["people"]} == {
        "engineer",
        "contractor",
        "reviewer",
        "service",
        "admin",
    }
    again = run_empty("init", "--demo-people", "--json")
    assert again.json == first.json
    for name in ("secret", "pki/seal.key", "pki/root.key", "demo-people.json"):
        assert stat.S_IMODE((tmp_path / "var" / name).stat().st_mode) == 0o600, name
    listed = run_empty("user", "list", "--json").json["people"]
    assert {each["email"] for each in listed} == {each["email"] for each in first.json["people"]}


def test_before_init_a_command_says_what_to_do(run_empty: Any) -> None:
    found = run_empty("site", "list")
    assert (found.code, "fieldapp init" in found.err) == (4, True)
    assert found.err.count("\n") == 1


def test_apply_prints_everything_that_follows_from_a_design(run: Any) -> None:
    found = run("design", "apply", "destination-ac", "--site", str(HOTEL), "--json")
    assert found.code == 0
    assert set(found.json) == {"design", "one_line", "study", "findings", "checklists"}
    assert len(found.json["one_line"]["stations"]) == 12
    assert all(each["severity"] != "error" for each in found.json["findings"])


def test_apply_says_what_the_work_amounts_to_phase_by_phase(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    printed = run("design", "apply", "destination-ac", "--site", str(HOTEL)).out
    assert re.search(r"Dead tests +\d+ +\d+ +about \d+ h.*Multifunction installation tester", printed)
    assert re.search(r"\d+ items in \d+ phases, about \d+ h", printed)


def test_a_wrong_design_is_refused_with_its_findings(run: Any) -> None:
    found = run("design", "apply", "destination-ac", "--site", str(WRONG), "--json")
    assert found.code == 1
    errors = [each for each in found.json["findings"] if each["severity"] == "error"]
    assert errors
    for each in errors:
        assert each["tag"]
        assert each["figures"]
        assert each["limit"]
        assert each["clause"]
    opened = run("site", "open", "destination-ac", "--site", str(WRONG))
    assert opened.code == 1
    assert errors[0]["sentence"] in opened.err
    assert len(run("site", "list", "--json").json["sites"]) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("design", "apply", "no-such", "--site", str(HOTEL)), 2, "no standard design no-such"),
        (("design", "apply", "destination-ac", "--site", "/nowhere.yaml"), 2, "/nowhere.yaml"),
        (("site", "show", "no-such"), 2, "no such site"),
        (("site", "open", "destination-ac", "--site", str(HOTEL), "--as", "nobody@x"), 2, "nobody@x"),
        (
            ("site", "open", "destination-ac", "--site", str(HOTEL), "--as", "contractor@example.org"),
            1,
            "engineer",
        ),
        (("site", "assign", "x", "Nobody Ltd"), 2, "Nobody Ltd"),
        (("journal", "verify", "no-such"), 2, "no such site"),
        (("pack", "issue", "no-such"), 2, "no such site"),
        (("nonsense",), 2, "nonsense"),
        (("org", "add", "Operator", "--kind", "operator"), 1, "already exists"),
        (("org", "add", "New", "--kind", "bank"), 2, "bank"),
    ],
)
def test_errors_are_one_sentence_with_their_exit_code(
    run: Any, arguments: tuple[str, ...], code: int, says: str
) -> None:
    found = run(*arguments)
    assert found.code == code, found.err
    assert says in found.err


@pytest.mark.parametrize(
    "name",
    [b'"a\\ud800"', b'"a\\0b"', b"\xff\xfe", b'"  "', b"[1, 2]"],
    ids=["half", "nul", "latin", "empty", "list"],
)
def test_a_site_file_with_a_bad_name_is_said_in_a_sentence(run: Any, tmp_path: Path, name: bytes) -> None:
    file = tmp_path / "site.yaml"
    file.write_bytes(SITE_FILE.encode().replace(b"Parkhaus Nord", name))
    found = run("site", "open", "destination-ac", "--site", str(file))
    assert (found.code, found.err.count("\n")) == (2, 1)


def test_a_damaged_database_is_said_in_a_sentence(run: Any, hall_home: Path) -> None:
    (hall_home / "fieldapp.db").write_bytes(b"this is not a database" * 100)
    found = run("site", "list")
    assert found.code == 4
    assert "database" in found.err


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("FIELDAPP_PORT", "many", "FIELDAPP_PORT=many"),
        ("FIELDAPP_PORT", "70000", "between 0 and 65535"),
        ("FIELDAPP_MAX_OPERATIONS", "0", "1 or more"),
        ("FIELDAPP_BASE_URL", "nowhere", "must be a URL"),
        ("FIELDAPP_SURPRISE", "1", "FIELDAPP_SURPRISE is no setting"),
    ],
)
def test_a_bad_setting_is_named(
    run: Any, monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    found = run("config")
    assert (found.code, says in found.err) == (2, True), found.err


def test_config_lists_every_setting_and_no_secret(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDAPP_SECRET_KEY", "very secret indeed")
    found = run("config", "--json")
    assert [each["variable"] for each in found.json["settings"]] == [each.variable for each in SETTINGS]
    assert "very secret" not in found.out
    assert "FIELDAPP_HOME" in run("config").out


def test_a_site_from_opening_to_plan_and_journal(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "site.yaml"
    file.write_text(SITE_FILE, "utf-8")
    arguments = ("--assign", "Contractor", "--as", "engineer@example.org", "--json")
    site = run("site", "open", "destination-ac", "--site", str(file), *arguments).json["id"]
    shown = run("site", "show", site, "--as", "engineer@example.org", "--json").json
    assert (shown["state"], shown["organisation"], shown["journal"]["number"]) == ("open", "Contractor", 2)
    assert "open" in run("site", "show", site).out
    plan = tmp_path / "plan.json"
    assert run("site", "plan", site, "-o", str(plan)).code == 0
    assert json.loads(plan.read_text("utf-8"))["site"] == site
    assert run("journal", "verify", "--json").json["good"]
    lines = run("journal", "export", site).out.splitlines()
    assert [json.loads(line)["type"] for line in lines] == ["site_opened", "assigned"]
    assert run("pack", "issue", site).code == 1


def test_a_tampered_journal_ends_with_one(run: Any, hall_home: Path) -> None:
    with closing(sqlite3.connect(hall_home / "fieldapp.db")) as connection:
        connection.execute("UPDATE journal_entry SET author = 'x' WHERE number = 2")
        connection.commit()
    found = run("journal", "verify")
    assert found.code == 1
    assert "Entry 2" in " ".join(found.out.split())


def test_designs_are_listed_shown_checked_and_drawn(run: Any, tmp_path: Path) -> None:
    assert "destination-ac" in [each["id"] for each in run("design", "list", "--json").json["designs"]]
    shown = run("design", "show", "destination-ac", "--json").json
    assert "stations" in [each["key"] for each in shown["parameters"]]
    assert "destination-ac" in run("design", "show", "destination-ac").out
    built_in = EXAMPLE_SITES.parent / "standard" / "destination-ac.yaml"
    assert run("design", "check", str(built_in)).code == 0
    broken = tmp_path / "broken.yaml"
    broken.write_text(built_in.read_text("utf-8").replace("segment:", "sgment:", 1), "utf-8")
    found = run("design", "check", str(broken))
    assert found.code == 2
    assert "broken.yaml" in found.err
    assert "segment" in found.err
    drawing = tmp_path / "one-line.svg"
    assert run("design", "draw", "destination-ac", "--site", str(HOTEL), "-o", str(drawing)).code == 0
    assert drawing.read_text("utf-8").startswith("<svg")


def test_every_command_has_json(run: Any) -> None:
    def leaves(command: click.Command, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], click.Command]]:
        if isinstance(command, click.Group):
            return [leaf for name, each in command.commands.items() for leaf in leaves(each, (*path, name))]
        return [(path, command)]

    for path, command in leaves(cli.cli, ()):
        names = {name for parameter in command.params for name in parameter.opts}
        assert "--json" in names, path
        assert run(*path, "--help").code == 0


@pytest.mark.slow
def test_serve_answers_and_stops(hall_home: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "fieldapp", "serve", "--port", str(port), "--with-worker"]
    environment = os.environ | {"FIELDAPP_HOME": str(hall_home)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    answer = None
    try:
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as reply:
                    answer = json.load(reply)
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/sites", timeout=5)
        refused.value.close()
    finally:
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=60)
    assert answer == {"status": "ok"}
    assert refused.value.code == 401
    assert b"Traceback" not in output
    assert process.returncode == 0
