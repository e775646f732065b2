"""An agent's door on a free loopback port, and a tablet that has scanned its code."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from device_probe.agent.bell import Bell
from device_probe.agent.desk import Desk, Plans
from device_probe.agent.door import Door
from device_probe.agent.pairing import door_token
from device_probe.agent.reading import Reader
from device_probe.agent.spool import Spool
from device_probe.agent.standing import Notebook
from device_probe.model import SitePlan
from tests.device_probe.scripted_hall import until


@dataclass
class Tablet:
    """A tablet that has scanned the code."""

    door: Door
    desk: Desk
    client: httpx.Client

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.client.get(path, headers=headers)

    def post(self, path: str, **headers: str) -> httpx.Response:
        return self.client.post(path, headers=headers)

    def state(self) -> dict[str, Any]:
        return dict(self.get("/api/state").raise_for_status().json())

    def read(self) -> dict[str, Any]:
        assert self.post("/api/read").status_code == 202
        until(lambda: self.state()["run"] is None)
        return self.state()


@contextmanager
def tablet(folder: Path, plan: SitePlan | None, server: str = "") -> Iterator[Tablet]:
    spool, bell = Spool(folder), Bell()
    spool.prepare()
    reader = Reader({}, bell.ring, 30)
    desk = Desk(
        spool,
        reader,
        Notebook(folder / "state.json", server),
        Plans(folder / "plan.json", plan),
        lambda said: None,
    )
    with Door(("127.0.0.1", 0), desk).serving() as door:
        headers = {"Authorization": f"Bearer {door_token(folder)}"}
        with httpx.Client(base_url=door.address, headers=headers, timeout=20) as client:
            yield Tablet(door, desk, client)
        reader.stop()
