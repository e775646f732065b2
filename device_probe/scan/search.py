"""Looking through a network politely: a limited number of connects a second, one at a time to each host."""

import asyncio
import errno
import socket
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from device_probe.bus import Manners, now_text
from device_probe.bus.aside import aside
from device_probe.identify.asker import Asker
from device_probe.loop import run
from device_probe.model import Endpoint, PlannedDevice, SitePlan
from device_probe.problems import BusError, NoConnectionError, ProfileError
from device_probe.profile import Profile
from device_probe.profile_schema import list_profiles, load_profile
from device_probe.scan.compare import compare
from device_probe.scan.host import HostScan
from device_probe.scan.result import FoundDevice, Place, ScanRange, ScanResult, SilentPlace

NAME_S = 2.5  # to look up a name
NO_WAY = (errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL)

Progress = Callable[[str, int, int, int], None]  # host just done, hosts done, hosts in all, devices found


class ConnectGate(asyncio.Semaphore):
    """What every connect passes: so many at once, and so many a second."""

    def __init__(self, at_once: int, per_second: float) -> None:
        super().__init__(at_once)
        self._interval = 1 / per_second
        self._next = 0.0

    async def acquire(self) -> Literal[True]:
        """Wait for a turn."""
        await super().acquire()
        now = asyncio.get_running_loop().time()
        turn = max(now, self._next)
        self._next = turn + self._interval
        try:
            await asyncio.sleep(turn - now)
        except asyncio.CancelledError:
            self.release()
            raise
        return True


@dataclass(slots=True)
class _Gathered:
    """What came until now; kept also when the scan is stopped."""

    found: list[FoundDevice] = field(default_factory=list)
    silent: list[SilentPlace] = field(default_factory=list)
    asked: set[Place] = field(default_factory=set)
    addresses: dict[str, str] = field(default_factory=dict)
    requests: int = 0
    done: int = 0
    failures: list[BusError] = field(default_factory=list)
    reached: bool = False


def scan(wanted: ScanRange, expected: SitePlan | None = None, progress: Progress | None = None) -> ScanResult:
    """Look through a range and compare it with what is expected; a stop returns what was found so far.

    NoConnectionError when this computer has no way to any of the hosts.
    """
    return run(scan_on_loop(wanted, expected, progress))


async def scan_on_loop(
    wanted: ScanRange, expected: SitePlan | None = None, progress: Progress | None = None
) -> ScanResult:
    """Do the same where a loop runs already."""
    started, gathered = now_text(), _Gathered()
    devices = expected.devices if expected else ()
    complete = await _until_stopped(_all_hosts(wanted, devices, gathered, progress))
    if complete and not gathered.reached and gathered.failures and all(map(_no_way, gathered.failures)):
        raise NoConnectionError(f"{gathered.failures[0]}; this computer has no way to any of these hosts")
    result = ScanResult(
        started, now_text(), wanted.hosts, wanted.ports, wanted.units,
        tuple(sorted(gathered.found, key=_order(wanted))), tuple(gathered.silent), frozenset(gathered.asked),
        gathered.addresses, gathered.requests, complete,
    )  # fmt: skip
    return result if expected is None else replace(result, findings=compare(expected, result))


