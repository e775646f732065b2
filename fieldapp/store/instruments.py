"""Instruments with their certificates, and where in the journals they were used."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable

from sqlalchemy import JSON, cast, type_coerce
from sqlmodel import Session, col, select

from fieldapp.tables import (
    InstrumentCertificateRow,
    InstrumentRow,
    ItemStateRow,
    JournalEntryRow,
    OrganisationRow,
)


def get(session: Session, instrument_id: str) -> InstrumentRow | None:
    """Return an instrument."""
    return session.get(InstrumentRow, instrument_id)


def listed(
    session: Session, organisation_ids: Collection[str], ids: Collection[str] = ()
) -> list[tuple[InstrumentRow, str]]:
    """Return instruments of some organisations, and those named, each with its organisation's name."""
    wanted = col(InstrumentRow.organisation_id).in_(organisation_ids) | col(InstrumentRow.id).in_(ids)
    query = (
        select(InstrumentRow, OrganisationRow.name)
        .join(OrganisationRow, col(OrganisationRow.id) == InstrumentRow.organisation_id)
        .where(wanted)
        .order_by(OrganisationRow.name, col(InstrumentRow.kind), col(InstrumentRow.id))
    )
    return list(session.exec(query).all())


def certificates(session: Session, ids: Iterable[str]) -> dict[str, list[InstrumentCertificateRow]]:
    """Return the certificates of some instruments, revoked ones too, the oldest calibration first."""
    query = (
        select(InstrumentCertificateRow)
        .where(col(InstrumentCertificateRow.instrument_id).in_(list(ids)))
        .order_by(col(InstrumentCertificateRow.calibrated_on), col(InstrumentCertificateRow.id))
    )
    found: defaultdict[str, list[InstrumentCertificateRow]] = defaultdict(list)
    for row in session.exec(query):
        found[row.instrument_id].append(row)
    return dict(found)


def certificate(session: Session, certificate_id: str) -> InstrumentCertificateRow | None:
    """Return a certificate."""
    return session.get(InstrumentCertificateRow, certificate_id)


def used_at(session: Session, site_ids: Collection[str]) -> set[str]:
    """Return the instruments that stand at items of some sites."""
    if not site_ids:
        return set()
    document = col(ItemStateRow.document)
    postgres = session.get_bind().dialect.name == "postgresql"
    state = cast(document, JSON) if postgres else type_coerce(document, JSON)
    named = state["instrument"].as_string()
    query = select(named).where(col(ItemStateRow.site_id).in_(site_ids), named.is_not(None)).distinct()
    return {str(each) for each in session.exec(query)}


def items_with(session: Session, instrument_id: str) -> dict[str, set[str]]:
    """Return site -> items at which somebody recorded something with an instrument, whatever stands now."""
    named = f'"instrument":"{instrument_id}"'
    query = select(JournalEntryRow.site_id, JournalEntryRow.body).where(
        JournalEntryRow.type == "operation", col(JournalEntryRow.body).contains(named, autoescape=True)
    )
    found: defaultdict[str, set[str]] = defaultdict(set)
    for site_id, body in session.exec(query):
        operation = json.loads(body)["op"]
        if operation["body"].get("instrument") == instrument_id:
            found[site_id].add(operation["item"])
    return dict(found)
