"""Who sells and who buys, as documents about money name them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction

Party = dict[str, Any]

SELLER: Mapping[str, str] = {
    "name": "Sandbox Events and Clinics",
    "company": "Sandbox Events and Clinics sp. z o.o.",
    "vatId": "PL5260001246",
    "street": "ul. Przykładowa 1",
    "city": "Warszawa",
    "postalCode": "00-001",
    "country": "PL",
    "email": "billing@sandbox.example",
}
BLANK: Mapping[str, None] = dict.fromkeys(
    ("company", "vatId", "street", "city", "postalCode", "country", "email")
)


def seller() -> Party:
    """The organisation behind every workspace."""
    return dict(SELLER)


def buyer(tx: Transaction, kind: str, document: Mapping[str, Any]) -> Party:
    """The contact of a registration, the customer of a booking, or whom an invoice names."""
    if kind == "invoice":
        return dict(document["billTo"])
    if kind == "registration":
        contact = document["contact"]
        return _party(contact["name"], contact.get("email"), contact.get("company"))
    customer = tx.get("customer", document.get("customerId") or "") or Document()
    names = [customer.get("givenName"), customer.get("familyName")]
    return _party(" ".join(name for name in names if name) or "Unknown", customer.get("email"), None)


def _party(name: str, email: str | None, company: str | None) -> Party:
    return {**BLANK, "name": name, "email": email, "company": company}
