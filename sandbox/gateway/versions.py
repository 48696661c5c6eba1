"""Which minor version of the API a caller speaks, and what that version has not got yet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.kernel.errors import ApiVersionMismatch, UnsupportedApiVersion

VERSIONS = ("1.0", "1.1", "1.2")
LATEST = VERSIONS[-1]
LATER_MEMBERS: dict[str, dict[str, tuple[str, ...]]] = {
    "1.0": {"Event": ("availability",), "": ("_links",)},
    "1.1": {"Event": ("availability",)},
}
"""By version and schema: members that came later; under no name those of every schema."""
_VERSION = re.compile(r"\d{1,3}\.\d{1,3}")


def version_of(asked: str) -> str:
    """What `X-API-Version` asks for; raises ApiVersionMismatch, UnsupportedApiVersion."""
    if asked in VERSIONS:
        return asked
    if _VERSION.fullmatch(asked) and not asked.startswith("1."):
        raise ApiVersionMismatch(details=f"this path speaks version 1, not {asked}", target="X-API-Version")
    raise UnsupportedApiVersion(details=f"known versions: {', '.join(VERSIONS)}", target="X-API-Version")


def as_of(version: str, schema: str, shown: Mapping[str, Any]) -> dict[str, Any]:
    """A representation as callers of that version know it."""
    later = LATER_MEMBERS.get(version, {})
    left_out = {*later.get(schema, ()), *later.get("", ())}
    return {member: value for member, value in shown.items() if member not in left_out}
