"""Alerts: raised once for each trouble, told by mail, resolved when it is over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.control.alert_rules import rule_named
from sandbox.kernel.documents import Document
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction
from sandbox.platform.letters import inform

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


def raise_alert(tx: Transaction, monitor: Document, url: str | None) -> Document | None:
    """One for this outage, with its mail; None where such alerts are switched off."""
    rule = rule_named(tx, "monitor")
    if not rule["enabled"]:
        return None
    failures = monitor["consecutiveFailures"]
    trouble = {
        "message": f"{url} did not answer {failures} pings in a row",
        "value": failures,
        "threshold": monitor["failureThreshold"],
    }
    alert = fire(tx, rule, ("monitor", monitor["id"]), trouble)
    tell(tx, alert, f"Down: {url}", [monitor["alertEmail"], *rule["notify"]])
    return alert


def resolve_alert(tx: Transaction, monitor: Document, url: str | None) -> None:
    """The outage is over; who was told of it is told."""
    alert = close_alert(tx, monitor)
    if alert is not None:
        addresses = [monitor["alertEmail"], *rule_named(tx, "monitor")["notify"]]
        tell(tx, alert, f"Back: {url}", addresses)


def close_alert(tx: Transaction, monitor: Document) -> Document | None:
    """Resolve what is open, without mail."""
    alert = tx.get("alert", monitor["_alertId"]) if monitor["_alertId"] else None
    return None if alert is None else resolve(tx, alert)


def fire(
    tx: Transaction, rule: Mapping[str, Any], subject: tuple[str, str], trouble: Mapping[str, Any]
) -> Document:
    """A new alert. `trouble`: its message, value and threshold."""
    stamp = tx.stamp()
    alert = tx.put(
        "alert",
        {
            "id": tx.new_id("alert"),
            "version": 1,
            "createdAt": stamp,
            "updatedAt": stamp,
            "rule": rule["rule"],
            "severity": rule["severity"],
            "status": "firing",
            "subject": {"type": subject[0], "id": subject[1]},
            **trouble,
            "firedAt": stamp,
            "acknowledgedAt": None,
            "resolvedAt": None,
        },
    )
    if tx.count("alert") > MOST:
        for old in tx.find("alert", order="firedAt", limit=1):
            tx.delete("alert", old["id"])
    return alert


def resolve(tx: Transaction, alert: Document) -> Document:
    """It is over."""
    status = LIFE.next(alert["status"], "resolve")
    return tx.revise("alert", alert, status=status, resolvedAt=tx.stamp())


def tell(tx: Transaction, alert: Document, subject: str, addresses: Iterable[str | None]) -> None:
    """To each address once, but to those that get no mail."""
    for address in dict.fromkeys(addresses):
        inform(
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
