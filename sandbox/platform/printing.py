"""In which language a page is printed: the one that the caller prefers among those there are."""

from __future__ import annotations

from functools import cache

from sandbox.formats.wording import ENGLISH, Wording
from sandbox.languages.catalogue import catalogue, language_of
from sandbox.platform.call import Call


def words_for(call: Call) -> Wording:
    """By `Accept-Language`; English for who says nothing."""
    preferred = call.headers.get("accept-language")
    return _words(language_of(preferred)) if preferred else ENGLISH


@cache
def _words(language: str) -> Wording:
    return ENGLISH if language == ENGLISH.language else Wording(language, catalogue(language)["labels"])
