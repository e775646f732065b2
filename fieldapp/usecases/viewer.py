"""Who is asking: from the session cookie on pages, from the token in the API, by name on the command line."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from fieldapp.store.people import Pair

Role = Literal["engineer", "contractor", "reviewer", "service", "admin"]
ROLES: tuple[Role, ...] = ("engineer", "contractor", "reviewer", "service", "admin")
#: kind of an organisation -> the roles that its people may have.
ROLES_IN: Mapping[str, tuple[Role, ...]] = {
    "operator": ("engineer", "reviewer", "service", "admin"),
    "contractor": ("contractor", "admin"),
    "service_provider": ("service", "admin"),
}


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person as far as permissions go."""

    id: str
    name: str
    email: str
    role: Role
    organisation_id: str
    organisation: str
    kind: str  # of the organisation
    only_sites: frozenset[str] | None = None  # by a token; None: all that the person sees


def viewer_of(pair: Pair) -> Viewer:
    """Return the viewer of a person's row and their organisation's."""
    person, organisation = pair
    return Viewer(
        person.id, person.name, person.email, cast("Role", person.role), organisation.id, organisation.name,
        organisation.kind,
    )  # fmt: skip
