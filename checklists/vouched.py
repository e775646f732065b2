"""What a signature on an item vouches for, as one digest that the tablet and the server both compute.

Everything recorded at the items that stand before the signature in the order of work; other signatures are
left out, so that a second person's does not undo the first. The state of an item is a function of what is
recorded (``merge.fold``): whoever binds the records binds the states, and needs no network for it.
"""

from collections.abc import Iterable, Mapping, Sequence

from checklists import canonical
from checklists.model import Checklist


def vouched_items(checklists: Sequence[Checklist], signature: str) -> tuple[str, ...]:
    """Return the keys of the items that a signature on an item vouches for, in the order of work."""
    found = []
    for item in (item for checklist in checklists for item in checklist.items):
        if item.key == signature:
            break
        if item.criterion.kind != "signature":
            found.append(item.key)
    return tuple(found)


def signed_digest(
    ground: str, signature: str, recorded: Mapping[str, Iterable[str]], probe_runs: Iterable[str]
) -> str:
    """Return what a signature binds.

    ``ground`` is the digest of the site's revision, ``recorded`` for every vouched item the digests of the
    operations there (notes, photos and replaced answers too), ``probe_runs`` the ids of all runs that judged.
    """
    entries = {key: sorted(set(digests)) for key, digests in recorded.items()}
    return canonical.digest(
        canonical.SIGNED,
        {
            "ground": ground,
            "item": signature,
            "entries": {key: digests for key, digests in entries.items() if digests},
            "probe_runs": sorted(set(probe_runs)),
        },
    )
