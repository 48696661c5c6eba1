"""Holds: a place of a slot kept for its owner until it is used, given back, or lapses."""

from __future__ import annotations

from sandbox.kernel import errors
from sandbox.kernel.documents import Document
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.resource import Resource

HOLD_LIFE = TransitionTable(
    "hold",
    {("active", "consume"): "consumed", ("active", "release"): "released", ("active", "expire"): "expired"},
    by_itself=("consume", "expire"),
)

slot_holds = Resource(
    "slot_hold",
    path="/api/v1/slot-holds/{holdId}",
    indexes=("_busy",),
    sorts=("startsAt",),
    emits={"create": "slot.held", "release": "slot.released", "expire": "slot.released"},
)


def check_owner(call: Call, hold: Document) -> None:
    """Raises HoldNotOwned."""
    if hold["ownerCredentialId"] != call.principal.credential_id:
        raise errors.HoldNotOwned(details="another credential made this hold", target="holdId")


def usable_hold(call: Call, hold_id: str) -> Document:
    """The caller's active hold; raises HoldNotOwned or HoldExpired."""
    hold = call.tx.get("slot_hold", hold_id)
    if hold is None:
        raise errors.BusinessRuleViolation(details=f"hold '{hold_id}' does not exist", target="/holdId")
    check_owner(call, hold)
    if hold["status"] != "active":
        raise errors.HoldExpired(details=f"the hold is {hold['status']}", target="/holdId")
    return hold


def end_hold(tx: Transaction, hold: Document, action: str) -> None:
    """Consume, release or expire; its time is free again."""
    tx.cancel("hold.expire", hold["id"])
    slot_holds.move(tx, hold, HOLD_LIFE, action, _busy=[])


def expire_hold(tx: Transaction, entry: Document) -> None:
    """When the clock passes expiresAt."""
    hold = tx.get("slot_hold", entry["subject"])
    if hold is not None and hold["status"] == "active":
        end_hold(tx, hold, "expire")


JOBS = {"hold.expire": expire_hold}
