"""Promotion codes: what they take off, of which tickets, until when and how often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from sandbox.kernel.documents import Document, Kind
from sandbox.kernel.errors import (
    BusinessRuleViolation,
    DomainError,
    DuplicateResource,
    InvalidDateRange,
    PromoCodeInvalid,
    ResourceInUse,
    ResourceNotFound,
)
from sandbox.kernel.replies import Page, Reply
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.pagination import paginate
from sandbox.platform.reach import beyond, check_within, is_within

KINDS = [Kind("promo_code", indexes=("eventId",))]
PATH = "/api/v1/promo-codes"
BLANK: Mapping[str, Any] = {
    "eventId": None,
    "ticketTypeIds": [],
    "startsAt": None,
    "endsAt": None,
    "maxUses": None,
}

EVERYWHERE = {"SANDBOX10": 10, "SANDBOX50": 50, "SANDBOX100": 100}
"""Percent of the codes that hold for every ticket of every event, in every world."""


class Promotion(NamedTuple):
    """What a code takes off in percent; of all ticket types when none is named."""

    percent: int
    ticket_types: tuple[str, ...] = ()

    def percent_of(self, ticket_type_id: str) -> int:
        """Zero for a ticket type that the code is not for."""
        return self.percent if not self.ticket_types or ticket_type_id in self.ticket_types else 0


NOTHING_OFF = Promotion(0)


def promotion(tx: Transaction, event: Document, code: str) -> Promotion:
    """What the code grants at the event now; raises PromoCodeInvalid."""
    key = code.upper()
    if key in EVERYWHERE:
        return Promotion(EVERYWHERE[key])
    stored = tx.get("promo_code", key)
    if stored is None or stored["eventId"] not in (None, event["id"]):
        raise _invalid(f"'{code}' is no promo code of this event")
    now = tx.stamp()
    if now < (stored["startsAt"] or now):
        raise _invalid(f"'{code}' holds from {stored['startsAt']}")
    if now > (stored["endsAt"] or now):
        raise _invalid(f"'{code}' held until {stored['endsAt']}")
    if stored["maxUses"] is not None and stored["used"] >= stored["maxUses"]:
        raise _invalid(f"'{code}' was used {stored['used']} times, which is all")
    return Promotion(stored["percent"], tuple(stored["ticketTypeIds"]))


def check_covers(granted: Promotion, items: list[dict[str, object]], code: str) -> None:
    """Raises PromoCodeInvalid when no item is of a ticket type that the code is for."""
    if not any(granted.percent_of(str(item["ticketTypeId"])) for item in items):
        raise _invalid(f"'{code}' is for none of these ticket types")


def count_use(tx: Transaction, registration: Mapping[str, object], change: int) -> None:
    """One registration more, or one fewer, holds the code."""
    stored = tx.get("promo_code", str(registration["promoCode"]).upper())
    if stored is not None:
        tx.put("promo_code", {**stored, "used": max(stored["used"] + change, 0)})


def _invalid(details: str) -> DomainError:
    return PromoCodeInvalid(details=details, target="/promoCode")


# who sells looks after them


def list_promo_codes(call: Call, event_id: str | None = None) -> Page:
    """But for those that hold in every world."""
    wanted = {} if event_id is None else {"eventId": event_id}
    page = paginate(call, "promo_code", wanted, [lambda code: is_within(call, "promo_code", code)])
    return replace(page, items=[_shown(each) for each in page.items])


def create_promo_code(call: Call, body: Mapping[str, Any]) -> Reply:
    """A code is one code, whichever event it is for."""
    made = {**BLANK, **body, "id": body["code"], "used": 0}
    if made["id"] in EVERYWHERE or call.tx.get("promo_code", made["id"]) is not None:
        raise DuplicateResource(details=f"there is a code '{made['id']}'", target="/code")
    return Reply(201, _kept(call, made), {"Location": f"{PATH}/{made['id']}"})


def get_promo_code(call: Call, code: str) -> dict[str, Any]:
    """With how often it was used."""
    return _shown(_known(call, code))


def update_promo_code(call: Call, code: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """For registrations to come."""
    return _kept(call, {**_known(call, code), **body})


def delete_promo_code(call: Call, code: str) -> None:
    """Unless a registration holds it."""
    known = _known(call, code)
    if known["used"]:
        raise ResourceInUse(details=f"{known['used']} registrations hold the code", target="code")
    call.tx.delete("promo_code", code)


def _known(call: Call, code: str) -> Document:
    """Raises ResourceNotFound, and InsufficientPermissions for one that the role is not for."""
    known = call.tx.get("promo_code", code)
    if known is None:
        raise ResourceNotFound(details=f"there is no code '{code}' to look after", target="code")
    if call.plan.method != "GET":
        _check_within(call, known["eventId"])
    elif not is_within(call, "promo_code", known):
        raise beyond()
    return known


def _check_within(call: Call, event_id: str | None) -> None:
    """A code that is good for every event is looked after by those whose role is for every event."""
    check_within(call, "event", call.tx.get("event", event_id or "") or {"id": event_id})


def _kept(call: Call, made: Mapping[str, Any]) -> dict[str, Any]:
    """Stored and shown; raises InsufficientPermissions, InvalidDateRange, BusinessRuleViolation."""
    tx = call.tx
    _check_within(call, made["eventId"])
    if made["startsAt"] and made["endsAt"] and made["startsAt"] >= made["endsAt"]:
        raise InvalidDateRange(details="it ends before it begins", target="/endsAt")
    if made["eventId"] is not None and tx.get("event", made["eventId"]) is None:
        raise BusinessRuleViolation(details=f"event '{made['eventId']}' does not exist", target="/eventId")
    for place, key in enumerate(made["ticketTypeIds"]):
        kind = tx.get("ticket_type", key)
        if kind is None or made["eventId"] not in (None, kind["eventId"]):
            raise BusinessRuleViolation(
                details=f"ticket type '{key}' is not one of the event", target=f"/ticketTypeIds/{place}"
            )
    stored = {member: value for member, value in made.items() if member != "code"}
    return _shown(tx.put("promo_code", stored))


def _shown(stored: Mapping[str, Any]) -> dict[str, Any]:
    members = {member: value for member, value in stored.items() if member != "id"}
    return {"code": stored["id"], **members, "_links": {"self": {"href": f"{PATH}/{stored['id']}"}}}
