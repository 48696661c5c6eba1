"""Slots and holds: what can be booked, and keeping it for a few minutes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sandbox.kernel import errors
from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.replies import Page
from sandbox.kernel.workspace import Transaction
from sandbox.platform.availability import Desk, claim, find_offer
from sandbox.platform.call import Call
from sandbox.platform.diary import busy_keys
from sandbox.platform.holds import check_owner, end_hold, slot_holds
from sandbox.platform.offers import Offer
from sandbox.platform.slot_search import (
    SlotParts,
    identify,
    open_offers,
    page_of_slots,
    search_of,
    slot_document,
)


def search_slots(call: Call) -> Page:
    """Across all assignments that match."""
    search, desk = search_of(call), Desk(call.tx)
    return page_of_slots(desk, open_offers(call.tx, desk, call.query), search, call)


def list_assignment_slots(call: Call, assignment_id: str) -> Page:
    """Of one assignment, whose calendar must be enabled."""
    assignment = call.tx.need("assignment", assignment_id, "assignmentId")
    search, desk = search_of(call), Desk(call.tx)
    if assignment["calendarStatus"] != "enabled":
        raise errors.CalendarDisabled(details="the calendar takes no bookings", target="assignmentId")
    offers = open_offers(call.tx, desk, {**call.query, "assignmentId": assignment_id})
    return page_of_slots(desk, offers, search, call)


def get_slot(call: Call, slot_id: str) -> Document:
    """One slot as it stands now."""
    found = identify(call.tx, [slot_id]).get(slot_id)
    if found is None:
        raise errors.ResourceNotFound(details=f"slot '{slot_id}' does not exist", target="slotId")
    desk, start = Desk(call.tx), parse_instant(found[2])
    offer = find_offer(call.tx, desk, found[0], found[1])
    listed = next(iter(desk.slots(offer, start, start + timedelta(seconds=1))), None)
    if listed is None:
        raise errors.ResourceNotFound(details=f"slot '{slot_id}' is no more", target="slotId")
    return slot_document(offer, *listed)


def check_availability(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """What a booking of each slot would be told now; reserves nothing."""
    tx, desk = call.tx, Desk(call.tx)
    known = identify(tx, [item["slotId"] for item in body["items"] if "slotId" in item])
    checked = [_checked(tx, desk, item, known) for item in body["items"]]
    return {"items": [{"index": n, **one} for n, one in enumerate(checked)], "checkedAt": tx.stamp()}


def _checked(
    tx: Transaction, desk: Desk, item: dict[str, Any], known: dict[str, SlotParts]
) -> dict[str, Any]:
    if "slotId" in item:
        assignment, offering, starts_at = known.get(item["slotId"], ("", "", tx.stamp()))
    else:
        assignment, offering, starts_at = item["assignmentId"], item["offeringId"], item["startsAt"]
    try:
        offer, start = find_offer(tx, desk, assignment, offering), parse_instant(starts_at)
        claim(tx, desk, offer, start)
    except errors.DomainError as reason:
        others = reason.links.get("alternatives", [])
        return {"available": False, "reason": reason.code, "slot": None, "alternatives": others}
    slot = slot_document(offer, start, desk.judge(offer, start))
    return {"available": True, "reason": None, "slot": slot, "alternatives": []}


def create_slot_hold(call: Call, body: dict[str, Any]) -> Document:
    """Takes a place of the slot at once; gives it back when the hold ends."""
    tx, desk, start = call.tx, Desk(call.tx), parse_instant(body["startsAt"])
    offer = find_offer(tx, desk, body["assignmentId"], body["offeringId"])
    claim(tx, desk, offer, start)
    expires = tx.now() + timedelta(seconds=body["ttlSeconds"])
    owned = {"ownerCredentialId": call.principal.credential_id, "status": "active"}
    hold = slot_holds.create(call, body, **_time(offer, start), **owned, expiresAt=instant(expires))
    tx.schedule(expires, "hold.expire", hold["id"])
    return hold


def _time(offer: Offer, start: datetime) -> dict[str, Any]:
    """Whose time a hold takes, and until when."""
    who, ends_at = offer.practitioner["id"], instant(offer.ends(start))
    return {"practitionerId": who, "endsAt": ends_at, "_busy": busy_keys(who, instant(start), ends_at)}


def release_slot_hold(call: Call, hold_id: str) -> None:
    """Gives the slot back; does nothing to a hold that has ended."""
    hold = slot_holds.get(call, hold_id)
    check_owner(call, hold)
    if hold["status"] == "active":
        end_hold(call.tx, hold, "release")
