"""The page a reader sees first: is it finished, and what about it is not perfect."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from checklists.words import PHASES
from designs.model import Finding
from reports.model import Decision, HandoverPack, ItemRecord, ProbeRun
from reports.words import Mark, mark

#: States in which an item is finished.
_DONE = frozenset({"passed", "conceded", "not_applicable"})


@dataclass(frozen=True, slots=True)
class SectionCount:
    """How the items of one section ended."""

    title: str
    total: int
    passed: int
    conceded: int
    not_applicable: int
    other: int
    repeated: int


@dataclass(frozen=True, slots=True)
class Deviation:
    """An item that was not right at first, or is not right now, with every attempt and decision."""

    record: ItemRecord
    mark: Mark
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """Verdict, counts and everything that is not perfect, the worst first."""

    mark: Mark
    headline: str
    sentence: str
    sections: tuple[SectionCount, ...]
    total: SectionCount
    unfinished: tuple[Deviation, ...]
    conceded: tuple[Deviation, ...]
    excluded: tuple[Deviation, ...]
    repeated: tuple[Deviation, ...]  # failed at first, passed in the end
    renewed: tuple[Deviation, ...]  # done again although nothing had failed
    study: tuple[Finding, ...]
    probe: ProbeRun | None
    approvals: tuple[Decision, ...]
    four_eyes: bool  # nobody approved who recorded a result here


def summarise(pack: HandoverPack) -> Summary:
    """Return what has to be known before anything else."""
    states = [record.state.status for record in pack.records]
    unfinished = _deviations(pack, lambda record: record.state.status not in _DONE)
    conceded = _deviations(pack, lambda record: record.state.status == "conceded")
    probe = pack.probe_runs[-1] if pack.probe_runs else None
    approvals = tuple(decision for decision in pack.decisions if decision.kind == "approved")
    authors = {attempt.by for record in pack.records for attempt in record.attempts}
    verdict = _verdict(bool(unfinished), bool(conceded), bool(approvals))
    return Summary(
        mark=verdict[0],
        headline=verdict[1],
        sentence=_sentence(Counter(states), len(states)),
        sections=tuple(_section(pack, key, title) for key, title in PHASES.items() if _any(pack, key)),
        total=_count("All phases", list(pack.records)),
        unfinished=unfinished,
        conceded=conceded,
        excluded=_deviations(pack, lambda record: record.state.status == "not_applicable"),
        repeated=_deviations(pack, lambda record: _again(record) and not _only_passed(record)),
        renewed=_deviations(pack, lambda record: _again(record) and _only_passed(record)),
        study=tuple(finding for finding in pack.study.findings if finding.severity != "info"),
        probe=probe,
        approvals=approvals,
        four_eyes=not {decision.by for decision in approvals} & authors,
    )


def _again(record: ItemRecord) -> bool:
    return record.state.status == "passed" and len(record.attempts) > 1


def _only_passed(record: ItemRecord) -> bool:
    return all(attempt.verdict == "pass" for attempt in record.attempts)


def _verdict(unfinished: bool, conceded: bool, approved: bool) -> tuple[Mark, str]:
    if unfinished:
        return mark("failed"), "Not complete"
    if not approved:
        return mark("returned"), "Complete, not approved"
    if conceded:
        return mark("conceded"), "Approved with concessions"
    return mark("passed"), "Approved"


def _sentence(states: Counter[str], total: int) -> str:
    words = {"passed": "passed", "conceded": "conceded with a reason", "not_applicable": "not applicable"}
    parts = [f"{states[state]} {word}" for state, word in words.items() if states[state]]
    rest = total - sum(states[state] for state in words)
    if rest:
        parts.append(f"{rest} not finished")
    return f"{total} items: {', '.join(parts) or 'none recorded'}."


def _any(pack: HandoverPack, section: str) -> bool:
    return any(record.item.section == section for record in pack.records)


def _section(pack: HandoverPack, section: str, title: str) -> SectionCount:
    return _count(title, [record for record in pack.records if record.item.section == section])


def _count(title: str, records: list[ItemRecord]) -> SectionCount:
    states = Counter(record.state.status for record in records)
    passed, conceded, excluded = (states[state] for state in ("passed", "conceded", "not_applicable"))
    return SectionCount(
        title=title,
        total=len(records),
        passed=passed,
        conceded=conceded,
        not_applicable=excluded,
        other=len(records) - passed - conceded - excluded,
        repeated=sum(len(record.attempts) > 1 for record in records),
    )


def _deviations(pack: HandoverPack, wanted: Callable[[ItemRecord], bool]) -> tuple[Deviation, ...]:
    return tuple(
        Deviation(
            record,
            mark(record.state.status),
            tuple(decision for decision in pack.decisions if decision.item == record.item.key),
        )
        for record in pack.records
        if wanted(record)
    )
