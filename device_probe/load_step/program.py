"""In which order the test loads are lowered: one at a time, or several at once by code words. Pure."""

import random
from collections.abc import Sequence
from itertools import combinations, pairwise
from math import ceil, comb, log2
from typing import Literal

Order = Literal["single", "coded"]
State = frozenset[str]  # the tags that are lowered


def word_length(loads: int) -> int:
    """Return how many states a coded order takes."""
    length = ceil(log2(loads)) + 2 if loads > 1 else 2
    while comb(length, length // 2) < loads:
        length += 1
    return length


def program(tags: Sequence[str], order: Order, turn: int = 0) -> tuple[State, ...]:
    """Return the states in order; before the first and after the last nothing is lowered.

    In the coded order each load has a word of its own with half of the states set. Words that change often
    come first, so that every change shows much of each load and, state by state, much of their sum: a
    background that wanders slowly stays behind. ``turn`` deals the words out anew for another pass.
    """
    if order == "single" or len(tags) <= word_length(len(tags)):
        return tuple(frozenset((tag,)) for tag in tags)
    words = _words(len(tags), turn)
    states = (frozenset(tag for tag, word in zip(tags, words, strict=True) if k in word)
              for k in range(word_length(len(tags))))  # fmt: skip
    return tuple(states)


def _words(count: int, turn: int) -> list[tuple[int, ...]]:
    length = word_length(count)
    chance = random.Random(f"{count}/{turn}")  # noqa: S311 - repeatable, not a secret
    every = list(combinations(range(length), length // 2))
    chance.shuffle(every)
    every.sort(key=lambda word: (_changes(word, length), sum(k % 2 == turn % 2 for k in word)), reverse=True)
    drawn = every[:count]
    chance.shuffle(drawn)  # neighbours in the plan have nothing in common in their words
    return drawn


def _changes(word: tuple[int, ...], length: int) -> int:
    """Return how often a load changes when its word is gone through, with the rest before and after."""
    row = [0, *(int(k in word) for k in range(length)), 0]
    return sum(a != b for a, b in pairwise(row))
