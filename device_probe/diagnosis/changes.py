"""What the rules of today say of a report that they did not say when it was recorded. Pure."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from device_probe.model import Aspect, Finding, ProbeReport, Verdict, VerdictWord


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """One verdict that differs; None: it was, or is, not judged."""

    tag: str
    aspect: Aspect
    before: VerdictWord | None
    now: VerdictWord | None
    reason: str  # of the verdict of today, where there is one


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that differs."""

    before: VerdictWord
    now: VerdictWord
    software_before: str
    software_now: str
    verdicts: tuple[VerdictChange, ...]
    came: tuple[Finding, ...]
    went: tuple[Finding, ...]
    profiles: tuple[str, ...]  # of which another version decoded the registers this time

    @property
    def any(self) -> bool:
        """Return True when something differs."""
        return self.before != self.now or bool(self.verdicts or self.came or self.went or self.profiles)


def changes(recorded: ProbeReport, judged: ProbeReport) -> Changes:
    """Compare a report as recorded with the same report judged again."""
    return Changes(
        recorded.verdict, judged.verdict, recorded.software, judged.software,
        tuple(_verdicts(recorded.verdicts, judged.verdicts)),
        _only_in(judged.findings, recorded.findings), _only_in(recorded.findings, judged.findings),
        tuple(_profiles(recorded, judged)),
    )  # fmt: skip


def dump_changes(found: Changes) -> dict[str, Any]:
    """Return changes as JSON."""
    return {
        "verdict": {"before": found.before, "now": found.now},
        "software": {"before": found.software_before, "now": found.software_now},
        "profiles": list(found.profiles),
        "verdicts": [asdict(each) for each in found.verdicts],
        "came": [_told(each) for each in found.came],
        "went": [_told(each) for each in found.went],
    }


def _verdicts(before: Iterable[Verdict], now: Iterable[Verdict]) -> Iterable[VerdictChange]:
    old, new = ({(v.tag, v.aspect): v for v in each} for each in (before, now))
    for tag, aspect in dict.fromkeys((*old, *new)):
        was, is_now = old.get((tag, aspect)), new.get((tag, aspect))
        words = was.verdict if was else None, is_now.verdict if is_now else None
        if words[0] != words[1]:
            reason = is_now.reason if is_now else was.reason if was else ""
            yield VerdictChange(tag, aspect, *words, reason)


def _profiles(recorded: ProbeReport, judged: ProbeReport) -> Iterable[str]:
    now = {each.profile: each.profile_digest for each in judged.snapshots}
    before = {each.profile: each.profile_digest for each in recorded.snapshots}
    return (name for name in before if before[name] and before[name] != now.get(name))


def _only_in(some: tuple[Finding, ...], others: tuple[Finding, ...]) -> tuple[Finding, ...]:
    known = {_key(each) for each in others}
    return tuple(each for each in some if _key(each) not in known)


def _key(finding: Finding) -> tuple[str, str, str | None]:
    return finding.code, finding.tag, finding.phase


def _told(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code, "severity": finding.severity, "tag": finding.tag, "phase": finding.phase,
        "sentence": finding.sentence,
    }  # fmt: skip
