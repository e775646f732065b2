"""Who is asking. The web takes it from the session cookie, the API from the token, the command line makes one."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["engineer", "contractor", "reviewer", "service", "admin"]
ROLES: tuple[Role, ...] = ("engineer", "contractor", "reviewer", "service", "admin")


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person as far as permissions go."""

    id: str
    name: str
    email: str
    role: Role
    organisation_id: str
    organisation: str
