"""Alerts: what went wrong for long enough that somebody had to be told, and the rules for that."""

from __future__ import annotations

from typing import Any

from sandbox.control import alert_rules, watch
from sandbox.control.alert_life import LIFE
from sandbox.control.measures import Scene
from sandbox.kernel.documents import Document
from sandbox.kernel.replies import Page
from sandbox.platform.call import Call
from sandbox.platform.resource import Resource, equals

alerts = Resource(
    "alert",
    prefix="alr_",
    indexes=("status",),
    sorts=("firedAt",),
    filters={"rule": equals("rule"), "status": equals("status"), "subjectId": equals("subject.id")},
    links={"acknowledge": "/sandbox/v1/alerts/{id}/acknowledge"},
    life=LIFE,
)
KINDS = [alert_rules.KIND]


def list_alerts(call: Call) -> Page:
    """As of now."""
    watch.look(Scene(call.tx, call.server.journals.of(call.workspace.id)))
    return alerts.list(call)


def acknowledge_alert(call: Call, alert_id: str) -> Document:
    """Somebody looks into it."""
    return alerts.act(call, alert_id, LIFE, "acknowledge", acknowledgedAt=call.tx.stamp())


def get_alert_rules(call: Call) -> dict[str, Any]:
    """All there are."""
    return {"rules": alert_rules.rules_of(call.tx)}


def set_alert_rules(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """From now on they are looked at once a minute, on the workspace's clock."""
    alert_rules.keep(call.tx, body["rules"])
    watch.begin(call.tx)
    return get_alert_rules(call)
