"""Time zones by their IANA names."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from sandbox.kernel.errors import InvalidTimezone


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(available_timezones()) - {"localtime", "Factory"}


def check_zone(name: str, target: str = "/timezone") -> ZoneInfo:
    """The zone; raises InvalidTimezone."""
    if name not in _known():
        raise InvalidTimezone(details=f"'{name[:60]}' is not an IANA time zone", target=target)
    return ZoneInfo(name)
