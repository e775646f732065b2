"""A tablet without a screen: signs operations and speaks /api/v1 as the real one does (docs/contracts)."""

import hashlib
import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from checklists.model import OperationKind
from fieldapp.pen import Pen
from fieldapp.story.errors import StoryError

BATCH = 200

Progress = Callable[[int, int], None]


class TabletError(StoryError):
    """The server said no, in the server's own words."""


@dataclass
class Tablet:
    """One person's session on one tablet. Operations wait in ``outbox`` until the server has answered."""

    base_url: str
    name: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    outbox: list[dict[str, Any]] = field(default_factory=list)
    photos: dict[str, bytes] = field(default_factory=dict)
    heads: dict[str, tuple[str, ...]] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._pen = Pen(self.id)
        self._http = httpx.Client(base_url=f"{self.base_url}/api/v1", timeout=60)

    def close(self) -> None:
        """Close the connection to the server."""
        self._http.close()

    def sign_in(self, email: str, password: str) -> Mapping[str, Any]:
        """Register this tablet and key for a person; return the person."""
        answer = self._send(
            "POST",
            "/tablets/sign-in",
            json={
                "email": email,
                "password": password,
                "tablet": {"id": self.id, "name": self.name},
                "key": self._pen.key.jwk,
            },
        )
        self._http.headers["Authorization"] = f"Bearer {answer['token']}"
        person: Mapping[str, Any] = answer["person"]
        return person

    def bundle(self, site: str) -> Mapping[str, Any]:
        """Fetch everything needed for work without a network, and the heads of every item."""
        bundle: Mapping[str, Any] = self._send("GET", f"/sites/{site}/bundle")
        self.heads = {item: tuple(state["heads"]) for item, state in bundle["states"].items()}
        self.revisions[site] = int(bundle["site"]["revision"])
        return bundle

    def record(self, site: str, item: str, kind: OperationKind, body: Mapping[str, Any]) -> str:
        """Sign an operation and put it into the outbox; return its id."""
        base, revision = self.heads.get(item, ()), self.revisions.get(site, 1)
        signed = self._pen.write(site, item, kind, body, base=base, revision=revision)
        self.outbox.append(signed)
        made = str(signed["op"]["id"])
        if kind not in ("photo", "note", "deviation"):
            self.heads[item] = (made,)
        return made

    def photo(self, site: str, item: str, data: bytes, caption: str) -> str:
        """Record a photo of an item; its bytes follow at the next sync."""
        sha256 = hashlib.sha256(data).hexdigest()
        self.photos[sha256] = data
        body = {"sha256": sha256, "size": len(data), "media_type": "image/jpeg", "caption": caption}
        return self.record(site, item, "photo", body)

    def sync(self, progress: Progress | None = None, batch: int = BATCH) -> Sequence[Mapping[str, Any]]:
        """Send the outbox in batches, then the photos; return one result per operation."""
        results: list[Mapping[str, Any]] = []
        tell, total = progress or (lambda _done, _total: None), len(self.outbox) + len(self.photos)
        while self.outbox:
            operations = self.outbox[:batch]
            sent_at = datetime.now(UTC).isoformat(timespec="milliseconds")
            push = {"protocol": 1, "tablet": self.id, "sent_at": sent_at, "operations": operations}
            results += self._send("POST", "/sync", json=push)["results"]
            del self.outbox[: len(operations)]
            tell(total - len(self.outbox) - len(self.photos), total)
        for sha256 in list(self.photos):
            self._upload(sha256, self.photos[sha256])
            del self.photos[sha256]
            tell(total - len(self.photos), total)
        return results

    def receipts(self) -> Mapping[str, Any]:
        """Fetch the server's word on what has arrived."""
        receipts: Mapping[str, Any] = self._send("GET", "/receipts", params={"tablet": self.id})
        return receipts

    def submit(self, site: str) -> Mapping[str, Any]:
        """Submit the site for review."""
        answer: Mapping[str, Any] = self._send("POST", f"/sites/{site}/submit", json={})
        return answer

    def send_probe(self, site: str, report: Mapping[str, Any]) -> Mapping[str, Any]:
        """Upload a probe report."""
        answer: Mapping[str, Any] = self._send("POST", f"/sites/{site}/probe-runs", json=report)
        return answer

    def _upload(self, sha256: str, data: bytes) -> None:
        for offset, chunk in _chunks(data):
            headers = {
                "Upload-Offset": str(offset),
                "Upload-Length": str(len(data)),
                "Content-Type": "application/offset+octet-stream",
            }
            answer = self._http.request("PATCH", f"/objects/{sha256}", content=chunk, headers=headers)
            _refuse(answer)

    def _send(self, method: str, path: str, **options: Any) -> Any:
        answer = self._http.request(method, path, **options)
        _refuse(answer)
        return answer.json()


def _chunks(data: bytes, size: int = 262_144) -> Iterator[tuple[int, bytes]]:
    for offset in range(0, len(data), size):
        yield offset, data[offset : offset + size]


def _refuse(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    try:
        problem = answer.json()
    except json.JSONDecodeError:
        problem = {}
    detail = problem.get("detail") or answer.reason_phrase
    raise TabletError(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {detail}")
