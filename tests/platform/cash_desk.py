"""Words for the tests of money: who owes, who pays, what is given back and what is billed."""

from __future__ import annotations

from typing import Any

from tests.conftest import Api

Json = dict[str, Any]

DEVCONF_REGULAR = ("event.devconf", "ticket_type.regular")
EUR = "EUR"
BUYER = {"name": "Petra Payer", "country": "PL", "email": "petra@sandbox.example"}


def register(api: Api, name: str = "Petra Payer") -> Json:
    """A pending registration that owes EUR 199.00."""
    event, ticket_type = (api.fixture(fixture) for fixture in DEVCONF_REGULAR)
    body = {
        "eventId": event,
        "contact": {"name": name, "email": f"{name.split()[0].lower()}@sandbox.example"},
        "items": [{"ticketTypeId": ticket_type, "quantity": 1, "attendees": [{"name": name}]}],
        "consents": [{"purpose": "terms", "granted": True}],
    }
    return _shown(api.post("/api/v1/registrations", json=body), 201)


def key(text: str) -> dict[str, str]:
    """The header that makes a call happen once."""
    return {"Idempotency-Key": text}


def start(api: Api, registration: Json, **more: Any) -> Json:
    """A payment of what is due, not confirmed yet."""
    body = {"subject": {"type": "registration", "id": registration["id"]}, "provider": "stripe", **more}
    return _shown(api.post("/api/v1/payments", json=body, headers=key(f"start-{registration['id']}")), 201)


def confirm(api: Api, payment: Json, method: str, attempt: int = 1) -> Any:
    """The answer to paying with that card."""
    address = f"/api/v1/payments/{payment['id']}/confirm"
    return api.post(address, json={"paymentMethod": method}, headers=key(f"confirm-{attempt}"))


def events_of(api: Api) -> list[str]:
    """Types of all that happened, oldest first."""
    with api.workspace.transaction() as tx:
        return [event["type"] for event in tx.find("outbox")]


def paid(api: Api, method: str = "pm_card_visa", **more: Any) -> Json:
    """The completed payment of a new registration."""
    payment = start(api, register(api), **more)
    done = _shown(confirm(api, payment, method), 200)
    assert done["status"] == "completed", done
    return done


def refund(api: Api, payment: Json, amount: str | None = None, attempt: str = "1") -> Any:
    """The answer to giving back so much, or all of it."""
    body = {} if amount is None else {"amount": eur(amount)}
    return api.post(f"/api/v1/payments/{payment['id']}/refunds", json=body, headers=key(attempt))


def eur(amount: str) -> dict[str, str]:
    """So many euros."""
    return {"amount": amount, "currency": EUR}


def line(amount: str = "100.00", currency: str = EUR, **more: Any) -> Json:
    """A line of an invoice."""
    price = {"amount": amount, "currency": currency}
    return {"description": "Sponsorship", "unitPrice": price, "taxRatePercent": "23", **more}


def drafted(api: Api, **body: Any) -> Json:
    """An invoice with one line, unless the body says what is billed."""
    body = {"billTo": BUYER, **(body or {"lines": [line()]})}
    return _shown(api.post("/api/v1/invoices", json=body), 201)


def issued(api: Api, **body: Any) -> Json:
    """The same with its number."""
    return _shown(api.post(f"/api/v1/invoices/{drafted(api, **body)['id']}/issue"), 200)


def pay(api: Api, invoice: Json, card: str = "pm_card_visa", attempt: str = "1", **more: Any) -> Json:
    """The payment of an invoice by card."""
    body = {"subject": {"type": "invoice", "id": invoice["id"]}, "provider": "stripe", **more}
    payment = api.post("/api/v1/payments", json=body, headers=key(f"i-{invoice['id']}-{attempt}"))
    return _shown(confirm(api, _shown(payment, 201), card), 200)


def attach(api: Api, token: str = "pm_card_visa", **body: Any) -> Any:
    """The answer to keeping a card."""
    return api.post("/api/v1/payment-methods", json={"token": token, **body})


def _shown(answer: Any, status: int) -> Json:
    assert answer.status_code == status, answer.text
    shown: Json = answer.json()
    return shown
