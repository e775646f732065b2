"""Who stands behind the result of an item, and since when: an answer, a photo or a probe run."""

from dataclasses import dataclass

from reports.model import HandoverPack, ItemRecord, ProbeRun


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a printed result comes from; ``number`` is its journal entry, None when the pack has none."""

    by: str
    at: str
    number: int | None
    instrument: str | None


def evidence(pack: HandoverPack) -> dict[str, Evidence]:
    """Return the evidence behind each item by its key; nothing for an item that was not worked on."""
    found = {record.item.key: _of(record, pack) for record in pack.records}
    return {key: behind for key, behind in found.items() if behind is not None}


def _of(record: ItemRecord, pack: HandoverPack) -> Evidence | None:
    if record.attempts:
        last = record.attempts[-1]
        return Evidence(last.by, last.recorded_at, last.number, last.instrument)
    if record.item.criterion.kind == "probe":
        return _probed(record, pack)
    taken = [photo for photo in pack.photos if photo.item == record.item.key]
    return Evidence(taken[-1].by, taken[-1].recorded_at, None, None) if taken else None


def _probed(record: ItemRecord, pack: HandoverPack) -> Evidence | None:
    """Return the last run that judged this aspect of this device, or of the whole site."""
    tags, aspect = {record.item.tag, ""}, record.item.criterion.aspect
    for run in reversed(pack.probe_runs):
        if any(verdict.tag in tags and verdict.aspect == aspect for verdict in run.report.verdicts):
            return _run(run)
    return None


def _run(run: ProbeRun) -> Evidence:
    return Evidence(run.by, run.report.finished_at, run.number, None)
