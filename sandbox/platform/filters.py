"""List filters: how a query parameter restricts a collection."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.kernel.documents import Document, member

Predicate = Callable[[Document], bool]


@dataclass(frozen=True, slots=True)
class Filter:
    """`member` where equality on it suffices (and an index can answer), `texts` where any of them contains
    the value, else `predicate(value)`."""

    member: str = ""
    texts: tuple[str, ...] = ()
    predicate: Callable[[Any], Predicate] | None = None


def equals(path: str) -> Filter:
    """The member has the value, or one of the values of a list."""
    return Filter(member=path)


def text(*paths: str) -> Filter:
    """Any of the members contains the text, whatever the case."""
    return Filter(texts=paths)


def at_least(path: str) -> Filter:
    """The member is not below the value."""
    return Filter(
        predicate=lambda wanted: (
            lambda document: (found := member(document, path)) is not None and found >= wanted
        )
    )


def at_most(path: str) -> Filter:
    """The member is not above the value."""
    return Filter(
        predicate=lambda wanted: (
            lambda document: (found := member(document, path)) is not None and found <= wanted
        )
    )


def same_text(path: str) -> Filter:
    """Equality of text, whatever the case."""

    def predicate(wanted: Any) -> Predicate:
        folded = str(wanted).casefold()
        return lambda document: str(member(document, path) or "").casefold() == folded

    return Filter(predicate=predicate)
