"""Answers without their bodies: to who has this representation already, and to who does not want it."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime

from sandbox.gateway.response import Response
from sandbox.gateway.visit import Visit

VALIDATORS = (b"etag", b"last-modified")
OF_A_BODY = (b"content-type", b"content-language")
_RETURN = re.compile(rb'(?:^|,)\s*return\s*=\s*"?([^\s";,]*)', re.IGNORECASE)


def conditional(visit: Visit, response: Response) -> Response:
    """204 or an empty 201 where the caller prefers `return=minimal`; 304 where the caller already has this
    representation. An ETag says it better than a date.
    """
    headers = visit.headers
    if visit.method not in ("GET", "HEAD"):
        return response if b"prefer" not in headers else _preferred(visit, response)
    wanted = headers.get(b"if-none-match")
    since = headers.get(b"if-modified-since") if wanted is None else None
    if wanted is since is None or response.status != 200:
        return response
    validators = {name: value for name, value in response.headers if name in VALIDATORS}
    if wanted is not None:
        tags = [tag.strip().removeprefix(b"W/") for tag in wanted.split(b",")]
        same = b"etag" in validators and (validators[b"etag"] in tags or b"*" in tags)
    else:
        same = b"last-modified" in validators and not _later(validators[b"last-modified"], since or b"")
    return Response(304, [*validators.items()], b"") if same else response


def _preferred(visit: Visit, response: Response) -> Response:
    """Where the contract offers it (RFC 7240, 4.2); of contradicting preferences the first one holds."""
    said = _RETURN.search(visit.headers[b"prefer"])
    minimal = said is not None and said[1].lower() == b"minimal"
    if not minimal or visit.plan is None or not visit.plan.can_be_brief or response.status not in (200, 201):
        return response
    kept = [(name, value) for name, value in response.headers if name not in OF_A_BODY]
    kept.append((b"preference-applied", b"return=minimal"))
    return Response(204 if response.status == 200 else 201, kept, b"")


def _later(date: bytes, since: bytes) -> bool:
    """Whether one HTTP date is after another; a date that cannot be read is no condition."""
    try:
        return parsedate_to_datetime(date.decode()) > parsedate_to_datetime(since.decode())
    except (ValueError, TypeError):
        return True
