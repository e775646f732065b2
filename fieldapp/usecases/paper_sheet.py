"""The checklists of a site as a sheet of CSV: exported blank or filled, and what a filled one says."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from checklists.model import Checklist, Instrument, Item, KeptOperation
from checklists.sheet import separator_for, write_sheet
from checklists.sheet_answers import SheetSite, read_sheet
from checklists.sheet_file import MAX_BYTES, SheetError, read_rows
from checklists.sheet_record import Settled, settle
from checklists.words import PHASES
from fieldapp.problems import Problem, not_found
from fieldapp.store import operations, records, sites
from fieldapp.store.database import reading
from fieldapp.tables import InstrumentRow, SiteRow
from fieldapp.usecases import permissions
from fieldapp.usecases.calibrations import instruments_of
from fieldapp.usecases.viewer import Viewer


@dataclass(frozen=True, slots=True)
class SheetFile:
    """A sheet to save."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class FilledSheet:
    """What a filled sheet says to a site as it stands, and what is needed to judge it."""

    timezone: str
    items: Mapping[str, Item]
    instruments: Mapping[str, Instrument]
    settled: Settled
    notices: tuple[str, ...]


def export_sheet(viewer: Viewer, site_id: str, section: str = "", *, filled: bool = False) -> SheetFile:
    """Return the sheet of a site or of one of its phases; ``filled`` with what stands there."""
    with reading() as db:
        site = permissions.site_for(db, viewer, site_id)
        generated, states = sites.generated(db, site), sites.states(db, site.id)
    text = write_sheet(
        site.id,
        site.revision,
        of_phase(generated.checklists, section),
        states,
        filled=filled,
        separator=separator_for(generated.site_design.parameters.country),
    )
    return SheetFile(f"{file_stem(site.name, section, site.revision)}.csv", text.encode("utf-8-sig"))


def of_phase(checklists: Sequence[Checklist], section: str) -> tuple[Checklist, ...]:
    """Return the checklists of one phase, all of them for ""; a phase without items is none."""
    found = tuple(each for each in checklists if section in ("", each.section))
    if not found:
        known = ", ".join(dict.fromkeys(each.section for each in checklists))
        raise not_found(f"phase {section:.40} of this site (it has {known})")
    return found


def file_stem(site_name: str, section: str, revision: int) -> str:
    """Return what a file of a site's checklists is called, without its ending."""
    phase = next((title for key, title in PHASES.items() if key == section), "")
    text = "-".join(("checklist", site_name, phase)).lower()
    plain = "".join(each if each.isascii() and each.isalnum() else "-" for each in text)
    return f"{'-'.join(part for part in plain.split('-') if part)[:100]}-r{revision}"


def read_filled(viewer: Viewer, site_id: str, content: bytes, name: str = "The sheet") -> FilledSheet:
    """Return what a filled sheet adds to the record, for the person who will sign it."""
    if len(content) > MAX_BYTES:
        raise Problem("too_large", what=name, limit=f"{MAX_BYTES // 1024 // 1024} MiB")
    with reading() as db:
        site = permissions.site_for(db, viewer, site_id, "work")
        rows = records.instruments(db, [site.contractor_id] if site.contractor_id else [])
        items = sites.generated(db, site).items
        asked = SheetSite(site.id, site.revision, site.timezone, items, _named(rows))
        try:
            found = read_sheet(read_rows(content), asked, datetime.now(UTC))
        except SheetError as error:
            raise Problem("invalid", where=name, problem=str(error)) from error
        touched = {each.item for each in found.answers}
        kept = _by_item(operations.kept(db, site.id, items=touched))
        instruments = instruments_of(db, rows)
        settled = settle(found, kept, sites.states(db, site.id, touched), viewer.id)
    return FilledSheet(site.timezone, items, instruments, settled, _notices(site, settled))


def _named(rows: Sequence[InstrumentRow]) -> dict[str, str]:
    """Return what people call each instrument: its id, and its serial number where that is one alone."""
    serials = [row.serial.casefold() for row in rows]
    found = {name: row.id for name, row in zip(serials, rows, strict=True) if serials.count(name) == 1}
    return found | {row.id.casefold(): row.id for row in rows}


def _by_item(kept: Iterable[KeptOperation]) -> dict[str, list[KeptOperation]]:
    found: defaultdict[str, list[KeptOperation]] = defaultdict(list)
    for each in kept:
        found[each.operation.item].append(each)
    return found


def _notices(site: SiteRow, settled: Settled) -> tuple[str, ...]:
    earlier = [each.proposal.revision for each in settled.ready if each.proposal.revision < site.revision]
    if not earlier:
        return ()
    sentence = f"The sheet is of revision {min(earlier)}, the site is at {site.revision}: everything is kept"
    return (f"{sentence}, and what the revision changed has to be done again.",)
