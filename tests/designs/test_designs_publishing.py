"""A published revision never changes: its digest stands in a list beside the designs."""

import os
from pathlib import Path

import pytest

from designs import library
from designs.errors import DesignError
from designs.library import find_design, list_designs, load_design_file
from designs.publishing import PUBLISHED, is_published, publish, published_in
from designs.standard_design import parse_design
from tests.designs.park import PARK, design

#: Sites and packs bind it.
FIRST_DIGEST = "f0393aad4038fd79578845541d64cb97b9d78c9bdcb69ad0d7854748d8d29f2b"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "standard").mkdir()
    (tmp_path / "standard" / "park.yaml").write_text(PARK, encoding="utf-8")
    return tmp_path


def test_the_first_published_design_is_what_it_was() -> None:
    first = find_design("destination-ac", revision=1)
    assert first.digest == FIRST_DIGEST
    assert is_published(first)


def test_every_line_of_the_list_names_a_design_that_is_there() -> None:
    known = {(design.id, design.revision): design.digest for design in list_designs()}
    for key, line in published_in(library.BUILT_IN / "standard").items():
        assert known[key] == line.digest


def test_an_unpublished_design_is_listed_and_marked(folder: Path) -> None:
    found = find_design("park", folder)
    assert not is_published(found)
    assert not is_published(design())


def test_publishing_adds_one_line_and_marks_the_design(folder: Path) -> None:
    path = folder / "standard" / "park.yaml"
    line = publish(path, on="2026-02-28")
    assert (folder / "standard" / PUBLISHED).read_text() == (
        f'- {{id: park, revision: 1, digest: {line.digest}, day: "2026-02-28"}}\n'
    )
    assert is_published(find_design("park", folder))
    assert publish(path, on="2026-03-01") == line
    assert len((folder / "standard" / PUBLISHED).read_text().splitlines()) == 1


def test_a_second_line_stands_under_the_first_even_after_a_careless_edit(folder: Path) -> None:
    standard = folder / "standard"
    publish(standard / "park.yaml")
    (standard / PUBLISHED).write_text((standard / PUBLISHED).read_text().rstrip("\n"))
    second = standard / "park-2.yaml"
    second.write_text(PARK.replace("revision: 1", "revision: 2", 1))
    publish(load_design_file(second), standard)
    assert set(published_in(standard)) == {("park", 1), ("park", 2)}
    assert find_design("park", folder).revision == 2


def test_a_changed_file_of_a_published_revision_is_refused(folder: Path) -> None:
    path = folder / "standard" / "park.yaml"
    publish(path)
    path.write_text("# only a comment\n" + PARK, encoding="utf-8")
    assert is_published(load_design_file(path))
    path.write_text(PARK.replace("default: 600", "default: 650"), encoding="utf-8")
    for loading in (
        lambda: load_design_file(path),
        lambda: find_design("park", folder),
        lambda: publish(path),
    ):
        with pytest.raises(
            DesignError, match=r"park\.yaml: park revision 1 is published .* give the change a new"
        ):
            loading()


def test_a_file_is_read_anew_only_when_it_was_changed(folder: Path) -> None:
    path = folder / "standard" / "park.yaml"
    first = load_design_file(path)
    assert load_design_file(path) is first
    path.write_text(PARK.replace("default: 600", "default: 650"), encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert load_design_file(path).digest != first.digest


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: b\n", "must be a list of id, revision"),
        ("- {id: a, revision: 1}\n", "line 1: digest: missing"),
        ("- {id: a, revision: one, digest: x}\n", "line 1: revision: not a whole number"),
        ("- {id: a, revision: 1, digest: x}\n- {id: a, revision: 1, digest: y}\n", "stands here twice"),
    ],
)
def test_a_list_that_is_wrong_is_named(folder: Path, text: str, said: str) -> None:
    (folder / "standard" / PUBLISHED).write_text(text)
    with pytest.raises(DesignError, match=rf"published\.yaml.*{said}"):
        list_designs(folder)


def test_wrong_days_and_places_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DesignError, match=r"like 2026-01-31, not '31\.1\.2026'"):
        publish(folder / "standard" / "park.yaml", on="31.1.2026")
    with pytest.raises(DesignError, match="park: name the folder"):
        publish(design())
    with pytest.raises(DesignError, match="name the folder"):
        publish(design(), tmp_path / "nowhere")
    assert not (folder / "standard" / PUBLISHED).exists()


def test_what_is_computed_can_not_be_written_into_a_file() -> None:
    for key in ("digest", "file", "published"):
        with pytest.raises(DesignError, match=f"{key} is computed, take it out"):
            parse_design({"id": "a", key: "x"}, "a.yaml")
