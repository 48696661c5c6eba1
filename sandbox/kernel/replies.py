"""What a handler may return besides a plain document."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply with its own status, headers or media type.

    `body`: a document or list (rendered as JSON), bytes (sent as they are, `media_type` needed) or None.
    """

    status: int = 0
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Stream:
    """A body that is sent piece by piece, for as long as it lasts or somebody reads it."""

    pieces: AsyncGenerator[bytes, None]
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """A slice of a collection; `total` is None where counting would be dearer than the page.

    `mode`: page, offset or cursor; whole for all there is, made for what a call has just made.
    """

    items: list[Any]
    mode: str = "page"
    total: int | None = None
    page: int = 1
    size: int = 20
    offset: int = 0
    next_cursor: str | None = None
    prev_cursor: str | None = None
    has_more: bool = False

    @classmethod
    def of_all(cls, items: list[Any], mode: str = "whole") -> Page:
        """Where nothing is left out, so that no other page leads on."""
        return cls(items, mode, total=len(items), size=max(len(items), 1))
