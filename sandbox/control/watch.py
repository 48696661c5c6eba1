"""Holds what is measured against the alert rules: when alerts are read, each minute where rules were set."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.control import alert_life
from sandbox.control.alert_rules import KIND, rules_of
from sandbox.control.measures import MEASURES, Reading, Scene
from sandbox.kernel.documents import Document
from sandbox.kernel.ports import Ports
from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.platform.operations import Operations

JOB = "alerts.watch"
EVERY = 60
HURRIED = (1, 15, 60, 1440)
"""Minutes between two looks while the clock jumps far: first each minute, in the end each day."""
DENSE = 120
"""Looks of each density."""


def look(scene: Scene) -> None:
    """Raise what is newly wrong, resolve what is over."""
    tx = scene.tx
    open_ones = {
        (alert["rule"], alert["subject"]["id"]): alert
        for alert in tx.find("alert", {"status": ["firing", "acknowledged"]})
    }
    for rule in rules_of(tx):
        if rule["rule"] in MEASURES:
            wrong = _wrong(scene, rule) if rule["enabled"] else {}
            _compare(tx, rule, wrong, open_ones)


def _wrong(scene: Scene, rule: Mapping[str, Any]) -> dict[str, Reading]:
    """What is above its threshold, by subject."""
    return {
        reading.subject[1]: reading
        for reading in MEASURES[rule["rule"]](scene, rule)
        if reading.samples >= rule["minSamples"] and reading.value > rule["threshold"]
    }


def _compare(
    tx: Transaction,
    rule: Mapping[str, Any],
    wrong: Mapping[str, Reading],
    open_ones: Mapping[tuple[str, str], Document],
) -> None:
    name = rule["rule"].replace("_", " ")
    for key, reading in wrong.items():
        if (rule["rule"], key) not in open_ones:
            trouble = {"message": reading.told, "value": reading.value, "threshold": rule["threshold"]}
            alert = alert_life.fire(tx, rule, reading.subject, trouble)
            alert_life.tell(tx, alert, f"Alert: {name}", rule["notify"])
    for (which, key), alert in open_ones.items():
        if which == rule["rule"] and key not in wrong:
            alert_life.tell(tx, alert_life.resolve(tx, alert), f"Over: {name}", rule["notify"])


def begin(tx: Transaction) -> None:
    """Look once a minute from now on, unless no rule is left."""
    if any(rule["enabled"] for rule in rules_of(tx)):
        tx.schedule(tx.now(), JOB, "rules", looks=0, at=None)
    else:
        tx.cancel(JOB, "rules")


async def watch(operations: Operations, workspace: Workspace, entry: Document, ports: Ports) -> None:
    """The work behind it: one look, then the next is put on the agenda."""
    journal = operations.server.journals.of(workspace.id)
    with workspace.transaction() as tx:
        if tx.get(KIND.name, "rules") is None:
            return
        look(Scene(tx, journal))
        plan_next(tx, entry["payload"])


def plan_next(tx: Transaction, payload: Mapping[str, Any]) -> None:
    """In a minute; later in the course of one far jump of the clock."""
    wall, last = tx.workspace.wall(), payload["at"]
    looks = payload["looks"] + 1 if last is not None and wall - last < EVERY / 2 else 0
    minutes = HURRIED[min(looks // DENSE, len(HURRIED) - 1)]
    tx.schedule(tx.now() + timedelta(minutes=minutes), JOB, "rules", looks=looks, at=wall)


WORKERS = {JOB: watch}
