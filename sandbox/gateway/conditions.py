"""Conditional reads: a caller who has this representation already is not sent it again."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from sandbox.gateway.response import Response
from sandbox.gateway.visit import Visit

VALIDATORS = (b"etag", b"last-modified")


def conditional(visit: Visit, response: Response) -> Response:
    """304 where the caller already has this representation. An ETag says it better than a date."""
    wanted = visit.headers.get(b"if-none-match")
    since = visit.headers.get(b"if-modified-since") if wanted is None else None
    if wanted is since is None or visit.method not in ("GET", "HEAD") or response.status != 200:
        return response
    validators = {name: value for name, value in response.headers if name in VALIDATORS}
    if wanted is not None:
        tags = [tag.strip().removeprefix(b"W/") for tag in wanted.split(b",")]
        same = b"etag" in validators and (validators[b"etag"] in tags or b"*" in tags)
    else:
        same = b"last-modified" in validators and not _later(validators[b"last-modified"], since or b"")
    return Response(304, [*validators.items()], b"") if same else response


def _later(date: bytes, since: bytes) -> bool:
    """Whether one HTTP date is after another; a date that cannot be read is no condition."""
    try:
        return parsedate_to_datetime(date.decode()) > parsedate_to_datetime(since.decode())
    except (ValueError, TypeError):
        return True
