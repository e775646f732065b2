"""Columns that both databases keep alike."""

from sqlalchemy import Text
from sqlmodel import Field


def long_text(**options: object) -> str:
    """Return a column of text without a limit."""
    return Field(sa_type=Text, **options)  # type: ignore[no-any-return, call-overload]
