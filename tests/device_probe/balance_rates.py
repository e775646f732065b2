"""How often the balance is right over seeded sites: `python -m tests.device_probe.balance_rates 200 [kind]`.

A mistake counts as *named* when it is the only explanation and the right one, *open* when the right one is
among several, *device* when only the device is accused, *unexplained* when nothing single explains it,
*unseen* when every meter balances within its classes, *wrong* when something else was named.
"""

import random
import sys
import time
from collections import Counter

from device_probe.diagnosis.balance import BalanceVerdict, Circumstances, Hypothesis, judge_balance
from tests.device_probe import balance_faults as faults
from tests.device_probe import balance_sites as sites

Known, Fault = sites.Known, sites.Fault


def judged(known: Known) -> BalanceVerdict:
    """Judge a site by what its devices read."""
    around = Circumstances(known.ohms, skew_s=max(1.0, known.skew_s))
    return judge_balance(known.plan, sites.samples(known), around)


def is_right(one: Hypothesis, fault: Fault) -> bool:
    """Return True when an explanation is the mistake that was made."""
    same = one.kind == fault.kind and one.phase == fault.phase
    return same and (fault.kind == "chargers_scaled" or one.tags == fault.tags)


def outcome(verdict: BalanceVerdict, fault: Fault) -> str:
    """Return how a site with one mistake was judged."""
    named = [n.named for n in verdict.nodes if n.named is not None]
    several = [h for n in verdict.nodes if len(n.explanations) > 1 for h in n.explanations]
    # on an idle circuit a meter gets no current: its finding says so
    vague = ("meter_wrong", "no_current") if fault.kind == "wrong_circuit" else ("meter_wrong",)
    accused = [h for h in named if h.kind in vague and h.tags[0] == fault.tags[0]]
    if any(not is_right(h, fault) and h not in accused for h in named):
        return "wrong"
    right = [h for h in named if is_right(h, fault)]
    if right:
        return "named" if not fault.ratio or fault.ratio in right[0].likely else "wrong ratio"
    if accused:
        return "device"
    if several:
        return "open" if any(is_right(h, fault) for h in several) else "open without it"
    return "unexplained" if any("single mistake" in n.reason for n in verdict.nodes) else "unseen"


def site(kind: str, seed: int) -> Known | None:
    """Return a seeded site with one mistake; None when it has no place for it."""
    chance = random.Random(f"{kind}/{seed}")
    known = sites.draw(chance)
    return known if kind == "right" or faults.break_one(known, kind) else None


def right_outcomes(verdict: BalanceVerdict) -> Counter[str]:
    """Count what was said of a site that is as planned."""
    found: Counter[str] = Counter()
    for node in verdict.nodes:
        off = "single mistake" in node.reason or bool(node.explanations)
        found["false fail" if node.verdict == "fail" or off else f"meter {node.verdict}"] += 1
        found["doubt"] += len(node.findings) if not off else 0
    found.update(f"station {one.verdict}" for one in verdict.stations)
    return found


def main(count: int, kinds: list[str]) -> None:
    """Print the rates."""
    for kind in kinds or ["right", *faults.KINDS]:
        found: Counter[str] = Counter()
        odd, spent = [], 0.0
        for seed in range(count):
            known = site(kind, seed)
            if known is None:
                continue
            begun = time.perf_counter()
            verdict = judged(known)
            spent += time.perf_counter() - begun
            if known.fault is None:
                found.update(right_outcomes(verdict))
                odd += [seed] * (
                    right_outcomes(verdict)["false fail"] + right_outcomes(verdict)["station other"]
                )
            else:
                word = outcome(verdict, known.fault)
                found[word] += 1
                odd += [(seed, word)] * (word in ("wrong", "wrong ratio", "open without it", "unexplained"))
        sys.stdout.write(f"{kind:17} {dict(sorted(found.items()))} {spent:.1f} s {odd[:8]}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
