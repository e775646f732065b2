"""A probe agent as docs/contracts describe it: claim, read, tell, send; over real HTTP and real Modbus.

Also a process of its own: ``python -m tests.fieldapp.probe_agent URL TOKEN ADDRESSES``.
"""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import click
import httpx

from device_probe.model import ProbeReport, SitePlan
from device_probe.read import read_site
from device_probe.report import dump_report, judge, load_plan

#: Where the devices of a plan really answer: tag -> host and port.
Addresses = Mapping[str, tuple[str, int]]


class CancelledError(Exception):
    """The server wants no report any more."""


def addresses_of(plan: SitePlan) -> Addresses:
    return {device.tag: (device.host, device.port) for device in plan.devices}


@dataclass
class ProbeAgent:
    """One agent with its token."""

    url: str
    token: str
    addresses: Addresses
    told: Callable[[str], None] = lambda tag: None

    def call(self, path: str, body: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.post(f"{self.url}/api/v1/agent/jobs{path}", json=body, headers=headers, timeout=30)

    def claim(self) -> dict[str, Any] | None:
        answer = self.call("/claim", {})
        if answer.status_code == 204:
            assert int(answer.headers["Retry-After"]) > 0
            return None
        return dict(answer.raise_for_status().json())

    def progress(self, job: str, percent: int, message: str) -> httpx.Response:
        return self.call(f"/{job}/progress", {"percent": percent, "message": message})

    def probe(self, job: Mapping[str, Any], *, silent: bool = False) -> ProbeReport:
        plan = load_plan(job["plan"])
        devices = [
            replace(each, host=self.addresses[each.tag][0], port=self.addresses[each.tag][1])
            for each in plan.devices
        ]
        there = replace(plan, devices=tuple(devices))

        def tell(tag: str, done: int, total: int) -> None:
            if silent:
                return
            self.told(tag)
            if (
                self.progress(job["id"], 100 * done // total, f"read {tag}")
                .raise_for_status()
                .json()["cancel"]
            ):
                raise CancelledError

        return judge(there, read_site(there, tell))

    def send(self, job: str, report: ProbeReport) -> httpx.Response:
        return self.call(f"/{job}/result", dump_report(report))

    def work(self) -> httpx.Response | None:
        """Do one job if there is one."""
        job = self.claim()
        if job is None:
            return None
        try:
            report = self.probe(job)
        except* CancelledError:
            report = None
        if report is None:
            return self.call(f"/{job['id']}/fail", {"reason": "cancelled"})
        return self.send(job["id"], report)


if __name__ == "__main__":
    url, token, given = sys.argv[1:]
    places = {tag: (host, port) for tag, (host, port) in json.loads(given).items()}
    ProbeAgent(url, token, places, click.echo).work()
