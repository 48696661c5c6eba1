"""People and credentials: personas, invented users, and the published demo credentials."""

from __future__ import annotations

from typing import Any, NamedTuple

from sandbox.identity.keys import fingerprint
from sandbox.identity.roles import PLATFORM, VISITOR
from sandbox.seeds.world import SeedWorld


class Persona(NamedTuple):
    """A ready person."""

    number: int
    name: str
    given: str
    family: str | None
    role: str
    why: str
    display: str = ""
    status: str = "active"
    organization: str | None = None


PERSONAS = (
    Persona(1, "admin", "Alice", "Admin", "admin", "may do everything but operate the sandbox of others"),
    Persona(2, "organizer", "Oskar", "Organizer", "organizer", "owns most fixture events"),
    Persona(3, "staff", "Sam", "Staff", "staff", "works at the check-in desk"),
    Persona(4, "finance", "Fiona", "Finance", "finance", "sees the money"),
    Persona(5, "speaker", "Siddharth", "Speaker", "speaker", "gives the keynote"),
    Persona(6, "attendee", "Ada", "Attendee", "attendee", "the default happy-path client"),
    Persona(7, "attendee_other", "Omar", "Other", "attendee", "must never see what is Ada's"),
    Persona(8, "expired_token", "Eva", "Expired", "attendee", "valid user for tokens that have run out"),
    Persona(9, "suspended", "Susan", "Suspended", "attendee", "gets ACCOUNT_SUSPENDED", status="suspended"),
    Persona(
        10, "unicode", "Zoë", "Łukasiewicz-Ōta", "attendee", "name and company in several scripts",
        display="Zoë Łukasiewicz-Ōta 李小龍", organization="شركة الفعاليات",
    ),
    Persona(11, "mononym", "Teller", None, "attendee", "has a single name", display="Teller"),
    Persona(12, "apostrophe", "Siobhán", "O'Connor-D'Arcy", "attendee", "has quotes in the name"),
    Persona(13, "erasable", "Erik", "Erasable", "attendee", "nothing blocks erasure"),
    Persona(14, "erasure_blocked", "Berta", "Blocked", "attendee", "an open dispute forbids erasure"),
    Persona(15, "practitioner", "Jan", "Nowak", "practitioner", "is practitioner.nowak"),
    Persona(16, "receptionist", "Renata", "Reception", "receptionist", "works at location.warsaw only"),
    Persona(17, "dpo", "Dana", "DPO", "dpo", "handles privacy requests"),
)  # fmt: skip


class Demo(NamedTuple):
    """A published credential."""

    number: int
    name: str
    scopes: frozenset[str]
    client_type: str = "partner"
    key: str = ""
    """An API key; without one it is an OAuth client whose secret is its name and `-secret`."""
    changes: dict[str, Any] = {}


DIARY = {"locations", "services", "practitioners", "schedules", "slots", "bookings", "customers"}
APPOINTMENT_AREAS = DIARY | {"mappings", "sync", "webhooks", "payments", "privacy"}
APPOINTMENTS = frozenset(scope for scope in PLATFORM if scope.split(":")[0] in APPOINTMENT_AREAS)
SELF_SERVICE = frozenset({"sandbox:read", "sandbox:write"})
PARTNER = PLATFORM | SELF_SERVICE
READ_ONLY = frozenset(scope for scope in PLATFORM if scope.endswith(":read")) | {"sandbox:read"}

ONE_ADDRESS = {"ipAllowlist": ["203.0.113.7/32"]}

DEMOS = (
    Demo(1, "partner-demo", PARTNER),
    Demo(2, "partner-other", PARTNER),
    Demo(3, "clinic-demo", APPOINTMENTS | SELF_SERVICE, changes={"notificationMode": "both"}),
    Demo(4, "internal-demo", PARTNER, "internal"),
    Demo(5, "readonly-demo", READ_ONLY),
    Demo(6, "specialist-demo", SELF_SERVICE | {"sandbox:specialist"}, "internal"),
    Demo(7, "revoked-demo", PARTNER, changes={"status": "revoked"}),
    Demo(11, "Partner key", PARTNER, key="sk_sandbox_partner_demo"),
    Demo(12, "Expired key", PARTNER, key="sk_sandbox_expired", changes={"status": "expired"}),
    Demo(13, "Key for one address", PARTNER, key="sk_sandbox_ip_locked", changes=ONE_ADDRESS),
    Demo(14, "Widget key", VISITOR, "public", key="pk_sandbox_widget_demo"),
)


