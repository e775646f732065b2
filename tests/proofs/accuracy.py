"""How often is a wiring verdict right: a seeded sample of every way to wire a meter, judged."""

import argparse
import json
import random
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # the parts, also where a test imports this file

from accuracy_parts.network import Flow, document, flow, within_prior
from accuracy_parts.rules import rules
from accuracy_parts.score import outcome
from accuracy_parts.tally import RATES, Tally, upper_bound, write
from accuracy_parts.truth import Case, draw

from device_probe.diagnosis.contract import dump_judgement, judge_readings, load_readings

PAGE = Path(__file__).parents[2] / "docs" / "accuracy.md"


def run(seed: int, count: int) -> Tally:
    """Judge ``count`` cases and return what came of it."""
    chance = random.Random(seed)
    tally = Tally(seed, count)
    for _ in range(count):
        case = draw(chance)
        begin = chance.getrandbits(64)
        seen = flow(case, random.Random(begin))
        within = within_prior(case, seen)
        read = document(case, random.Random(begin), seen)
        judged = dump_judgement(judge_readings(load_readings(read)))
        word = outcome(case, read, judged, within)
        tally.add(case, word, within)
        _by_rule(tally, case, seen, begin, word, within)
    return tally


def _by_rule(tally: Tally, case: Case, seen: Flow, begin: int, word: str, within: bool) -> None:
    """Let the rules judge what they are made for: order and direction of a four-wire meter of loads."""
    if case.system != "3P4W" or case.role != "load" or not case.whole or not within:
        return
    told = rules(document(replace(case, reactive_read=True), random.Random(begin), seen))
    if told is None:
        return
    kind = "right" if case.right else "wrong"
    for rule, called in told.items():
        tally.rules[rule][f"{kind} {'called' if called else 'let pass'}"] += 1
    mine = "let pass" if word.endswith("pass") else "inconclusive" if word == "inconclusive" else "called"
    tally.ours[f"{kind} {mine}"] += 1


def main() -> int:
    """Print the figures as JSON lines and write them into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=60_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--page", type=Path, default=PAGE, help="the page to write the tables into")
    parser.add_argument("--dry", action="store_true", help="print only")
    arguments = parser.parse_args()
    tally = run(arguments.seed, arguments.cases)
    for word in RATES:
        events, of = tally.rate(word)
        line = {"proof": "accuracy", "rate": word, "events": events, "of": of}
        sys.stdout.write(json.dumps(line | {"upper_95_percent": round(upper_bound(events, of), 4)}) + "\n")
    for name, counts in (*sorted(tally.by.items()), *tally.rules.items(), ("device-probe", tally.ours)):
        sys.stdout.write(json.dumps({"proof": "accuracy", "of": name, **dict(sorted(counts.items()))}) + "\n")
    for line in tally.broken[:20]:
        sys.stderr.write(f"{line}\n")
    if not arguments.dry:
        write(tally, arguments.page)
    return 1 if tally.broken else 0


if __name__ == "__main__":
    sys.exit(main())
