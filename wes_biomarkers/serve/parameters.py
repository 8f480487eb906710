"""Parameters that many routes share."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Query

Filter = Annotated[str, Query(alias="f", max_length=20_000, description="conditions as JSON; docs/serve.md")]
Names = Annotated[str | None, Query(max_length=8000, description="names separated by commas")]
Accept = Annotated[str, Header()]


def words(text: str | None) -> list[str] | None:
    """The names of a parameter; None where it is not given."""
    return None if text is None else [word for word in text.split(",") if word]
