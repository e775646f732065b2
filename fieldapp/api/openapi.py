"""What flask-smorest is told about our manners: own error documents, strict JSON, bearer tokens."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from flask import Request
from flask_smorest import Api, Blueprint
from marshmallow import RAISE, Schema
from webargs.flaskparser import FlaskParser

from fieldapp.api.refusals import ProblemSchema, prepare_refusals, refusal
from fieldapp.problems import Problem

PREFIX = "/api/v1"
View = TypeVar("View", bound=Callable[..., Any])


class StrictSchema(Schema):
    """Unknown keys are refused."""

    class Meta:
        """The one manner of all requests."""

        unknown = RAISE


class PlainApi(Api):  # type: ignore[misc]
    """The description; errors are answered by our own handlers."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """Leave every error to fieldapp.api.answers and fieldapp.web.errors."""

    def __init__(self, app: Any) -> None:
        security = {
            "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
            "security": [{"bearer": []}],
        }
        super().__init__(app, spec_kwargs=security)


class StrictParser(FlaskParser):
    """Reads JSON bodies without NaN, without duplicate meaning, however deeply nested."""

    DEFAULT_UNKNOWN_BY_LOCATION = {  # noqa: RUF012 - webargs reads it as an attribute
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": RAISE,
        "json": RAISE,
    }

    def load_json(self, req: Request, schema: Any) -> Any:
        """Return the body of a request."""
        del schema
        return read_json(req)

    def handle_error(self, error: Any, req: Any, schema: Any, **rest: Any) -> Any:
        """Answer the first thing that is wrong."""
        del req, schema, rest
        where, problem = _first(error.messages)
        raise Problem("invalid", where=where or "request", problem=problem) from error


class ApiBlueprint(Blueprint):  # type: ignore[misc]
    """A blueprint whose bodies are read strictly."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._prepare_doc_cbks.append(prepare_refusals)

    def refuses(self, *statuses: int) -> "Keep":
        """Describe what a route refuses besides what every route like it does."""
        return self.doc(responses={str(status): refusal(status) for status in statuses})

    if TYPE_CHECKING:
        # flask-smorest is untyped; these decorators leave a view's type as it is.
        def arguments(self, schema: type[Schema], *, location: str = "json") -> "Keep":
            """Read and check arguments."""

        def response(self, status: int, schema: type[Schema] | None = None, **options: Any) -> "Keep":
            """Describe the answer."""

        def doc(self, **documentation: Any) -> "Keep":
            """Add to the description."""

        def get(self, rule: str) -> "Keep":
            """Register a GET route."""

        def post(self, rule: str) -> "Keep":
            """Register a POST route."""

        def route(self, rule: str, **options: Any) -> "Keep":
            """Register a route."""


class Keep(Protocol):
    """A decorator that keeps the type of what it decorates."""

    def __call__(self, view: View, /) -> View:
        """Return the view."""


def read_json(req: Request) -> Any:
    """Return a JSON body; anything that is not plain JSON is a Problem."""
    if not req.is_json:
        raise Problem("wrong_media_type", expected="a JSON body as application/json")
    try:
        return json.loads(_whole_body(req), parse_constant=_refuse_constant)
    except RecursionError as error:
        raise Problem("invalid", where="body", problem="it is nested too deeply.") from error
    except ValueError as error:
        raise Problem(
            "invalid", where="body", problem="it is not JSON; send UTF-8 JSON without NaN."
        ) from error


def _whole_body(req: Request) -> bytes:
    data = req.get_data(cache=False)
    # A body without a length ends in silence at the most that is read: asking for more tells the two apart.
    req.stream.read(1)
    return data


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _first(messages: Any) -> tuple[str, str]:
    """Return path and sentence of the first problem; the location that webargs puts first is left out."""
    path: list[str] = []
    while isinstance(messages, dict) and messages:
        key, messages = next(iter(messages.items()))
        if key not in ("json", "query", "headers", "_schema"):
            path.append(str(key))
    sentence = messages[0] if isinstance(messages, list) and messages else messages
    return ".".join(path), str(sentence)
