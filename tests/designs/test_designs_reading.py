"""Bad files get one sentence that names the file and the place."""

import os
from pathlib import Path

import pytest

from designs.apply import apply
from designs.errors import DesignError
from designs.library import (
    BUILT_IN,
    EXAMPLE_SITES,
    find_design,
    list_designs,
    load_design_file,
    load_equipment,
    parse_site,
    read_site_file,
)
from designs.reading import MAX_BYTES, parse_yaml, read_yaml

HEAD = "name: A\naddress: B\ncountry: DE\ntimezone: Europe/Berlin\ndesign: destination-ac\nparameters:\n"
NEEDED = "  supply_ik: 8 kA\n  supply_ze: 0.06\n  import_limit: 160\n"


def refuse(text: str) -> str:
    """Return the sentence with which a site file is refused."""
    with pytest.raises(DesignError) as caught:
        apply(find_design("destination-ac"), parse_site(text, "site.yaml"))
    return str(caught.value)


BAD = [
    ("unknown key", HEAD + NEEDED + "  statoins: 4\n", ["site.yaml", "statoins", "stations"]),
    ("unknown top key", HEAD.replace("parameters:", "colour: red\nparameters:") + NEEDED, ["colour", "name"]),
    ("missing", HEAD + "  stations: 4\n", ["supply_ik", "must be given", "0.5 to 60 kA"]),
    ("wrong unit", HEAD + NEEDED.replace("8 kA", "8000 A"), ["supply_ik", "'A'", "kA"]),
    ("text for number", HEAD + NEEDED.replace("8 kA", "much"), ["supply_ik", "number", "much"]),
    ("wrong type", HEAD + NEEDED + "  stations: four\n", ["stations", "whole number", "4 to 12"]),
    ("fraction of a station", HEAD + NEEDED + "  stations: 4.5\n", ["stations", "whole number"]),
    ("10 000 stations", HEAD + NEEDED + "  stations: 10000\n", ["stations", "4 to 12", "10000"]),
    ("huge number", HEAD + NEEDED + f"  stations: 1{'0' * 400}\n", ["stations", "too large"]),
    (
        "0 m cable",
        HEAD + NEEDED + "  per_station: {1: {length: 0 m}}\n",
        ["per_station.1.length", "0.5 to 1000 m"],
    ),
    ("negative", HEAD + NEEDED.replace("0.06", "-1"), ["supply_ze", "not -1"]),
    ("NaN", HEAD + NEEDED.replace("0.06", ".nan"), ["supply_ze", "finite"]),
    ("infinite", HEAD + NEEDED.replace("160", ".inf"), ["import_limit", "finite"]),
    (
        "unknown equipment",
        HEAD + NEEDED + "  station_type: alfen-eve-singel\n",
        ["station_type", "'alfen-eve-singel'", "approved are alfen-eve-single-pro", " more"],
    ),
    ("other class", HEAD + NEEDED + "  station_type: mcb-b40-10ka\n", ["station_type", "approved"]),
    ("no choice", HEAD + NEEDED + "  earthing: IT\n", ["earthing", "TN-S", "TT", "IT"]),
    ("no flag", HEAD + NEEDED + "  load_management: 1\n", ["load_management", "true or false"]),
    (
        "row too many",
        HEAD + NEEDED + "  stations: 4\n  per_station: {5: {length: 20}}\n",
        ["per_station", "5", "1 to 4"],
    ),
    ("unknown column", HEAD + NEEDED + "  per_station: {1: {lenght: 20}}\n", ["lenght", "length"]),
    ("row is no row", HEAD + NEEDED + "  per_station: {1: 20}\n", ["per_station.1", "columns"]),
    ("unknown tag", HEAD + NEEDED + "  addresses: {PM9: {unit: 3}}\n", ["PM9", "PM0"]),
    ("bad host", HEAD + NEEDED + "  addresses: {PM0: {host: 'a b'}}\n", ["addresses.PM0.host"]),
    ("bad network", HEAD + NEEDED + "  network: '{stations}'\n", ["network", "must look like"]),
    ("other design", HEAD.replace("destination-ac", "moon-base") + NEEDED, ["moon-base"]),
    ("other revision", HEAD.replace("parameters:", "design_revision: 99\nparameters:") + NEEDED, ["99"]),
    ("setting out of range", HEAD + NEEDED + "  main_setting: 20 A\n", ["F00", "175", "250", "20"]),
    (
        "setting of a fuse",
        HEAD + NEEDED + "  main_device: gg-nh-250\n  main_setting: 200\n",
        ["F00", "no settings"],
    ),
    ("secondary does not fit", HEAD + NEEDED + "  main_meter: eastron-sdm630\n  name: x\n", ["name"]),
    ("no unquoted no", HEAD.replace("country: DE", "country: NO") + NEEDED, ["country"]),
    ("country read as false", HEAD.replace("country: DE", "country: NO") + NEEDED, ["quotes", '"NO"']),
    ("name is a number", HEAD.replace("name: A", "name: 42") + NEEDED, ["name", "quotes"]),
    ("decimal comma", HEAD + NEEDED.replace("0.06", "0,06 Ω"), ["supply_ze", "decimal point", "'0,06 Ω'"]),
    ("no octal", HEAD + NEEDED + "  stations: 012\n", ["stations", "whole number", "'012'"]),
    ("no sixties", HEAD + NEEDED + "  stations: 1:10\n", ["stations", "whole number", "'1:10'"]),
    ("endless digits", HEAD + NEEDED + f"  stations: {'9' * 5000}\n", ["site.yaml", "too many digits"]),
    (
        "no such time zone",
        HEAD.replace("Europe/Berlin", "Mars/Olympus") + NEEDED,
        ["timezone", "Mars/Olympus"],
    ),
    ("time zone is a path", HEAD.replace("Europe/Berlin", "../../etc/passwd") + NEEDED, ["timezone"]),
    (
        "escape sequence",
        HEAD.replace("name: A", 'name: "A\\x1b[31m"') + NEEDED,
        ["name", "control character"],
    ),
    ("too many circuits in ducts", HEAD + NEEDED + "  station_grouped: 21\n", ["station_grouped", "1 to 20"]),
    ("duplicate key", HEAD + NEEDED + "  supply_ik: 9\n", ["line 10", "supply_ik", "twice"]),
    (
        "duplicate in a table",
        HEAD + NEEDED + "  per_station: {1: {length: 9}, 1: {length: 8}}\n",
        ["line 10", "twice"],
    ),
    ("alias", HEAD + NEEDED + "  per_station: {1: &a {length: 20}, 2: *a}\n", ["line 10", "alias"]),
    ("merge", HEAD + NEEDED + "  per_station: {1: &a {length: 20}, 2: {<<: *a}}\n", ["alias"]),
    ("not YAML", "name: [", ["site.yaml", "line"]),
    ("python object", "name: !!python/object/apply:os.system [ls]\n", ["site.yaml", "line 1"]),
    ("a list", "- a\n", ["site.yaml", "mapping"]),
    ("empty", "", ["site.yaml", "mapping"]),
    ("empty name", HEAD.replace("name: A", "name: ''") + NEEDED, ["name", "empty"]),
    ("parameters are text", "\n".join(HEAD.splitlines()[:-1]) + "\nparameters: many\n", ["parameters"]),
]


