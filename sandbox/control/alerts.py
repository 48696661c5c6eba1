"""Alerts: what went wrong for long enough that somebody had to be told."""

from __future__ import annotations

from sandbox.control.alarms import LIFE
from sandbox.kernel.documents import Document
from sandbox.platform.call import Call
from sandbox.platform.resource import Resource, equals

alerts = Resource(
    "alert",
    path="/sandbox/v1/alerts/{alertId}",
    prefix="alr_",
    indexes=("status",),
    sorts=("firedAt",),
    filters={"rule": equals("rule"), "status": equals("status"), "subjectId": equals("subject.id")},
)


def acknowledge_alert(call: Call, alert_id: str) -> Document:
    """Somebody looks into it."""
    return alerts.act(call, alert_id, LIFE, "acknowledge", acknowledgedAt=call.tx.stamp())
