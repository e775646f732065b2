"""What people are qualified for."""

from collections import defaultdict
from collections.abc import Iterable

from sqlmodel import Session, col, select

from fieldapp.tables import QualificationRow


def of_people(session: Session, person_ids: Iterable[str]) -> dict[str, list[QualificationRow]]:
    """Return the qualifications of some people, revoked ones too, the oldest first."""
    query = (
        select(QualificationRow)
        .where(col(QualificationRow.person_id).in_(list(person_ids)))
        .order_by(col(QualificationRow.valid_from), col(QualificationRow.id))
    )
    found: defaultdict[str, list[QualificationRow]] = defaultdict(list)
    for row in session.exec(query):
        found[row.person_id].append(row)
    return dict(found)


def get(session: Session, qualification_id: str) -> QualificationRow | None:
    """Return a qualification."""
    return session.get(QualificationRow, qualification_id)
