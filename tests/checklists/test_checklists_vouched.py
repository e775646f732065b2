"""What a signature binds: the same digest as on the tablet, whatever the order, and other work changes it."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from checklists.merge import operation_digest
from checklists.operation_schema import load_operation
from checklists.vouched import signed_digest, vouched_items

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "vouched.json").read_text("utf-8"))


def digest_of(vector: dict[str, Any]) -> str:
    recorded: dict[str, list[str]] = {item: [] for item in vector["items"]}
    for document in vector["operations"]:
        if document["item"] in recorded:
            recorded[document["item"]].append(operation_digest(load_operation(document)))
    return signed_digest(vector["ground"], vector["signature"], recorded, vector["probe_runs"])


def lists_of(vector: dict[str, Any]) -> list[Any]:
    """Checklists with as much of their items as is asked for."""
    return [
        SimpleNamespace(
            items=[
                SimpleNamespace(key=item["key"], criterion=SimpleNamespace(**item["criterion"]))
                for item in checklist["items"]
            ]
        )
        for checklist in vector["checklists"]
    ]


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_a_signature_binds_what_the_vectors_say(vector: dict[str, Any]) -> None:
    assert list(vouched_items(lists_of(vector), vector["signature"])) == vector["items"]
    assert digest_of(vector) == vector["digest"]


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_a_signature_never_vouches_for_itself_or_for_another(vector: dict[str, Any]) -> None:
    signatures = [
        item["key"]
        for checklist in vector["checklists"]
        for item in checklist["items"]
        if item["criterion"]["kind"] == "signature"
    ]
    assert not set(signatures) & set(vector["items"])


def test_the_digest_is_of_the_set_and_changes_with_anything_else() -> None:
    digest = {vector["name"]: vector["digest"] for vector in VECTORS}
    again = digest.pop("the order of arrival is nothing, nor is one twice")
    assert again == digest["everything before the signature"]
    assert len(set(digest.values())) == len(digest) >= 4
