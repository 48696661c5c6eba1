"""To whom which data goes, and how long it is kept: what the notice says and the clock enforces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from sandbox.kernel.clock import instant
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction


def _disclosure(category: str, purpose: str, recipients: list[str], **members: Any) -> dict[str, Any]:
    return {
        "category": category,
        "purpose": purpose,
        "recipients": recipients,
        "sold": False,
        "shared": False,
        "transferCountry": None,
        "safeguards": None,
        "retention": "as long as the account exists",
        **members,
    }


_CLAUSES = "standard contractual clauses"
DISCLOSURES: tuple[Mapping[str, Any], ...] = (
    _disclosure("identifiers", "registration and booking", ["organizers", "practitioners"]),
    _disclosure(
        "identifiers",
        "e-mail delivery",
        ["SendGrid"],
        transferCountry="US",
        safeguards=_CLAUSES,
        retention="30 days",
    ),
    _disclosure(
        "commercial information",
        "payment",
        ["Stripe", "PayPal"],
        transferCountry="US",
        safeguards=_CLAUSES,
        retention="10 years",
    ),
    _disclosure(
        "internet activity",
        "advertising across contexts",
        ["advertising partners"],
        shared=True,
        transferCountry="US",
        safeguards=_CLAUSES,
        retention="13 months",
    ),
    _disclosure("health data", "appointments", ["practitioners"], retention="10 years after treatment"),
)


class Policy(NamedTuple):
    """What becomes of documents of a kind that are older than `days`, by their member `since`."""

    kind: str
    collection: str
    days: int
    action: str
    since: str
    done: Callable[[Document], bool] | None = None


def _is_settled(request: Document) -> bool:
    return request["status"] in ("completed", "rejected", "cancelled")


POLICIES = (
    Policy("delivery_attempt", "deliveryAttempts", 14, "delete", "at"),
    Policy("captured_request", "capturedRequests", 30, "delete", "receivedAt"),
    Policy("email", "emails", 90, "delete", "createdAt"),
    Policy("privacy_request", "privacyRequests", 1095, "delete", "receivedAt", _is_settled),
    Policy("invoice", "invoices", 3650, "retain", "createdAt"),
)
RUN = "privacy.retention"
EVERY = timedelta(days=1)


def shown_policies() -> list[dict[str, Any]]:
    """As the API shows them."""
    return [{"collection": each.collection, "days": each.days, "action": each.action} for each in POLICIES]


def enforce(tx: Transaction, entry: Document) -> None:
    """Once a day: what is past its time goes."""
    for policy in POLICIES:
        if policy.action == "delete":
            _delete_old(tx, policy)
    tx.schedule(tx.now() + EVERY, RUN, entry["subject"])


def _delete_old(tx: Transaction, policy: Policy) -> None:
    limit = instant(tx.now() - timedelta(days=policy.days))
    old = [
        document["id"]
        for document in tx.scan(policy.kind)
        if (document.get(policy.since) or limit) < limit and (policy.done is None or policy.done(document))
    ]
    for key in old:
        tx.delete(policy.kind, key)


JOBS = {RUN: enforce}
