"""Which minor version of the API a caller speaks."""

from __future__ import annotations

import re

from sandbox.kernel.errors import ApiVersionMismatch, UnsupportedApiVersion

VERSIONS = ("1.0", "1.1", "1.2")
_VERSION = re.compile(r"\d{1,3}\.\d{1,3}")


def version_of(asked: str) -> str:
    """What `X-API-Version` asks for; raises ApiVersionMismatch, UnsupportedApiVersion."""
    if asked in VERSIONS:
        return asked
    if _VERSION.fullmatch(asked) and not asked.startswith("1."):
        raise ApiVersionMismatch(details=f"this path speaks version 1, not {asked}", target="X-API-Version")
    raise UnsupportedApiVersion(details=f"known versions: {', '.join(VERSIONS)}", target="X-API-Version")
