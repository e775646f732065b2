"""A tablet in bad weather: sends again until the server has had its last word, as the real one does."""

import hashlib
import json
import random
import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tests.proofs.chaos_parts.plan import Plan

MOST_IN_A_PUSH, CHUNK, ANSWER_S = 25, 6_000, 30.0
FINAL = ("applied", "conflict", "duplicate", "rejected", "quarantined")
#: Status, headers in lower case, body.
Answer = tuple[int, Mapping[str, str], bytes]


class NoAnswerError(Exception):
    """Nothing came back that can be understood; whatever was sent is sent again."""


class Tablet(threading.Thread):
    """Works off a plan through a bad network; ``said`` and ``receipts`` hold what the server vouched for."""

    def __init__(self, plan: Plan, port: int, seed: int, protocol: int, deadline: float) -> None:
        super().__init__(name=f"tablet-{plan.tablet.id[:8]}", daemon=True)
        self.plan, self.port, self.protocol, self.deadline = plan, port, protocol, deadline
        self.chance = random.Random(seed)
        self.counts = Counter[str]()
        self.said: dict[str, int] = {}  # operation -> journal number it was acknowledged with
        self.results: dict[tuple[str, str], str] = {}  # (operation, signature) -> last word
        self.receipts: list[dict[str, Any]] = []
        self.stored: set[str] = set()  # photos that the server said it has
        self.contiguous: list[int] = []
        self.complaints: list[str] = []
        self._waiting, self._forged = [*plan.signed], deque(plan.forged)
        self._photos = {hashlib.sha256(data).hexdigest(): data for data in plan.photos}

    def done(self) -> int:
        """Return how many operations and photos are finished."""
        return len(self.results) + len(self.stored)

    def names_of_left(self) -> list[str]:
        """Return what is not finished, for whoever has to find out why."""
        return [
            *(f"{each['op']['kind']} {each['op']['id']}" for each in self._waiting),
            *(f"forgery of {each['op']['id']}" for each in self._forged),
            *(f"photo {sha256}" for sha256 in self._photos),
        ]

    def left(self) -> int:
        """Return how many operations and photos are not."""
        return len(self._waiting) + len(self._forged) + len(self._photos)

    def leave_photos(self) -> None:
        """Count the photos as sent: somebody else has done it."""
        self.stored |= self._photos.keys()
        self._photos.clear()

    def run(self) -> None:
        """Go on until nothing is left, or time is up."""
        while self.left() and time.monotonic() < self.deadline:
            try:
                self._step()
            except NoAnswerError:
                self.counts["retries"] += 1
                time.sleep(self.chance.uniform(0.02, 0.3))

    def _step(self) -> None:
        deed = self.chance.random()
        if deed < 0.08:
            self._ask_receipts()
        elif self._photos and (deed < 0.5 or not self._waiting):
            self._upload(self.chance.choice(sorted(self._photos)))
        else:
            self._push()

    def _push(self) -> None:
        count = self.chance.randrange(1, MOST_IN_A_PUSH + 1)
        batch = self._waiting[:count]
        forged = self._forged[0] if self._forged else None
        if forged and (not batch or forged["op"]["id"] in self.said):
            batch = [*batch, forged]
        sent_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        body = {"protocol": self.protocol, "tablet": self.plan.tablet.id, "sent_at": sent_at}
        answer = self._ask("POST", "/sync", json.dumps(body | {"operations": batch}).encode())
        if answer[0] != 200:
            self._complain("a push", answer)
            return
        found = json.loads(answer[2])
        for signed, result in zip(batch, found["results"], strict=True):
            self.note(signed, result)
        if "receipt" in found:
            self.contiguous.append(found["receipt"]["contiguous"])
        if forged and self.results.get((forged["op"]["id"], forged["signature"])):
            self._forged.popleft()

    def note(self, signed: dict[str, Any], result: Mapping[str, Any]) -> None:
        """Remember what was said; one number for one operation, whenever it is asked."""
        key, number = str(result["id"]), result.get("number")
        if number is not None and self.said.setdefault(key, number) != number:
            self.complaints.append(f"{key} was said to stand at {self.said[key]} and at {number}.")
        self.counts[str(result["status"])] += 1
        # A duplicate without a number is held back still: its base may come.
        final = result["status"] in FINAL and not (result["status"] == "duplicate" and number is None)
        if final:
            self.results[key, signed["signature"]] = str(result["status"])
            self._waiting = [each for each in self._waiting if each is not signed]

    def _upload(self, sha256: str) -> None:
        """Ask where the server stands, then send one piece after another until something breaks."""
        data, path = self._photos[sha256], f"/objects/{sha256}"
        status, headers, _ = answer = self._ask("HEAD", path)
        if status not in (200, 404):
            self._complain("HEAD", answer)
        offset = int(headers.get("upload-offset", 0)) if status == 200 else 0
        whole = headers.get("upload-complete") == "1"
        while not whole:
            piece = data[offset : offset + CHUNK]
            sent = {"Upload-Offset": str(offset), "Upload-Length": str(len(data))}
            status, headers, _ = answer = self._ask("PATCH", path, piece, sent)
            if status != 204:
                self.counts["wrong_offset"] += status == 409
                self._complain("PATCH", answer, usual=(409,))
                return
            offset, whole = int(headers["upload-offset"]), headers["upload-complete"] == "1"
        self.stored.add(sha256)
        del self._photos[sha256]

    def _ask_receipts(self) -> None:
        path = f"/receipts?tablet={self.plan.tablet.id}&protocol={self.protocol}"
        answer = self._ask("GET", path)
        if answer[0] == 200:
            found = json.loads(answer[2])
            self.receipts.append(found)
            self.contiguous.append(found["contiguous"])
        else:
            self._complain("receipts", answer)

    def _complain(self, what: str, answer: Answer, usual: tuple[int, ...] = ()) -> None:
        """Note an answer that a well-behaved tablet should not get; a busy server may say so."""
        self.counts[f"answered_{answer[0]}"] += 1
        if answer[0] not in (*usual, 503):
            self.complaints.append(f"{what} was answered {answer[0]}: {answer[2][:300]!r}")
        time.sleep(self.chance.uniform(0.02, 0.2))

    def _ask(
        self, method: str, path: str, body: bytes = b"", more: Mapping[str, str] | None = None
    ) -> Answer:
        kind = "application/offset+octet-stream" if method == "PATCH" else "application/json"
        headers = {"Host": "127.0.0.1", "Authorization": f"Bearer {self.plan.tablet.token}"}
        headers |= {
            "Connection": "close",
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            **(more or {}),
        }
        lines = [f"{method} /api/v1{path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        try:
            with socket.create_connection(("127.0.0.1", self.port), ANSWER_S) as connection:
                connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
                return _understood(b"".join(iter(lambda: connection.recv(65_536), b"")), method)
        except OSError as error:
            raise NoAnswerError from error


def _understood(raw: bytes, method: str) -> Answer:
    """Read a whole answer; one that was cut off anywhere is none."""
    head, end, data = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    promised = int(headers.get("content-length", 0)) if end and method != "HEAD" else 0
    if not end or len(data) < promised or "transfer-encoding" in headers:
        raise NoAnswerError
    return int(first.split()[1]), headers, data
