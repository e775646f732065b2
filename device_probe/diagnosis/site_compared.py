"""Meters against one another and stations against their meters, in the shape of a report. Pure."""

from collections.abc import Mapping

from device_probe.diagnosis.balance import Circumstances, gather_site, judge_gathered
from device_probe.diagnosis.charger import judge_charger
from device_probe.diagnosis.site_evidence import Samples, roles_of
from device_probe.model import Finding, SitePlan, Verdict

REFRESH_S = 1.0  # how old a value may be by itself when it is read


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
