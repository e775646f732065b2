"""What an instrument was used for is judged anew on every site after its certificates changed, by a job."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlmodel import Session

from fieldapp.clock import now
from fieldapp.store import instruments, jobs, journal, sites
from fieldapp.store.database import reading, session
from fieldapp.store.journal import Draft
from fieldapp.tables import SiteRow
from fieldapp.usecases import projection
from fieldapp.usecases.issue_pack import Tell
from fieldapp.usecases.viewer import Viewer

KIND = "rejudge"
#: The journal type of a change that judged something anew.
CHANGED = "certificate_changed"


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a certificate: added, or revoked with a reason."""

    instrument: str
    certificate: str
    change: str
    reason: str


def queue(db: Session, viewer: Viewer, change: Change) -> str:
    """Ask for the work in the transaction of the change; return the job."""
    arguments = {**asdict(change), "person": viewer.id}
    key = f"{KIND}:{change.certificate}:{change.change}"
    return jobs.add(db, KIND, arguments, key, site=None, person=viewer.id).id


def rejudge(arguments: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Fold the items anew at which the instrument was used; return the sites where a state changed.

    Where one changed the journal says why: there stands the reason of what lapses by it.
    """
    change = Change(**{key: arguments[key] for key in ("instrument", "certificate", "change", "reason")})
    with reading() as db:
        used = instruments.items_with(db, change.instrument)
    changed = []
    for done, site_id in enumerate(sorted(used)):
        tell(100 * done // len(used), f"site {done + 1} of {len(used)}")
        with session() as db:
            site = sites.lock(db, site_id)
            if site is not None and _renew(db, site, used[site_id], change, arguments["person"]):
                changed.append(site_id)
    return {"sites": len(used), "changed": changed}


def _renew(db: Session, site: SiteRow, items: set[str], change: Change, author: str) -> bool:
    wanted = projection.touched(db, site, items)
    before, after = sites.states(db, site.id, wanted), projection.folded(db, site, items)
    differ = sorted(key for key, state in after.items() if before.get(key) != state)
    if differ:
        at = now()
        journal.append(db, site, [Draft(CHANGED, {**asdict(change), "items": differ}, author, at)], at)
        projection.refold(db, site, items)
    return bool(differ)
