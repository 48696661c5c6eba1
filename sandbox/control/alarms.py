"""Alerts of monitors: raised once, told by mail, resolved by the first sign of life."""

from __future__ import annotations

from sandbox.kernel.documents import Document
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction
from sandbox.platform.letters import gets_no_mail, write_letter

LIFE = TransitionTable(
    "the alert",
    {
        ("firing", "acknowledge"): "acknowledged",
        ("firing", "resolve"): "resolved",
        ("acknowledged", "resolve"): "resolved",
    },
)
MOST = 1000
"""Alerts of a workspace; the oldest go."""


def raise_alert(tx: Transaction, monitor: Document, url: str | None) -> Document:
    """One for this outage, with its mail."""
    stamp = tx.stamp()
    alert = tx.put(
        "alert",
        {
            "id": tx.new_id("alert"),
            "version": 1,
            "createdAt": stamp,
            "updatedAt": stamp,
            "rule": "monitor",
            "severity": "critical",
            "status": "firing",
            "subject": {"type": "monitor", "id": monitor["id"]},
            "message": f"{url} did not answer {monitor['consecutiveFailures']} pings in a row",
            "value": monitor["consecutiveFailures"],
            "threshold": monitor["failureThreshold"],
            "firedAt": stamp,
            "acknowledgedAt": None,
            "resolvedAt": None,
        },
    )
    _mail(tx, monitor, alert, f"Down: {url}")
    if tx.count("alert") > MOST:
        for old in tx.find("alert", order="firedAt", limit=1):
            tx.delete("alert", old["id"])
    return alert


def resolve_alert(tx: Transaction, monitor: Document, url: str | None) -> None:
    """The outage is over; who was told of it is told."""
    alert = close_alert(tx, monitor)
    if alert is not None:
        _mail(tx, monitor, alert, f"Back: {url}")


def close_alert(tx: Transaction, monitor: Document) -> Document | None:
    """Resolve what is open, without mail."""
    alert = tx.get("alert", monitor["_alertId"]) if monitor["_alertId"] else None
    if alert is None:
        return None
    status = LIFE.next(alert["status"], "resolve")
    changes = {"status": status, "resolvedAt": tx.stamp(), "updatedAt": tx.stamp()}
    return tx.put("alert", {**alert, **changes, "version": alert["version"] + 1})


def _mail(tx: Transaction, monitor: Document, alert: Document, subject: str) -> None:
    address = monitor["alertEmail"]
    if address is None or gets_no_mail(tx, address):
        return
    write_letter(
        tx,
        "monitor_alert",
        {"email": address, "name": None},
        {"type": "alert", "id": alert["id"]},
        subject=subject,
        message=alert["message"],
        status=alert["status"],
        firedAt=alert["firedAt"],
        resolvedAt=alert["resolvedAt"],
    )
