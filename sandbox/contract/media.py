"""The forms an answer can have: their short names, as `formats:` and `?format=` use them, and media types."""

from __future__ import annotations

from typing import Any

MEDIA = {
    "json": "application/json",
    "xml": "application/xml",
    "csv": "text/csv",
    "ics": "text/calendar",
    "pdf": "application/pdf",
    "html": "text/html",
    "svg": "image/svg+xml",
    "pkpass": "application/vnd.apple.pkpass",
    "eml": "message/rfc822",
}
CONTENT_TYPES = {
    "json": "application/json; charset=utf-8",
    "xml": "application/xml; charset=utf-8",
    "csv": "text/csv; charset=utf-8; header=present",
    "ics": "text/calendar; charset=utf-8",
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
    "svg": "image/svg+xml",
    "pkpass": "application/vnd.apple.pkpass",
    "eml": "message/rfc822",
}
BINARY = ("pdf", "pkpass")


def content(formats: list[str]) -> dict[str, Any]:
    """What a response says of the forms besides JSON."""
    text, binary = {"type": "string"}, {"type": "string", "format": "binary"}
    return {MEDIA[each]: {"schema": binary if each in BINARY else text} for each in formats}


def offered(formats: list[str], with_json: bool) -> list[str]:
    """All forms of an operation; the first is what everybody gets who asks for nothing."""
    return ["json", *formats] if with_json else list(formats)


def with_parameter(parameters: list[Any], formats: list[str]) -> list[Any]:
    """`format` among the parameters; a filter of that name also takes the names of forms.

    Calendar programs cannot be told what to accept, so they may name their form where there is one only."""
    if len(formats) < 2 and formats != ["ics"]:
        return parameters
    own = next((each for each in parameters if each.get("name") == "format"), None)
    note = (
        f"The form of the answer ({', '.join(formats)}), where `Accept` cannot be set; it wins over `Accept`."
    )
    if own is None:
        schema = {"type": "string", "enum": formats}
        return [*parameters, {"name": "format", "in": "query", "description": note, "schema": schema}]
    meant = own.get("description", "A filter.")
    both = {
        **own,
        "description": f"{meant} Or: {note[0].lower()}{note[1:]}",
        "schema": {**own["schema"], "enum": [*own["schema"]["enum"], *formats]},
    }
    return [both if each is own else each for each in parameters]
