"""What the server vouches for: what one person on one tablet sent that is durably here."""

from typing import Any

from fieldapp.clock import now
from fieldapp.problems import Problem
from fieldapp.store import journal, objects, operations, sites
from fieldapp.store.database import session
from fieldapp.usecases import permissions
from fieldapp.usecases.sign_in_tablet import Bearer


def receipts(bearer: Bearer, tablet: str) -> dict[str, Any]:
    """Return the receipt of a token's person and tablet; its journal heads are remembered as given out."""
    if tablet != bearer.tablet:
        raise Problem("invalid", where="tablet", problem="this token belongs to another tablet.")
    at = now()
    # Under the writers' lock: a head that is given out must be one that stays.
    with session() as db:
        photos = operations.photos_of_key(db, bearer.tablet, bearer.key)
        heads = []
        for site_id in operations.sites_of_key(db, bearer.tablet, bearer.key):
            site = sites.lock(db, site_id)
            if site is not None and permissions.sees(db, bearer.viewer, site):
                journal.anchor(db, site, f"receipt:{bearer.tablet}", at)
                heads.append({"site": site.id, "number": site.head_number, "hash": site.head_hash})
        return {
            "tablet": bearer.tablet,
            "person": bearer.viewer.id,
            "contiguous": _contiguous(operations.sequence(db, bearer.tablet, bearer.key)),
            "held": [row.operation_id for row in operations.held_of_key(db, bearer.tablet, bearer.key)],
            "missing_objects": sorted(photos - objects.present(db, photos).keys()),
            "journal_heads": heads,
            "server_time": at,
        }


def _contiguous(numbers: set[int]) -> int:
    reached = 0
    while reached + 1 in numbers:
        reached += 1
    return reached