async def _until_stopped(work: Coroutine[Any, Any, None]) -> bool:
    """Return False when Ctrl-C came; the result so far is as true as it is short."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        return False
    return True


async def _all_hosts(
    wanted: ScanRange, devices: Iterable[PlannedDevice], gathered: _Gathered, progress: Progress | None
) -> None:
    planned = tuple(devices)
    gathered.addresses.update(await _addresses({*wanted.hosts, *(device.host for device in planned)}))
    gate = ConnectGate(wanted.hosts_at_once, wanted.connects_per_second)
    turn = asyncio.Semaphore(wanted.hosts_at_once)
    profiles = _profiles(planned)

    async def one(host: str) -> None:
        async with turn:
            own = [d for d in planned if _same(gathered.addresses, d.host, host) and d.link != "serial"]
            for port in dict.fromkeys((*wanted.ports, *(d.port for d in own))):
                await _port(wanted, host, port, [d for d in own if d.port == port], profiles, gate, gathered)
        gathered.done += 1
        if progress:
            progress(host, gathered.done, len(wanted.hosts), len(gathered.found))

    async with asyncio.TaskGroup() as group:
        for host in _once_each(wanted.hosts, gathered.addresses):
            group.create_task(one(host))


async def _port(
    wanted: ScanRange, host: str, port: int, planned: list[PlannedDevice], profiles: tuple[Profile, ...],
    gate: ConnectGate, gathered: _Gathered,
) -> None:  # fmt: skip
    link = planned[0].link if planned else "tcp"
    endpoint = Endpoint(host, port, link, (planned[0].baud if planned else None) or 9600)
    manners = Manners(
        timeout_s=wanted.timeout_s, retries=0, min_gap_s=wanted.min_gap_s, patience_s=60.0,
        connect_delay_s=max((p.connect_delay_ms for p in _of(planned, profiles)), default=0) / 1000,
    )  # fmt: skip
    asker = Asker(endpoint, 1, manners, gate, wanted.patience_s)
    scanned = HostScan(asker, profiles, gathered.found.append, gathered.asked.add)
    try:
        await scanned.units(wanted.units, planned)
    except NoConnectionError as error:
        gathered.failures.append(error)
        gathered.asked.update((host, port, device.unit) for device in planned)
    else:
        gathered.reached = True
        if not scanned.answered:
            gathered.silent.append(SilentPlace(host, port, str(scanned.failure or "nobody answers")))
    finally:
        gathered.requests += asker.requests
        scanned.hand_over()
        await asker.close()


def _of(planned: Iterable[PlannedDevice], profiles: Iterable[Profile]) -> list[Profile]:
    names = {device.profile for device in planned}
    return [profile for profile in profiles if profile.id in names]


def _profiles(planned: tuple[PlannedDevice, ...]) -> tuple[Profile, ...]:
    """Return all profiles, and the user's own that the plan names."""
    known = {profile.id: profile for profile in list_profiles()}
    for device in planned:
        with suppress(ProfileError):  # a plan may name a file that is not at hand: it fits nothing then
            profile = load_profile(device.profile)
            if profile.points:
                known.setdefault(profile.id, profile)
    return tuple(known.values())


async def _addresses(hosts: Iterable[str]) -> dict[str, str]:
    """Look up the hosts that were given by name."""
    names = [host for host in hosts if not host.replace(".", "").isdecimal() and ":" not in host]
    found = await asyncio.gather(*(_address(name) for name in names))
    return {name: address for name, address in zip(names, found, strict=True) if address}


async def _address(name: str) -> str:
    try:
        async with asyncio.timeout(NAME_S):
            found = await aside(lambda: socket.getaddrinfo(name, None, socket.AF_INET, socket.SOCK_STREAM))
    except (OSError, ValueError, TimeoutError):
        return ""
    return str(found[0][4][0])


def _same(addresses: dict[str, str], one: str, other: str) -> bool:
    return addresses.get(one, one) == addresses.get(other, other)


def _once_each(hosts: Iterable[str], addresses: dict[str, str]) -> list[str]:
    """Return each host once, also when it was given by name and by number."""
    return list({addresses.get(host, host): host for host in hosts}.values())


def _no_way(error: BusError) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, socket.gaierror) or (isinstance(cause, OSError) and cause.errno in NO_WAY):
            return True
        cause = cause.__cause__
    return False


def _order(wanted: ScanRange) -> Callable[[FoundDevice], tuple[int, int, int, int]]:
    places = {host: number for number, host in enumerate(wanted.hosts)}
    return lambda f: (places.get(f.host, len(places)), f.port, f.unit, f.behind is not None)
