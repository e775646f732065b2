"""The pages of a rollout wave: checked, opened when asked for, followed to its end."""

import io

from fieldapp import jobs
from fieldapp.store import database
from fieldapp.store import jobs as job_rows
from tests.fieldapp.web.conftest import HOSTILE, token_in

#: Quoted as a spreadsheet would.
BAD = '"' + HOSTILE.replace('"', '""') + '"'
WAVE = (
    "name;address;country;timezone;design;stations;supply_ik;supply_ze;import_limit;main_length\n"
    "Wave A;Weg 1;DE;Europe/Berlin;destination-ac;4;10 kA;0.055 Ω;200 A;18 m\n"
    "{bad};Weg 2;DE;Europe/Berlin;destination-ac;400;10 kA;0.055 Ω;200 A;18 m\n"
)


def test_a_rollout_wave_is_checked_opened_and_followed(story):
    client = story.client("engineer")
    page = client.get("/rollouts")
    assert "per_station.N.length" in page.text
    file = (io.BytesIO(WAVE.format(bad=BAD).encode()), "wave.csv")
    sent = client.post("/rollouts", data={"csrf_token": token_in(page.text), "file": file})
    job = sent.location.rsplit("/", 1)[1]
    assert client.get(f"{sent.location}/state").json == {
        "ended": False, "message": "Waiting for its turn", "progress_percent": 0,
    }  # fmt: skip
    assert story.do(jobs.run, job)
    checked = client.get(sent.location)
    assert "stations must be 4 to 12, not 400." in checked.text
    assert "<script>alert" not in checked.text
    assert "Wave A" not in client.get("/sites").text
    opened = client.post(f"{sent.location}/open", data={"csrf_token": token_in(checked.text)})
    wave = opened.location.rsplit("/", 1)[1]
    assert story.do(jobs.run, wave)
    for each in story.do(lambda: _waiting("open_site")):
        assert story.do(jobs.run, each)
    assert (
        client.get(f"{opened.location}/state").json["message"]
        == "1 of 2 sites open, 0 to be studied, 1 refused"
    )
    assert "Wave A" in client.get("/sites").text
    report = client.get(f"{opened.location}/refused.csv")
    assert report.data.decode("utf-8-sig").splitlines()[1].endswith('"stations must be 4 to 12, not 400."')
    assert story.client("stranger").get(opened.location).status_code == 404
    assert story.client("reviewer").get("/rollouts").status_code == 403


def test_a_file_that_is_no_wave_is_refused_on_the_page(story):
    client = story.client("engineer")
    token = token_in(client.get("/rollouts").text)
    for content, says in (
        (b"", "empty"),
        ("ä".encode("latin-1"), "not UTF-8"),
        (b"name\nx", "address is missing"),
    ):
        sent = client.post("/rollouts", data={"csrf_token": token, "file": (io.BytesIO(content), "x.csv")})
        assert sent.status_code == 422
        assert says in sent.text


def _waiting(kind):
    with database.reading() as db:
        return job_rows.due(db, kind)
