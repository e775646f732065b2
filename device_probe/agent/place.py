"""Where the agent keeps its folder when nobody says where."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

NAME = "device-probe-agent"


def default_spool(environment: Mapping[str, str]) -> Path:
    """Return the state folder: of the systemd unit, else of the user."""
    if given := environment.get("STATE_DIRECTORY", "").split(os.pathsep)[0]:
        return Path(given)
    if sys.platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or Path.home()) / NAME
    return Path(environment.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / NAME
