"""Questions that the platform waits to have answered: each subscription that blocks is asked once.

Only the two transactions around the calls touch the world; nothing is open while a partner thinks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import orjson

from sandbox.kernel import errors
from sandbox.kernel.documents import Document
from sandbox.kernel.ports import OutboundReply, Ports
from sandbox.kernel.workspace import Transaction
from sandbox.webhooks import deliveries
from sandbox.webhooks.attempts import Attempt, begin, judged, logged, send
from sandbox.webhooks.catalogue import EVENT_TYPES, selections
from sandbox.webhooks.chaos import SPARED
from sandbox.webhooks.subscriptions import has_secret, subscribed
from sandbox.webhooks.triggers import message_about

UNLESS_SAID = {"enabled": False, "timeoutSeconds": 5, "onTimeout": "reject"}
MOST_OF_A_MESSAGE = 300


class Posed(NamedTuple):
    """One question on its way. `on_timeout`: what no answer means."""

    attempt: Attempt
    on_timeout: str


class Refusal(NamedTuple):
    """Why it must not be. `is_silence`: nobody answered, and that counts as no."""

    detail: str
    is_silence: bool

    def error(self, links: Mapping[str, Any]) -> errors.DomainError:
        """In the API's words."""
        if self.is_silence:
            return errors.PartnerTimeout(details=self.detail)
        return errors.BookingRejectedByPartner(details=self.detail, links=links)


def is_asked_first(tx: Transaction, event_type: str) -> bool:
    """Whether any subscription wants to be asked; next to nothing where there are none."""
    blocking = tx.derived("webhook", _blocking)
    return bool(blocking) and not blocking.isdisjoint(selections(event_type))


def _blocking(webhooks: Iterable[Document]) -> frozenset[str]:
    """What the subscriptions that block have asked for."""
    return frozenset(name for webhook in webhooks if _blocks(webhook) for name in webhook["eventTypes"])


def _blocks(webhook: Mapping[str, Any]) -> bool:
    return webhook["status"] == "active" and bool((webhook.get("blocking") or {}).get("enabled"))


def to_be_asked(tx: Transaction, event_type: str, kind: str, subject: Mapping[str, Any]) -> list[Document]:
    """The subscriptions whose filters let the subject through."""
    found = subscribed(tx, event_type, kind, subject)
    return [webhook for webhook in found if _blocks(webhook) and has_secret(tx, webhook["id"])]


def pose(
    tx: Transaction,
    event_type: str,
    subject: Mapping[str, Any],
    more: Mapping[str, Any],
    webhooks: Sequence[Document],
) -> list[Posed]:
    """A delivery and its only attempt for each subscription, ready to be sent."""
    message = message_about(tx, EVENT_TYPES[event_type], subject, more)
    posed = []
    for webhook in webhooks:
        delivery = deliveries.enqueue(tx, webhook, message, deliveries.Dispatch(ordered=False, fate=SPARED))
        tx.cancel(deliveries.JOB, delivery["id"])
        attempt = begin(tx, delivery["id"], in_turn=False)
        if attempt is not None:
            policy = {**UNLESS_SAID, **webhook["blocking"]}
            request = replace(attempt.request, timeout=float(policy["timeoutSeconds"]))
            posed.append(Posed(replace(attempt, request=request), policy["onTimeout"]))
    return posed


async def answers(posed: Sequence[Posed], ports: Ports) -> list[OutboundReply]:
    """All are asked at once."""
    return await asyncio.gather(*(send(each.attempt.request, ports) for each in posed))


def settle(tx: Transaction, posed: Sequence[Posed], replies: Sequence[OutboundReply]) -> Refusal | None:
    """Log what was answered; the first refusal, if there is one."""
    refusals = [_settled(tx, one, reply) for one, reply in zip(posed, replies, strict=True)]
    return next((refusal for refusal in refusals if refusal is not None), None)


def _settled(tx: Transaction, posed: Posed, reply: OutboundReply) -> Refusal | None:
    outcome, error = judged(reply)
    delivery = tx.get("delivery", posed.attempt.delivery_id)
    if delivery is not None and tx.store is posed.attempt.store:
        tx.put("delivery_attempt", logged(posed.attempt, reply, error, None))
        status = "succeeded" if outcome == "succeeded" else "exhausted"
        deliveries.move(tx, delivery, status, lastStatusCode=reply.status or None)
    if outcome == "succeeded":
        return None
    if not reply.error:
        return Refusal(_reason(reply), is_silence=False)
    return None if posed.on_timeout == "accept" else Refusal(_silence(posed, reply), is_silence=True)


def _silence(posed: Posed, reply: OutboundReply) -> str:
    if reply.error == "timeout":
        return f"no answer within {posed.attempt.request.timeout:g} seconds"
    return f"the partner could not be asked: {reply.error}"


def _reason(reply: OutboundReply) -> str:
    """The partner's own words, `{"errorCode": …, "message": …}`, else its status."""
    try:
        said = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        said = None
    words = [said.get(name) for name in ("errorCode", "message")] if isinstance(said, dict) else []
    spoken = ": ".join(word for word in words if isinstance(word, str) and word)
    return spoken[:MOST_OF_A_MESSAGE] or f"the partner answered {reply.status}"
