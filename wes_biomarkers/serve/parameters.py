"""Parameters that many routes share."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header, Query

from wes_biomarkers.serve.arrow import ARROW
from wes_biomarkers.serve.shapes import Refusal

Filter = Annotated[str, Query(alias="f", max_length=20_000, description="conditions as JSON; docs/serve.md")]
Names = Annotated[str | None, Query(max_length=8000, description="names separated by commas")]
Accept = Annotated[str, Header()]


def words(text: str | None) -> list[str] | None:
    """The names of a parameter; None where it is not given."""
    return None if text is None else [word for word in text.split(",") if word]


#: Answers that any route can give instead of its own.
REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": Refusal, "description": "No token, or a wrong one."},
    403: {"model": Refusal, "description": "Asked by another site."},
    404: {"model": Refusal, "description": "The cohort has no such thing."},
    413: {"model": Refusal, "description": "The question is too long."},
    421: {"model": Refusal, "description": "Asked by a name that is not the machine's own."},
    422: {"model": Refusal, "description": "The question has no answer; the message says why."},
    429: {"model": Refusal, "description": "Too many questions at once."},
}


def answers(model: Any, *, arrow: bool = False) -> dict[int | str, dict[str, Any]]:
    """What a route answers, for OpenAPI: JSON of this model, and an Arrow stream where it is a table."""
    found: dict[str, Any] = {"model": model}
    return {200: found | ({"content": _binary(ARROW)} if arrow else {})}


def files(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """The same for a route that answers files of these media types."""
    return {200: {"content": {kind: each for media in kinds for kind, each in _binary(media).items()}}}


def _binary(media: str) -> dict[str, Any]:
    return {media: {"schema": {"type": "string", "format": "binary"}}}
