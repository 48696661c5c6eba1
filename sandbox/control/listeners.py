"""Listeners: receivers that nobody can reach open a connection and are handed their deliveries over it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.control.listener_tail import ListenerTail
from sandbox.kernel.agenda import Rule
from sandbox.kernel.documents import Document
from sandbox.kernel.ports import OutboundReply
from sandbox.kernel.replies import Reply, Stream
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.server_sent import streamed
from sandbox.platform.webhooks import create_webhook, update_webhook
from sandbox.webhooks import deliveries, subscriptions
from sandbox.webhooks.listening import KIND, address, hang_up, is_away, line_of

KINDS = [KIND]
EXPIRE = "listener.expire"
LIFE = timedelta(hours=24)
"""How long a listener that nobody connects to is kept, on the workspace's clock."""
LATEST = 100
"""Deliveries given up in a row before the platform stops: a receiver under construction fails often."""


def create_listener(call: Call, body: dict[str, Any]) -> Reply:
    """A subscription whose deliveries go to whoever connects; the one of its name if there is one."""
    kept = _named(call.tx, body["name"])
    return _told(call.tx, _new(call, body) if kept is None else _taken_up(call, kept, body))


def stream_listener_deliveries(call: Call, listener_id: str) -> Stream:
    """Be handed what is delivered."""
    call.tx.need(KIND.name, listener_id, "listenerId")
    wake = call.agenda.wake
    return streamed(call, ListenerTail(call.workspace, listener_id, lambda: wake(call.workspace)))


def answer_listener_delivery(call: Call, listener_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Say what the receiver answered."""
    call.tx.need(KIND.name, listener_id, "listenerId")
    taken = line_of(call.workspace, listener_id).answered(body["lease"], _reply(body))
    return {"accepted": taken}


def delete_listener(call: Call, listener_id: str) -> None:
    """Unsubscribe, and forget what was handed over."""
    _forget(call.tx, call.tx.need(KIND.name, listener_id, "listenerId"))


def _named(tx: Transaction, name: str | None) -> Document | None:
    """The listener of that name."""
    for listener in tx.find(KIND.name, {"name": name}) if name else ():
        webhook = tx.get("webhook", listener["webhookId"])
        if webhook is not None and webhook["status"] == "active":
            return listener
    return None


def _new(call: Call, body: Mapping[str, Any]) -> Document:
    key = call.tx.new_id(KIND.name)
    webhook = create_webhook(call, _subscription(key, body)).body
    made = {"id": key, "name": body["name"], "webhookId": webhook["id"], "createdAt": call.tx.stamp()}
    return call.tx.put(KIND.name, made)


def _taken_up(call: Call, listener: Document, body: Mapping[str, Any]) -> Document:
    asked = _subscription(listener["id"], body)
    secret = asked.pop("secret", None)
    update_webhook(call, listener["webhookId"], asked)
    if secret:
        subscriptions.keep_secret(call.tx, listener["webhookId"], secret)
    return listener


def _told(tx: Transaction, listener: Document) -> Reply:
    keep_a_while(tx, listener)
    webhook = tx.need("webhook", listener["webhookId"])
    secret = subscriptions.secrets_of(tx, webhook["id"])[0]
    shown = {**listener, "eventTypes": webhook["eventTypes"], "secret": secret}
    return Reply(201, shown, {"Location": f"/sandbox/v1/listeners/{listener['id']}"})


def keep_a_while(tx: Transaction, listener: Document) -> None:
    """From now on, though nobody connects."""
    tx.schedule(tx.now() + LIFE, EXPIRE, listener["id"])


def expire(tx: Transaction, entry: Document) -> None:
    """Nobody has connected for long."""
    listener = tx.get(KIND.name, entry["subject"])
    if listener is None:
        return
    if is_away(tx.workspace, listener["webhookId"]):
        _forget(tx, listener)
    else:
        tx.schedule(tx.now() + LIFE, EXPIRE, listener["id"])


def _subscription(key: str, body: Mapping[str, Any]) -> dict[str, Any]:
    asked = {"secret": body["secret"]} if body.get("secret") else {}
    return {
        "url": address(key),
        "description": body["description"],
        "eventTypes": body["eventTypes"],
        "retryPolicy": {"preset": body["retryPreset"]},
        "signatureScheme": body["signatureScheme"],
        "signatureClock": "wall",  # who develops a receiver checks against the clock on the wall
        "ordering": "strict",
        "disableAfterFailures": LATEST,
        **asked,
    }


def _reply(body: Mapping[str, Any]) -> OutboundReply:
    headers = {name.lower(): value for name, value in (body.get("headers") or {}).items()}
    content = base64.b64decode(body.get("bodyBase64") or "")
    return OutboundReply(
        body.get("status") or 0,
        headers,
        content,
        float(body.get("durationMs") or 0),
        "" if body.get("status") else body.get("error") or "connect",
        body.get("detail") or "",
        bool(body.get("truncated")),
    )


def _forget(tx: Transaction, listener: Document) -> None:
    tx.delete(KIND.name, listener["id"])
    tx.cancel(EXPIRE, listener["id"])
    tx.delete("webhook", listener["webhookId"])
    subscriptions.forget_secrets(tx, listener["webhookId"])
    for delivery in tx.find("delivery", {"webhookId": listener["webhookId"]}):
        deliveries.forget(tx, delivery)
    hang_up(tx.workspace, listener["id"])


JOBS: dict[str, Rule] = {EXPIRE: expire}
