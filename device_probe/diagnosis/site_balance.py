"""The balance of a report's meters, from the readings that it holds. Pure."""

from collections.abc import Iterable, Mapping

from device_probe.diagnosis.balance import BalanceVerdict, Circumstances, Site, gather_site, judge_gathered
from device_probe.diagnosis.site_compared import REFRESH_S
from device_probe.diagnosis.site_evidence import roles_of, samples_of, skew_of
from device_probe.model import ProbeReport, SitePlan, Snapshot, Verdict
from device_probe.plausibility import implausible


def balance_of(report: ProbeReport) -> tuple[Site, BalanceVerdict]:
    """Return what the meters of a report read side by side, and the judgement of it by the rules of today."""
    taken = (*report.earlier, *report.snapshots)
    aside = aside_of(report.plan, {s.tag: s for s in report.snapshots}, report.verdicts)
    around = Circumstances(
        roles=roles_of(report.plan), set_aside=aside, skew_s=skew_of(taken) + REFRESH_S
    )  # fmt: skip
    site = gather_site(report.plan, samples_of(report.plan, taken), around)
    return site, judge_gathered(site)


def aside_of(
    plan: SitePlan, last: Mapping[str, Snapshot], verdicts: Iterable[Verdict]
) -> dict[str, str]:  # fmt: skip
    """Return which devices' readings must not be compared, and why."""
    aside = {
        device.tag: f"its readings cannot be true ({words})."
        for device in plan.devices
        if device.tag in last
        and last[device.tag].problem is None
        and (words := implausible(plan, last[device.tag]))
    }
    wrong = (v.tag for v in verdicts if v.aspect == "wiring" and v.verdict == "fail")
    return aside | dict.fromkeys(wrong, "it is wired wrongly.")
