"""Probe runs, packs and instruments."""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from fieldapp.tables import InstrumentRow, PackRow, ProbeRunRow


def probe_run(session: Session, site_id: str, run_id: str) -> ProbeRunRow | None:
    """Return a probe run by its report id."""
    return session.get(ProbeRunRow, (site_id, run_id))


def probe_runs(session: Session, site_id: str) -> list[ProbeRunRow]:
    """Return the probe runs of a site in order."""
    query = select(ProbeRunRow).where(ProbeRunRow.site_id == site_id).order_by(col(ProbeRunRow.number))
    return list(session.exec(query))


def has_probed(session: Session, site_id: str, person_id: str) -> bool:
    """True when the person recorded a probe run on the site."""
    query = select(ProbeRunRow.id).where(ProbeRunRow.site_id == site_id, ProbeRunRow.author == person_id)
    return session.exec(query.limit(1)).first() is not None


def pack(session: Session, pack_id: str) -> PackRow | None:
    """Return a pack."""
    return session.get(PackRow, pack_id)


def packs(session: Session, site_id: str) -> list[PackRow]:
    """Return the packs of a site, the oldest first."""
    query = select(PackRow).where(PackRow.site_id == site_id).order_by(col(PackRow.number))
    return list(session.exec(query))


def newest_packs(session: Session, site_ids: Iterable[str]) -> dict[str, str]:
    """Return the id of the newest pack of each site that has one."""
    query = select(PackRow.site_id, PackRow.id).where(col(PackRow.site_id).in_(list(site_ids)))
    return dict(session.exec(query.order_by(col(PackRow.number))).all())


def instruments(session: Session, organisation_ids: Iterable[str]) -> list[InstrumentRow]:
    """Return the instruments of some organisations that are in use."""
    own = col(InstrumentRow.organisation_id).in_(list(organisation_ids))
    query = select(InstrumentRow).where(own, col(InstrumentRow.retired_at).is_(None))
    return list(session.exec(query.order_by(col(InstrumentRow.kind), col(InstrumentRow.id))))


def instruments_by_id(session: Session, ids: Iterable[str]) -> list[InstrumentRow]:
    """Return instruments by their ids."""
    query = select(InstrumentRow).where(col(InstrumentRow.id).in_(sorted(set(ids))))
    return list(session.exec(query.order_by(col(InstrumentRow.id))))
