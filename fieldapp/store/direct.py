"""Statements of the path that every push takes, written by hand: there, what builds and maps queries costs
more than the database does. What a session still holds back is not written before them: whoever needs that
flushes.
"""

import json
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlmodel import Session

_MARK = re.compile(r"IN :(\w+)|:(\w+)")


def rows(session: Session, statement: str, **values: Any) -> Sequence[Sequence[Any]]:
    """Return all rows of a query with ``:name`` for a value and ``IN :name`` for a list of values."""
    result = _run(session, statement, values)
    return result.fetchall()  # type: ignore[no-any-return]


def run(session: Session, statement: str, **values: Any) -> None:
    """Run a statement that returns nothing."""
    _run(session, statement, values)


def _run(session: Session, statement: str, values: dict[str, Any]) -> Any:
    connection = session.connection()
    postgresql = connection.dialect.name == "postgresql"
    text, order = _translated(statement, postgresql)
    given = tuple(_value(values[name], postgresql) for name in order)
    return connection.exec_driver_sql(text, given)


def _value(value: Any, postgresql: bool) -> Any:
    if isinstance(value, str) or not isinstance(value, (list, tuple, set, frozenset)):
        return value
    return sorted(value) if postgresql else json.dumps(sorted(value))


@cache
def _translated(statement: str, postgresql: bool) -> tuple[str, tuple[str, ...]]:
    """Return the statement in the words of a driver, and the names of its values in their order."""
    order: list[str] = []

    def mark(found: re.Match[str]) -> str:
        order.append(found[1] or found[2])
        if found[2]:
            return "%s" if postgresql else "?"
        return "= ANY(%s)" if postgresql else "IN (SELECT value FROM json_each(?))"

    return _MARK.sub(mark, statement), tuple(order)
