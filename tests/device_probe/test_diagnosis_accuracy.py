"""The published accuracy in its short form: a seeded sample in which no verdict may be wrong."""

import sys
from pathlib import Path

import pytest

PROOFS = Path(__file__).parents[1] / "proofs"


@pytest.fixture(scope="module")
def tally():
    sys.path.insert(0, str(PROOFS))
    try:
        import accuracy

        yield accuracy.run(seed=20, count=1500)
    finally:
        sys.path.remove(str(PROOFS))


@pytest.mark.slow
@pytest.mark.parametrize("word", ["wrong pass", "wrong correction", "false fail"])
def test_no_verdict_is_wrong_within_the_assumed_power_factor(tally, word: str) -> None:
    events, of = tally.rate(word)
    assert of > 300
    assert not events, tally.broken[:3]


@pytest.mark.slow
def test_most_of_what_can_be_decided_is(tally) -> None:
    counts = tally.by["Load: balanced"]
    within = sum(counts.values()) - sum(n for word, n in counts.items() if word.endswith("beyond prior"))
    open_ = sum(n for word, n in counts.items() if word.endswith("inconclusive"))
    assert open_ < 0.35 * within


@pytest.mark.slow
def test_every_rule_of_the_instruments_lets_wrong_wiring_pass(tally) -> None:
    for rule, counts in tally.rules.items():
        assert counts["wrong let pass"] > 0, rule
    assert not tally.ours["wrong let pass"]
