"""Which single operation an item of a batch stands for, and how it is done inside a transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sandbox.identity.principal import Principal
from sandbox.kernel.errors import ValidationError
from sandbox.kernel.workspace import Transaction
from sandbox.platform.booking_desk import booking_step, move_step, perform_unasked
from sandbox.platform.call import Call
from sandbox.platform.mappings import known_mapping
from sandbox.webhooks.blocking import is_asked_first

Item = Mapping[str, Any]


class Step(NamedTuple):
    """The single operation that an item stands for."""

    operation: str
    path: dict[str, str]
    body: Any


Stepper = Callable[[Item, Transaction, Principal], Step]


def _created_by(operation: str) -> Stepper:
    return lambda item, *_: Step(operation, {}, {k: v for k, v in item.items() if k != "clientRef"})


BOOKING_STEPS = {
    "create": "createBooking",
    "reschedule": "rescheduleBooking",
    "cancel": "cancelBooking",
    "presence": "markPresence",
}
BOOKING_MEMBERS = {"clientRef", "op", "bookingId", "body"}


def _booking_step(item: Item, *_: Any) -> Step:
    operation = BOOKING_STEPS.get(str(item.get("op")))
    if operation is None:
        raise ValidationError(details=f"op is one of {', '.join(BOOKING_STEPS)}", target="/op")
    if unknown := item.keys() - BOOKING_MEMBERS:
        raise ValidationError(details="no such member", target=f"/{min(unknown)}")
    if operation == "createBooking":
        return Step(operation, {}, item.get("body"))
    if not item.get("bookingId"):
        raise ValidationError(details=f"{item['op']} needs the id of a booking", target="/bookingId")
    return Step(operation, {"bookingId": item["bookingId"]}, item.get("body"))


def _mapping_step(item: Item, tx: Transaction, by: Principal) -> Step:
    """What is mapped already is changed, so that the same batch may be sent again."""
    if not all(isinstance(item.get(name, ""), str) for name in ("externalId", "resourceType", "system")):
        return Step("createMapping", {}, {k: v for k, v in item.items() if k != "clientRef"})
    known = known_mapping(tx, by, item)
    left_out = ("clientRef",) if known is None else ("clientRef", "system", "resourceType")
    body = {name: value for name, value in item.items() if name not in left_out}
    if known is None:
        return Step("createMapping", {}, body)
    return Step("updateMapping", {"mappingId": known["id"]}, body)


STEPS: dict[str, Stepper] = {
    "registrations": _created_by("createRegistration"),
    "check_ins": _created_by("createCheckIn"),
    "bookings": _booking_step,
    "mappings": _mapping_step,
}


ASKED_FIRST: Mapping[str, Callable[..., Any]] = {
    "createBooking": booking_step,
    "rescheduleBooking": move_step,
}
"""Operations that partners may want to be asked about before anything happens."""


def waits_for_partners(call: Call, found: dict[str, Any]) -> bool:
    """Whether the item cannot be done in one transaction, since somebody wants to be asked first."""
    step_of = ASKED_FIRST.get(call.plan.id)
    return step_of is not None and is_asked_first(call.tx, step_of(**found).event)


def performed(call: Call, found: dict[str, Any]) -> Any:
    """Done in the open transaction; raises what speaks against doing it without asking partners."""
    step_of = ASKED_FIRST.get(call.plan.id)
    if step_of is None:
        return call.plan.handler(call, **found)
    return perform_unasked(call, step_of(**found))
