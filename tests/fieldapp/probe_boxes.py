"""A hall on a real port, the devices of its site on others, and the real probe agent between them."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from werkzeug.serving import make_server

from device_probe.agent.access import Access
from device_probe.agent.server import Server
from device_probe.agent.start import Wanted, run
from device_probe.model import SitePlan
from device_probe.read import read_rounds
from device_probe.report import dump_report, judge_rounds, load_plan
from device_probe.simulator.server import SimulatedSite, simulate
from fieldapp.usecases import agent_jobs, site_plan, tokens, view_site
from fieldapp.usecases import jobs as use
from tests.fieldapp.hall_cast import Hall


@contextmanager
def served(hall: Hall) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, hall.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def devices(hall: Hall, scenario: str = "healthy", latency_s: float = 0.0) -> Iterator[SimulatedSite]:
    with hall.inside():
        plan = load_plan(site_plan.site_plan(hall.people["engineer"], hall.site))
    with simulate(plan, scenario, latency_s=latency_s) as network:
        yield network


def token_of(hall: Hall, who: str = "engineer") -> str:
    with hall.inside():
        return tokens.make_agent_token(hall.people[who], "Box in MSB", [hall.site]).token


@contextmanager
def box(url: str, token: str) -> Iterator[Server]:
    """The agent's own client, step by step."""
    opened = Server(Access(url, token))
    yield opened
    opened.close()


def call(url: str, token: str, path: str, body: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.post(f"{url}/api/v1/agent/jobs{path}", json=body, headers=headers, timeout=30)


def addresses(plan: SitePlan) -> tuple[str, ...]:
    return tuple(f"{each.tag}={each.host}:{each.port}" for each in plan.devices)


def once(url: str, token: str, folder: Path, network: SimulatedSite) -> int:
    """The whole agent, for what waits now."""
    return run(
        Wanted(url, token, None, False, folder, None, None, addresses(network.plan), once=True, timeout_s=30)
    )[0]


def read(network: SimulatedSite) -> Mapping[str, Any]:
    return dump_report(judge_rounds(network.plan, read_rounds(network.plan, interval_s=0.02)))


def ask(hall: Hall, who: str = "contractor") -> str:
    with hall.inside():
        return agent_jobs.ask_for_probe(hall.people[who], hall.site)


def line(hall: Hall, job: str) -> use.JobLine:
    with hall.inside():
        return use.job_line(hall.people["engineer"], job)


def runs(hall: Hall) -> int:
    with hall.inside():
        return len(view_site.view_site(hall.people["engineer"], hall.site).probe_runs)
