"""Open a whole rollout wave from a spreadsheet: each row is checked and queued, its study opens the site.

A row becomes a job of its own. Nobody sees, is assigned or works on a site before its study was accepted,
because only then is it opened; a row that is refused says why, and the rest goes on. The identity of a row
(owner, name, address, standard design) is the unique key of its job: a wave that was interrupted is fed
again and goes on where it stood.
"""

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from designs import library
from designs.apply import apply
from designs.errors import DesignError
from designs.standard_design import StandardDesign
from fieldapp.clock import new_id
from fieldapp.config import settings
from fieldapp.problems import Problem
from fieldapp.store import jobs, people, sites
from fieldapp.store.database import reading, session
from fieldapp.usecases import assign_site, open_site, permissions, rollout_file
from fieldapp.usecases.issue_pack import Tell
from fieldapp.usecases.rollout_file import RolloutFile, RolloutRow
from fieldapp.usecases.viewer import Viewer, viewer_of

KIND, CHECK, ROW = "open_rollout", "check_rollout", "open_site"
#: Rows written in one transaction: few enough that other writers never wait long.
_TOGETHER = 20


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a row when it was read: queued (``value``: its job), already (a site), refused (why)."""

    number: int
    name: str
    address: str
    design: str
    state: str
    value: str


@dataclass(frozen=True, slots=True)
class _Ready:
    """A row that its design accepts, with the arguments of its job; or why it is refused."""

    row: RolloutRow
    key: str = ""
    arguments: Mapping[str, Any] | None = None
    refused: str = ""


def request_rollout(
    viewer: Viewer, name: str, content: bytes, *, again: bool = False, only_check: bool = False
) -> str:
    """Ask for a wave to be opened (or only checked); return the job. A wrong file is refused here and now.

    ``again`` opens sites though one of the same name, address and design is open; the same file never twice.
    """
    permissions.require_role(viewer, "open_site")
    text = rollout_file.decode(content, name)
    rollout_file.read_rollout(text, name, library.list_designs(settings().designs))
    kind = CHECK if only_check else KIND
    arguments = {"file": name, "text": text, "again": again, "person": viewer.id, "dry": only_check}
    key = rollout_key(viewer, content, again=again, only_check=only_check)
    with session() as db:
        row = jobs.with_key(db, key)
        if row is not None and row.state in ("done", "failed"):
            jobs.put_again(db, row, arguments)
            return row.id
        return jobs.add(db, kind, arguments, key, site=None, person=viewer.id).id


def rollout_key(viewer: Viewer, content: bytes, *, again: bool = False, only_check: bool = False) -> str:
    """Return the unique key of a wave: the same file of the same person is the same wave."""
    digest = hashlib.sha256(b"\n".join((viewer.id.encode(), str(again).encode(), content))).hexdigest()
    return f"{CHECK if only_check else KIND}:{digest}"


def take_rollout(arguments: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Check every row of a wave and queue it, or say why it is refused: the work of the job."""
    viewer = _acting(arguments["person"])
    wave = _Wave(viewer, arguments)
    total = len(wave.file.rows)
    found: list[Taken] = []
    for start in range(0, total, _TOGETHER):
        ready = [wave.ready(row) for row in wave.file.rows[start : start + _TOGETHER]]
        with reading() if wave.dry else session() as db:
            found += [wave.take(db, each) for each in ready]
        refused = sum(each.state == "refused" for each in found)
        tell(100 * len(found) // total, f"{len(found)} of {total} rows read, {refused} refused")
    return {"rows": [asdict(each) for each in found]}


class _Wave:
    """What is looked up once for all rows of a wave."""

    def __init__(self, viewer: Viewer, arguments: Mapping[str, Any]) -> None:
        self.viewer, self.again, self.dry = viewer, bool(arguments["again"]), bool(arguments["dry"])
        self.designs = library.list_designs(settings().designs)
        self.file: RolloutFile = rollout_file.read_rollout(arguments["text"], arguments["file"], self.designs)
        self.salt = hashlib.sha256(arguments["text"].encode()).hexdigest() if self.again else ""
        self.equipment = library.load_equipment()
        with reading() as db:
            opened = sites.opened_as(db, viewer.organisation_id)
            self.contractors = {
                word: row.id
                for row in people.partners(db, viewer.organisation_id)
                if row.kind == "contractor"
                for word in (row.id, row.name)
            }
        self.opened = {_identity(*each[1:]): each[0] for each in opened}
        self.seen: dict[str, int] = {}

    def ready(self, row: RolloutRow) -> _Ready:
        """Apply the design to a row, without its study."""
        if row.problem:
            return _Ready(row, refused=row.problem)
        identity = _identity(row["name"], row["address"], row["design"])
        first = self.seen.setdefault(identity, row.number)
        if first != row.number:
            return _Ready(row, refused=f"it has the name, address and design of row {first}.")
        try:
            text = self._applied(row)
        except (Problem, DesignError) as error:
            return _Ready(row, refused=str(error).removeprefix(f"row {row.number}: "))
        arguments = {
            "design": row["design"], "text": text, "person": self.viewer.id, "site": new_id(),
            "contractor": self.contractors.get(row["contractor"], ""),
        }  # fmt: skip
        content = "\n".join((self.viewer.organisation_id, self.salt, identity))
        return _Ready(row, f"{ROW}:{hashlib.sha256(content.encode()).hexdigest()}", arguments)

    def _applied(self, row: RolloutRow) -> str:
        """Return the site file of a row that its design accepts."""
        if row["contractor"] and row["contractor"] not in self.contractors:
            known = ", ".join(sorted({name for name in self.contractors if name not in self._ids()}))
            raise Problem(
                "invalid",
                where=f"row {row.number}",
                problem=f"contractor: there is no {row['contractor']:.60}; there are {known or 'none'}.",
            )
        design = self._design(row)
        text = rollout_file.site_file(row, design)
        if len(text) > open_site.MAX_SITE_FILE:
            raise Problem("too_large", what="The row", limit=f"{open_site.MAX_SITE_FILE} characters")
        apply(design, library.parse_site(text, f"row {row.number}"), self.equipment)
        return text

    def _ids(self) -> set[str]:
        return set(self.contractors.values())

    def _design(self, row: RolloutRow) -> StandardDesign:
        found = [
            each
            for each in self.designs
            if each.id == row["design"] and row["revision"] in ("", str(each.revision))
        ]
        if found:
            return found[-1]
        known = ", ".join(f"{each.id} (revision {each.revision})" for each in self.designs)
        wanted = f"{row['design']:.60} {'revision ' if row['revision'] else ''}{row['revision']:.20}".strip()
        raise DesignError(f"row {row.number}: there is no standard design {wanted}; there are {known}.")

    def take(self, db: Any, ready: _Ready) -> Taken:
        """Queue a row, unless its site is open or on its way."""
        row, made = ready.row, ready.arguments
        if made is None:
            return _taken(row, "refused", ready.refused)
        opened = self.opened.get(_identity(row["name"], row["address"], row["design"]))
        if opened and not self.again:
            return _taken(row, "already", opened)
        if self.dry:
            return _taken(row, "queued", "")
        job = jobs.with_key(db, ready.key)
        if job is None:
            job = jobs.add(db, ROW, made, ready.key, site=None, person=self.viewer.id)
        elif job.state in ("queued", "running"):
            if jobs.arguments(db, job.id, ROW)["text"] != made["text"]:
                return _taken(row, "refused", "it is on its way already with other values; wait for its end.")
        elif not jobs.result(job).get("site"):
            jobs.put_again(db, job, made)
        return _taken(row, "queued", job.id)


def _taken(row: RolloutRow, state: str, value: str) -> Taken:
    return Taken(row.number, row["name"], row["address"], row["design"], state, value)


def _identity(*parts: str) -> str:
    """Return name, address and design as one text in which case, blanks and how é is stored do not matter."""
    return "\n".join(unicodedata.normalize("NFC", " ".join(part.split()).casefold()) for part in parts)


def _acting(person_id: str) -> Viewer:
    with reading() as db:
        pair = people.person(db, person_id)
    if pair is None or not pair[0].active:
        raise Problem("forbidden", why="the person who asked for the wave may not sign in any more.")
    viewer = viewer_of(pair)
    permissions.require_role(viewer, "open_site")
    return viewer


def open_row(arguments: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Study one row of a wave and open its site, or say why the study refuses it: the work of the job."""
    viewer, site_id = _acting(arguments["person"]), arguments["site"]
    with reading() as db:
        row = sites.get(db, site_id)
    if row is None:
        tell(10, "studying the design")
        try:
            generated = open_site.generate_site(arguments["design"], arguments["text"], settings().designs)
            open_site.open_generated(viewer, generated, site_id)
        except Problem as problem:
            if problem.status != 422:
                raise
            return {"refused": problem.detail, "findings": problem.extra.get("findings", [])}
    if arguments["contractor"] and (row is None or row.contractor_id is None):
        assign_site.assign_site(viewer, site_id, arguments["contractor"])
    return {"site": site_id}
