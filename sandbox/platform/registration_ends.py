"""How a registration ends before its event: its place, its tickets and its money go back."""

from __future__ import annotations

from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.money import minor_units, money
from sandbox.platform.paying_back import pay_back
from sandbox.platform.places import give_back
from sandbox.platform.promo_codes import count_use
from sandbox.platform.registration_life import EXPIRE, LIFE, TIMEOUT, registrations
from sandbox.platform.ticket_life import void_tickets
from sandbox.platform.waitlist import leave_waitlist, promote_waiting


def cancel(
    tx: Transaction, registration: Document, reason: str, by: str | None, refund_percent: int = 0
) -> Document:
    """Cancel one: places go back and on to who waits, tickets are void, money goes back by the percentage."""
    cancelled = close(tx, registration, "cancel", reason, by)
    if registration["status"] == "waitlisted":
        leave_waitlist(tx, registration)
    else:
        give_back(tx, tx.need("event", registration["eventId"]), registration["items"])
    give_money_back(tx, cancelled, "requested_by_customer", refund_percent)
    promote_waiting(tx, registration["eventId"])
    return cancelled


def close(tx: Transaction, registration: Document, action: str, reason: str, by: str | None) -> Document:
    """The registration's own part of being cancelled."""
    LIFE.next(registration["status"], action)
    tx.cancel(EXPIRE, registration["id"])
    if registration["ticketCount"]:
        void_tickets(tx, registration["id"])
    if registration["promoCode"] is not None:
        count_use(tx, registration, -1)
    totals = {**registration["totals"], "due": money(0, registration["currency"])}
    changes = {"cancelledAt": tx.stamp(), "cancelledBy": by, "cancellationReason": reason, "totals": totals}
    gone = {"expiresAt": None, "waitlistPosition": None, "_holder": None}
    return registrations.move(tx, registration, LIFE, action, **changes, **gone)


def give_money_back(tx: Transaction, registration: Document, reason: str, percent: int) -> None:
    """Have the payments of a registration refunded, after this transaction."""
    totals = registration["totals"]
    if percent and minor_units(totals["paid"]) > minor_units(totals["refunded"]):
        pay_back(tx, registration, reason, percent)


def expire_registration(tx: Transaction, entry: Document) -> None:
    """Job: a hold lapsed; money that is authorised keeps the places, a part that was paid goes back."""
    registration = tx.get("registration", entry["subject"])
    if registration is None or registration["status"] != "pending":
        return
    if registration["payment"]["status"] != "authorized":
        cancel(tx, registration, TIMEOUT, "system", refund_percent=100)
