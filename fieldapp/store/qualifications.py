"""What people are qualified for."""

from collections import defaultdict
from collections.abc import Iterable

from sqlmodel import Session, col, select

from fieldapp.tables import PersonRow, QualificationRow


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


def organisations_with(session: Session, organisation_ids: Iterable[str]) -> set[str]:
    """Return those organisations of whose people any qualification is recorded."""
    query = (
        select(PersonRow.organisation_id)
        .join(QualificationRow, col(QualificationRow.person_id) == PersonRow.id)
        .where(col(PersonRow.organisation_id).in_(list(organisation_ids)))
    )
    return set(session.exec(query.distinct()))


def get(session: Session, qualification_id: str) -> QualificationRow | None:
    """Return a qualification."""
    return session.get(QualificationRow, qualification_id)
