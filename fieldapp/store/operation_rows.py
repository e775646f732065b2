"""The look-up rows of journalled operations as a whole: to compare with the journal, and to make anew."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert
from sqlmodel import Session, col, select

from fieldapp.tables import OperationRow


def of_site(session: Session, site_id: str) -> dict[str, dict[str, Any]]:
    """Return every row of a site by operation id."""
    rows = session.exec(select(OperationRow).where(OperationRow.site_id == site_id))
    return {row.id: row.model_dump() for row in rows}


def replace_all(session: Session, site_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put rows in the place of all that a site has."""
    session.execute(delete(OperationRow).where(col(OperationRow.site_id) == site_id))
    if rows:
        session.execute(insert(OperationRow), list(rows))
