"""After the storm: what must be true of everything that was ever sent."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from sqlmodel import Session, select

from checklists.merge import canonical_bytes
from fieldapp.objects import objects
from fieldapp.problems import Problem
from fieldapp.store import journal, operation_rows, operations, sites
from fieldapp.store import objects as object_rows
from fieldapp.store.database import reading
from fieldapp.tables import HeldOperationRow, ItemStateRow, JobRow
from fieldapp.usecases import check_journal
from tests.fieldapp.hall_cast import Hall
from tests.proofs.chaos_parts.crew import Tablet

Kept = dict[tuple[str, str], list[str]]  # (operation, digest) -> every place where it is


def faults_of(hall: Hall, crew: Iterable[Tablet]) -> list[str]:
    """Return one sentence for everything that is lost, doubled, changed or not as it was vouched for."""
    tablets = list(crew)
    with hall.inside():
        with reading() as db:
            found = [
                *_faults_of_operations(db, hall.site, tablets),
                *_faults_of_receipts(db, hall.site, tablets),
            ]
            found += _faults_of_photos(db, tablets)
            found += _faults_of_jobs(db)
        found += [each for check in check_journal.verify_journals() for each in check.problems]
        found += _faults_of_rebuild(hall.site)
    return found + [each for tablet in tablets for each in tablet.complaints]


def _digest(signed: dict[str, Any]) -> tuple[str, str]:
    operation = operations.operation_of(signed["op"])
    return operation.id, hashlib.sha256(canonical_bytes(operation)).hexdigest()


def _places(db: Session, site: str) -> Kept:
    found: Kept = {}
    for entry in journal.read(db, site, types=["operation"]):
        found.setdefault(_digest({"op": entry.body["op"]}), []).append(f"entry {entry.number}")
    for row in db.exec(select(HeldOperationRow)):
        if row.status != "adopted":
            found.setdefault((row.operation_id, row.digest), []).append(f"held as {row.status}")
    return found


def _faults_of_operations(db: Session, site: str, tablets: list[Tablet]) -> Iterator[str]:
    kept, sent = _places(db, site), Counter[tuple[str, str]]()
    for tablet in tablets:
        for signed in tablet.plan.signed:
            key = _digest(signed)
            sent[key] += 1
            yield from _faults_of_one(key, kept.get(key, []), tablet, signed["signature"])
        if tablet.left():
            left = tablet.names_of_left()
            yield f"{tablet.name} was not done: {len(left)} are left, {', '.join(left[:5])}."
    forged = {key for tablet in tablets for key in kept if key[0] in _ids(tablet)} - set(sent)
    for key in forged:
        if len(kept[key]) != 1 or kept[key] != ["held as rejected"]:
            yield f"A forgery of {key[0]} is {' and '.join(kept[key])}."
    refused = {key for tablet in tablets for key in map(_digest, tablet.plan.forged)}
    yield from (f"A forgery of {key[0]} was not kept." for key in refused - forged)
    strange = [key for key in kept if key not in sent and key not in forged]
    yield from (f"{key[0]} is {kept[key][0]}, but nobody sent it." for key in strange)


def _ids(tablet: Tablet) -> set[str]:
    return {each["op"]["id"] for each in tablet.plan.signed}


def _faults_of_one(key: tuple[str, str], places: list[str], tablet: Tablet, signature: str) -> Iterator[str]:
    said = tablet.said.get(key[0])
    if len(places) != 1:
        yield f"{key[0]} is kept {len(places)} times: {', '.join(places) or 'nowhere'}."
    elif said is not None and places != [f"entry {said}"]:
        yield f"{key[0]} was acknowledged as entry {said}, and is {places[0]}."
    else:
        word = tablet.results.get((key[0], signature))
        if word in ("rejected", "quarantined") and places != [f"held as {word}"]:
            yield f"{key[0]} was {word}, and is {places[0]}."


def _faults_of_receipts(db: Session, site: str, tablets: list[Tablet]) -> Iterator[str]:
    hashes = {entry.number: entry.hash for entry in journal.read(db, site)}
    for tablet in tablets:
        here = operations.sequence(db, tablet.plan.tablet.id, tablet.plan.tablet.key)
        most = max(tablet.contiguous, default=0)
        yield from (f"Number {n} of {tablet.name} is not here." for n in range(1, most + 1) if n not in here)
        for head in (head for receipt in tablet.receipts for head in receipt["journal_heads"]):
            if hashes.get(head["number"]) != head["hash"]:
                yield f"A receipt gave out another hash of entry {head['number']}."


def _faults_of_photos(db: Session, tablets: list[Tablet]) -> Iterator[str]:
    for data in (data for tablet in tablets for data in tablet.plan.photos):
        sha256 = hashlib.sha256(data).hexdigest()
        row = object_rows.get(db, sha256)
        try:
            same = objects().get(sha256) == data
        except Problem as problem:
            yield f"Photo {sha256}: {problem.detail}"
            continue
        if row is None or row.size != len(data) or row.problem or not same:
            yield f"Photo {sha256} is not as it was taken."


def _faults_of_jobs(db: Session) -> Iterator[str]:
    for row in db.exec(select(JobRow).where(JobRow.state != "done")):
        yield f"Job {row.kind} {row.id} is {row.state} after {row.attempts} attempts: {row.error}"


def _faults_of_rebuild(site: str) -> Iterator[str]:
    before = _projection(site)
    check_journal.rebuild(site)
    if _projection(site) != before:
        yield "What is kept beside the journal differs from a rebuild."


def _projection(site: str) -> tuple[Any, ...]:
    with reading() as db:
        states = db.exec(select(ItemStateRow).where(ItemStateRow.site_id == site))
        kept = {row.item: json.loads(row.document) for row in states}
        row = sites.get(db, site)
        return kept, operation_rows.of_site(db, site), row and (row.head_number, row.head_hash, row.state)
