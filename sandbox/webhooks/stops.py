"""Where an event stops on its way to a subscription: each place with its evidence and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.webhooks import deliveries
from sandbox.webhooks.catalogue import selections

SWITCHED_OFF = {"failures": "too many deliveries were given up", "gone": "its endpoint answered 410"}
"""Why the platform itself disabled a subscription, by its `disabledReason`."""


class Finding(NamedTuple):
    """One reason; `webhookId` is None where no single subscription is meant."""

    reason: str
    webhookId: str | None
    explanation: str
    advice: str
    evidence: dict[str, Any]


def no_subscription(name: str, webhooks: Sequence[Document]) -> Finding:
    """Nobody asked for it."""
    known = [{"webhookId": each["id"], "eventTypes": each["eventTypes"]} for each in webhooks]
    return Finding(
        "no_subscription",
        None,
        f"No subscription asks for {name}.",
        f"Add one of {', '.join(selections(name))} to eventTypes of a subscription.",
        {"subscriptions": known},
    )


def not_selected(webhook: Document, name: str) -> Finding:
    """The one that was named does not ask for it."""
    explicit = "*" in webhook["eventTypes"] and "*" not in selections(name)
    why = f"; `*` does not mean {name.partition('.')[0]}.*" if explicit else ""
    return Finding(
        "no_subscription",
        webhook["id"],
        f"The subscription does not ask for {name}{why}.",
        f"Add one of {', '.join(selections(name))} to its eventTypes.",
        {"eventTypes": webhook["eventTypes"]},
    )


def disabled(webhook: Document) -> Finding:
    """It is switched off."""
    why = SWITCHED_OFF.get(webhook["disabledReason"], "somebody asked for it")
    return Finding(
        "disabled",
        webhook["id"],
        f"The subscription is {webhook['status']}: {why}.",
        f"POST /api/v1/webhooks/{webhook['id']}/enable; what happened meanwhile can be replayed.",
        {member: webhook.get(member) for member in ("status", "disabledReason", "note", "updatedAt")},
    )


def egress_refused(webhook: Document, refusal: str) -> Finding:
    """Its URL may not be called from here."""
    return Finding(
        "egress_refused",
        webhook["id"],
        f"Its URL may not be called: it {refusal}.",
        "Use a public https address or an inspector bin, or start the server with SANDBOX_ALLOW_PRIVATE=yes.",
        {"url": webhook["url"]},
    )


def not_asked(webhook: Document) -> Finding:
    """A question is put to those only that want to answer it."""
    return Finding(
        "not_blocking",
        webhook["id"],
        "The event is a question, and the subscription does not want to be asked.",
        "Set its blocking.enabled to true.",
        {"blocking": webhook.get("blocking")},
    )


def subscribed_later(webhook: Document, at: str) -> Finding:
    """It was not there yet."""
    return Finding(
        "subscribed_later",
        webhook["id"],
        "The subscription was made after the event had happened.",
        "Cause the event again, or send one by POST /sandbox/v1/webhook-triggers.",
        {"happenedAt": at, "subscribedAt": webhook["createdAt"]},
    )


def out_of_reach(webhook: Document) -> Finding:
    """Who made it has a role for other objects."""
    return Finding(
        "filtered",
        webhook["id"],
        "The role of whoever made the subscription was given for other events or locations, or taken back.",
        "Give them a role that reaches the object, or let somebody subscribe who has one.",
        {"userId": webhook["_ownerId"]},
    )


def filtered(webhook: Document, data: Mapping[str, Any]) -> Finding:
    """It asked for other objects."""
    compared = {member: data.get(member) for member in ("id", "eventId", "locationId", "assignmentId")}
    return Finding(
        "filtered",
        webhook["id"],
        "The filters of the subscription do not let the object through.",
        "Add it to the filters, or remove them.",
        {
            "filters": webhook.get("filters"),
            "object": {member: value for member, value in compared.items() if value},
        },
    )


def not_in_the_log(webhook: Document, at: str) -> Finding:
    """The subscription was different then, or the log has forgotten."""
    changed = webhook.get("updatedAt", "") > at
    return Finding(
        "changed_since" if changed else "not_in_the_log",
        webhook["id"],
        "The subscription was changed since; as it is now, it would get the event."
        if changed
        else f"The log keeps the newest {deliveries.MOST_DELIVERIES} deliveries; this one is not among them.",
        "Cause the event again, or send one by POST /sandbox/v1/webhook-triggers.",
        {"happenedAt": at, "changedAt": webhook.get("updatedAt")},
    )


def of_delivery(tx: Transaction, webhook: Document, delivery: Document) -> Finding:
    """What became of a delivery."""
    evidence = _told(tx, delivery)
    if delivery.get("_lost"):
        explanation = "It was lost on purpose: a fault rule or the subscription's own chaos says so."
        return _found("lost_on_purpose", delivery, explanation, "Remove the rule that did it.", evidence)
    if delivery["status"] == "succeeded":
        explanation = f"It was delivered: the endpoint answered {delivery['lastStatusCode']}."
        return _found("delivered", delivery, explanation, "Look into the receiver.", evidence)
    if (evidence["lastAttempt"] or {}).get("error") == "denied":
        return egress_refused(webhook, str(evidence["lastAttempt"]["errorDetail"]).removeprefix("the URL "))
    if delivery["status"] == "exhausted":
        explanation = f"It was given up after {delivery['attemptCount']} attempts: {_last(evidence)}."
        return _found("exhausted", delivery, explanation, f"Mend the receiver; {_again(delivery)}.", evidence)
    if delivery["status"] == "cancelled":
        if webhook["status"] != "active":
            return disabled(webhook)
        explanation = (
            "The delivery was cancelled: the subscription was switched off, or the world was forked."
        )
        return _found("cancelled", delivery, explanation, f"{_again(delivery)}.", evidence)
    return _of_open(tx, delivery, evidence)


def _of_open(tx: Transaction, delivery: Document, evidence: dict[str, Any]) -> Finding:
    """One that is still to be sent, or to be sent again."""
    first = _first_in_line(tx, delivery)
    if first is not None:
        evidence |= {"behind": first["id"], "behindStatus": first["status"]}
        explanation = "An earlier delivery about the same object is still open, and it has to stay in order."
        return _found("waits_in_line", delivery, explanation, f"{_again(first)}, or set ordering.", evidence)
    dispatcher = tx.get("webhook_dispatcher", "dispatcher")
    mode = "auto" if dispatcher is None else dispatcher["mode"]
    if mode != "auto":
        explanation = f"The dispatcher of the workspace is {mode}: nothing leaves by itself."
        advice = "POST /sandbox/v1/webhook-dispatcher/run, or PUT its mode to auto."
        return _found("dispatcher_paused", delivery, explanation, advice, {**evidence, "mode": mode})
    due = delivery["nextAttemptAt"]
    if delivery["status"] == "in_flight" or due is None or due <= tx.stamp():
        return _found("under_way", delivery, "An attempt is being made now.", "Wait for its end.", evidence)
    return _too_early(tx, delivery, evidence)


def _too_early(tx: Transaction, delivery: Document, evidence: dict[str, Any]) -> Finding:
    clock = tx.get("clock", "clock")
    is_frozen = clock is not None and clock["mode"] == "frozen"
    failed = (
        f"{delivery['attemptCount']} attempts failed: {_last(evidence)}. " if evidence["lastAttempt"] else ""
    )
    shows = f"the clock of the workspace {'is frozen at' if is_frozen else 'shows'} {tx.stamp()}"
    return _found(
        "clock_frozen" if is_frozen else "not_yet_due",
        delivery,
        f"{failed}The next attempt is due at {delivery['nextAttemptAt']}; {shows}.",
        f"POST /sandbox/v1/clock/advance to {delivery['nextAttemptAt']}, or {_again(delivery)}.",
        {**evidence, "now": tx.stamp()},
    )


def _first_in_line(tx: Transaction, delivery: Document) -> Document | None:
    """The one that it waits for; None for one that waits for nobody."""
    if delivery["_lane"] is None:
        return None
    lane = tx.find("delivery", {"_lane": delivery["_lane"]})
    first: Document = min(lane, key=lambda each: int(each["_sequence"]))
    return None if first["id"] == delivery["id"] else first


def _told(tx: Transaction, delivery: Document) -> dict[str, Any]:
    shown = ("number", "at", "statusCode", "error", "errorDetail")
    attempts = deliveries.attempts_of(tx, delivery["id"])
    last = {member: attempts[-1][member] for member in shown} if attempts else None
    told = ("status", "attemptCount", "nextAttemptAt", "trigger")
    return {
        "deliveryId": delivery["id"],
        **{member: delivery[member] for member in told},
        "lastAttempt": last,
        "chaos": delivery.get("chaos") or [],
    }


def _last(evidence: Mapping[str, Any]) -> str:
    last = evidence["lastAttempt"]
    if last is None:
        return "nothing is known of them"
    return f"the last was answered with {last['statusCode']}" if last["statusCode"] else f"{last['error']}"


def _again(delivery: Mapping[str, Any]) -> str:
    return f"POST /api/v1/webhooks/{delivery['webhookId']}/deliveries/{delivery['id']}/retry"


def _found(
    reason: str, delivery: Mapping[str, Any], explanation: str, advice: str, evidence: dict[str, Any]
) -> Finding:
    return Finding(reason, delivery["webhookId"], explanation, advice, evidence)
