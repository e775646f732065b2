"""What the agent says: one line each on stderr, with the time, and never with a token in it."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime

Tell = Callable[[str], None]


class Log:
    """Writes lines; a sentence that was just said is not said again until another came."""

    def __init__(self, *secrets: str) -> None:
        self._secrets = tuple(secret for secret in secrets if secret)
        self._last = ""

    def __call__(self, sentence: str) -> None:
        """Write one line."""
        text = sentence
        for secret in self._secrets:
            text = text.replace(secret, "(token)")
        text = "".join(letter if letter.isprintable() else " " for letter in text)
        if text == self._last:
            return
        self._last = text
        at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        try:
            print(f"{at} {text}", file=sys.stderr, flush=True)  # noqa: T201 - this is the log
        except OSError:
            return  # nobody reads it any more, which is no reason to stop reading devices
