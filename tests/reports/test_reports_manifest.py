"""The manifest is the whole pack, in one canonical form that other systems can check."""

import dataclasses
import datetime as dt
import hashlib
import json
from decimal import Decimal
from pathlib import Path

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from reports.contents import journal_problems
from reports.errors import ManifestError
from reports.manifest import PREFIX, canonical, digest, jsonable, manifest, parse
from reports.model import HandoverPack

CONTRACTS = Path(__file__).parents[2] / "docs" / "contracts"


@pytest.fixture(scope="module")
def content(pack: HandoverPack) -> dict[str, object]:
    return manifest(pack)


def test_follows_the_published_schema(content: dict[str, object]) -> None:
    schema = json.loads((CONTRACTS / "pack-manifest.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    plain = json.loads(canonical(content))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(plain)] == []
    del plain["journal_head"]["hash"]
    assert [error.message for error in Draft202012Validator(schema).iter_errors(plain)] == [
        "'hash' is a required property"
    ]


def test_holds_every_field_of_the_pack(content: dict[str, object], pack: HandoverPack) -> None:
    assert set(content) == {"schema", "type"} | {field.name for field in dataclasses.fields(pack)}
    assert len(content["records"]) == len(pack.records)
    assert len(content["journal"]) == pack.journal_head.number


def test_names_photos_by_hash_and_never_holds_their_bytes(
    content: dict[str, object], pack: HandoverPack
) -> None:
    first = content["photos"][0]
    assert first["sha256"] == pack.photos[0].sha256
    assert first["printed_sha256"] == hashlib.sha256(pack.photos[0].data).hexdigest()
    assert "data" not in first


def test_the_digest_is_the_documented_one(content: dict[str, object]) -> None:
    expected = hashlib.sha256(PREFIX.encode() + b"\n" + rfc8785.dumps(content)).hexdigest()
    assert digest(content) == expected
    assert digest(json.loads(canonical(content))) == expected


def test_any_change_changes_the_digest(pack: HandoverPack, content: dict[str, object]) -> None:
    other = dataclasses.replace(pack, journal_head=dataclasses.replace(pack.journal_head, number=1))
    assert digest(manifest(other)) != digest(content)


def test_the_sample_journal_is_unbroken_and_a_gap_is_found(content: dict[str, object]) -> None:
    assert journal_problems(content) == []
    gap = {**content, "journal": [entry for entry in content["journal"] if entry["number"] != 7]}
    assert journal_problems(gap) == ["the attached journal is broken at entry 7"]
    short = {**content, "journal": content["journal"][:-1]}
    assert journal_problems(short) == ["the attached journal does not end at the head that the pack names"]


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (float("nan"), "study.ib_a is not a finite number"),
        (float("inf"), "study.ib_a is not a finite number"),
        (2**53, "too large for JSON"),
        ("\ud800", "half a character"),
        (b"bytes", "study.ib_a holds a bytes"),
        (dt.timedelta(1), "study.ib_a holds a timedelta"),
    ],
)
def test_what_has_no_canonical_form_is_refused(value: object, sentence: str) -> None:
    with pytest.raises(ManifestError, match=sentence):
        jsonable(value, "study.ib_a")


def test_decimals_become_text_and_sets_are_sorted() -> None:
    assert jsonable({"a": Decimal("0.420"), "b": {"y", "x"}, "c": (1, None, True)}) == {
        "a": "0.420",
        "b": ["x", "y"],
        "c": [1, None, True],
    }


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), PLAIN))
def test_canonical_bytes_survive_a_reader(content: dict[str, object]) -> None:
    once = canonical(jsonable(content))
    assert canonical(parse(once)) == once
