"""Which subscriptions an event concerns, their secrets, and how their state follows from deliveries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from operator import itemgetter
from typing import Any

from sandbox.identity.limits import is_reached
from sandbox.kernel.clock import parse_instant
from sandbox.kernel.documents import Document, Kind
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction
from sandbox.webhooks.catalogue import selections
from sandbox.webhooks.signing import secret_from
from sandbox.webhooks.tally import tallied

SECRET_KIND = Kind("webhook_secret")
SECRET_JOB = "webhook.secret.expire"
MONITOR_JOB = "webhook.monitor"
"""The job that has a monitor follow the subscription, if it is to have one."""

SUBSCRIBING = frozenset({"webhooks:write"})

LIFE = TransitionTable(
    "webhook",
    {
        ("active", "disable"): "disabled",
        ("disabled", "enable"): "active",
        ("auto_disabled", "enable"): "active",
        ("auto_disabled", "disable"): "disabled",
    },
)

_FILTERS = {
    "eventIds": ("event", "eventId"),
    "locationIds": ("location", "locationId"),
    "assignmentIds": ("assignment", "assignmentId"),
}


def subscribed(tx: Transaction, event_type: str, kind: str, data: Mapping[str, Any]) -> list[Document]:
    """The active subscriptions that asked for the event; next to nothing where there are none."""
    asked = tx.derived("webhook", _Asked)[event_type]
    if not asked:
        return []
    passed = [webhook for webhook in asked if passes(webhook.get("filters"), kind, data)]
    return [webhook for webhook in passed if may_tell(tx, webhook, kind, data)]


class _Asked(dict[str, list[Document]]):
    """The active subscriptions by type of event, found out at the first event of each."""

    def __init__(self, webhooks: Iterable[Document]) -> None:
        self._active = sorted((each for each in webhooks if each["status"] == "active"), key=itemgetter("id"))

    def __missing__(self, event_type: str) -> list[Document]:
        names = set(selections(event_type))
        found = self[event_type] = [each for each in self._active if not names.isdisjoint(each["eventTypes"])]
        return found


def passes(filters: Mapping[str, Any] | None, kind: str, data: Mapping[str, Any]) -> bool:
    """Whether the resource is, or belongs to, any of the listed objects; everything passes without a list."""
    listed = {name: ids for name, ids in (filters or {}).items() if ids}
    if not listed:
        return True
    return any(
        data.get("id" if kind == _FILTERS[name][0] else _FILTERS[name][1]) in ids
        for name, ids in listed.items()
    )


def may_tell(tx: Transaction, webhook: Mapping[str, Any], kind: str, data: Mapping[str, Any]) -> bool:
    """Whether the resource is within the role by which somebody made the subscription; machines have none."""
    user_id = webhook.get("_ownerId")
    return user_id is None or is_reached(tx, user_id, SUBSCRIBING, kind, data)


# secrets: apart from the subscription, so that no representation of it can ever show one


def new_secret(tx: Transaction) -> str:
    """A secret of 32 bytes."""
    return secret_from(bytes.fromhex(tx.new_token("webhook.secret", 64)))


def keep_secret(
    tx: Transaction, webhook_id: str, secret: str, previous_until: datetime | None = None
) -> None:
    """Make `secret` the current one; the one before signs beside it until `previous_until`."""
    known = tx.get("webhook_secret", webhook_id)
    previous = known["current"] if known is not None and previous_until is not None else None
    tx.put("webhook_secret", {"id": webhook_id, "current": secret, "previous": previous})
    if previous is not None and previous_until is not None:
        tx.schedule(previous_until, SECRET_JOB, webhook_id)
    else:
        tx.cancel(SECRET_JOB, webhook_id)


def has_secret(tx: Transaction, webhook_id: str) -> bool:
    """Whether anything can be signed for it: not if it outlived its secret."""
    return tx.get("webhook_secret", webhook_id) is not None


def secrets_of(tx: Transaction, webhook_id: str) -> list[str]:
    """The secrets that sign now, the current one first."""
    known = tx.need("webhook_secret", webhook_id)
    return [secret for secret in (known["current"], known["previous"]) if secret]


def signing_time(tx: Transaction, webhook: Mapping[str, Any]) -> int:
    """The epoch second that signatures of this subscription are made and judged by."""
    return int(tx.workspace.wall() if webhook.get("signatureClock") == "wall" else tx.now().timestamp())


def plan_anew(tx: Transaction, webhook: Mapping[str, Any]) -> None:
    """What was due for a subscription that outlived the rest of its world."""
    until = webhook.get("previousSecretValidUntil")
    if until:
        tx.schedule(parse_instant(until), SECRET_JOB, webhook["id"])
    if webhook.get("autoMonitor"):
        tx.schedule(tx.now(), MONITOR_JOB, webhook["id"])


def forget_secrets(tx: Transaction, webhook_id: str) -> None:
    """With the subscription its secrets go."""
    tx.delete("webhook_secret", webhook_id)
    tx.cancel(SECRET_JOB, webhook_id)


def expire_previous_secret(tx: Transaction, entry: Document) -> None:
    """The overlap of a rotation is over."""
    known = tx.get("webhook_secret", entry["subject"])
    webhook = tx.get("webhook", entry["subject"])
    if known is not None and webhook is not None:
        tx.put("webhook_secret", {**known, "previous": None})
        tx.revise("webhook", webhook, previousSecretValidUntil=None)


# state


def count_success(tx: Transaction, webhook: Document) -> Document:
    """A delivery arrived. Tallies are no change of the subscription: its version stays."""
    hours = tallied(webhook.get("_hours") or {}, tx.now(), well=True)
    counted = {"consecutiveFailures": 0, "lastDeliveryAt": tx.stamp(), "_hours": hours}
    return tx.put("webhook", {**webhook, **counted})


def count_exhausted(tx: Transaction, webhook: Document) -> Document:
    """A delivery was given up."""
    hours = tallied(webhook.get("_hours") or {}, tx.now(), well=False)
    failures = webhook["consecutiveFailures"] + 1
    return tx.put("webhook", {**webhook, "consecutiveFailures": failures, "_hours": hours})
