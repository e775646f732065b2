"""How a connection to an endpoint is made: TCP, TLS or a serial port, each with its framing."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable
from typing import TypeVar

from device_probe.bus.aside import aside
from device_probe.bus.connection import Connection
from device_probe.bus.framing import RtuStream, TcpStream
from device_probe.bus.serial_port import open_serial
from device_probe.model import Endpoint
from device_probe.problems import CertificateError, NoConnectionError

NAME_S = 2.5  # to look up a name
MOST_ADDRESSES = 2  # of a name that has many

Address = tuple[str, int]
C = TypeVar("C", bound=Connection)


def new_connection(endpoint: Endpoint) -> Connection:
    """Return a connection with the framing of its link, not yet open."""
    framing = RtuStream if endpoint.link in ("rtu_tcp", "serial") else TcpStream
    return Connection(framing(endpoint.place), endpoint.place)


async def open_connection(
    endpoint: Endpoint, timeout_s: float, tls: ssl.SSLContext | None, make: Callable[[Endpoint], C]
) -> C:
    """Return an open connection of the kind that ``make`` makes; NoConnectionError says why there is none."""
    if endpoint.link == "serial":
        return await _open_serial(endpoint, timeout_s, make)
    context = (tls or ssl.create_default_context()) if endpoint.link == "tls" else None
    try:
        addresses = await _addresses(endpoint)
    except (OSError, ValueError, TimeoutError) as error:  # ValueError: a host that can't be a name
        raise _unreachable(endpoint) from error
    for address in addresses[:-1]:
        try:
            return await _open_tcp(endpoint, address, timeout_s, context, make)
        except (OSError, TimeoutError):
            continue
    try:
        return await _open_tcp(endpoint, addresses[-1], timeout_s, context, make)
    except ssl.SSLCertVerificationError as error:
        raise CertificateError(
            f"{endpoint.place} shows a certificate that is not trusted: {error.verify_message}; "
            "SSL_CERT_FILE may name the file of the authority that made it"
        ) from error
    except (OSError, TimeoutError, ValueError) as error:
        raise _unreachable(endpoint) from error


def _unreachable(endpoint: Endpoint) -> NoConnectionError:
    return NoConnectionError(f"no connection to {endpoint.place}; check address, cable and power")


async def _addresses(endpoint: Endpoint) -> list[Address]:
    try:
        ipaddress.ip_address(endpoint.host)
    except ValueError:
        pass
    else:
        return [(endpoint.host, endpoint.port)]
    async with asyncio.timeout(NAME_S):
        found = await aside(lambda: socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM))
    # few devices of a site network know IPv6, and an address that is not routed costs a timeout
    ordered = sorted(found, key=lambda entry: entry[0] != socket.AF_INET)
    return [(str(entry[4][0]), endpoint.port) for entry in ordered][:MOST_ADDRESSES]


async def _open_tcp(
    endpoint: Endpoint, address: Address, timeout_s: float, context: ssl.SSLContext | None,
    make: Callable[[Endpoint], C],
) -> C:  # fmt: skip
    loop = asyncio.get_running_loop()
    name = endpoint.host if context else None
    async with asyncio.timeout(timeout_s):
        _, connection = await loop.create_connection(
            lambda: make(endpoint), *address, ssl=context, server_hostname=name
        )
    return connection


async def _open_serial(endpoint: Endpoint, timeout_s: float, make: Callable[[Endpoint], C]) -> C:
    connection = make(endpoint)
    try:
        async with asyncio.timeout(max(timeout_s, NAME_S)):
            await open_serial(endpoint, connection)
    except (OSError, ValueError, TimeoutError) as error:
        raise NoConnectionError(
            f"the serial port {endpoint.place} can't be opened; check that the adapter is plugged in, that "
            "no other program holds it and that you may use it"
        ) from error
    return connection
