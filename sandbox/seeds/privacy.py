"""Seeded privacy: requests in three states, consents, opt-outs, a restriction, older audit entries."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Any

import orjson

from sandbox.kernel.clock import instant
from sandbox.seeds.world import SeedWorld

Doc = dict[str, Any]

TAG = ("privacy",)
FIXTURES = (
    ("access_completed", "Its package can be downloaded"),
    ("erasure_blocked", "An open dispute stands in the way"),
    ("portability_verifying", "Waits for the code: 123456 passes"),
)
NOTHING_YET: Doc = {
    "cancelFuture": False,
    "corrections": None,
    "extendedUntil": None,
    "completedAt": None,
    "blockers": [],
    "results": [],
    "packageUrl": None,
    "packageExpiresAt": None,
    "rejectionReason": None,
}


def seed_privacy(world: SeedWorld) -> None:
    """The named fixtures in every profile that has them; the rest where the world is larger."""
    if not world.fixtures_wanted:
        return
    _put_requests(world)
    _put_decisions(world)
    for number in range(world.bulk(172)):
        _put_consent(world, 1000 + number)
    for number in range(world.bulk(5)):
        customer = world.id("ca", 1000 + number)
        _put_opt_out(world, 1000 + number, _customer(world, customer), ("marketing", "profiling")[number % 2])
    for number in range(world.bulk(200)):
        world.put("audit_entry", _audit_entry(world, number))
    retention = {"job": "privacy.retention", "subject": "policies", "payload": {}}
    due = world.at(days=6, hours=3)
    world.put("agenda", {"id": "privacy.retention:policies", "due": due, **retention})


def _put_requests(world: SeedWorld) -> None:
    ada, berta = _customer(world, world.id("ca", 1)), world.id("a1", 14)
    disputed = [
        each["id"]
        for each in world.all("payment")
        if each["status"] == "disputed" and each.get("_userId") == berta
    ]
    expires = world.at(days=7)  # not while its week lasts
    package = _put_package(world, ada, expires)
    finished = {
        "completedAt": world.at(days=0),
        "packageUrl": f"/api/v1/privacy/requests/{package}/package",
        "packageExpiresAt": expires,
        "results": [{"collection": "customers", "records": 1, "action": "exported", "reason": None}],
    }
    blockers = [{"code": "open_dispute", "resource": {"type": "payment", "id": key}} for key in disputed]
    _put_request(world, 1, {"subject": ada, "type": "access", "status": "completed", **finished})
    blocked = {"subject": _user(world, 14), "type": "erasure", "status": "in_progress", "blockers": blockers}
    _put_request(world, 2, blocked)
    _put_request(world, 3, {"subject": _user(world, 7), "type": "portability", "status": "verifying"})
    for number, (name, why) in enumerate(FIXTURES, start=1):
        world.fixture(f"privacy.{name}", "privacy_request", world.id("f6", number), why, TAG)


def _put_request(world: SeedWorld, number: int, members: Doc) -> None:
    key, status = world.id("f6", number), members["status"]
    received = world.moment(days=-3)
    proven = None if status == "verifying" else instant(received + timedelta(hours=1))
    due = instant(received + timedelta(days=30))
    head = {
        **_meta(world, key),
        "regulation": "gdpr",
        "_keys": _keys(members["subject"]),
        "verification": {"method": "email_code", "verifiedAt": proven},
        "receivedAt": instant(received),
        "dueAt": due,
    }
    world.put("privacy_request", {**head, **NOTHING_YET, **members})
    if status in ("verifying", "in_progress"):
        entry = {"due": due, "job": "privacy.deadline", "subject": key, "payload": {}}
        world.put("agenda", {"id": f"privacy.deadline:{key}", **entry})


def _put_package(world: SeedWorld, subject: Doc, expires: str) -> str:
    key = world.id("f6", 1)
    shown = {k: v for k, v in world.get("customer", subject["id"]).items() if k[0] != "_"}
    collections = {"customers": [shown]}
    package = {
        "subject": subject,
        "generatedAt": world.at(days=0),
        "collections": collections,
        "format": "json",
        "sha256": sha256(orjson.dumps(collections, option=orjson.OPT_SORT_KEYS)).hexdigest(),
    }
    world.put("privacy_package", {"id": key, **package})
    entry = {"due": expires, "job": "privacy.package.expire", "subject": key, "payload": {}}
    world.put("agenda", {"id": f"privacy.package.expire:{key}", **entry})
    return key


def _put_decisions(world: SeedWorld) -> None:
    """Of the customers whose fixtures are about that."""
    for number in range(1, 9):
        _put_consent(world, number)
    optout = _customer(world, world.id("ca", 9))
    _put_opt_out(world, 1, optout, "sale_share", "gpc_header")
    world.fixture("privacy.gpc_opt_out", "opt_out", world.id("f8", 1), "Made by Sec-GPC: 1", TAG)
    subject = _customer(world, world.id("ca", 8))
    world.put(
        "restriction",
        {
            **_meta(world, world.id("fa", 1)),
            "subject": subject,
            "_keys": _keys(subject),
            "_active": True,
            "reason": "accuracy_contested",
            "since": world.at(days=-3),
            "liftedAt": None,
        },
    )
    world.fixture(
        "privacy.restriction", "restriction", world.id("fa", 1), "Art. 18: nothing is processed", TAG
    )


def _put_consent(world: SeedWorld, number: int) -> None:
    customers = world.all("customer")
    customer = customers[(number * 7) % len(customers)]
    subject = _customer(world, customer["id"])
    purpose = ("privacy", "marketing", "analytics", "third_party_sharing", "medical_data")[number % 5]
    withdrawn = world.at(days=-2) if number % 9 == 4 else None
    world.put(
        "consent",
        {
            **_meta(world, world.id("f7", number)),
            "subject": subject,
            "_keys": _keys(subject),
            "purpose": purpose,
            "granted": withdrawn is None,
            "textVersion": "2026-01",
            "method": ("form", "api", "paper")[number % 3],
            "at": world.at(days=-40, hours=number % 24),
            "withdrawnAt": withdrawn,
        },
    )


def _put_opt_out(world: SeedWorld, number: int, subject: Doc, scope: str, source: str = "form") -> None:
    members = {"subject": subject, "_keys": _keys(subject), "scope": scope, "source": source}
    world.put("opt_out", {**_meta(world, world.id("f8", number)), **members})


def _audit_entry(world: SeedWorld, number: int) -> Doc:
    """One call of a partner, in the days before the world begins."""
    action, status, kind, code = (
        ("getBooking", 200, "booking", "cb"),
        ("listBookings", 200, None, ""),
        ("updateCustomer", 403, "customer", "ca"),
        ("getCustomer", 200, "customer", "ca"),
        ("createBooking", 409, None, ""),
    )[number % 5]
    by = "key_000000000000000000000011"
    return {
        "id": f"aud_0000{number:020x}",
        "at": world.at(days=-7, minutes=number * 40),
        "actor": {"type": "partner", "id": by, "credentialId": by, "ip": "203.0.113.7"},
        "action": action,
        "resource": {"type": kind, "id": world.id(code, 1 + number % 6)} if kind else None,
        "outcome": "denied" if status == 403 else "failed" if status >= 400 else "allowed",
        "status": status,
        "correlationId": f"0a0d1700-0000-4000-8000-{number:012d}",
        "changes": [],
    }


def _customer(world: SeedWorld, key: str) -> Doc:
    return {"type": "customer", "id": key, "email": world.get("customer", key).get("email")}


def _user(world: SeedWorld, number: int) -> Doc:
    key = world.id("a1", number)
    return {"type": "user", "id": key, "email": world.get("user", key)["email"]}


def _keys(subject: Doc) -> list[str]:
    keys = [f"{subject['type']}:{subject['id']}"]
    return [*keys, f"email:{subject['email']}"] if subject["email"] else keys


def _meta(world: SeedWorld, key: str) -> Doc:
    made = world.at(days=-3)
    return {"id": key, "version": 1, "createdAt": made, "updatedAt": made, "metadata": {}}
