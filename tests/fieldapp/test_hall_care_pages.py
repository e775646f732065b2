"""Pages and commands of jobs, instruments and qualifications: what people see, send and are told."""

import io
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from fieldapp import cli, jobs
from fieldapp.problems import Problem
from fieldapp.store import jobs as rows
from fieldapp.store.database import session
from fieldapp.usecases import agent_jobs, instruments, tokens
from fieldapp.usecases.issue_pack import Tell
from tests.fieldapp.hall_cast import Hall, email_of
from tests.fieldapp.hostile_files import document
from tests.fieldapp.signed_in import sign_in

TODAY = datetime.now(UTC).date()


def day(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


def browser(hall: Hall, who: str) -> FlaskClient:
    client = hall.app.test_client()
    sign_in(hall.app, client, hall.people[who].id)
    return client


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return re.sub(r"\s+", " ", answer.text)


def send(client: FlaskClient, at: str, address: str, **fields: Any) -> str:
    """Send a form with the token of a page; return where it leads, as the page says it."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', page(client, at))
    assert token
    answer = client.post(address, data={"csrf_token": token[1], **fields})
    assert answer.status_code == 303, answer.text
    return page(client, answer.headers["Location"])


def test_a_failed_job_is_told_at_home_and_tried_again_from_its_page(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(arguments: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
        raise Problem("unavailable", what="The pack", why="<b>full</b> disk.")

    monkeypatch.setattr(jobs, "WORK", {"issue_pack": refuse})
    engineer = browser(hall, "engineer")
    assert "in the background failed" not in page(engineer, "/")
    with hall.inside():
        with session() as db:
            job = rows.add(db, "issue_pack", {}, "one", site=hall.site, person=hall.people["engineer"].id).id
        jobs.run(job)
    assert "1 job in the background failed" in page(engineer, "/")
    shown = page(engineer, "/jobs?state=failed")
    assert "&lt;b&gt;full&lt;/b&gt; disk." in shown
    assert "Parkhaus Nord" in shown
    shown = send(engineer, "/jobs", f"/jobs/{job}/retry")
    assert "Waits for a worker." in shown
    assert '<meta http-equiv="refresh"' in shown, "a page that still moves looks again by itself"
    assert "It is cancelled." in send(engineer, "/jobs", f"/jobs/{job}/cancel")
    assert "refresh" not in page(engineer, "/jobs")
    assert browser(hall, "contractor").get("/jobs").status_code == 403


def test_the_agent_is_asked_from_the_site_s_page(hall: Hall) -> None:
    contractor, at = browser(hall, "contractor"), f"/sites/{hall.site}/probe"
    assert "Ask for a probe run" not in page(contractor, at)
    with hall.inside():
        tokens.make_agent_token(hall.people["engineer"], "Box in MSB", [hall.site])
    assert "Box in MSB reads the devices there" in page(contractor, at)
    shown = send(contractor, at, f"/sites/{hall.site}/probe-jobs")
    assert "Waits for the agent" in shown
    with hall.inside():
        job = agent_jobs.standing(hall.people["contractor"], hall.site).job
    assert job
    assert "It is cancelled." in send(contractor, at, f"/jobs/{job.id}/cancel", site=hall.site)
    assert "Ask for a probe run" in page(contractor, at)
    assert "Ask for a probe run" not in page(browser(hall, "reviewer"), at)


def test_an_instrument_from_its_first_certificate_to_the_end(hall: Hall) -> None:
    contractor, at = browser(hall, "contractor"), "/instruments"
    fields = {"kind": "clamp-meter", "make": "Fluke", "model": "<i>376</i>", "serial": "S-1", "id": "CM-9"}
    days = {"calibrated_on": day(-340), "calibration_due": day(20), "number": "D-K-7", "laboratory": "Lab"}
    shown = send(contractor, at, at, **fields, **days, file=(io.BytesIO(document()), "c.pdf"))
    assert "&lt;i&gt;376&lt;/i&gt;" in shown
    assert "Runs out soon" in shown
    assert "Fluke &lt;i&gt;376&lt;/i&gt; (CM-9)" in page(contractor, "/"), "to renew"
    with hall.inside():
        (line,) = [it for it in instruments.list_instruments(hall.people["contractor"]) if it.id == "CM-9"]
    certificate = line.certificates[0].id
    file = contractor.get(f"/instruments/certificates/{certificate}/file")
    assert file.mimetype == "application/pdf"
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in file.headers["Content-Security-Policy"]
    newer = {"calibrated_on": day(-2), "calibration_due": day(363), "number": "D-K-8"}
    assert "2 certificates" in send(contractor, at, "/instruments/CM-9/certificates", **newer)
    assert "CM-9" not in page(contractor, "/")
    shown = send(contractor, at, f"/instruments/certificates/{certificate}/revoke", reason="withdrawn")
    assert "<strong>Revoked:</strong> withdrawn" in shown
    assert "The instrument is retired." in send(contractor, at, "/instruments/CM-9/retire")
    assert "CM-9" not in page(browser(hall, "stranger"), at)


def test_a_qualification_is_recorded_and_revoked(hall: Hall) -> None:
    admin, person = browser(hall, "admin"), hall.people["contractor"].id
    fields = {"kind": "tester", "valid_from": day(-700), "valid_until": day(9), "number": "T-77"}
    shown = send(admin, "/qualifications", f"/qualifications/{person}", **fields)
    assert "T-77" in shown
    own = page(browser(hall, "contractor"), "/qualifications")
    assert "T-77" in own
    assert "Add a qualification" not in own
    assert email_of("colleague") not in own
    found = re.search(r"T-77.*?/qualifications/([0-9a-f-]{36})/revoke", shown)
    assert found
    shown = send(admin, "/qualifications", f"/qualifications/{found[1]}/revoke", reason="forged")
    assert "<strong>Revoked:</strong> forged" in shown


def test_the_same_from_the_command_line(
    hall_home: Path, hall: Hall, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FIELDAPP_HOME", str(hall_home))

    def run(*words: str) -> tuple[int, Any]:
        monkeypatch.setattr("sys.argv", ["fieldapp", *words, "--json"])
        try:
            cli.main()
        except SystemExit as ended:
            output = capsys.readouterr().out
            return int(ended.code or 0), json.loads(output) if output else None
        raise AssertionError

    contractor, admin = ("--as", email_of("contractor")), ("--as", email_of("admin"))
    held = ("--from", day(-5), "--until", day(300))
    _, added = run("instrument", "certificate", "IT1", *held, "--number", "D-K-9", *contractor)
    _, listed = run("instrument", "list", *contractor)
    (line,) = [each for each in listed["instruments"] if each["id"] == "IT1"]
    assert line["certificates"][0]["number"] == "D-K-9"
    code, _ = run("instrument", "certificate", "IT1", "--revoke", added["id"], "--reason", "no", *contractor)
    assert code == 0
    assert run("instrument", "retire", "LUX-METER", *contractor)[0] == 0
    assert run("instrument", "retire", "LUX-METER", "--as", email_of("stranger"))[0] == 2
    person = email_of("contractor")
    _, made = run("user", "qualification", "add", person, "--kind", "tester", "--from", day(-1), *admin)
    assert run("user", "qualification", "revoke", made["id"], "--reason", "x", *admin)[0] == 0
    _, known = run("user", "qualification", "list", *admin)
    (own,) = [each for each in known["people"] if each["email"] == person]
    assert {line["id"]: line["standing"] for line in own["lines"]}[made["id"]] == "revoked"
    with hall.inside(), session() as db:
        job = rows.with_key(db, f"rejudge:{added['id']}:added")
    assert job
    assert run("jobs", "cancel", job.id, *contractor)[0] == 0
    assert run("jobs", "show", job.id, *contractor)[0] == 1, "it was cancelled"
    assert run("jobs", "retry", job.id, *contractor)[0] == 0
    assert run("jobs", "list", "--state", "failed", *admin)[1]["jobs"] == []
    assert run("jobs", *admin)[1]["jobs"] == [], "of another organisation"
    code, _ = run("site", "probe", hall.site, "--agent", *contractor)
    assert code == 1, "no agent has a token"