def seed_people(world: SeedWorld) -> None:
    """Personas and credentials belong to every profile, bulk users to the larger ones."""
    for persona in PERSONAS:
        _put_persona(world, persona)
    for demo in DEMOS:
        _put_credential(world, demo)
    for number in range(world.bulk(60 - len(PERSONAS))):
        _put_bulk_user(world, 1000 + number)


def user(world: SeedWorld, number: int, **members: Any) -> dict[str, Any]:
    """A user document."""
    return {
        "id": world.id("a1", number),
        "version": 1,
        "createdAt": world.at(days=-90),
        "updatedAt": world.at(days=-90),
        "metadata": {},
        "phone": None,
        "locale": "en",
        "timezone": "Europe/Warsaw",
        "avatarUrl": None,
        "organization": None,
        "emailVerified": True,
        "lastLoginAt": None,
        "status": "active",
        "externalId": None,
        "statusReason": None,
        **members,
        "identities": [{"provider": "password", "subject": members["email"]}],
    }


def _only_at(world: SeedWorld, role: str, location: int) -> dict[str, Any]:
    """What says that a role was given for one location."""
    given = {"grantedBy": "system", "grantedAt": world.at(days=-90)}
    return {
        "_assignments": [
            {"role": role, "scopeType": "location", "scopeId": world.id("c1", location), **given}
        ]
    }


def _put_persona(world: SeedWorld, persona: Persona) -> None:
    members = {
        "email": f"{persona.name}@sandbox.example",
        "givenName": persona.given,
        "familyName": persona.family,
        "displayName": persona.display or f"{persona.given} {persona.family}",
        "roles": [persona.role],
        "status": persona.status,
        "organization": persona.organization,
        **(_only_at(world, persona.role, 1) if persona.name == "receptionist" else {}),
    }
    stored = world.put("user", user(world, persona.number, **members))
    summary = f"{stored['displayName']}: {persona.why}"
    world.fixture(f"user.{persona.name}", "user", stored["id"], summary, ["persona"])


def _put_bulk_user(world: SeedWorld, number: int) -> None:
    faker = world.faker("users").localized()
    given, family = faker.first_name(), faker.last_name()
    members = {
        "email": f"user{number}@sandbox.example",
        "givenName": given,
        "familyName": family,
        "displayName": f"{given} {family}",
        "roles": [faker.random_element({"attendee": 9, "organizer": 1})],
        "locale": faker.locale[:2],
        "phone": f"+447700900{number % 1000:03d}",
    }
    world.put("user", user(world, number, **members))


def _put_credential(world: SeedWorld, demo: Demo) -> None:
    credential_id = f"key_{demo.number:024d}"
    is_client = not demo.key
    secret = demo.key or f"{demo.name}-secret"
    expired = demo.changes.get("status") == "expired"
    world.put(
        "credential",
        {
            "id": credential_id,
            "version": 1,
            "createdAt": world.at(days=-90),
            "updatedAt": world.at(days=-90),
            "metadata": {"fixture": "true"},
            "name": demo.name,
            "kind": "oauth_client" if is_client else "api_key",
            "clientId": demo.name if is_client else None,
            "clientType": demo.client_type,
            "grantTypes": ["client_credentials"] if is_client else [],
            "scopes": sorted(demo.scopes),
            "roles": [],
            "ipAllowlist": [],
            "allowedOrigins": [],
            "notificationMode": "push",
            "expiresAt": world.at(days=-1) if expired else None,
            "status": "active",
            "secretHint": secret[-4:],
            "previousSecretValidUntil": None,
            **demo.changes,
        },
    )
    stored_as = fingerprint(f"{demo.name}:{secret}" if is_client else secret)
    world.put("credential_secret", {"id": stored_as, "credentialId": credential_id, "validUntil": None})
    name = demo.name if is_client else secret
    world.fixture(f"credential.{name}", "credential", credential_id, f"published: {name}", ["credential"])
