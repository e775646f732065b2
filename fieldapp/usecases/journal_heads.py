"""Journal heads that stand outside the chain: in sealed packs, in receipts, in files that somebody kept."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from fieldapp.objects import objects
from fieldapp.problems import Problem
from fieldapp.store import journal, records
from fieldapp.tables import PackRow
from reports.errors import ReportError
from reports.journals import sealed_journal


@dataclass(frozen=True, slots=True)
class GivenHead:
    """Hashes of a site's entries by number, as they were once given out; ``source`` says where they stand."""

    site: str
    source: str
    hashes: Mapping[int, str]


def anchored(session: Session, site_id: str) -> list[GivenHead]:
    """Return the heads that this server remembers having given out."""
    return [
        GivenHead(site_id, f"was given out in {each.source}", {each.number: each.hash})
        for each in journal.anchors(session, site_id)
    ]


def of_packs(packs: Iterable[PackRow]) -> tuple[list[GivenHead], list[str]]:
    """Return the heads in stored packs, and a sentence for every pack that can't be compared."""
    heads, faults = [], []
    for row in packs:
        name = f"pack {row.number} of {row.issued_at[:10]}"
        try:
            found = sealed_journal(objects().get(row.sha256))
        except (Problem, ReportError) as error:
            faults.append(f"{name[0].upper()}{name[1:]} can't be compared with the journal: {error}")
            continue
        heads.append(GivenHead(row.site_id, f"stands in {name}", found.hashes))
    return heads, faults


def stored_packs(session: Session, site_id: str) -> list[PackRow]:
    """Return the packs of a site whose journal can be compared."""
    return records.packs(session, site_id)


def of_file(name: str, data: bytes) -> list[GivenHead]:
    """Return the heads in a file that somebody kept: a pack, or a receipt as JSON."""
    if data.lstrip()[:1] in (b"{", b"["):
        return _receipt(name, data)
    try:
        found = sealed_journal(data)
    except ReportError as error:
        raise Problem("invalid", where=name, problem=str(error)) from error
    return [GivenHead(found.site, f"stands in {name}", found.hashes)]


def _receipt(name: str, data: bytes) -> list[GivenHead]:
    try:
        content: Any = json.loads(data)
        heads = content.get("journal_heads", [content])
        return [
            GivenHead(str(each["site"]), f"stands in {name}", {int(each["number"]): str(each["hash"])})
            for each in heads
        ]
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        why = "it is no receipt: give one as the server answered it, or a handover pack."
        raise Problem("invalid", where=name, problem=why) from error
