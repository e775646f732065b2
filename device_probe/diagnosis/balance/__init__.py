"""Several meters against one another: every parent must read what is below it, within the accuracy of all."""

from device_probe.diagnosis.balance.compare import Comparison
from device_probe.diagnosis.balance.hypothesis import Hypothesis
from device_probe.diagnosis.balance.judge import BalanceVerdict, NodeVerdict, judge_balance, judge_gathered
from device_probe.diagnosis.balance.phases import StationPhases
from device_probe.diagnosis.balance.series import Circumstances, Site, gather_site

__all__ = [
    "BalanceVerdict", "Circumstances", "Comparison", "Hypothesis", "NodeVerdict", "Site", "StationPhases",
    "gather_site", "judge_balance", "judge_gathered",
]  # fmt: skip
