"""Events sent by hand: about a real object, to those who asked for them, and spoiled on purpose if wished."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sandbox.contract.changelog import DEPRECATIONS
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import BusinessRuleViolation, DomainError, UnknownEventType, WebhookDisabled
from sandbox.kernel.workspace import Transaction
from sandbox.webhooks.besides import besides
from sandbox.webhooks.cached import CACHED, invalidated
from sandbox.webhooks.catalogue import EVENT_TYPES, PING, EventType
from sandbox.webhooks.deliveries import Dispatch, Message, enqueue, told
from sandbox.webhooks.subscriptions import may_tell, subscribed

MayBe = Callable[[str, Mapping[str, Any]], bool]
"""Whether an object of a kind may be told of."""
STEP_SECONDS = 0.1
"""Between messages that must arrive in another order than they were made."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How often a message is sent, when, and what is wrong with it."""

    count: int = 1
    interval: float = 0.0
    delay: float = 0.0
    duplicate: bool = False
    out_of_order: bool = False
    corrupt: str = "none"
    overrides: Mapping[str, Any] = field(default_factory=dict)

    def dispatches(self, trigger: str) -> list[Dispatch]:
        """One for each message, in the order in which the messages are made."""
        ordered = not (self.duplicate or self.out_of_order)
        step = self.interval or (STEP_SECONDS if self.out_of_order else 0.0)
        turns = range(self.count - 1, -1, -1) if self.out_of_order else range(self.count)
        return [Dispatch(trigger, self.delay + turn * step, ordered, self.corrupt) for turn in turns]


def event_named(name: str, target: str) -> EventType:
    """The event of the catalogue; raises UnknownEventType."""
    if name not in EVENT_TYPES:
        raise UnknownEventType(details=f"'{name}' is not in the list of webhook event types", target=target)
    return EVENT_TYPES[name]


def subject_of(
    tx: Transaction, event: EventType, resource_id: str | None, may_be: MayBe = lambda *_: True
) -> Document:
    """The object the event is about, a fitting one if none is named; raises BusinessRuleViolation."""
    if event.kind == "deprecation":
        return _deprecation(tx, resource_id)
    if event.kind != "cache_entry":
        return _document(tx, event, (event.kind,), resource_id, may_be)
    changed = _document(tx, event, tuple(CACHED), resource_id, may_be)
    kind = next(kind for kind in CACHED if tx.get(kind, changed["id"]) is changed)
    return Document(invalidated(kind, changed, f"{kind}.updated"))


def kinds_of(event: EventType) -> tuple[str, ...]:
    """The kinds of document that it can be sent about."""
    return tuple(CACHED) if event.kind == "cache_entry" else (event.kind,)


def _document(
    tx: Transaction, event: EventType, kinds: Sequence[str], resource_id: str | None, may_be: MayBe
) -> Document:
    if resource_id is not None:
        for kind in kinds:
            if (found := tx.get(kind, resource_id)) is not None and may_be(kind, found):
                return found
        raise _missing(event, resource_id)
    if (found := fitting(tx, event, may_be)) is not None:
        return found
    wanted = f" with {event.wanted}" if event.wanted else ""
    raise BusinessRuleViolation(
        details=f"there is no {_spoken(event)}{wanted} that {event.name} could be about; "
        "bring one about first, or name one by resourceId"
    )


def fitting(tx: Transaction, event: EventType, may_be: MayBe = lambda *_: True) -> Document | None:
    """An object to which the event can have happened, if the world has one."""
    found = (
        each
        for kind in kinds_of(event)
        for each in tx.scan(kind, event.state, matches=event.fits)
        if may_be(kind, each)
    )
    return next(found, None)


def _deprecation(tx: Transaction, resource_id: str | None) -> Document:
    """The entry of the changelog, any if none is named."""
    announced = {entry["id"]: entry for entry in tx.find("deprecation")} | DEPRECATIONS
    if resource_id is not None and resource_id not in announced:
        raise _missing(EVENT_TYPES["api.deprecation_announced"], resource_id)
    return Document(announced[resource_id or next(iter(announced))])


def _missing(event: EventType, resource_id: str) -> DomainError:
    return BusinessRuleViolation(
        details=f"{_spoken(event)} '{resource_id}' does not exist", target="/resourceId"
    )


def _spoken(event: EventType) -> str:
    return event.kind.replace("_", " ")


def message_about(
    tx: Transaction, event: EventType, subject: Mapping[str, Any], more: Mapping[str, Any]
) -> Message:
    """A message of its own, of now; `more` goes with what is told of the subject."""
    envelope = {
        "id": "whk_" + tx.new_token("webhook.message", 24),
        "event": event.name,
        "timestamp": tx.stamp(),
        "version": "1.0",
        "data": {**told(event.kind, subject), **more},
    }
    return Message(envelope, event.kind, subject["id"], tx.correlation_id)


def send_test(tx: Transaction, webhook: Document, event: EventType, resource_id: str | None) -> Document:
    """One message to one subscription, whatever it asked for, of what it may be told at all."""
    may_be = partial(may_tell, tx, webhook)
    subject = _pinged(webhook) if event.name == PING else subject_of(tx, event, resource_id, may_be)
    message = message_about(tx, event, subject, besides(tx, event.name, subject))
    return enqueue(tx, webhook, message, Dispatch("test", ordered=False))


def send(
    tx: Transaction,
    event: EventType,
    resource_id: str | None,
    webhooks: Sequence[Document] | None,
    plan: Plan,
) -> list[Document]:
    """The messages of a plan, to the given subscriptions or to all that asked for the event."""
    if event.name == PING and resource_id is None:
        return [
            made
            for webhook in (subscribed(tx, PING, event.kind, {}) if webhooks is None else webhooks)
            for made in _send_to(tx, event, _pinged(webhook), [webhook], plan)
        ]
    subject = subject_of(tx, event, resource_id)
    receivers = subscribed(tx, event.name, event.kind, subject) if webhooks is None else webhooks
    return _send_to(tx, event, subject, receivers, plan)


def check_active(webhook: Document) -> None:
    """Raises WebhookDisabled for one that would not be sent anything."""
    if webhook["status"] != "active":
        raise WebhookDisabled(details=f"the webhook is {webhook['status']}", target="webhookId")


def _send_to(
    tx: Transaction, event: EventType, subject: Mapping[str, Any], webhooks: Sequence[Document], plan: Plan
) -> list[Document]:
    made = []
    for dispatch in plan.dispatches("manual"):
        told_besides = besides(tx, event.name, subject, plan.overrides)
        message = message_about(tx, event, subject, {**told_besides, **plan.overrides})
        for webhook in webhooks:
            made += [enqueue(tx, webhook, message, dispatch) for _ in range(2 if plan.duplicate else 1)]
    return made


def _pinged(webhook: Document) -> dict[str, Any]:
    return {"id": webhook["id"], "url": webhook["url"], "description": webhook.get("description")}
