"""Triggers: any event of the catalogue, sent on demand about a real object."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sandbox.kernel.documents import Document
from sandbox.kernel.errors import BusinessRuleViolation, WebhookUrlNotAllowed
from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.platform.call import Call
from sandbox.platform.staging import subject_for
from sandbox.platform.webhooks import deliveries
from sandbox.webhooks import at_once, dispatcher, subscriptions, triggers
from sandbox.webhooks.attempts import Attempt


async def trigger_webhook(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """Send it to the subscriptions that asked for it, to those named, or to an address."""
    _check(call, body)
    with call.transaction() as tx:
        sent = _to_an_address(tx, body) if "url" in body else _to_subscriptions(tx, body)
    attempts = await at_once.carried_out(call.workspace, sent.begun, call.ports)
    return {**_told(call.workspace, sent), "attempts": attempts}


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


class Sent(NamedTuple):
    """What a trigger made: deliveries, of which some are attempted while the caller waits."""

    made: list[Document]
    begun: list[Attempt]
    secret: str | None = None


def _check(call: Call, body: dict[str, Any]) -> None:
    """Raises WebhookUrlNotAllowed or BusinessRuleViolation for what does not go together."""
    url = body.get("url")
    if url is None and body["viaQueue"]:
        return
    if refusal := call.ports.http.refusal(url) if url else "":
        raise WebhookUrlNotAllowed(details=f"the URL {refusal}", target="/url")
    if url and body.get("webhookIds"):
        raise BusinessRuleViolation(details="name a url or webhookIds, one of them", target="/url")
    for member in ("delaySeconds", "intervalMs"):
        if body[member]:
            raise BusinessRuleViolation(details="what is sent at once does not wait", target=f"/{member}")


def _to_subscriptions(tx: Transaction, body: dict[str, Any]) -> Sent:
    made = _made(tx, body, _named(tx, body))
    return Sent(made, [] if body["viaQueue"] else at_once.begin_all(tx, made))


def _to_an_address(tx: Transaction, body: dict[str, Any]) -> Sent:
    """Nothing of it stays but what the answer says."""
    secret = body.get("secret") or subscriptions.new_secret(tx)
    webhook = at_once.passing(tx, body["url"], secret)
    made = _made(tx, body, [webhook])
    begun = at_once.begin_all(tx, made)
    at_once.forget(tx, webhook, made)
    return Sent(made, begun, secret)


def _made(tx: Transaction, body: dict[str, Any], receivers: list[Document] | None) -> list[Document]:
    event = triggers.event_named(body["event"], "/event")
    subject = subject_for(tx, event, _resource_id(tx, body, triggers.kinds_of(event)))
    return triggers.send(tx, event, subject, receivers, _plan(body))


def _told(workspace: Workspace, sent: Sent) -> dict[str, Any]:
    """The deliveries as they are by now."""
    now = [workspace.store.get("delivery", each["id"]) for each in sent.made]
    return {
        "messageIds": list(dict.fromkeys(each["messageId"] for each in sent.made)),
        "deliveries": [deliveries.shown(each) for each in now if each is not None],
        "secret": sent.secret,
    }


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


def _resource_id(tx: Transaction, body: dict[str, Any], kinds: Sequence[str]) -> str | None:
    """The object meant, by id or by the name of a fixture."""
    name: str | None = body.get("fixture")
    if name is None:
        return body.get("resourceId")
    fixture = tx.get("fixture", name)
    if fixture is None or fixture["type"] not in kinds:
        raise BusinessRuleViolation(
            details=f"'{name}' is no fixture of kind {' or '.join(kinds)}", target="/fixture"
        )
    return str(fixture["resourceId"])


def _named(tx: Transaction, body: dict[str, Any]) -> list[Document] | None:
    """The subscriptions named, all of them active; None if none are named."""
    if body.get("webhookIds") is None:
        return None
    found = []
    for place, webhook_id in enumerate(dict.fromkeys(body["webhookIds"])):
        webhook = tx.get("webhook", webhook_id)
        if webhook is None:
            raise BusinessRuleViolation(
                details=f"webhook '{webhook_id}' does not exist", target=f"/webhookIds/{place}"
            )
        triggers.check_active(webhook)
        found.append(webhook)
    return found
