"""Check, rebuild and export journals: for whoever keeps the machine, so nobody's permission is asked."""

from collections.abc import Iterator
from dataclasses import dataclass

from fieldapp.problems import not_found
from fieldapp.store import journal, sites
from fieldapp.store.database import reading, session
from fieldapp.usecases import projection


@dataclass(frozen=True, slots=True)
class JournalCheck:
    """What was found in one site's journal."""

    site: str
    name: str
    entries: int
    head: str
    problems: tuple[str, ...]

    @property
    def good(self) -> bool:
        """True when nothing differs."""
        return not self.problems


def verify_journals(site_id: str | None = None) -> tuple[JournalCheck, ...]:
    """Recompute chain and item states of one site or of all."""
    return tuple(_check(each) for each in _chosen(site_id))


def _check(site_id: str) -> JournalCheck:
    with reading() as db:
        site = sites.get(db, site_id)
        if site is None:
            raise not_found("site")
        problems = journal.verify(db, site)
        if not problems:
            problems = [
                f"The kept state of {item} is not what the journal says; run fieldapp journal rebuild."
                for item in projection.differences(db, site)
            ]
        return JournalCheck(site.id, site.name, site.head_number, site.head_hash, tuple(problems))


def rebuild(site_id: str) -> None:
    """Make the item states and the proposals of a site anew from its journal."""
    with session() as db:
        site = sites.lock(db, site_id)
        if site is None:
            raise not_found("site")
        projection.renew_proposals(db, site)
        projection.refold(db, site)


def export(site_id: str) -> Iterator[dict[str, object]]:
    """Yield every entry of a site's journal as JSON."""
    with reading() as db:
        if sites.get(db, site_id) is None:
            raise not_found("site")
        entries = journal.read(db, site_id)
    for entry in entries:
        yield entry.document()


def _chosen(site_id: str | None) -> list[str]:
    if site_id is not None:
        return [site_id]
    with reading() as db:
        return [site.id for site in sites.listed(db)]
