"""The one door to the server (httpx): jobs and reports as docs/contracts/agent-job.schema.json says.

Whatever comes back is one of four things: an answer of ours, a refusal of ours, a token that is not good any
more, or nothing to be relied on: no network, a fault of the server, or somebody else who answers for it,
like the sign-in page of a guest network. Only the first two are ever believed.
"""

import json
import ssl
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib import metadata
from typing import Any
from urllib.parse import quote

import httpx

from device_probe.agent.access import Access
from device_probe.agent.jobs import ID, GoOn, Job, Taken
from device_probe.problems import OutOfReachError, ServerRefusalError, TokenRefusedError

TIMEOUT = httpx.Timeout(15.0, connect=5.0)
MOST_BYTES = 16 * 2**20
MOST_SECONDS = 60.0
MOST_WORDS = 500
JOBS = "/api/v1/agent/jobs"
TRY_LATER = frozenset({408, 425, 429})


class Server:
    """The server as one agent sees it."""

    def __init__(self, access: Access) -> None:
        self.url = access.url
        headers = {
            "Authorization": f"Bearer {access.token}",
            "Accept": "application/json, application/problem+json",
            "User-Agent": f"device-probe/{metadata.version('fieldapp')}",
        }
        self._client = httpx.Client(base_url=access.url, headers=headers, timeout=TIMEOUT)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def claim(self) -> tuple[Job | None, float]:
        """Return a job to do, or None and how long to wait before asking again."""
        answer, wait_s = self._ask(f"{JOBS}/claim", {})
        if answer is None:
            return None, wait_s or 0.0
        found = self._shaped(answer, id=str, kind=str, site=str, attempt=int, plan=dict, lease_seconds=int)
        if found["kind"] != "probe" or not ID.match(found["id"]):
            raise self._somebody_else()
        return Job(
            found["id"], found["site"], found["attempt"], found["plan"], max(1, found["lease_seconds"])
        ), 0.0

    def progress(self, job: str, percent: int, message: str) -> GoOn:
        """Keep the lease, say how far the job is, and hear whether to go on."""
        answer = self._answer(f"{JOBS}/{job}/progress", {"percent": percent, "message": plain(message)})
        found = self._shaped(answer, cancel=bool, lease_seconds=int)
        return GoOn(found["cancel"], found["lease_seconds"])

    def result(self, job: str, report: Mapping[str, Any]) -> Taken:
        """Send the report of a job; sending it again changes nothing."""
        return self._taken(self._answer(f"{JOBS}/{job}/result", report))

    def upload(self, site: str, report: Mapping[str, Any]) -> Taken:
        """Send a report that nobody asked for; sending it again changes nothing."""
        answer = self._answer(f"/api/v1/sites/{quote(site, safe='')}/probe-runs", report)
        return self._taken({**answer, "taken": True})

    def fail(self, job: str, reason: str, *, again: bool) -> str:
        """Say why there is no report; return the state of the job then."""
        answer = self._answer(f"{JOBS}/{job}/fail", {"reason": plain(reason) or "-", "again": again})
        return str(self._shaped(answer, state=str)["state"])

    def _taken(self, answer: Mapping[str, Any]) -> Taken:
        found = self._shaped(answer, id=str, verdict=str, number=int, taken=bool)
        return Taken(found["id"], found["verdict"], found["number"], found["taken"])

    def _shaped(self, answer: Mapping[str, Any], **shape: type) -> Mapping[str, Any]:
        for key, kind in shape.items():
            if type(answer.get(key)) is not kind:
                raise self._somebody_else()
        return answer

    def _answer(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        answer, _ = self._ask(path, body)
        if answer is None:
            raise self._somebody_else()
        return answer

    def _ask(self, path: str, body: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, float | None]:
        response, content = self._send(path, body)
        status, wait_s = response.status_code, _seconds(response.headers.get("Retry-After", ""))
        if status == 204:
            return None, wait_s
        document = _document(response, content)
        if status == 200 and document is not None:
            return document, None
        if status >= 500 or status in TRY_LATER:
            words = f": {document['detail']}" if document and isinstance(document.get("detail"), str) else "."
            raise OutOfReachError(
                f"{self.url} answers with {status}{plain(words)}", answered=True, wait_s=wait_s
            )
        raise self._refusal(status, document)

    def _refusal(
        self, status: int, document: Mapping[str, Any] | None
    ) -> OutOfReachError | ServerRefusalError | TokenRefusedError:
        if status == 413:  # a proxy in between says this without a word of ours
            return ServerRefusalError(status, "too_large", f"{self.url} takes no request of this size.")
        # a problem without our own code is a stranger's, and says nothing about token or report
        if status < 400 or document is None or not isinstance(document.get("code"), str):
            return self._somebody_else()
        sentence = plain(str(document.get("detail", "")))
        if status == 401:
            return TokenRefusedError(
                f"{self.url} does not take this token: it is unknown, expired or revoked; make a new one "
                "on the page Tokens. Every report is kept and is sent with the new one."
            )
        return ServerRefusalError(status, document["code"], sentence)

    def _somebody_else(self) -> OutOfReachError:
        return OutOfReachError(
            f"Something other than fieldapp answers at {self.url}, perhaps the sign-in page of this network; "
            "check the address, and open it in a browser here."
        )

    def _send(self, path: str, body: Mapping[str, Any]) -> tuple[httpx.Response, bytes]:
        data = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        headers, content = {"Content-Type": "application/json"}, bytearray()
        deadline = time.monotonic() + MOST_SECONDS
        try:
            with self._client.stream("POST", path, content=data, headers=headers) as response:
                for part in response.iter_bytes():
                    content += part
                    if len(content) > MOST_BYTES or time.monotonic() > deadline:
                        raise self._somebody_else()
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError) as error:
            raise OutOfReachError(self._why(error)) from error
        return response, bytes(content)

    def _why(self, error: Exception) -> str:
        words = str(error)
        if "CERTIFICATE_VERIFY_FAILED" in words:
            reason = words.rpartition("CERTIFICATE_VERIFY_FAILED]")[2].partition(" (_ssl")[0].strip()
            return (
                f"The certificate of {self.url} is not trusted here ({reason}): check this computer's clock "
                "and network; a private authority is named in SSL_CERT_FILE."
            )
        if isinstance(error, httpx.TimeoutException):
            return f"{self.url} does not answer in time; it is tried again."
        return f"No connection to {self.url} ({plain(words) or type(error).__name__}); it is tried again."


def plain(text: str) -> str:
    """Return a text as one line that the server takes."""
    visible = "".join(letter if letter.isprintable() else " " for letter in text)
    return visible[:MOST_WORDS]


def _document(response: httpx.Response, content: bytes) -> Mapping[str, Any] | None:
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind not in ("application/json", "application/problem+json"):
        return None
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _seconds(text: str) -> float | None:
    """Return what Retry-After asks for, which is seconds or a date."""
    if text.strip().isascii() and text.strip().isdigit():
        return float(text.strip()[:9])
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())
