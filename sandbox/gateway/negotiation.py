"""Which form an answer takes: by `format`, or by the qualities of `Accept`."""

from __future__ import annotations

import re
from functools import lru_cache

from sandbox.contract.media import MEDIA
from sandbox.kernel.errors import DomainError, NotAcceptable
from sandbox.platform.call import Call

ANYTHING = "*/*"
PROBLEM = "application/problem+json"
_QUALITY = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")


def form_of(call: Call) -> str:
    """The form that is wanted most among those the operation has; raises NotAcceptable."""
    formats = call.plan.formats
    if len(formats) > 1 or formats[0] != "json":
        asked: str = call.query.get("format", "")
        if asked in formats:
            return asked
    accept = call.headers.get("accept", ANYTHING)
    if accept == ANYTHING:
        return formats[0]
    found = _preferred(accept, formats)
    if not found:
        raise unacceptable([MEDIA[each] for each in formats])
    return found


@lru_cache(1024)
def _preferred(accept: str, formats: tuple[str, ...]) -> str:
    """The form of the highest quality, the usual one among equals; nothing if all are refused."""
    if not accept.strip(" ,"):
        return formats[0]
    ranges = accepted(accept)
    qualities = {each: _quality(ranges, MEDIA[each]) for each in formats}
    best = max(formats, key=qualities.__getitem__)
    if qualities[best] > 0:
        return best
    return "json" if "json" in formats and PROBLEM in accept else ""


def check_accepted(call: Call, media_type: str) -> None:
    """Raises NotAcceptable unless the caller takes the one form there is."""
    accept = call.headers.get("accept", ANYTHING)
    media = media_type.partition(";")[0].strip()
    if media and accept.strip(" ,") and not _quality(accepted(accept), media):
        raise unacceptable([media])


def unacceptable(available: list[str]) -> DomainError:
    """The refusal that names what there is."""
    return NotAcceptable(details=f"available: {', '.join(available)}", target="Accept")


def accepted(header: str) -> list[tuple[str, float]]:
    """Media ranges with their qualities; further parameters are of no account here."""
    found = []
    for part in header.split(","):
        media, *parameters = (each.strip().lower() for each in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                quality = float(value) if _QUALITY.fullmatch(value.strip()) else 0.0
        if media:
            found.append((media, quality))
    return found


def _quality(ranges: list[tuple[str, float]], media: str) -> float:
    """Of the range that names the media type most exactly; 0 if none does."""
    for pattern in (media, f"{media.partition('/')[0]}/*", ANYTHING):
        qualities = [quality for each, quality in ranges if each == pattern]
        if qualities:
            return max(qualities)
    return 0.0
