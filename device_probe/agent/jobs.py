"""What agent and server say to one another, as values (docs/contracts/agent-job.schema.json)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Ids stand in addresses and in names of files.
ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


@dataclass(frozen=True, slots=True)
class Job:
    """What an agent was asked to read, and how long it may be silent."""

    id: str
    site: str
    attempt: int
    plan: Mapping[str, Any]
    lease_seconds: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a report; ``taken`` False: another one came first."""

    id: str
    verdict: str
    number: int
    taken: bool


@dataclass(frozen=True, slots=True)
class GoOn:
    """Whether somebody called the job off, and how long the agent may be silent now."""

    cancel: bool
    lease_seconds: int
