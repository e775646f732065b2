"""A wrong profile is explained fault by fault, with line and remedy; a new one begins right."""

import json
import re
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from device_probe.cli import main
from device_probe.problems import ProfileError
from device_probe.profile import PROFILES
from device_probe.profile_format.check import check_file, check_text
from device_probe.profile_format.new import OF_A_KIND, Wishes, new_profile
from device_probe.profile_schema import load_profile, parse_profile

NAMES = sorted(path.stem for path in PROFILES.glob("*.yaml"))
GOOD = """\
id: mine
vendor: Mine
model: M1
kind: meter
phases: 1
transport: tcp
identity: {model: {table: holding, address: 900, type: uint16, value: 7}}
sign: {active_power: import_positive}
sources: ["Mine manual 3, page 12"]
points:
  voltage_l1_n: {table: input, address: 0, type: float32, unit: V}
  current_l1: {table: input, address: 2, type: float32, unit: A}
  active_power_l1: {table: input, address: 4, type: float32, unit: W}
  charger_state: {table: holding, address: 20, type: uint16, enum: {0: idle}}
"""
FAULTS = yaml.safe_load((Path(__file__).parent / "profile_faults.yaml").read_text(encoding="utf-8"))


def test_a_good_file_has_neither_faults_nor_warnings() -> None:
    check = check_text(GOOD, "mine.yaml")
    assert (check.faults, check.warnings, check.good) == ((), (), True)
    assert check.would is not None
    assert (check.would.points, check.would.requests, check.would.registers) == (4, 2, 7)


@pytest.mark.parametrize(("old", "new", "line", "path", "problem", "remedy"), FAULTS)
def test_a_fault_is_named_with_line_path_and_remedy(old, new, line, path, problem, remedy) -> None:
    old = GOOD if old == "ALL OF IT" else old
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    check = check_text(text, "mine.yaml")
    assert not check.good
    found = [
        (at, f) for at, f in check.faults if f.place == path and problem in f.problem and remedy in f.remedy
    ]
    assert found, [(at, str(f)) for at, f in check.faults]
    assert found[0][0] == line
    if path != "id" or "small" in problem:  # a file elsewhere may be called otherwise
        with pytest.raises(ProfileError) as refused:
            parse_profile(text, "mine.yaml")
        assert "\n" not in str(refused.value)


def test_all_faults_are_found_at_once_and_loading_tells_the_first() -> None:
    text = GOOD.replace("unit: V", "unit: kV").replace("kind: meter", "kind: metre").replace("2, t", "3, t")
    assert len(check_text(text, "mine.yaml").faults) == 3
    with pytest.raises(
        ProfileError, match=r"mine.yaml, line 4: kind.*\(2 more: run device-probe profile check mine"
    ):
        parse_profile(text, "mine.yaml")


@pytest.mark.parametrize(
    ("old", "new", "path", "words"),
    [
        (
            "identity: {model: {table: holding, address: 900, type: uint16, value: 7}}\n",
            "",
            "identity",
            "nothing tells",
        ),
        ('sources: ["Mine manual 3, page 12"]\n', "", "sources", "no source"),
        ("kind: meter", "kind: meter\nconfidence: low", "confidence", "doubtful"),
        ("kind: meter", "kind: meter\npartial: true", "partial", "incomplete"),
        ("sign: {active_power: import_positive}\n", "", "sign", "which way power counts"),
        ("phases: 1", "phases: 3", "points.voltage_l1_n", "voltage_l2_n and voltage_l3_n are missing"),
        (
            "0, type: float32",
            "0, type: uint16, scale: 0.001",
            "points.voltage_l1_n.scale",
            "more than 65.535 V",
        ),
        (
            "0, type: float32",
            "0, type: uint16, scale: 10",
            "points.voltage_l1_n.scale",
            "one count would be 10 V",
        ),
        (
            "4, type: float32",
            "4, type: float32, raw_unit: kW",
            "points.active_power_l1.raw_unit",
            "is 1000 W",
        ),
        (
            "4, type: float32",
            "4, type: float32, conflict: kW or W",
            "points.active_power_l1.conflict",
            "disagree",
        ),
    ],
)
def test_what_is_doubtful_is_a_warning_and_no_fault(old: str, new: str, path: str, words: str) -> None:
    check = check_text(GOOD.replace(old, new, 1), "mine.yaml")
    assert check.good
    assert [w for _, w in check.warnings if w.place == path and words in w.problem], check.warnings


@pytest.mark.parametrize("name", NAMES)
def test_the_profiles_that_come_along_have_no_faults(name: str) -> None:
    check = check_file(PROFILES / f"{name}.yaml")
    assert check.good
    assert check.would is not None
    assert 0 < check.would.requests <= check.would.points
    doubts = {w.path[-1] for _, w in check.warnings}
    assert doubts <= {"identity", "confidence", "partial", "conflict", "sign"}, check.warnings


