"""The command line `device-probe`.

Exit codes: 0 good, 1 the answer is no, 2 wrong call or input, 3 inconclusive, 4 environment.
"""

import click

from device_probe.cli.agent import agent
from device_probe.cli.drift import drift_command
from device_probe.cli.group import OneSentence
from device_probe.cli.identify import identify
from device_probe.cli.judge import judge_command
from device_probe.cli.load_step import load_step
from device_probe.cli.plan import plan
from device_probe.cli.profile import profile
from device_probe.cli.profiles import profiles
from device_probe.cli.read import read
from device_probe.cli.scan import scan_command
from device_probe.cli.simulate import simulate_command
from device_probe.cli.site import site
from device_probe.cli.watch import watch
from device_probe.cli.window import window


@click.group(cls=OneSentence, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Read meters and chargers over Modbus/TCP, judge their wiring and the power quality.

    Nothing is ever written, but for set-points by load-step with --allow-writes.

    \b
    Examples:
      device-probe profiles
      device-probe profile check my-meter.yaml
      device-probe read --profile eastron-sdm630 --host 192.168.1.50 --unit 11
      device-probe plan eastron-sdm630
      device-probe watch plan.json
      device-probe window plan.json --interval 1 --samples 300 --out test.jsonl
      device-probe identify --host 192.168.1.50
      device-probe scan 192.168.1.0/24 --units 1-10 --expected plan.json
      device-probe site plan.json --out report.json
      device-probe judge report.json
      device-probe drift approved.json.gz report.json
      device-probe load-step plan.json
      device-probe simulate plan.json --scenario ct-reversed
      device-probe agent --server https://field.example --token-file token.txt
    """


COMMANDS = (
    profiles, profile, plan, read, watch, window, identify, scan_command, site, judge_command, drift_command,
    simulate_command, agent, load_step,
)  # fmt: skip
for command in COMMANDS:
    main.add_command(command)
