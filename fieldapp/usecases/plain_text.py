"""Texts that people give as reasons: there, plain and not endless."""

from fieldapp.problems import Problem

MAX_TEXT = 4000


def plain_text(text: str, where: str, *, needed: bool = True) -> str:
    """Return a text without blanks around it; refuse an empty, endless or broken one."""
    text = text.strip()
    if needed and not text:
        raise Problem("invalid", where=where, problem="say why, in a few words.")
    if len(text) > MAX_TEXT or "\x00" in text or any("\ud800" <= each <= "\udfff" for each in text):
        raise Problem("invalid", where=where, problem=f"must be plain text of at most {MAX_TEXT} characters.")
    return text