LAUGHS = b"b: &b0 [x]\n" + b"".join(
    b"b%d: &b%d [%s]\n" % (n, n, b", ".join([b"*b%d" % (n - 1)] * 9)) for n in range(1, 13)
)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x7fELF\x02\x01\x01\0" + bytes(64), "not text in UTF-8|not YAML"),
        (b"\xff\xfe" + "id: x".encode("utf-16-le"), "not text in UTF-8"),
        (LAUGHS, "without end"),
        (b"&a [*a]", "without end"),
        (b"[" * 100_000, "too deeply"),
        (b"- " * 100_000, "too deeply"),
        (b"x" * 400_000, "characters"),
        (b"x" * 2_000_000, "far too long"),
        (b"id: !!python/object/apply:os.system [ls]", "constructor"),
        (b"? [a, b]\n: c", "key"),
        (b"points: 7", "must be a mapping"),
        (b"points: {1: 2, [3]: 4}", ""),
        (b"a: 2024-99-99", "cannot be understood"),
    ],
)
def test_a_file_that_means_harm_is_refused_in_one_sentence(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "evil.yaml"
    path.write_bytes(content)
    check = check_file(path)
    assert not check.good
    assert re.search(words, " ".join(str(fault) for _, fault in check.faults))
    with pytest.raises(ProfileError):
        load_profile(str(path))


WORDS = (
    "id", "points", "voltage_l1_n", "charger_state", "table", "holding", "type", "uint16", "enum", "na",
    "identity", "sign", "joint_reads", "forbidden_gaps", "connector_stride", "bits", "mask", "value",
    "word_order_setting", "address",
)  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(WORDS)
KEYS = st.sampled_from(WORDS) | st.integers()
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=30,
)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200) | DOCUMENTS)
def test_any_document_is_examined_without_an_exception(document) -> None:
    text = document if isinstance(document, str) else json.dumps(document)
    assert not check_text(text, "any.yaml").good


def run(*arguments: str):
    return CliRunner().invoke(main, ["profile", *arguments])


def test_check_prints_places_and_ends_with_2_for_faults_and_0_for_warnings(tmp_path: Path) -> None:
    good, bad = tmp_path / "mine.yaml", tmp_path / "bad.yaml"
    good.write_text(GOOD.replace('sources: ["Mine manual 3, page 12"]\n', ""))
    bad.write_text(GOOD.replace("id: mine", "id: bad").replace("unit: A", "unit: mA"))
    answer = run("check", str(good))
    assert answer.exit_code == 0
    assert f"{good}: 4 values, in 2 requests for 7 registers" in answer.output
    answer = run("check", str(good), str(bad))
    assert answer.exit_code == 2
    assert f"{bad}:12: fault: points.current_l1.unit: must be A, not mA; write unit: A and" in answer.output
    documents = json.loads(run("check", str(good), str(bad), "--json").output)
    assert [document["good"] for document in documents] == [True, False]
    assert documents[1]["faults"][0] == {
        "line": 12, "path": "points.current_l1.unit", "problem": "must be A, not mA",
        "remedy": "write unit: A and multiply scale by 0.001",
    }  # fmt: skip
    assert documents[0]["would_read"]["requests"] == 2
    missing = run("check", str(tmp_path / "none.yaml"))
    assert (missing.exit_code, "cannot be read" in missing.output) == (2, True)


@pytest.mark.parametrize("kind", OF_A_KIND)
@pytest.mark.parametrize("transport", ["tcp", "rtu_gateway"])
def test_a_new_profile_passes_the_check(kind: str, transport: str) -> None:
    for phases in (1, 2, 3):
        wishes = Wishes('A"c: #me', "Größe 1", kind, phases, transport, "little")
        text = new_profile("my-device", "my-device.yaml", wishes)
        check = check_text(text, "my-device.yaml")
        assert check.good, check.faults
        profile = check.profile
        assert profile is not None
        assert (profile.vendor, profile.model, profile.kind, profile.phases) == (
            'A"c: #me',
            "Größe 1",
            kind,
            phases,
        )
        assert (profile.transport, profile.word_order, profile.confidence) == (transport, "little", "low")
        # every line that only waits for its mark to be taken away is right as it stands
        for line in [
            x
            for x in text.splitlines()
            if re.match(r"# (max_r|max_gap|even|connect|min_gap|single|na_by)", x)
        ]:
            assert check_text(text.replace(line, line[2:]), "my-device.yaml").good, line


@pytest.mark.parametrize("like", NAMES)
def test_a_new_profile_like_a_known_one_passes_the_check(like: str) -> None:
    check = check_text(new_profile("my-own", "my-own.yaml", Wishes(vendor="Me"), like), "my-own.yaml")
    assert check.good, check.faults
    assert check.profile is not None
    assert (check.profile.vendor, check.profile.confidence) == ("Me", "low")
    assert check.profile.points == load_profile(like).points


def test_new_writes_a_file_once_and_replaces_it_only_when_told(tmp_path: Path) -> None:
    path = tmp_path / "my-meter.yaml"
    assert run("new", str(path), "--kind", "analyser").exit_code == 0
    path.write_text("mine already")
    answer = run("new", str(path))
    assert (answer.exit_code, "there is a file already" in answer.output) == (2, True)
    assert path.read_text() == "mine already"
    assert run("new", str(path), "--force", "--like", "eastron-sdm630").exit_code == 0
    assert load_profile(str(path)).id == "my-meter"
    wrong = run("new", str(tmp_path / "My Meter.yaml"))
    assert (wrong.exit_code, "write my-meter.yaml" in wrong.output) == (2, True)
    assert run("new", str(tmp_path / "my-x.yaml"), "--like", "no-such").exit_code == 2
    assert run("new", str(tmp_path / "gone" / "my-x.yaml")).exit_code == 4


def test_show_and_list_tell_what_a_device_offers() -> None:
    shown = json.loads(run("show", "alpitronic-hypercharger", "--connector", "2", "--json").output)
    places = {point["quantity"]: point["address"] for point in shown["points"]}
    assert (places["dc_power"], places["station_power"]) == (204, 4)
    assert shown["manners"]["connectors"] == 4
    assert "battery_power" in run("show", "sungrow-sh-hybrid").output
    refused = run("show", "eastron-sdm630", "--connector", "2")
    assert (refused.exit_code, "has one connector" in refused.output) == (2, True)
    assert len(json.loads(run("list", "--json").output)) == 64
    assert json.loads(run("schema").output)["title"] == "Device profile"
