"""The files of the page for tablets, and its words in the language that a browser asks for."""

from functools import cache
from pathlib import Path

FILES = Path(__file__).parent / "pages"
LANGUAGES = ("en", "de")


@cache
def asset(name: str) -> bytes:
    """Return one of the page's own files."""
    return (FILES / name).read_bytes()


def words(accept_language: str) -> bytes:
    """Return the words of the page in the best language that there is."""
    return asset(f"words.{language(accept_language)}.json")


def language(accept_language: str) -> str:
    """Return the language that a browser would rather have; English when it asks for none of ours."""
    wanted = [_weighed(place, part) for place, part in enumerate(accept_language[:500].split(","))]
    ours = sorted(
        (-weight, place, name) for weight, place, name in wanted if name in LANGUAGES and weight > 0
    )
    return ours[0][2] if ours else LANGUAGES[0]


def _weighed(place: int, part: str) -> tuple[float, int, str]:
    name, _, rest = part.strip().lower().partition(";")
    try:
        weight = float(rest.strip().removeprefix("q=")) if rest else 1.0
    except ValueError:
        weight = 0.0
    return weight, place, name.partition("-")[0].strip()
