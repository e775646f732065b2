"""How often is a wiring verdict right: a seeded sample of every way to wire a meter, judged from its readings."""

import argparse
import json
import math
import random
import sys
from collections import Counter
from typing import Any

from accuracy_parts.truth import PATTERNS, Case, document, draw, rules

from device_probe.diagnosis.contract import dump_judgement, judge_readings, load_readings

WRONG = ("wrong pass", "wrong correction", "false fail")


def outcome(case: Case, judged: dict[str, Any]) -> str:
    """Put one judgement in a word."""
    wiring = judged["wiring"]
    if wiring["verdict"] == "inconclusive":
        return "inconclusive"
    if wiring["verdict"] == "pass":
        return "pass" if case.right else "wrong pass"
    if case.right:
        return "false fail"
    if not wiring["correction"]:
        return "fail, which one open"
    return "fail" if _meant(case, wiring) else "wrong correction"


def _meant(case: Case, wiring: dict[str, Any]) -> bool:
    """True when the wiring named is the true one, or looks like it to the meter."""
    best = wiring["hypotheses"][0]
    alike = next((group for group in wiring["indistinguishable"] if _key(group[0]) == _key(best)), [best])
    return any(_key(each) == case.identity for each in alike)


def _key(each: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(each["voltage_inputs"]), tuple(each["current_inputs"])


def upper_bound(events: int, trials: int) -> float:
    """Return the upper end of the one-sided 95 % interval of a rate (Clopper-Pearson), in per cent."""
    low, high = events / trials, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        below = sum(
            math.exp(
                math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1)
                + k * math.log(middle) + (trials - k) * math.log1p(-middle)
            )
            for k in range(events + 1)
        ) if 0 < middle < 1 else 0.0  # fmt: skip
        low, high = (middle, high) if below > 0.05 else (low, middle)
    return 100 * high


def run(seed: int, count: int) -> dict[str, Any]:
    """Judge ``count`` cases and return the figures."""
    chance = random.Random(seed)
    found: dict[str, Counter[str]] = {pattern: Counter() for pattern in PATTERNS}
    by_rule: dict[str, Counter[str]] = {}
    broken: list[str] = []
    for _ in range(count):
        case = draw(chance)
        readings = document(case, chance)
        judged = dump_judgement(judge_readings(load_readings(readings)))
        word = outcome(case, judged)
        found[case.pattern][f"{'right' if case.right else 'wrong'}: {word}"] += 1
        if word in WRONG:
            broken.append(f"{word}: {case}")
        for rule, called in rules(readings).items():
            kind = "right" if case.right else "wrong"
            by_rule.setdefault(rule, Counter())[f"{kind}, {'called wrong' if called else 'let pass'}"] += 1
    return {"seed": seed, "cases": count, "outcomes": found, "rules": by_rule, "broken": broken}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=60_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    result = run(arguments.seed, arguments.cases)
    total = sum(result["outcomes"].values(), Counter())
    for word in WRONG:
        kind = "right" if word == "false fail" else "wrong"
        trials = sum(n for key, n in total.items() if key.startswith(kind))
        events = total[f"{kind}: {word}"]
        line = {"proof": "accuracy", "rate": word, "events": events, "of": trials}
        sys.stdout.write(
            json.dumps(line | {"upper_95_percent": round(upper_bound(events, trials), 4)}) + "\n"
        )
    for pattern, counts in result["outcomes"].items():
        sys.stdout.write(
            json.dumps({"proof": "accuracy", "load": pattern, **dict(sorted(counts.items()))}) + "\n"
        )
    for rule, counts in result["rules"].items():
        sys.stdout.write(
            json.dumps({"proof": "accuracy", "rule": rule, **dict(sorted(counts.items()))}) + "\n"
        )
    for line in result["broken"][:20]:
        sys.stdout.write(f"{line}\n")
    return 1 if result["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
