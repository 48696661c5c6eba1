"""What changed in the API from version to version, the latest first."""

from __future__ import annotations

from typing import Any

MEMBERS = ("id", "version", "date", "type", "description", "operations")
_CHANGES: tuple[tuple[str, str, str, str, str, list[str]], ...] = (
    ("1.2.0-availability", "1.2.0", "2026-09-01", "added", "Events show their availability.",
     ["getEvent", "listEvents"]),
    ("1.2.0-fields", "1.2.0", "2026-09-01", "added",
     "`fields` and `expand` choose what an answer holds.", []),
    ("1.2.0-whole-registrations", "1.2.0", "2026-09-01", "deprecated",
     "Whole registrations are no longer checked in.",
     ["checkInRegistration", "revertRegistrationCheckIn"]),
    ("1.2.0-unpublish", "1.2.0", "2026-09-01", "deprecated",
     "What is published is cancelled rather than taken back.", ["unpublishEvent"]),
    ("1.1.0-links", "1.1.0", "2026-03-01", "added", "Every representation carries `_links`.", []),
    ("1.0.0", "1.0.0", "2025-10-01", "added", "The first version.", []),
)  # fmt: skip

CHANGELOG: tuple[dict[str, Any], ...] = tuple(dict(zip(MEMBERS, each, strict=True)) for each in _CHANGES)
DEPRECATIONS = {entry["id"]: entry for entry in CHANGELOG if entry["type"] == "deprecated"}
"""The entries that announce a deprecation, by id."""
