"""Pings on the workspace's clock: signed in one transaction, sent between two, judged in the second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from msgspec.json import encode

from sandbox.control import monitor_rules as rules
from sandbox.control.alert_life import close_alert, raise_alert, resolve_alert
from sandbox.kernel.clock import instant
from sandbox.kernel.documents import Document, Kind, Store
from sandbox.kernel.ports import OutboundReply, OutboundRequest, Ports
from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.webhooks import subscriptions
from sandbox.webhooks.attempts import USER_AGENT, send
from sandbox.webhooks.catalogue import PING
from sandbox.webhooks.destinations import stays_inside
from sandbox.webhooks.signing import Signed, Stamp, header_base, header_signature, sign
from sandbox.webhooks.tally import share, tallied

JOB = "monitor.ping"
PING_KIND = Kind("ping", indexes=("monitorId",), sorts=("number",))
KEPT = 1000
"""Pings of one monitor; the oldest go."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What was decided before sending; `store` tells whether the world is still the same afterwards."""

    monitor_id: str
    request: OutboundRequest
    store: Store


async def ping_when_due(workspace: Workspace, entry: Document, ports: Ports) -> None:
    """The effect behind every monitor: one ping, then the next is put on the agenda."""
    ping = await ping_once(workspace, entry["subject"], ports)
    with workspace.transaction() as tx:
        monitor = tx.get("monitor", entry["subject"])
        if ping is not None and monitor is not None and monitor["status"] in rules.RUNNING:
            plan_next(tx, monitor, ping["error"])


async def ping_once(
    workspace: Workspace, monitor_id: str, ports: Ports, *, by_hand: bool = False
) -> Document | None:
    """One ping and what follows from it; None where there is nothing left to ping."""
    with workspace.transaction() as tx:
        sent = _begin(tx, monitor_id, by_hand)
    if sent is None:
        return None
    reply = await send(sent.request, ports)
    with workspace.transaction() as tx:
        monitor = tx.get("monitor", monitor_id)
        if monitor is None or tx.store is not sent.store:
            return None
        return _conclude(tx, monitor, reply)


def plan_next(tx: Transaction, monitor: Document, error: str | None = None) -> None:
    """Put the next ping on the agenda."""
    due = tx.now() + rules.gap(monitor, error)
    tx.schedule(due, JOB, monitor["id"])
    tx.put("monitor", {**monitor, "nextPingAt": instant(due)})


def forget(tx: Transaction, monitor: Document) -> None:
    """With the monitor its pings go; an alert that is open is closed."""
    tx.cancel(JOB, monitor["id"])
    for ping in tx.find("ping", {"monitorId": monitor["id"]}, limit=None):
        tx.delete("ping", ping["id"])
    close_alert(tx, monitor)


def _begin(tx: Transaction, monitor_id: str, by_hand: bool) -> Sent | None:
    monitor = tx.get("monitor", monitor_id)
    if monitor is None or (monitor["status"] not in rules.RUNNING and not by_hand):
        return None
    url, secrets = aim(tx, monitor)
    if url is None or not (by_hand or monitor["_madeIn"] == tx.workspace.id or stays_inside(url)):
        tx.put("monitor", {**monitor, "status": "paused", "nextPingAt": None})
        return None
    monitor = tx.put("monitor", {**monitor, "_pings": monitor["_pings"] + 1})
    return Sent(monitor_id, _request(tx, monitor, url, secrets), tx.store)


def aim(tx: Transaction, monitor: Document) -> tuple[str | None, Sequence[str]]:
    """The URL and the secrets to sign with; no URL when the subscription is gone."""
    target = monitor["target"]
    if "url" in target:
        return target["url"], [monitor["_secret"]] if monitor["_secret"] else []
    webhook = tx.get("webhook", target["webhookId"])
    if webhook is None or not subscriptions.has_secret(tx, webhook["id"]):
        return None, []
    return webhook["url"], subscriptions.secrets_of(tx, webhook["id"])


def _request(tx: Transaction, monitor: Document, url: str, secrets: Sequence[str]) -> OutboundRequest:
    signed = _signed(tx, monitor, secrets)
    headers = {"User-Agent": USER_AGENT, "X-Webhook-Event": PING, **signed.headers}
    if signed.body:
        headers["Content-Type"] = "application/json; charset=utf-8"
    return OutboundRequest(
        monitor["method"],
        url,
        headers,
        signed.body,
        timeout=float(monitor["timeoutSeconds"]),
        purpose="monitor",
        workspace_id=tx.workspace.id,
    )


def _signed(tx: Transaction, monitor: Document, secrets: Sequence[str]) -> Signed:
    """A message of its own in both forms; what has no body is signed in the headers alone."""
    drawn = tx.workspace.chance.draw(f"monitor:{monitor['id']}", monitor["_pings"], 28).hex()
    envelope: dict[str, Any] = {
        "id": f"whk_{drawn[:24]}",
        "event": PING,
        "timestamp": tx.stamp(),
        "version": "1.0",
        "data": {"id": monitor["id"]},
    }
    stamp = Stamp(int(tx.workspace.wall()), drawn[24:])
    if monitor["method"] != "POST":
        base = header_base(envelope["id"], str(stamp.timestamp), b"")
        signatures = " ".join([header_signature(secret, base) for secret in secrets])
        named = {"webhook-id": envelope["id"], "webhook-timestamp": str(stamp.timestamp)}
        return Signed(b"", {**named, "webhook-signature": signatures} if secrets else named)
    return sign(envelope, secrets, stamp) if secrets else Signed(encode(envelope), {})


def _conclude(tx: Transaction, monitor: Document, reply: OutboundReply) -> Document:
    seen = rules.outcome(reply)
    ping = _logged(tx, monitor, reply, seen)
    hours = tallied(monitor["_hours"], tx.now(), well=seen == "up")
    wall = tx.workspace.wall()
    changes = rules.after(monitor, seen) if monitor["status"] in rules.RUNNING else {}
    monitor = tx.put(
        "monitor",
        {
            **monitor,
            **changes,
            "_hours": hours,
            "_wall": wall,
            "_burst": rules.burst(monitor, wall),
            "uptime24h": share(hours, tx.now()),
            "lastPingAt": ping["at"],
        },
    )
    if changes:
        _tell(tx, monitor)
    return ping


def _tell(tx: Transaction, monitor: Document) -> None:
    """Once when it goes down, once when it is back."""
    if monitor["status"] == "alerting" and monitor["_alertId"] is None:
        alert = raise_alert(tx, monitor, aim(tx, monitor)[0])
        tx.put("monitor", {**monitor, "_alertId": alert and alert["id"]})
    elif monitor["status"] == "healthy" and monitor["_alertId"] is not None:
        resolve_alert(tx, monitor, aim(tx, monitor)[0])
        tx.put("monitor", {**monitor, "_alertId": None})


def _logged(tx: Transaction, monitor: Document, reply: OutboundReply, seen: str) -> Document:
    number = monitor["_pings"]
    tx.delete("ping", _ping_id(monitor["id"], number - KEPT))
    return tx.put(
        "ping",
        {
            "id": _ping_id(monitor["id"], number),
            "monitorId": monitor["id"],
            "number": number,
            "at": tx.stamp(),
            "statusCode": reply.status or None,
            "durationMs": round(reply.duration_ms),
            "outcome": seen,
            "error": reply.error or None,
        },
    )


def _ping_id(monitor_id: str, number: int) -> str:
    return f"png_{monitor_id[4:]}{max(number, 0):08d}"
