"""Which scopes exist and which of them a role can be granted."""

from __future__ import annotations

from collections.abc import Iterable


def _read_write(*areas: str) -> set[str]:
    return {f"{area}:{verb}" for area in areas for verb in ("read", "write")}


EVENTS = _read_write("events")
REGISTRATIONS = _read_write("registrations") | {"registrations:manage"}
BOOKINGS = _read_write("bookings") | {"bookings:manage"}
DICTIONARIES = {"locations:read", "services:read", "practitioners:read"}
EMAILS_AND_CALENDARS = _read_write("calendars", "emails")
OPERATIONS = _read_write("webhooks", "batch", "integrations") | {"exports:write"}

PERSONAL = frozenset({"openid", "profile", "email", "offline_access"})
"""Scopes about the person who signs in, whatever their roles are."""

PLATFORM = frozenset(
    PERSONAL
    | EVENTS
    | REGISTRATIONS
    | BOOKINGS
    | OPERATIONS
    | EMAILS_AND_CALENDARS
    | _read_write(
        "checkins", "users", "sessions", "attendance", "feedback", "payments", "invoices", "reports"
    )
    | _read_write(
        "locations", "services", "practitioners", "schedules", "customers", "mappings", "sync", "privacy"
    )
    | {"attendees:read", "roles:write", "speakers:write", "refunds:write", "slots:read"}
    | {"consents:write", "audit:read", "scim"}
)
CONTROL = frozenset({"sandbox:read", "sandbox:write", "sandbox:specialist", "sandbox:admin"})
SCOPES = PLATFORM | CONTROL

VISITOR = frozenset(DICTIONARIES | {"slots:read", "registrations:write", "bookings:write"})
"""What a key in a public page can be granted: to register and to book, and to read no row of anybody.

Published events need no scope; `events:read` would show those that are not for the public."""

RECEPTION = DICTIONARIES | BOOKINGS | _read_write("schedules", "customers") | {"slots:read"}

ROLE_SCOPES: dict[str, frozenset[str]] = {
    "admin": PLATFORM | {"sandbox:read", "sandbox:write"},
    "organizer": frozenset(
        EVENTS
        | REGISTRATIONS
        | OPERATIONS
        | EMAILS_AND_CALENDARS
        | _read_write("checkins", "sessions", "attendance")
        | {"attendees:read", "speakers:write", "feedback:read", "reports:read"}
    ),
    "staff": frozenset(
        {"events:read", "registrations:read", "attendees:read"} | _read_write("checkins", "attendance")
    ),
    "finance": frozenset(_read_write("payments", "invoices", "reports") | {"refunds:write", "exports:write"}),
    "speaker": frozenset({"profile", "events:read", "sessions:read", "feedback:read"}),
    "attendee": frozenset(
        _read_write("registrations", "payments", "calendars")
        | {"profile", "events:read", "feedback:write", "consents:write"}
    ),
    "practitioner": frozenset(RECEPTION),
    "receptionist": frozenset(RECEPTION | {"locations:write", "services:write"}),
    "dpo": frozenset(_read_write("privacy") | {"consents:write", "audit:read"}),
}

GUESTS = frozenset({"attendee", "speaker"})
"""Roles that see their own rows only."""


def granted(roles: Iterable[str]) -> frozenset[str]:
    """All scopes that any of the roles can be granted."""
    return frozenset().union(*(ROLE_SCOPES.get(role, frozenset()) for role in roles))
