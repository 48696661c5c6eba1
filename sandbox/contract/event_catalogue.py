"""The events that the platform tells: what each says, the kind of document it is about, and where that is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

State = str | bool | None | tuple[str, ...]


class EventType(NamedTuple):
    """One event. `kind` is the document it carries; `state` and `has` pick a fitting one to trigger it with.

    `state`: member -> its value, or those it may have. `has`: members that are neither null nor empty."""

    name: str
    description: str
    kind: str
    core: bool = False
    blocking: bool = False
    state: Mapping[str, State] = {}
    has: tuple[str, ...] = ()

    def fits(self, document: Mapping[str, Any]) -> bool:
        """Whether the event can have happened to a document that is in its state."""
        return all(document.get(member) for member in self.has)

    @property
    def wanted(self) -> str:
        """What a fitting document is like, for people."""
        said = [f"{name} {_spoken(value)}" for name, value in self.state.items()]
        return " and ".join([*said, *(f"some {name}" for name in self.has)])

    @property
    def schema(self) -> str:
        """The schema of its object, as the contract names it."""
        return "".join(part.capitalize() for part in self.kind.split("_"))

    @property
    def message(self) -> str:
        """The schema of the whole message."""
        words = self.name.replace(".", "_").split("_")
        return "".join(word.capitalize() for word in words) + "Message"

    @property
    def path(self) -> str:
        """Where its object, or the list that holds it, is fetched."""
        return PATHS[self.kind]


PATHS: Mapping[str, str] = {
    "assignment": "/api/v1/assignments/{id}",
    "batch_job": "/api/v1/batch-jobs/{id}",
    "booking": "/api/v1/bookings/{id}",
    "break": "/api/v1/assignments/{assignmentId}/breaks/{id}",
    "cache_entry": "{urls[0]}",
    "calendar_status": "/api/v1/assignments/{assignmentId}/calendar",
    "check_in": "/api/v1/check-ins/{id}",
    "consent": "/api/v1/privacy/consents?subjectId={subject[id]}&purpose={purpose}",
    "customer": "/api/v1/customers/{id}",
    "deprecation": "/api/v1/changelog",
    "event": "/api/v1/events/{id}",
    "incident": "/status/incidents/{id}",
    "invoice": "/api/v1/invoices/{id}",
    "location": "/api/v1/locations/{id}",
    "maintenance": "/status/maintenances",
    "mapping": "/api/v1/mappings/{id}",
    "offering": "/api/v1/assignments/{assignmentId}/offerings/{id}",
    "payment": "/api/v1/payments/{id}",
    "practitioner": "/api/v1/practitioners/{id}",
    "privacy_request": "/api/v1/privacy/requests/{id}",
    "refund": "/api/v1/refunds/{id}",
    "registration": "/api/v1/registrations/{id}",
    "schedule": "/api/v1/assignments/{assignmentId}/schedule",
    "service": "/api/v1/services/{id}",
    "session": "/api/v1/events/{eventId}/sessions/{id}",
    "slot_hold": "/api/v1/slot-holds/{id}",
    "user": "/api/v1/users/{id}",
    "webhook": "/api/v1/webhooks/{id}",
}
"""Members of the object fill the braces."""

_CORE = """
event.created             event           An event was created.
event.updated             event           An event changed; changedFields names what.
event.published           event           An event became public.  status=published
event.cancelled           event           An event was cancelled, with the reason.  status=cancelled
registration.created      registration    A registration was submitted.
registration.confirmed    registration    A registration is confirmed.  status=confirmed
registration.cancelled    registration    A registration was cancelled, with the reason.  status=cancelled
payment.completed         payment         A payment succeeded.  status=completed
payment.failed            payment         A payment failed, with the reason.  status=failed
payment.refunded          refund          Money went back.  status=succeeded
checkin.completed         check_in        An attendee was checked in.  type=entry revertedAt=null
session.created           session         A session was added to an event.
session.updated           session         A session changed; changedFields names what.
session.cancelled         session         A session was cancelled, with the reason.  status=cancelled
"""
_MORE = """
registration.updated      registration    A registration changed; changedFields names what.
registration.waitlisted   registration    A registration waits for a free place.  status=waitlisted
registration.promoted     registration    A registration left the waiting list.  status=confirmed|pending
checkin.reverted          check_in        A check-in was taken back.  +revertedAt
payment.authorized        payment         Money is reserved, not yet taken.  status=authorized
payment.disputed          payment         The payer disputes a payment.  status=disputed
payment.dispute_closed    payment         A dispute ended.  status=charged_back
booking.created           booking         A booking was made.
booking.confirmed         booking         A booking is confirmed.  status=confirmed
booking.declined          booking         The location declined a booking.  status=declined
booking.expired           booking         A booking was not confirmed in time.  status=expired
booking.rescheduled       booking         A booking moved; previous holds the old time.  +previousTimes
booking.cancelled         booking         A booking was cancelled, with the reason.  status=cancelled
booking.updated           booking         A booking changed; changedFields names what.
booking.presence_marked   booking         The customer came, or did not.  presence=present|absent
booking.completed         booking         A booking is over.  status=completed
schedule.enabled          calendar_status    A calendar opened for booking.  status=enabled
schedule.disabled         calendar_status    A calendar closed for booking.  status=disabled
schedule.updated          schedule        Working hours changed; changedFields names what.
schedule.break_created    break           A break was added.
schedule.break_moved      break           A break moved; previous holds the old time.
schedule.break_removed    break           A break was removed.
customer.created          customer        A customer was added.  status=active
customer.updated          customer        A customer changed; changedFields names what.  status=active
customer.blocked          customer        A customer may no longer book.  status=blocked
customer.erased           customer        The personal data of a customer was erased.  status=erased
location.updated          location        A location changed; changedFields names what.
practitioner.updated      practitioner    A practitioner changed; changedFields names what.
service.updated           service         A service changed; changedFields names what.
offering.created          offering        An offering was added.
offering.updated          offering        An offering changed; changedFields names what.
offering.deleted          offering        An offering was removed.
assignment.created        assignment      A practitioner began to work at a location.
assignment.removed        assignment      A practitioner ceased to work at a location.
mapping.created           mapping         An identifier was mapped to yours.  status=active
mapping.updated           mapping         A mapping changed; changedFields names what.
mapping.stale             mapping         A mapping points to what was replaced.  status=stale
mapping.deleted           mapping         A mapping was removed.
slot.held                 slot_hold       A slot is held for a caller.  status=active
slot.released             slot_hold       A held slot is free again.  status=expired|released
invoice.issued            invoice         An invoice was issued.  status=issued
invoice.paid              invoice         An invoice was paid.  status=paid
invoice.voided            invoice         An invoice was voided.  status=void
user.created              user            A user was added.  status=active|invited
user.updated              user            A user changed; changedFields names what.  status=active|suspended
user.erased               user            The personal data of a user was erased.  status=erased
consent.withdrawn         consent         A consent was withdrawn.  granted=false
privacy.request_completed privacy_request A privacy request was fulfilled.  status=completed
batch.completed           batch_job       A batch job ended.  status=completed|completed_with_errors
batch.failed              batch_job       A batch job failed.  status=failed
export.ready              batch_job       The file of an export can be fetched.  type=export +outputUrl
cache.invalidated         cache_entry     Cached answers are out of date.
api.deprecation_announced deprecation     A part of the API will be retired.
incident.created          incident        Something is wrong with the platform.
incident.updated          incident        News of an incident; changedFields names what.
incident.resolved         incident        An incident is over.  status=resolved
maintenance.scheduled     maintenance     Maintenance is planned.  status=scheduled
maintenance.started       maintenance     Maintenance began.  status=in_progress
maintenance.completed     maintenance     Maintenance ended.  status=completed
webhook.ping              webhook         A test that your endpoint is alive.
"""
_BLOCKING = """
booking.requested         booking         Asks whether a booking may be made.  status=pending
booking.move_requested    booking         Asks whether a booking may be moved.  +previousTimes
"""


_SAID: Mapping[str, State] = {"false": False, "null": None}


def _spoken(value: State) -> str:
    if isinstance(value, tuple):
        return " or ".join(value)
    return next((word for word, said in _SAID.items() if said is value), str(value))


def _parsed(table: str, *, core: bool = False, blocking: bool = False) -> list[EventType]:
    rows = []
    for line in table.strip().splitlines():
        name, kind, rest = line.split(maxsplit=2)
        sentence, _, state = rest.partition(".")
        words = state.split()
        pairs = {name: _value(value) for name, value in (word.split("=") for word in words if "=" in word)}
        has = tuple(word[1:] for word in words if word[0] == "+")
        rows.append(EventType(name, sentence + ".", kind, core, blocking, pairs, has))
    return rows


def _value(text: str) -> State:
    first, *more = text.split("|")
    return (first, *more) if more else _SAID.get(first, first)


EVENT_TYPES: Mapping[str, EventType] = {
    event.name: event
    for event in [*_parsed(_CORE, core=True), *_parsed(_MORE), *_parsed(_BLOCKING, blocking=True)]
}
"""Every event by its name, in the order in which they are listed."""
