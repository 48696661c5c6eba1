"""Who sells and who buys, as documents about money name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.accounting.parties import BLANK, seller
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction

__all__ = ["buyer", "seller"]

Party = dict[str, Any]


def buyer(tx: Transaction, kind: str, document: Mapping[str, Any]) -> Party:
    """The contact of a registration, the customer of a booking, who subscribed, or whom an invoice names."""
    if kind == "invoice":
        return dict(document["billTo"])
    if kind == "registration":
        contact = document["contact"]
        return _party(contact["name"], contact.get("email"), contact.get("company"))
    if kind == "payment_subscription":
        user = tx.get("user", document["userId"]) or Document()
        return _party(user.get("displayName") or "Unknown", user.get("email"), None)
    customer = tx.get("customer", document.get("customerId") or "") or Document()
    names = [customer.get("givenName"), customer.get("familyName")]
    return _party(" ".join(name for name in names if name) or "Unknown", customer.get("email"), None)


def _party(name: str, email: str | None, company: str | None) -> Party:
    return {**BLANK, "name": name, "email": email, "company": company}
