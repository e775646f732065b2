"""Many rows into one table with one statement: the part of a push that grows with its operations."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Float, Integer, Table
from sqlmodel import Session, SQLModel

_TYPES = ((Integer, "integer"), (Float, "double precision"))


def write(
    session: Session, row: type[SQLModel], rows: Sequence[Mapping[str, Any]], *, replace: bool = False
) -> None:
    """Insert rows that all have the same keys; with ``replace`` a row with a known primary key is renewed."""
    if not rows:
        return
    names = tuple(rows[0])
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        # One statement and one round trip however many rows: each column travels as an array.
        columns = tuple([each[name] for each in rows] for name in names)
        connection.exec_driver_sql(_postgresql(row, names, replace), columns)
    else:
        values = [tuple(each[name] for name in names) for each in rows]
        connection.exec_driver_sql(_sqlite(row, names, replace), values)


@cache
def _sqlite(row: type[SQLModel], names: tuple[str, ...], replace: bool) -> str:
    marks = ", ".join("?" for _ in names)
    return f"{_insert(row, names)} VALUES ({marks}){_renew(row, names, replace)}"


@cache
def _postgresql(row: type[SQLModel], names: tuple[str, ...], replace: bool) -> str:
    arrays = ", ".join(f"%s::{_type(row, name)}[]" for name in names)
    # Only names of our own tables and columns stand in the text.
    return f"{_insert(row, names)} SELECT * FROM unnest({arrays}){_renew(row, names, replace)}"  # noqa: S608


def _insert(row: type[SQLModel], names: tuple[str, ...]) -> str:
    return f"INSERT INTO {_table(row).name} ({', '.join(names)})"


def _renew(row: type[SQLModel], names: tuple[str, ...], replace: bool) -> str:
    if not replace:
        return ""
    key = [column.name for column in _table(row).primary_key]
    changed = ", ".join(f"{name} = excluded.{name}" for name in names if name not in key)
    return f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changed}"


def _type(row: type[SQLModel], name: str) -> str:
    kind = _table(row).columns[name].type
    return next((word for each, word in _TYPES if isinstance(kind, each)), "text")


def _table(row: type[SQLModel]) -> Table:
    table: Table = row.__table__  # type: ignore[attr-defined]
    return table
