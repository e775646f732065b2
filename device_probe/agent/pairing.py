"""The link that pairs a tablet with this agent: where the door is, and its token behind the #."""

import contextlib
import ipaddress
import secrets
import socket
from pathlib import Path

from device_probe.agent.files import write_whole
from device_probe.problems import AgentCallError, SpoolError

PORT = 8642
DEFAULT_DOOR = f"127.0.0.1:{PORT}"
FILE = "door.token"
#: Any address outside; nothing is sent there, only the way to it is looked up.
FAR_AWAY = ("192.0.2.1", 9)


def parse_door(text: str) -> tuple[str, int]:
    """Return host and port of ADDRESS:PORT; the address is one of this computer, the port may be left out."""
    host, _, port = text.rpartition(":") if _has_port(text) else (text, "", str(PORT))
    host = host.strip("[]")
    try:
        ipaddress.ip_address(host)
        number = int(port)
    except ValueError as error:
        raise AgentCallError(
            f"--serve {text}: give an address of this computer and a port, like 192.168.1.20:{PORT}."
        ) from error
    if not 0 <= number <= 65535:
        raise AgentCallError(f"--serve {text}: a port is a number up to 65535.")
    return host, number


def _has_port(text: str) -> bool:
    return (text.startswith("[") and "]:" in text) or text.count(":") == 1


def door_token(folder: Path, *, new: bool = False) -> str:
    """Return the token of the door, made at the first need; a new one locks out every paired tablet."""
    path = folder / FILE
    if not new:
        with contextlib.suppress(FileNotFoundError):
            if token := _read(path):
                return token
    token = secrets.token_urlsafe(24)
    write_whole(path, token.encode())
    return token


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise SpoolError(f"{path}: cannot be read ({error.strerror or error}); check its owner.") from error


def door_address(host: str, port: int) -> str:
    """Return the address as a tablet types it; of a door on all addresses, the one of the site network."""
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        address = ipaddress.ip_address(_own_address())
    return f"http://[{address}]:{port}/" if address.version == 6 else f"http://{address}:{port}/"


def link(address: str, token: str) -> str:
    """Return what the QR code holds; the part behind the # is never sent over the network by itself."""
    return f"{address}#{token}"


def _own_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(FAR_AWAY)
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
