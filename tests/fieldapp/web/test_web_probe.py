"""The page of a probe run: what is wrong and how sure that is, what would decide it, what moved."""

import gzip
import io
import json
import re
from dataclasses import replace

import pytest

from device_probe.judgement import Connection
from fieldapp.usecases import view_site
from fieldapp.web.probe_page import deciding, run_page
from fieldapp.web.probe_words import connection_words, quantity_words
from tests.fieldapp.web.conftest import Story, token_in


def runs_of(story: Story, site: str):
    return story.do(view_site.view_site, story.people["engineer"], story.sites[site]).probe_runs


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def page(story: Story, site: str, query: str = "", person: str = "engineer") -> str:
    answer = story.client(person).get(f"/sites/{story.sites[site]}/probe{query}")
    assert answer.status_code == 200
    return answer.text


def test_a_wrong_wiring_is_told_with_its_probability_correction_and_what_it_then_reads(built):
    wrong, right = runs_of(built, "submitted")
    said = text_of(page(built, "submitted", f"?run={wrong.number}"))
    assert "Current of L2 reversed over 99 %" in said
    assert "Then swap S1 and S2 of the CT at input L2" in said
    assert "Measured again at the same load it must read +" in said
    assert "What looks just like the first" in said
    healthy = text_of(page(built, "submitted", f"?run={right.number}"))
    assert "1 finding gone" in healthy
    assert "the run before" in healthy
    assert "Correction" not in healthy


def test_stations_stand_beside_their_meters_those_that_do_not_pass_first(built):
    wrong, _ = runs_of(built, "submitted")
    said = text_of(page(built, "submitted", f"?run={wrong.number}").split('id="stations-title"')[1])
    assert said.index("CH01") < said.index("CH03"), "PM1 is wired wrongly: its stations can't be confirmed"
    assert re.search(r"CH03 PM2 [\d.]+ kW Pass", said)


def test_the_approved_state_is_marked_and_a_new_report_is_held_against_it(built):
    wrong, right = runs_of(built, "issued")
    assert "Approved state." in text_of(page(built, "issued"))
    assert "Approved state." not in text_of(page(built, "issued", f"?run={wrong.number}"))
    moved = text_of(page(built, "issued", f"?run={wrong.number}&against={right.number}"))
    assert "What moved since the approved state Moved" in moved
    client, site = built.client("service"), built.sites["issued"]
    report = client.get(f"/sites/{site}/probe-runs/{wrong.number}.json").data
    assert json.loads(report)["id"] == wrong.report.id
    for data in (report, gzip.compress(report)):
        token = token_in(client.get(f"/sites/{site}/probe").text)
        form = {"report": (io.BytesIO(data), "report.json"), "csrf_token": token}
        said = text_of(client.post(f"/sites/{site}/drift", data=form).text)
        assert "PM1: the CT at input L2 is reversed." in said
        assert "Nothing was recorded" in said
    assert len(runs_of(built, "issued")) == 2


def test_what_would_decide_stands_there_once_with_its_devices(built):
    wrong, _ = runs_of(built, "submitted")
    found = deciding(wrong.report)
    assert [each.action for each in found] == list(dict.fromkeys(each.action for each in found))
    assert {"PM1", "CH01", "CH02"} <= set(found[0].tags)


def test_a_report_of_an_earlier_release_is_judged_for_the_page(built):
    view = built.do(view_site.view_site, built.people["engineer"], built.sites["submitted"])
    wrong = view.probe_runs[0]
    old = replace(wrong, report=replace(wrong.report, judgements=()))
    shown = built.do(run_page, replace(view, probe_runs=(old, view.probe_runs[1])), old)
    assert [panel.tag for panel in shown.meters if panel.wiring and panel.wiring.correction] == ["PM1"]


@pytest.mark.parametrize(
    ("voltages", "currents", "words"),
    [
        ("L1 L2 L3", "+L1 +L2 +L3", "Connected as designed"),
        ("L1 L2 L3", "+L1 -L2 -L3", "Current of L2 and L3 reversed"),
        ("L1 L2 L3", "+L2 +L1 0", "No current at input L3; current input L1 gets L2, input L2 gets L1"),
        ("L1 L2 L3", "+L1 -L3 +L2", "Current input L2 gets L3 reversed, input L3 gets L2"),
        ("L2 L1 L3", "+L1 +L2 +L3", "Voltage leads of L1 and L2 exchanged"),
        ("N L2 L3", "+L1 +L2 +L3", "The neutral at voltage input L1"),
        ("L1 0 L3", "+L1 +L2 +L3", "No voltage at input L2"),
        ("L2 L3 L1", "+L2 +L3 +L1", "All phases turned on together (L2 L3 L1): it measures right"),
        ("L2 L1 L3", "+L2 +L1 +L3",
         "Two phases exchanged, voltage and current together (L2 L1 L3): it measures right"),
        ("L1", "-L1", "Current of L1 reversed"),
        ("L1 L2 L3", "+L1 -L3", "Current of L3 reversed"),
    ],
)  # fmt: skip
def test_a_connection_in_words(voltages, currents, words):
    assert connection_words(Connection(tuple(voltages.split()), tuple(currents.split()))) == words


@pytest.mark.parametrize(
    ("quantity", "code", "words"),
    [
        ("voltage_l1_n", "voltage-band", "Voltage L1-N off nominal"),
        ("thd_voltage_l1_l2", "thd-voltage", "Distortion of the voltage L1-L2 (THD)"),
        ("harmonic_current_l2_h13", "harmonic-current", "Current L2, order 13"),
        ("k_factor_l3", "k-factor", "K-factor L3"),
        ("something_else", "", "Something else"),
    ],
)
def test_a_quantity_in_words(quantity, code, words):
    assert quantity_words(quantity, code) == words
