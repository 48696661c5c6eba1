"""How what arrived in a bin is searched."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.kernel.documents import Document, contains
from sandbox.platform.filters import Filter, Predicate, at_least, at_most, equals, same_text, text
from sandbox.webhooks.captures import fields_of
from sandbox.webhooks.judging import like, signature_of


def _anywhere(wanted: str) -> Predicate:
    """Text in path, query, body or a header, whatever the case."""
    needle = wanted.casefold()

    def meets(captured: Document) -> bool:
        if contains(captured, ("path", "query", "bodyText"), needle):
            return True
        return any(needle in f"{name}: {value}".casefold() for name, value in fields_of(captured))

    return meets


def _with_header(wanted: str) -> Predicate:
    """`name`, or `name:value` where a star stands for anything."""
    name, colon, value = wanted.partition(":")
    name, value = name.strip().lower(), value.strip()

    def meets(captured: Document) -> bool:
        held = [text for known, text in fields_of(captured) if known.lower() == name]
        return bool(held) and (not colon or any(like(each, value) for each in held))

    return meets


FILTERS: Mapping[str, Filter] = {
    "method": same_text("method"),
    "path": Filter(predicate=lambda wanted: lambda captured: like(captured["path"], wanted)),
    "status": equals("responseStatus"),
    "header": Filter(predicate=_with_header),
    "body": text("bodyText"),
    "bodyKind": equals("bodyKind"),
    "eventType": equals("eventType"),
    "signature": Filter(predicate=lambda wanted: lambda captured: signature_of(captured) == wanted),
    "messageId": equals("messageId"),
    "correlationId": same_text("correlationId"),
    "from": at_least("receivedAt"),
    "to": at_most("receivedAt"),
    "q": Filter(predicate=_anywhere),
}
