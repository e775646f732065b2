"""How a device wants to be spoken to, what it answers, and what a serial line costs. Pure."""

import time
from dataclasses import dataclass
from functools import lru_cache

BITS_PER_CHARACTER = 11  # start, eight of data, parity or a second stop bit, stop
SILENCE_CHARACTERS = 3.5
SHORTEST_SILENCE_S = 0.00175  # above 19200 baud the silence stays as long
TURN_AROUND_S = 0.010
LINE_TIMES_TO_WAIT = 3


@dataclass(frozen=True, slots=True)
class Manners:
    """How a device wants to be spoken to."""

    timeout_s: float = 1.0
    retries: int = 1
    back_off_s: float = 0.1
    connect_delay_s: float = 0.0
    min_gap_s: float = 0.0
    tid_zero_ok: bool = False
    single_client: bool = False  # takes one TCP client at a time: leave in good order, and wait for it
    baud: int = 0  # of the serial line behind a gateway; 0: there is none
    patience_s: float = 9.0  # what a unit may cost in vain before it is left alone


@dataclass(frozen=True, slots=True)
class Answer:
    """The data bytes of one answer and when they came (UTC, ISO 8601)."""

    data: bytes
    taken_at: str


def now_text() -> str:
    """Return the present time as every snapshot writes it."""
    seconds, rest = divmod(time.time_ns(), 1_000_000_000)
    return f"{_second(seconds)}.{rest // 1_000_000:03}Z"


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def silence_s(baud: int) -> float:
    """Return how long a serial line is silent between two frames."""
    return max(SILENCE_CHARACTERS * BITS_PER_CHARACTER / baud, SHORTEST_SILENCE_S)


def line_time_s(baud: int, characters: int) -> float:
    """Return how long a request and its answer, together so many characters, keep a serial line busy."""
    return characters * BITS_PER_CHARACTER / baud + 2 * silence_s(baud) + TURN_AROUND_S
