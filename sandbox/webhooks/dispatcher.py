"""When deliveries leave: by themselves, when told to, or not at all; so many at once, so fast an endpoint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from typing import Any
from weakref import WeakKeyDictionary

from sandbox.kernel.agenda import Agenda
from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document, Kind
from sandbox.kernel.prompting import run_due
from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.webhooks import deliveries
from sandbox.webhooks.listening import has_listeners, is_away

KIND = Kind("webhook_dispatcher")
PACE_KIND = Kind("webhook_pace")
ID = "dispatcher"
AUTOMATIC: Mapping[str, Any] = {"id": ID, "mode": "auto", "maxParallel": None, "speedFactor": 1}
MOST_AT_ONCE = 32
"""Attempts under way to one endpoint, where its subscription does not say."""


def settings_of(workspace: Workspace) -> Mapping[str, Any]:
    """How the workspace dispatches."""
    return workspace.store.get(KIND.name, ID) or AUTOMATIC


def described(tx: Transaction) -> dict[str, Any]:
    """The settings, and what waits."""
    settings = {name: value for name, value in settings_of(tx.workspace).items() if name != "id"}
    first = next(tx.scan("agenda", None, "due", lambda entry: entry["job"] == deliveries.JOB), None)
    return {
        **settings,
        "queueDepth": len(_open(tx.workspace)),
        "nextDueAt": None if first is None else first["due"],
    }


async def run(agenda: Agenda, workspace: Workspace, most: int) -> dict[str, Any]:
    """Attempt what is due, oldest first, in any mode but paused."""
    if settings_of(workspace)["mode"] == "paused":
        return {"delivered": 0, "failed": 0, "remaining": len(_due(workspace)), "deliveries": []}
    before = {delivery["id"]: delivery["attemptCount"] for delivery in _open(workspace)}
    ran = await run_due(agenda, workspace, deliveries.JOB, most, partial(_place, workspace))
    ids = dict.fromkeys(entry["subject"] for entry in ran)
    after = [found for key in ids if (found := workspace.store.get("delivery", key)) is not None]
    attempts = sum(delivery["attemptCount"] - before.get(delivery["id"], 0) for delivery in after)
    delivered = sum(delivery["status"] == "succeeded" for delivery in after)
    return {
        "delivered": delivered,
        "failed": attempts - delivered,
        "remaining": len(_due(workspace)),
        "deliveries": after,
    }


def gap(workspace: Workspace, seconds: float) -> float:
    """The time between two attempts as the dispatcher lets it pass."""
    return seconds / float(settings_of(workspace)["speedFactor"])


class Turnstile:
    """The gate of deliveries: closed while the dispatcher does not run by itself, or enough are under way."""

    def __init__(self) -> None:
        self._crowds: WeakKeyDictionary[Workspace, Crowd] = WeakKeyDictionary()

    def group(self, workspace: Workspace, entry: Document) -> str:
        """Those to one endpoint."""
        return _webhook_id(workspace, entry)

    def closed(self, workspace: Workspace, entry: Document) -> bool:
        """Whether the delivery has to wait."""
        crowd = self._crowds.get(workspace)
        if crowd is not None and entry["payload"].get("webhookId") in crowd.full:
            return True  # first, for this is asked of all that wait whenever one of them may go
        settings = settings_of(workspace)
        if settings["mode"] != "auto" or _nobody_listens(workspace, entry):
            return True
        most = settings["maxParallel"]
        return most is not None and crowd is not None and len(crowd.inside) >= most

    def enter(self, workspace: Workspace, entry: Document) -> None:
        """Count it in."""
        crowd = self._crowds.setdefault(workspace, Crowd())
        webhook_id = crowd.inside[entry["id"]] = _webhook_id(workspace, entry)
        crowd.at[webhook_id] += 1
        if crowd.at[webhook_id] >= _most_at_once(workspace, webhook_id):
            crowd.full.add(webhook_id)

    def leave(self, workspace: Workspace, entry: Document) -> None:
        """Count it out."""
        crowd = self._crowds[workspace]
        webhook_id = crowd.inside.pop(entry["id"])
        crowd.at[webhook_id] -= 1
        crowd.full.discard(webhook_id)


class Crowd:
    """The attempts of a workspace that are under way: by agenda entry, how many to each endpoint, and
    which endpoints take no more at present.
    """

    __slots__ = ("at", "full", "inside")

    def __init__(self) -> None:
        self.inside: dict[str, str] = {}
        self.at: Counter[str] = Counter()
        self.full: set[str] = set()


def turn_of(tx: Transaction, webhook: Mapping[str, Any], delivery: Document) -> datetime | None:
    """When the delivery may be attempted, if that is not now; a place in the endpoint's line is kept for it.

    Places are so far apart that no second sees more than `ratePerSecond`."""
    rate = webhook.get("ratePerSecond")
    if not rate:
        return None
    if delivery.get("_turn"):
        turn = parse_instant(delivery["_turn"])
        return turn if turn > tx.now() else None
    line, turn = tx.get(PACE_KIND.name, webhook["id"]), tx.now()
    if line is not None and line["askedAt"] <= tx.stamp():  # else the clock was put back since
        turn = max(turn, parse_instant(line["nextAt"]))
    after = turn + timedelta(milliseconds=ceil(1000 / rate))
    tx.put(PACE_KIND.name, {"id": webhook["id"], "nextAt": instant(after), "askedAt": tx.stamp()})
    return turn if turn > tx.now() else None


def forget_pace(tx: Transaction, webhook_id: str) -> None:
    """With the subscription its line goes."""
    tx.delete(PACE_KIND.name, webhook_id)


def _open(workspace: Workspace) -> list[Document]:
    with workspace.lock:
        every = workspace.store.find("delivery")
    return [delivery for delivery in every if delivery["status"] in deliveries.OPEN]


def _due(workspace: Workspace) -> list[Document]:
    now = instant(workspace.now())
    with workspace.lock:
        return [
            entry
            for entry in workspace.store.iterate("agenda", None, "due")
            if entry["job"] == deliveries.JOB and entry["due"] <= now
        ]


def _place(workspace: Workspace, entry: Document) -> int:
    """Where a delivery stands in the order in which they were made."""
    delivery = workspace.store.get("delivery", entry["subject"])
    return 0 if delivery is None else int(delivery["_sequence"])


def _webhook_id(workspace: Workspace, entry: Document) -> str:
    named = entry["payload"].get("webhookId")
    if named is None:  # an entry of an older journal
        delivery = workspace.store.get("delivery", entry["subject"])
        named = "" if delivery is None else delivery["webhookId"]
    return str(named)


def _nobody_listens(workspace: Workspace, entry: Document) -> bool:
    return has_listeners(workspace) and is_away(workspace, _webhook_id(workspace, entry))


def _most_at_once(workspace: Workspace, webhook_id: str) -> int:
    webhook = workspace.store.get("webhook", webhook_id)
    said = None if webhook is None else webhook.get("maxConcurrency")
    return MOST_AT_ONCE if said is None else int(said)
