"""A report in a few lines, short enough for a QR code: what was found, and the SHA-256 of the file."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785

TITLE = "fieldapp probe digest 1"
#: A code of more is hard to scan from a screen.
MOST_BYTES = 640
WORDS = ("pass", "fail", "inconclusive")


@dataclass(frozen=True, slots=True)
class Digested:
    """A report with its digest, which takes a moment to compute."""

    document: dict[str, Any]
    sha256: str
    text: str


def digested(document: dict[str, Any]) -> Digested:
    """Return a report with its digest."""
    return Digested(document, report_sha256(document), digest_text(document))


def report_sha256(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a report's canonical JSON (RFC 8785): the same however the file is laid out."""
    return hashlib.sha256(rfc8785.dumps(dict(document))).hexdigest()


def digest_text(document: Mapping[str, Any]) -> str:
    """Return the digest of a report; findings that find no room are counted."""
    head, tail = _head(document), f"sha256 {report_sha256(document)}"
    lines, room = (
        list(dict.fromkeys(_troubles(document))),
        MOST_BYTES - len("\n".join([*head, tail]).encode()),
    )
    taken: list[str] = []
    for line in lines:
        room -= len(line.encode()) + 1
        if room < len("more 999") + 1:
            break
        taken.append(line)
    more = [f"more {len(lines) - len(taken)}"] if len(taken) < len(lines) else []
    return "\n".join([*head, *taken, *more, tail])


def _head(document: Mapping[str, Any]) -> list[str]:
    counts = Counter(verdict["verdict"] for verdict in document["verdicts"])
    answered = sum(1 for snapshot in document["snapshots"] if snapshot["problem"] is None)
    plan = document["plan"]
    return [
        TITLE,
        f"site {_short(plan['site'])}",
        f"name {_short(plan['name'])}",
        f"report {_short(document['id'])}",
        f"at {_short(document['finished_at'])}",
        f"verdict {document['verdict']}",
        f"answered {answered}/{len(document['snapshots'])}",
        "judged " + " ".join(f"{word} {counts[word]}" for word in WORDS),
    ]


def _troubles(document: Mapping[str, Any]) -> Iterator[str]:
    """What was found, the errors first; then what is open."""
    found = sorted(document["findings"], key=lambda each: each["severity"] != "error")
    for finding in found:
        phase = f" {finding['phase']}" if finding["phase"] else ""
        yield f"{finding['severity']} {finding['tag']} {finding['code']}{phase}"
    for verdict in document["verdicts"]:
        if verdict["verdict"] == "inconclusive":
            yield f"open {verdict['tag'] or 'site'} {verdict['aspect']}"


def _short(text: str) -> str:
    return " ".join(text.split())[:60]