@pytest.mark.parametrize(("text", "words"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_bad_site_file_is_refused_in_one_sentence(text: str, words: list[str]) -> None:
    said = refuse(text)
    for word in words:
        assert word in said
    assert "\n" not in said
    assert len(said) < 1600
    assert said.endswith(".")


def test_a_yaml_bomb_is_refused_before_it_grows() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{name}: &{name} [{','.join(['*' + previous] * 9)}]\n"
        for previous, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert "alias" in refuse(bomb)


def test_deep_nesting_and_size_are_bounded() -> None:
    assert "nested deeper" in refuse("a: " + "[" * 4000 + "]" * 4000)
    assert "larger than" in refuse("# " + "x" * MAX_BYTES)


def test_a_file_that_is_missing_or_not_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(DesignError, match=r"nowhere\.yaml can't be read"):
        read_site_file(tmp_path / "nowhere.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"name: Caf\xe9\n")
    with pytest.raises(DesignError, match="UTF-8"):
        read_yaml(tmp_path / "latin.yaml")
    (tmp_path / "big.yaml").write_text("#" * (MAX_BYTES + 1))
    with pytest.raises(DesignError, match="larger than"):
        read_yaml(tmp_path / "big.yaml")


def test_dates_and_odd_keys_are_not_guessed() -> None:
    assert parse_yaml("a: 2026-11-22", "x") == {"a": "2026-11-22"}
    with pytest.raises(DesignError, match="neither text nor a whole number"):
        parse_yaml("1.5: a", "x")


def test_every_file_of_the_room_loads() -> None:
    assert "destination-ac" in {design.id for design in list_designs()}
    assert len(load_equipment().items) > 80


@pytest.mark.parametrize("path", sorted(EXAMPLE_SITES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_example_site_applies(path: Path) -> None:
    site = read_site_file(path)
    applied = apply(find_design(site.design), site)
    assert applied.parameters.name == site.name
    assert (
        len(applied.one_line.stations) == site.parameters.get("stations", len(applied.one_line.stations)) > 0
    )


def test_a_refused_key_is_not_among_the_allowed_ones() -> None:
    assert "file" not in refuse(HEAD.replace("parameters:", "colour: red\nparameters:") + NEEDED)


def test_a_folder_of_own_designs_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DesignError, match="no-such-folder is not a folder"):
        list_designs(tmp_path / "no-such-folder")


DESIGN = (BUILT_IN / "standard" / "destination-ac.yaml").read_text(encoding="utf-8")
HOSTILE = [
    ("python object", "tag: GRID\n", "tag: !!python/object/apply:os.system [ls]\n", "own.yaml, line"),
    ("python name", "tag: GRID\n", "tag: !!python/name:os.system\n", "own.yaml, line"),
    ("alias", "checklists: [inspection,", "checklists: [&a inspection, *a,", "alias"),
    ("merge key", "ranges:\n", "ranges:\n  - {<<: {name: x}}\n", "own.yaml"),
    ("twice", "segment: destination\n", "segment: a\nsegment: b\n", "'segment' stands here twice"),
    ("NaN", "voltage_v: 400\n", "voltage_v: .nan\n", "no canonical form"),
    ("infinite", "voltage_v: 400\n", "voltage_v: .inf\n", "no canonical form"),
    ("negative", "voltage_v: 400\n", "voltage_v: -400\n", "supply GRID: voltage_v must be above 0, not -400"),
    ("text for number", "voltage_v: 400\n", "voltage_v: 400 V\n", "supply: voltage_v: not a number"),
    ("class of a number", "tag: CH{n:02}\n", "tag: CH{n.__class__}\n", "may hold only"),
    ("class by reference", "tag: CH{n:02}\n", "tag: $n.__class__\n", "not a reference"),
    ("Jinja", "title: Charging station {n}\n", "title: '{{ n }}'\n", "may hold only"),
    ("format of an attribute", "title: Charging station {n}\n", "title: '{0.__init__}'\n", "may hold only"),
    ("endless width", "tag: CH{n:02}\n", "tag: CH{n:0999999999}\n", "may hold only"),
    ("a call", "group: $g\n", "group: {call: os.system, with: ls}\n", "the key call, which is no expression"),
    ("endless count", "count: $stations}", "count: 1000000000}", "1000000000 numbers, at most 5000"),
    ("endless start", "count: $stations}", "count: $stations, start: 99999999}", "goes beyond 99999"),
    ("a list for a text", "title: Main switchboard, eq", "title: [a], eq", "title: not a valid string"),
    ("a long text", "title: Main circuit\n", f"title: {'x' * 3000}\n", "at most 2000 characters"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "said"), HOSTILE)
def test_a_hostile_design_file_ends_at_once_in_one_sentence(
    tmp_path: Path, name: str, old: str, new: str, said: str
) -> None:
    assert old in DESIGN, name
    path = tmp_path / "own.yaml"
    path.write_text(DESIGN.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DesignError) as caught:
        apply(load_design_file(path), parse_site(HEAD + NEEDED))
    assert said in str(caught.value)
    assert str(caught.value).startswith(("own.yaml", "site: per_station: the range"))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 700


def test_nested_lists_of_a_hostile_design_are_bounded(tmp_path: Path) -> None:
    nested = "$n"
    for _ in range(10):
        nested = f"{{each: stations, value: {nested}}}"
    path = tmp_path / "own.yaml"
    path.write_text(DESIGN.replace("measures: [F00]", f"measures: {nested}"), encoding="utf-8")
    with pytest.raises(DesignError, match=r"own\.yaml: .* hold more than 50000 values"):
        apply(load_design_file(path), parse_site(HEAD + NEEDED + "  stations: 12\n"))


def test_the_texts_of_a_site_are_bounded() -> None:
    assert "longer than 1000 characters" in refuse(HEAD + NEEDED + f"  network: '{'1' * 2000}'\n")


def test_deviations_must_be_properties_by_tag() -> None:
    text = HEAD + NEEDED
    assert "as_built.F03" in refuse(text.replace("parameters:", "as_built: {F03: [1]}\nparameters:"))
    assert "as_built.3" in refuse(text.replace("parameters:", "as_built: {3: {length_m: 1}}\nparameters:"))
    assert "NaN" not in refuse(text.replace("parameters:", "as_built: {F03: {length_m: .nan}}\nparameters:"))


@pytest.mark.parametrize(
    "text",
    ["a: !!python/object/apply:os.system [date]", "a: !!bool maybe", "a: !!timestamp soon", "a: !!set {b, c}",
     "a: !!binary aGFsbG8=", "a: !own 1", "!!int a: 1"],
)  # fmt: skip
def test_a_tag_is_refused_whatever_it_asks_for(text: str) -> None:
    with pytest.raises(DesignError) as caught:
        parse_yaml(text, "design.yaml")
    assert (
        str(caught.value) == "design.yaml, line 1: a tag (!name) is not allowed here, write the plain value."
    )


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(DesignError, match="is not a file; save it as a file"):
        read_yaml(tmp_path / "pipe.yaml")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("name: A", f"name: {'A' * 201}", "name is longer than 200 characters"),
        ("address: B", f"address: {'B' * 501}", "address is longer than 500 characters"),
        ("name: A", 'name: "\\u200B"', "name is empty"),
        ("name: A", 'name: "A\\u202Eb"', "name holds a control character"),
        ("name: A", 'name: "A\\u2028b"', "name holds a control character"),
        ("DE", "XX", "country: there is no country 'XX'; give its two letters"),
        ("DE", "de", "country: there is no country 'de'; give its two letters"),
        ("Europe/Berlin", "localtime", "there is no time zone 'localtime'"),
        ("Europe/Berlin", "right/Europe/Berlin", "there is no time zone 'right/Europe/Berlin'"),
    ],
)
def test_what_would_stand_wrong_on_every_page_is_refused(old: str, new: str, says: str) -> None:
    assert says in refuse(HEAD.replace(old, new) + NEEDED)


def test_a_site_in_kosovo_or_with_an_arabic_name_is_welcome() -> None:
    text = HEAD.replace("DE", "XK").replace("name: A", "name: موقف السيارات") + NEEDED
    assert parse_site(text).country == "XK"


def test_a_row_that_stands_twice_under_two_spellings_is_refused() -> None:
    rows = "  per_station: {3: {length: 5 m}, '3': {length: 90 m}}\n"
    assert "per_station: the row '3' stands here twice; keep one" in refuse(HEAD + NEEDED + rows)
