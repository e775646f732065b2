"""Where the server is and the token that opens it; both are checked before anything is sent."""

import ipaddress
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from device_probe.problems import AgentCallError

TOKEN_VARIABLE = "DEVICE_PROBE_TOKEN"  # noqa: S105 - the name of a variable
MOST_TOKEN_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Access:
    """A server and the token for it, which never stands in a message."""

    url: str
    token: str = field(repr=False)


def server_url(text: str, *, insecure_http: bool = False) -> str:
    """Return the server's address without a slash at its end; http only to this computer or when told so."""
    try:
        parts = urlsplit(text.strip())
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise _no_address(text) from error
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise _no_address(text)
    if parts.username is not None:
        raise AgentCallError("Leave name and password out of --server; the token alone opens it.")
    if parts.scheme == "http" and not (insecure_http or is_loopback(host)):
        raise AgentCallError(
            f"http://{host} would carry the token in clear: use https, or --insecure-http on a network "
            "that nobody else is on."
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    """Return True for names and addresses of this computer."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def find_token(given: str | None, file: Path | None, environment: Mapping[str, str]) -> str:
    """Return the token from the option, the file or the environment, in this order."""
    token = given or (_from_file(file, environment) if file else environment.get(TOKEN_VARIABLE, ""))
    token = token.strip()
    if not token:
        raise AgentCallError(
            f"No token: give --token-file FILE or set {TOKEN_VARIABLE}; the server's page Tokens makes one."
        )
    if not (token.isascii() and token.isprintable() and " " not in token):
        raise AgentCallError("The token holds characters that no token has; copy it again, whole.")
    return token


def _from_file(file: Path, environment: Mapping[str, str]) -> str:
    try:
        with file.open("rb") as opened:
            mode, text = os.fstat(opened.fileno()).st_mode, opened.read(MOST_TOKEN_BYTES)
    except OSError as error:
        raise AgentCallError(
            f"{file}: the token cannot be read ({error.strerror or error}); check path and permissions."
        ) from error
    if sys.platform != "win32" and mode & 0o077 and not _of_systemd(file, environment):
        raise AgentCallError(f"{file}: others can read this token; chmod 600 {file}")
    return text.decode("ascii", "replace")


def _of_systemd(file: Path, environment: Mapping[str, str]) -> bool:
    """systemd's credentials are guarded by their folder; an access list makes their mode look open."""
    folder = environment.get("CREDENTIALS_DIRECTORY", "")
    return bool(folder) and file.resolve().parent == Path(folder).resolve()


def _no_address(text: str) -> AgentCallError:
    return AgentCallError(f"--server {text}: give the address of the server like https://field.example")
