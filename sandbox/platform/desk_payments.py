"""Money that staff take at the desk: a payment like any other, in the ledger and with a receipt."""

from __future__ import annotations

from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.money import minor_units
from sandbox.platform.payment_life import complete
from sandbox.platform.payment_opening import blank_payment, insert_payment
from sandbox.platform.payment_subjects import owed
from sandbox.platform.registration_life import registrations, require_confirmable


def take_at_desk(tx: Transaction, registration: Document, note: str | None) -> Document:
    """Take what a registration owes; whoever takes it approves of it too, so it is confirmed thereby."""
    require_confirmable(registration)
    approved = registrations.save(tx, registration, approvedAt=registration["approvedAt"] or tx.stamp())
    subject = {"type": "registration", "id": approved["id"]}
    asked = owed(tx, subject)
    payment = insert_payment(
        tx, blank_payment(tx, asked, asked.due, {"subject": subject, "provider": "offline"}), "api"
    )
    complete(tx, payment, minor_units(asked.due), "api", note)
    return tx.need("registration", approved["id"])
