"""What is to be scanned: hosts, ranges, networks, ports and unit ids, written as people write them. Pure."""

import ipaddress
import re
from collections.abc import Iterable

from device_probe.problems import ScanRangeError

LARGEST = 1024  # addresses, as many as a /22 has
LARGEST_EVER = 65536
HOST_NAME = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def parse_hosts(texts: Iterable[str], large: bool = False) -> tuple[str, ...]:
    """Return each host once, in the order given; ScanRangeError when it is too much or no address."""
    found: dict[str, None] = {}
    for text in texts:
        found.update(dict.fromkeys(_hosts(text.strip())))
        if len(found) > LARGEST and not large:
            raise ScanRangeError(
                f"{text} makes it more than {LARGEST} addresses (a /22); give a smaller range, "
                "or --large when the whole of it is yours to scan."
            )
    return tuple(found)


def parse_numbers(text: str, low: int, high: int, what: str) -> tuple[int, ...]:
    """Return the numbers of a list like "1-10,20"."""
    found: dict[int, None] = {}
    for part in text.split(","):
        match = re.fullmatch(r"\s*([0-9]{1,5})\s*(?:-\s*([0-9]{1,5})\s*)?", part)
        if match is None:
            raise ScanRangeError(f"{part.strip()!r} is no {what}; write numbers and ranges like 1-10,20.")
        first, last = int(match[1]), int(match[2] or match[1])
        if not low <= first <= last <= high:
            raise ScanRangeError(f"{part.strip()} is no range of {what}s; they go from {low} to {high}.")
        found.update(dict.fromkeys(range(first, last + 1)))
    return tuple(found)


def _hosts(text: str) -> list[str]:
    if "/" in text:
        return _network(text)
    first, dash, last = text.partition("-")
    start = _address(first)
    if dash and start is not None:
        return _range(text, start, last.strip())
    if _address(text) is not None or HOST_NAME.fullmatch(text):
        return [text]
    raise ScanRangeError(
        f"{text!r} is no host; write 192.168.1.50, 192.168.1.0/24, 192.168.1.10-20 or a name."
    )


def _network(text: str) -> list[str]:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise ScanRangeError(f"{text!r} is no network; write it like 192.168.1.0/24.") from error
    if network.num_addresses > LARGEST_EVER:
        raise ScanRangeError(
            f"{text} has {network.num_addresses} addresses; more than a /16 is never scanned."
        )
    return [str(address) for address in network.hosts()]


def _range(text: str, start: Address, last: str) -> list[str]:
    if last.isdecimal() and start.version == 4:
        last = f"{str(start).rpartition('.')[0]}.{last}"
    end = _address(last)
    if end is None or end.version != start.version or int(end) < int(start):
        raise ScanRangeError(f"{text!r} is no range; write it like 192.168.1.10-20.")
    if int(end) - int(start) >= LARGEST_EVER:
        raise ScanRangeError(f"{text} is more than a /16; that much is never scanned.")
    kind = type(start)
    return [str(kind(number)) for number in range(int(start), int(end) + 1)]


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text.strip())
    except ValueError:
        return None
