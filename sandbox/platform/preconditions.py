"""Conditions on a change: the caller says which version was seen."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from sandbox.kernel.clock import instant
from sandbox.kernel.errors import PreconditionFailed


def check_unchanged(headers: Mapping[str, str], etag: str, updated_at: str) -> None:
    """Raises PreconditionFailed unless If-Match is absent or names the present version.

    Without it If-Unmodified-Since counts, to the second."""
    wanted = headers.get("if-match")
    if wanted is None:
        _check_date(headers.get("if-unmodified-since"), updated_at)
    elif wanted.strip() != "*" and etag not in [tag.strip() for tag in wanted.split(",")]:
        raise PreconditionFailed(details=f"the resource is now {etag}", target="If-Match")


def _check_date(since: str | None, updated_at: str) -> None:
    if since is None:
        return
    try:
        limit = instant(parsedate_to_datetime(since))
    except (ValueError, TypeError, OverflowError):
        return  # a date that cannot be read is no condition
    if updated_at[:19] > limit[:19]:
        raise PreconditionFailed(
            details=f"the resource changed at {updated_at}", target="If-Unmodified-Since"
        )
