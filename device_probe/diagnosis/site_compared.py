"""Meters against one another and stations against their meters, in the shape of a report. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from device_probe.diagnosis.balance import Circumstances, gather_site, judge_gathered
from device_probe.diagnosis.charger import judge_charger
from device_probe.diagnosis.site_evidence import Samples, for_sources_only, roles_of
from device_probe.model import Finding, SitePlan, Verdict

REFRESH_S = 1.0  # how old a value may be by itself when it is read

#: What the balance finds wrong with a meter that its own readings can't show.
SETTLES = frozenset({
    "no-current", "ct-reversed", "ct-ratio-phase", "meter-reversed", "meter-phases", "meter-wrong",
    "wrong-circuit",
})  # fmt: skip


def judge_compared(
    plan: SitePlan, samples: Samples, aside: Mapping[str, str], skew_s: float = 0.0
) -> tuple[list[Verdict], list[Finding]]:
    """Judge the balance of every meter with devices below it, and every station that answered.

    ``aside`` says of which devices the readings must not be used, and why;
    ``skew_s`` how far apart in time the devices of one round were read.
    """
    around = Circumstances(roles=roles_of(plan), set_aside=aside, skew_s=skew_s + REFRESH_S)
    site = gather_site(plan, samples, around)
    balance = judge_gathered(site)
    verdicts, findings = list(balance.verdicts()), {_key(each): each for each in balance.findings}
    for device in plan.devices:
        if device.role == "station" and device.tag in samples:
            judged = judge_charger(site, device, balance)
            verdicts.append(Verdict(device.tag, "balance", judged.verdict, judged.reason, judged.action))
            findings |= {_key(each): each for each in judged.findings}
    return verdicts, list(findings.values())


def _key(finding: Finding) -> tuple[str, str, str, str | None]:
    """Return what makes two findings one: a mistake is found at every meter that it touches."""
    return finding.code, finding.tag, finding.sentence, finding.phase


def settled(plan: SitePlan, verdicts: Iterable[Verdict], findings: Iterable[Finding]) -> list[Verdict]:
    """Return the verdicts with the action that decides where other meters know more than one by itself.

    A meter can't tell a shorted transformer from a phase without load, nor reversal from generation: what
    its own readings leave open, the sum above or below it may have named already.
    """
    named: dict[str, Finding] = {}
    for finding in findings:
        if finding.severity == "error" and finding.code in SETTLES:
            named.setdefault(finding.tag, finding)
    given = tuple(verdicts)
    balance = {verdict.tag: verdict for verdict in given if verdict.aspect == "balance"}
    return [_settled(plan, one, named.get(one.tag), balance.get(one.tag)) for one in given]


def _settled(plan: SitePlan, one: Verdict, named: Finding | None, balance: Verdict | None) -> Verdict:
    if (one.aspect, one.verdict) != ("wiring", "inconclusive"):
        return one
    if named is not None:
        return replace(one, reason=f"{one.reason} The meters around it show more: {named.sentence}",
                       action=named.remedy)  # fmt: skip
    if balance is not None and balance.verdict == "inconclusive" and for_sources_only(plan, one.tag):
        return replace(one, action=balance.action)
    return one
