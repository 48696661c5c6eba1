"""When a subject gives its place back, bills and payments that hoped for it end, here and at the provider."""

from __future__ import annotations

from sandbox.connectors.stripe import ProviderRefusal, StripeConnector
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import DomainError
from sandbox.kernel.ports import Ports
from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.platform.invoicing import take_back_unpaid
from sandbox.platform.paying_back import pay_back
from sandbox.platform.payment_life import can, expire
from sandbox.platform.payment_subjects import surplus_of

VOID = "payment.void"
ENDINGS = {
    "registration.cancelled": "registration",
    "booking.cancelled": "booking",
    "booking.declined": "booking",
    "booking.expired": "booking",
    "invoice.voided": "invoice",
}
LAPSES = ("booking.declined", "booking.expired")
"""Whose payments go back, if a part was paid; a cancellation has terms of its own."""
HOPING = ("created", "requires_action", "authorized", "failed")
"""A failed one stays failed, but nobody shall pay its intent any more."""


def end_payments(tx: Transaction, event: Document) -> None:
    """The reaction to the end of a registration or a booking."""
    kind = ENDINGS[event["type"]]
    if event["type"] in LAPSES:
        pay_back(tx, event["data"], "other")
    take_back_unpaid(tx, f"{kind}:{event['resourceId']}", f"the {kind} is {event['type'].partition('.')[2]}")
    for payment in tx.find("payment", {"subject.id": event["resourceId"]}):
        if payment["subject"]["type"] == kind and payment["status"] in HOPING:
            let_go(tx, payment, event["type"])


def let_go(tx: Transaction, payment: Document, why: str) -> Document:
    """Nobody waits for it: it ends here now, and at the provider soon."""
    if payment["providerRef"] is not None:
        tx.schedule(tx.now(), VOID, payment["id"])
    return expire(tx, payment, why) if can(payment, "expire") else payment


def kept_while_owed(tx: Transaction, payment: Document) -> Document:
    """As it is; one that came about while its subject ended, or was paid otherwise, is let go."""
    is_owed = surplus_of(tx, payment["subject"], 1) == 0
    return payment if is_owed else let_go(tx, payment, "nothing is owed any more")


async def void_payment(workspace: Workspace, entry: Document, ports: Ports) -> None:
    """Cancel the intent; one that was paid a moment before reports itself and is given back."""
    with workspace.transaction() as tx:
        payment = tx.get("payment", entry["subject"])
    if payment is None or payment["provider"] != "stripe":
        return
    connector = StripeConnector(ports, workspace.id)
    try:
        await connector.cancel_intent(payment["providerRef"], f"{payment['id']}:cancel")
    except (ProviderRefusal, DomainError):
        return  # it cannot be cancelled, or not now: a late success is paid back when it is reported


REACTIONS = dict.fromkeys(ENDINGS, end_payments)
EFFECTS = {VOID: void_payment}
