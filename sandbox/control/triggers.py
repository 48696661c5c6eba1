"""Triggers: any event of the catalogue, sent on demand about a real object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.errors import BusinessRuleViolation
from sandbox.platform.call import Call
from sandbox.platform.staging import subject_for
from sandbox.platform.webhooks import deliveries
from sandbox.webhooks import dispatcher, triggers


def trigger_webhook(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """Send it to the subscriptions that asked for it, or to those named."""
    event = triggers.event_named(body["event"], "/event")
    subject = subject_for(call.tx, event, _resource_id(call, body, triggers.kinds_of(event)))
    made = triggers.send(call.tx, event, subject, _named(call, body), _plan(body))
    messages = list(dict.fromkeys(delivery["messageId"] for delivery in made))
    return {"messageIds": messages, "deliveries": [deliveries.shown(delivery) for delivery in made]}


def get_dispatcher(call: Call) -> dict[str, Any]:
    """How deliveries leave, and what waits."""
    return dispatcher.described(call.tx)


async def set_dispatcher(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """The whole of it; what was held back and is due leaves at once if it may."""
    with call.transaction() as tx:
        tx.put(dispatcher.KIND.name, {**dispatcher.AUTOMATIC, **body})
        described = dispatcher.described(tx)
    call.agenda.wake(call.workspace)
    return described


async def run_dispatcher(call: Call, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Deliver what is due; the answer tells how each attempt went."""
    ran = await dispatcher.run(call.agenda, call.workspace, (body or {}).get("limit", 100))
    return {**ran, "deliveries": [deliveries.shown(delivery) for delivery in ran["deliveries"]]}


def _plan(body: dict[str, Any]) -> triggers.Plan:
    return triggers.Plan(
        count=body["count"],
        interval=body["intervalMs"] / 1000,
        delay=float(body["delaySeconds"]),
        duplicate=body["duplicate"],
        out_of_order=body["outOfOrder"],
        corrupt=body["corrupt"],
        overrides=body.get("dataOverrides") or {},
    )


def _resource_id(call: Call, body: dict[str, Any], kinds: Sequence[str]) -> str | None:
    """The object meant, by id or by the name of a fixture."""
    name: str | None = body.get("fixture")
    if name is None:
        return body.get("resourceId")
    fixture = call.tx.get("fixture", name)
    if fixture is None or fixture["type"] not in kinds:
        raise BusinessRuleViolation(
            details=f"'{name}' is no fixture of kind {' or '.join(kinds)}", target="/fixture"
        )
    return str(fixture["resourceId"])


def _named(call: Call, body: dict[str, Any]) -> list[Document] | None:
    """The subscriptions named, all of them active; None if none are named."""
    if body.get("webhookIds") is None:
        return None
    found = []
    for place, webhook_id in enumerate(dict.fromkeys(body["webhookIds"])):
        webhook = call.tx.get("webhook", webhook_id)
        if webhook is None:
            raise BusinessRuleViolation(
                details=f"webhook '{webhook_id}' does not exist", target=f"/webhookIds/{place}"
            )
        triggers.check_active(webhook)
        found.append(webhook)
    return found
