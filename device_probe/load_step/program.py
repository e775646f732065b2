"""In which order the test loads are lowered: one at a time, or several at once by code words. Pure."""

import random
from collections.abc import Sequence
from itertools import combinations
from math import ceil, comb, log2
from typing import Literal

Order = Literal["single", "coded"]
State = frozenset[str]  # the tags that are lowered
MOST_WORDS = 200_000
TRIES = 40


def word_length(loads: int) -> int:
    """Return how many states a coded order takes."""
    return ceil(log2(loads)) + 2 if loads > 1 else 2


def program(tags: Sequence[str], order: Order, turn: int = 0) -> tuple[State, ...]:
    """Return the states in order; before the first and after the last nothing is lowered.

    In the coded order each load has a word of its own with half of the states set, and every state has about
    half of the loads lowered, so the sum changes little. ``turn`` shuffles the words for another pass.
    """
    if order == "single" or len(tags) < 3:
        return tuple(frozenset((tag,)) for tag in tags)
    words = _words(len(tags), turn)
    states = (frozenset(tag for tag, word in zip(tags, words, strict=True) if k in word)
              for k in range(word_length(len(tags))))  # fmt: skip
    return tuple(states)


def _words(count: int, turn: int) -> list[tuple[int, ...]]:
    """Return balanced words, of several draws the one whose states are the most equal in size."""
    length = word_length(count)
    every = list(combinations(range(length), length // 2))
    if count > comb(length, length // 2):
        raise ValueError("there are more loads than words")  # word_length is long enough for any count
    best: tuple[int, list[tuple[int, ...]]] | None = None
    for attempt in range(TRIES):
        chance = random.Random(f"{count}/{turn}/{attempt}")  # noqa: S311 - repeatable, not a secret
        drawn = chance.sample(every, count)
        sizes = [sum(k in word for word in drawn) for k in range(length)]
        spread = max(sizes) - min(sizes)
        if best is None or spread < best[0]:
            best = spread, drawn
    return best[1] if best else []
