"""The one error of this room: what is wrong with a design, site or equipment file, in one sentence."""

from collections.abc import Iterable
from difflib import get_close_matches


class DesignError(Exception):
    """A design, site or equipment file, or a value in it, can't be used; the message is one sentence."""

    exit_code = 2


#: How many names a sentence lists at most.
LISTED = 24


def listed(names: Iterable[str], given: object = "") -> str:
    """Return names for a sentence: all of them, or of many those most like ``given``, and how many more."""
    known = list(names)
    if len(known) <= LISTED:
        return ", ".join(known) or "none"
    like = get_close_matches(str(given)[:60], known, n=LISTED // 2, cutoff=0.4)
    near = [*like, *(name for name in known if name not in like)][: LISTED // 2]
    return f"{', '.join(near)} and {len(known) - len(near)} more"
