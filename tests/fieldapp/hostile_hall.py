"""One running hall for everything hostile, and its addresses, generated from the URL map."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlmodel import SQLModel

import fieldapp.web
from fieldapp.store.database import reading
from tests.fieldapp.hall_cast import Hall

TEMPLATES = Path(fieldapp.web.__file__).parent / "templates"
#: Every name that a field of any form has.
FIELDS = sorted(
    {
        name
        for template in TEMPLATES.rglob("*.html")
        for name in re.findall(r'name="([a-z_]+)"', template.read_text())
    }
    - {"csrf_token", "viewport"}
)
API = "/api/v1"
#: Addresses of the API that nobody needs a token for.
OPEN = {f"{API}/{each}" for each in ("openapi.json", "tablets/sign-in", "tablets/pair", "tablets/pairing")}
#: What a look at a page may write: that somebody was here.
NOTED = {"web_session", "sign_in_attempt", "admin_event"}


def routes(hall: Hall, *methods: str, api: bool) -> list[tuple[str, str]]:
    """Return (method, rule) of the API or of the pages, for some methods."""
    return sorted(
        (method, rule.rule)
        for rule in hall.app.url_map.iter_rules()
        if rule.rule.startswith("/api/") is api
        for method in methods
        if method in (rule.methods or ())
    )


def address(hall: Hall, rule: str, other: str = "none") -> str:
    """Return an address of a rule: of the site that there is, and of something that isn't."""
    given = {
        "site_id": hall.site,
        "sha256": "a" * 64,
        "number": "1",
        "run": "1",
        "design_id": "destination-ac",
    }
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: given.get(found[1], other), rule)


def rows(hall: Hall) -> dict[str, int]:
    """Return how many rows each table has; what is the same before and after, was not added to."""
    with hall.inside(), reading() as db:
        return {
            table.name: db.execute(select(func.count()).select_from(table)).scalar_one()
            for table in SQLModel.metadata.sorted_tables
            if table.name not in NOTED
        }


def places(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Return the path of everything within a JSON document."""
    yield path
    pairs = document.items() if isinstance(document, dict) else ()
    pairs = enumerate(document) if isinstance(document, list) else pairs
    for key, value in pairs:
        yield from places(value, (*path, key))


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Return the document with something else at a path."""
    if not path:
        return value
    if isinstance(document, list):
        return [replaced(each, path[1:], value) if n == path[0] else each for n, each in enumerate(document)]
    return document | {path[0]: replaced(document[path[0]], path[1:], value)}
