"""Monitors: signed pings of push endpoints, and an alert when they stop answering."""

from __future__ import annotations

from typing import Any

from sandbox.control import pinging
from sandbox.control.monitor_rules import LIFE, RUNNING
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import BusinessRuleViolation, QuotaExceeded, WebhookUrlNotAllowed
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.resource import Resource, equals
from sandbox.webhooks.subscriptions import MONITOR_JOB

MOST_MONITORS = 20
INITIAL: dict[str, Any] = {
    "alertEmail": None,
    "status": "pending",
    "consecutiveFailures": 0,
    "uptime24h": None,
    "lastPingAt": None,
    "nextPingAt": None,
    "_alertId": None,
    "_secret": None,
    "_pings": 0,
    "_hours": {},
    "_wall": None,
    "_burst": 0,
}
USUAL = {
    "method": "POST",
    "intervalSeconds": 300,
    "timeoutSeconds": 10,
    "failureThreshold": 3,
    "signed": True,
}
"""Of the monitor that a subscription brings along."""


def _prepared(call: Call, document: dict[str, Any], previous: Document | None) -> dict[str, Any]:
    target = document["target"]
    if len(target) != 1:
        raise BusinessRuleViolation(details="name a webhookId or a url, one of them", target="/target")
    if "webhookId" in target and call.tx.get("webhook", target["webhookId"]) is None:
        raise BusinessRuleViolation(details="there is no such webhook", target="/target/webhookId")
    if refusal := call.ports.http.refusal(target["url"]) if "url" in target else "":
        raise WebhookUrlNotAllowed(details=f"the URL {refusal}", target="/target/url")
    whole = {**INITIAL, "_madeIn": call.workspace.id, **document}
    return {**whole, "signed": "webhookId" in target or bool(whole["_secret"])}


monitors = Resource(
    "monitor",
    path="/sandbox/v1/monitors/{monitorId}",
    prefix="mon_",
    sorts=("createdAt",),
    filters={"status": equals("status")},
    prepare=_prepared,
    links={"pings": "/sandbox/v1/monitors/{id}/pings"},
)
pings = Resource(
    "ping",
    indexes=pinging.PING_KIND.indexes,
    sorts=pinging.PING_KIND.sorts,
    parent=("monitor", "monitorId"),
    filters={"outcome": equals("outcome")},
)
EFFECTS = {pinging.JOB: pinging.ping_when_due}


def follow(tx: Transaction, entry: Document) -> None:
    """The monitor of a subscription that wants one comes, changes and goes with it."""
    webhook = tx.get("webhook", entry["subject"])
    known = tx.find("monitor", {"_follows": entry["subject"]}, limit=1)
    if webhook is None or not webhook.get("autoMonitor"):
        for monitor in known:
            tx.delete("monitor", monitor["id"])
            pinging.forget(tx, monitor)
    elif known:
        monitors.save(tx, known[0], alertEmail=webhook.get("alertEmail"))
    else:
        _ping_soon(tx, monitors.insert(tx, _following(tx, webhook)))


JOBS = {MONITOR_JOB: follow}


def create_monitor(call: Call, body: dict[str, Any]) -> Document:
    """The first ping is made at once."""
    if sum(not each.get("_follows") for each in call.tx.find("monitor")) >= MOST_MONITORS:
        raise QuotaExceeded(details=f"a workspace has at most {MOST_MONITORS} monitors")
    created = monitors.create(call, _public(body), _secret=body.get("secret"))
    return _ping_soon(call.tx, created)


def update_monitor(call: Call, monitor_id: str, body: dict[str, Any]) -> Document:
    """A target is replaced whole; whatever changes, the next ping is made at once."""
    members = {member: body[member] for member in ("target",) if member in body}
    if "secret" in body:
        members["_secret"] = body["secret"]
    rest = {member: value for member, value in _public(body).items() if member not in members}
    changed = monitors.update(call, monitor_id, rest, **members)
    return _ping_soon(call.tx, changed) if changed["status"] in RUNNING else changed


def delete_monitor(call: Call, monitor_id: str) -> None:
    """With its pings; an alert that is open is closed."""
    monitor = monitors.get(call, monitor_id)
    monitors.delete(call, monitor_id)
    pinging.forget(call.tx, monitor)


async def ping_now(call: Call, monitor_id: str) -> Document:
    """It counts like any other, unless the monitor is paused; the next is made when it would have been."""
    ping = await pinging.ping_once(call.workspace, monitor_id, call.ports, by_hand=True)
    if ping is not None:
        return ping
    with call.transaction() as tx:
        tx.need("monitor", monitor_id, "monitorId")
    raise BusinessRuleViolation(details="its webhook is gone", target="/target/webhookId")


def pause_monitor(call: Call, monitor_id: str) -> Document:
    """No more pings; an open alert stays open."""
    call.tx.cancel(pinging.JOB, monitor_id)
    return monitors.act(call, monitor_id, LIFE, "pause", nextPingAt=None)


def resume_monitor(call: Call, monitor_id: str) -> Document:
    """Begin anew, with a ping at once."""
    begun = monitors.act(call, monitor_id, LIFE, "resume", consecutiveFailures=0, _madeIn=call.workspace.id)
    return _ping_soon(call.tx, begun)


def _following(tx: Transaction, webhook: Document) -> dict[str, Any]:
    members = {"target": {"webhookId": webhook["id"]}, "alertEmail": webhook.get("alertEmail")}
    return {
        **INITIAL,
        **USUAL,
        **members,
        "_madeIn": tx.workspace.id,
        "_follows": webhook["id"],
        "metadata": {},
    }


def _ping_soon(tx: Transaction, monitor: Document) -> Document:
    tx.schedule(tx.now(), pinging.JOB, monitor["id"])
    return tx.put("monitor", {**monitor, "nextPingAt": tx.stamp()})


def _public(body: dict[str, Any]) -> dict[str, Any]:
    return {member: value for member, value in body.items() if member != "secret"}
