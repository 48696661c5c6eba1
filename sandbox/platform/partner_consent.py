"""Asking partners before a booking is made or moved; its place is held while they think, and nobody waits.

The step is rehearsed first, so that what we would refuse ourselves is refused without asking anybody. It is
performed only after everyone has answered, by the same rules as ever."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.ports import OutboundReply
from sandbox.kernel.workspace import Transaction
from sandbox.platform.availability import Desk, alternatives, find_offer
from sandbox.platform.call import Call
from sandbox.platform.holds import slot_holds
from sandbox.platform.reception import Wanted, take_place
from sandbox.webhooks.blocking import Posed, answers, is_asked_first, pose, settle, to_be_asked

REQUESTED, MOVE_REQUESTED = "booking.requested", "booking.move_requested"
SPARE_TIME = timedelta(seconds=30)
"""How much longer than the slowest answer a place is held, should this process not come back to it."""
CUSTOMER_MEMBERS = ("givenName", "familyName", "email", "phone", "birthDate")


class Step(NamedTuple):
    """What is about to be done. `perform` is given the id that a new booking shall have; `own`: bookings and
    holds that do not stand in its way."""

    event: str
    perform: Callable[[Call, str | None], Document]
    own: tuple[str, ...] = ()


class Question(NamedTuple):
    """What was asked, about which booking, and what holds its place meanwhile."""

    posed: list[Posed]
    booking: Mapping[str, Any]
    hold_id: str


class _Undone(Exception):
    """Ends a rehearsal: its transaction leaves nothing behind."""


async def with_consent(call: Call, step: Step) -> Document:
    """Perform the step once nobody who wants to be asked objects."""
    with call.transaction() as tx:
        call.tx = tx
        if not is_asked_first(tx, step.event):
            return step.perform(call, None)
    question = _put(call, step, *_rehearsed(call, step))
    if question is None:
        with call.transaction() as call.tx:
            return step.perform(call, None)
    return _concluded(call, step, question, await answers(question.posed, call.ports))


def _rehearsed(call: Call, step: Step) -> tuple[Document, Document]:
    """The booking as it would be, and its customer; raises what would forbid it."""
    found: list[Document] = []
    try:
        with call.transaction() as tx:
            call.tx = tx
            booking = step.perform(call, None)
            found = [booking, tx.need("customer", booking["customerId"])]
            raise _Undone
    except _Undone:
        return found[0], found[1]


def _put(call: Call, step: Step, booking: Document, customer: Document) -> Question | None:
    """Hold the place and make ready what is sent; None when nobody wants to be asked about this one."""
    with call.transaction() as tx:
        webhooks = to_be_asked(tx, step.event, "booking", booking)
        if not webhooks:
            return None
        is_new = step.event == REQUESTED
        proposed = {**booking, "id": tx.new_id("booking"), "status": "pending"} if is_new else booking
        longest = max(webhook["blocking"]["timeoutSeconds"] for webhook in webhooks)
        hold = _hold(tx, call, proposed, step.own, timedelta(seconds=longest))
        more = _more(tx, proposed, customer)
        return Question(pose(tx, step.event, proposed, more, webhooks), proposed, hold["id"])


def _more(tx: Transaction, proposed: Mapping[str, Any], customer: Document) -> dict[str, Any]:
    """What a partner must know that is not yet written anywhere."""
    is_known = tx.get("customer", customer["id"]) is not None
    more: dict[str, Any] = {"customer": {member: customer.get(member) for member in CUSTOMER_MEMBERS}}
    if not is_known:
        more["customerId"] = None
    if proposed["previousTimes"]:
        more["previous"] = proposed["previousTimes"][-1]
    return more


def _hold(
    tx: Transaction, call: Call, booking: Mapping[str, Any], own: tuple[str, ...], longest: timedelta
) -> Document:
    """A hold of our own. No event tells of it: nobody can use it."""
    wanted = Wanted(booking["assignmentId"], booking["offeringId"], booking["startsAt"])
    place, until = take_place(tx, wanted, own).members(), tx.now() + longest + SPARE_TIME
    hold = {
        **{member: value for member, value in place.items() if member not in ("locationId", "serviceId")},
        "ttlSeconds": int((until - tx.now()).total_seconds()),
        "expiresAt": instant(until),
        "ownerCredentialId": call.principal.credential_id,
        "status": "active",
        "metadata": {},
    }
    stored = slot_holds.insert(tx, hold)
    tx.schedule(until, "hold.expire", stored["id"])
    return stored


def _concluded(call: Call, step: Step, question: Question, replies: list[OutboundReply]) -> Document:
    """Under one lock, so that nobody comes between the end of the hold and the step."""
    with call.workspace.lock:
        with call.transaction() as tx:
            refusal = settle(tx, question.posed, replies)
            tx.delete("slot_hold", question.hold_id)
            tx.cancel("hold.expire", question.hold_id)
            links = _others(tx, question.booking) if refusal is not None else {}
        if refusal is not None:
            raise refusal.error(links)
        with call.transaction() as tx:
            call.tx = tx
            return step.perform(call, question.booking["id"])


def _others(tx: Transaction, booking: Mapping[str, Any]) -> dict[str, Any]:
    desk = Desk(tx)
    offer = find_offer(tx, desk, booking["assignmentId"], booking["offeringId"])
    return alternatives(desk, offer, parse_instant(booking["startsAt"]))
