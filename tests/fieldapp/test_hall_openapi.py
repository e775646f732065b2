"""The description of the API is kept: whatever is sent, the answer is one that it names, never a failure."""

import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from fieldapp.api import refusals
from fieldapp.problems import CATALOGUE
from fieldapp.usecases import tokens
from tests.fieldapp.conftest import close
from tests.fieldapp.hall_cast import Hall, hall_of

EXAMPLES = 8
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
]  # fmt: skip
Document = dict[str, Any]


@schemathesis.serializer("application/offset+octet-stream")
def as_they_are(_: object, value: object) -> bytes:
    """Return the bytes of an upload; a body that is none, as text."""
    kept = getattr(value, "data", value)
    return kept if isinstance(kept, bytes) else str(value).encode(errors="surrogatepass")


@pytest.fixture(scope="module")
def hall(furnished_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    home = tmp_path_factory.mktemp("openapi") / "home"
    shutil.copytree(furnished_home, home)
    hall = hall_of(home, FIELDAPP_MAX_BODY_MB="1")
    yield hall
    close(hall)


@pytest.fixture(scope="module")
def document(hall: Hall) -> Document:
    answer = hall.app.test_client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    return dict(answer.json)


def operations(document: Document) -> Iterator[tuple[str, Document]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method != "parameters":
                yield f"{method.upper()} {path}", operation


def test_every_operation_names_what_it_refuses_as_a_problem(document: Document) -> None:
    known = {kind.status for kind in CATALOGUE.values()}
    assert set(refusals.REFUSALS) <= known
    for name, operation in operations(document):
        answers = operation["responses"]
        assert "default" not in answers, name
        refused = {status: each for status, each in answers.items() if int(status) >= 400}
        for status, each in refused.items():
            schema = each["content"]["application/problem+json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/Problem"}, (name, status)
        expected = {"500", "503"}
        if operation.get("security") != []:
            expected |= {"401", "403"}
        if "requestBody" in operation:
            expected |= {"413", "415", "422"}
        assert expected <= set(refused), (name, set(refused))
        if "{" in name:
            assert "404" in refused or "409" in refused, name


@pytest.mark.parametrize("who", ["contractor", "engineer", "agent", "nobody"])
def test_every_answer_is_one_that_is_described(hall: Hall, document: Document, who: str) -> None:
    config = SchemathesisConfig()
    config.projects.default.generation.with_security_parameters = False
    described = schemathesis.openapi.from_dict(document, config=config)
    described.app = hall.app
    token = token_for(hall, who)
    for found in described.get_all_operations():
        operation = found.ok()
        send(hall, operation, token)


def token_for(hall: Hall, who: str) -> str:
    if who == "nobody":
        return ""
    if who != "agent":
        return hall.tablet(who).token
    with hall.inside():
        return tokens.make_agent_token(hall.people["engineer"], "Agent", [hall.site]).token


def send(hall: Hall, operation: Any, token: str) -> None:
    """Send requests that fit the description and others that don't, to what is there and what isn't."""
    modes = [operation.as_strategy(mode) for mode in schemathesis.GenerationMode]
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    @seed(5)
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=st.one_of(modes), real=st.booleans())
    def one(case: Any, real: bool) -> None:
        if real and "site_id" in (case.path_parameters or {}):
            case.path_parameters["site_id"] = hall.site
        case.call_and_validate(headers=headers, checks=CHECKS)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        one()
