"""What errors and pages say in the languages of the catalogues; codes and values stay as they are."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

ENGLISH = "en"
LANGUAGES = (ENGLISH, "de", "pl", "ja")
_PLACE = re.compile(r"\{(\w+)\}")
_QUALITY = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")


@lru_cache(1024)
def language_of(header: str) -> str:
    """The language that `Accept-Language` prefers among those there are; English otherwise."""
    from babel.core import negotiate_locale  # takes a while to load, and most callers never send the header

    wanted = [tag for tag in _preferred(header) if tag != "*"]
    return negotiate_locale(wanted, LANGUAGES, sep="-") or ENGLISH


def message(language: str, code: str, english: str) -> str:
    """What a code means."""
    if language == ENGLISH:
        return english
    return str(catalogue(language)["messages"].get(code, english))


def field_message(language: str, english: str) -> str:
    """What is wrong with a field, with the values the English text has."""
    if language == ENGLISH:
        return english
    for template, pattern in _patterns(language):
        found = pattern.fullmatch(english)
        if found is not None:
            values = {name: value.replace(" or ", ", ") for name, value in found.groupdict().items()}
            return str(catalogue(language)["fields"][template]).format_map(values)
    return english


@cache
def catalogue(language: str) -> dict[str, Any]:
    """`messages` by code, `fields` and `labels` of pages by what they are in English."""
    text = (Path(__file__).parent / f"{language}.yaml").read_text(encoding="utf-8")
    read: dict[str, Any] = yaml.load(text, yaml.CSafeLoader)
    return read


@cache
def _patterns(language: str) -> list[tuple[str, re.Pattern[str]]]:
    """Templates as patterns, the most particular first: the more fixed words, the more is said."""
    templates = sorted(catalogue(language)["fields"], key=lambda each: -len(_PLACE.sub("", each)))
    return [(each, re.compile(_pattern(each), re.DOTALL)) for each in templates]


def _pattern(template: str) -> str:
    parts = _PLACE.split(template)
    return "".join(f"(?P<{part}>.*)" if place % 2 else re.escape(part) for place, part in enumerate(parts))


def _preferred(header: str) -> list[str]:
    """Language tags by falling quality, without those that are refused."""
    found: list[tuple[float, int, str]] = []
    for part in header.split(","):
        tag, *parameters = (each.strip() for each in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "q":
                quality = float(value) if _QUALITY.fullmatch(value.strip()) else 0.0
        if tag and quality > 0:
            found.append((-quality, len(found), tag.lower()))
    return [tag for _, _, tag in sorted(found)]
