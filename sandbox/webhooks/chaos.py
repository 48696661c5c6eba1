"""What goes wrong with a delivery on purpose: by fault rules and by its subscription, drawn from the seed.

What concerns the message is decided once, in the transaction of its cause; what concerns its signature at
every attempt. Draws belong to the delivery: they change nothing that calls draw, whenever it is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from sandbox.faults.decoding import decode_effect
from sandbox.faults.delivery_effects import DELIVERY_EFFECTS, DeliveryEffect
from sandbox.faults.engine import count_hit, rule_of
from sandbox.faults.rules import Facts, FaultRule, Match, hit_by
from sandbox.kernel.clock import instant
from sandbox.kernel.documents import Document, Kind
from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.webhooks.catalogue import selections

BATCH_KIND = Kind("webhook_batch")
BY_SUBSCRIPTION = "subscription"
EARLY = "webhook.early"
MOST_EARLY = 1000

Applied = Mapping[str, Any]
"""`effect`, the rule or subscription it is `by`, and the settings as they were drawn."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What befalls a message."""

    applied: tuple[Applied, ...] = ()

    def wish(self, effect: str) -> Applied | None:
        """The first that is of this kind."""
        return next((each for each in self.applied if each["effect"] == effect), None)

    @property
    def lost(self) -> bool:
        """Whether it never arrives."""
        return self.wish("drop_webhook") is not None

    @property
    def copies(self) -> int:
        """How many more times it arrives."""
        doubled = self.wish("duplicate_webhook") or {}
        return 0 if self.lost else int(doubled.get("copies", 0))

    @property
    def delay(self) -> float:
        """Seconds it leaves late: all delays together."""
        return float(sum(each["delaySeconds"] for each in self.applied if each["effect"] == "delay_webhook"))

    def of_a_copy(self) -> Fate:
        """What is told of each of its copies, which has none itself."""
        doubled = [each for each in self.applied if each["effect"] == "duplicate_webhook"]
        return Fate(tuple({"effect": each["effect"], "by": each["by"]} for each in doubled))


SPARED = Fate()


def fate_of(tx: Transaction, webhook: Document, event_type: str, delivery_id: str) -> Fate:
    """What befalls a new message; next to nothing where no rule is about deliveries."""
    applied = _strike(tx, webhook, event_type, f"chaos:{delivery_id}", at_attempts=False)
    return Fate(tuple(applied)) if applied else SPARED


def at_attempt(tx: Transaction, webhook: Document, delivery: Document) -> list[Applied]:
    """What is wrong with the next attempt, beginning with what a trigger wished for."""
    label = f"chaos:{delivery['id']}:{delivery['attemptCount']}"
    return [
        *_WISHED.get(delivery["_corrupt"], ()),
        *_strike(tx, webhook, delivery["eventType"], label, at_attempts=True),
    ]


def compiled(chaos: Mapping[str, Any]) -> FaultRule:
    """The rule that an entry of a subscription is; raises FaultInvalid."""
    action = {name: value for name, value in chaos.items() if name != "probability"}
    return FaultRule(BY_SUBSCRIPTION, Match(), decode_effect(action), toxicity=chaos.get("probability", 1.0))


def _strike(
    tx: Transaction, webhook: Document, event_type: str, label: str, *, at_attempts: bool
) -> list[Applied]:
    own = webhook.get("chaos")
    rules = [*map(compiled, own or ()), *tx.derived("fault", _about_deliveries)]
    if not rules:
        return []
    draws = count(1)
    facts = Facts(
        aim="delivery",
        webhook_id=webhook["id"],
        event_types=tuple(selections(event_type)),
        at=tx.stamp(),
    )
    applied: list[Applied] = []

    def chance() -> Any:
        return tx.workspace.chance.random(label, next(draws))

    for rule in hit_by(rules, facts, chance):
        effect = rule.effect
        if isinstance(effect, DeliveryEffect) and effect.at_attempts == at_attempts:
            if rule.id != BY_SUBSCRIPTION:
                count_hit(tx, rule.id)
            applied.append({"effect": effect.type, "by": rule.id, **effect.drawn(chance)})
    return applied


def _about_deliveries(faults: Iterable[Document]) -> list[FaultRule]:
    """The rules in force, older first."""
    meant = [fault for fault in faults if fault["enabled"] and fault["action"]["type"] in DELIVERY_EFFECTS]
    return [rule_of(fault) for fault in sorted(meant, key=lambda fault: str(fault["createdAt"]))]


_WISHED: dict[str, list[Applied]] = {
    "signature": [{"effect": "corrupt_signature", "by": "trigger", "part": "signature"}],
    "body": [{"effect": "corrupt_signature", "by": "trigger", "part": "body"}],
    "timestamp": [{"effect": "stale_timestamp", "by": "trigger", "ageSeconds": 3600}],
}

# batches: held until they are complete, then sent the last one first


def line_up(tx: Transaction, delivery: Document, wish: Applied) -> Document:
    """The delivery in its batch: held, or the first to leave of one that is complete with it.

    A held one leaves alone when it has waited long enough."""
    batch = tx.get(BATCH_KIND.name, delivery["webhookId"])
    known = [tx.get("delivery", key) for key in (batch["held"] if batch is not None else ())]
    held = [each for each in known if each is not None and each["_held"]]
    if len(held) + 1 < wish["batch"]:
        ids = [each["id"] for each in held] + [delivery["id"]]
        tx.put(BATCH_KIND.name, {"id": delivery["webhookId"], "held": ids})
        due = instant(tx.now() + timedelta(seconds=wish["withinSeconds"]))
        return tx.put("delivery", {**delivery, "_held": True, "nextAttemptAt": due})
    tx.delete(BATCH_KIND.name, delivery["webhookId"])
    behind = None
    for each in held:
        tx.put("delivery", {**each, "_then": behind})
        behind = each["id"]
    return tx.put("delivery", {**delivery, "_then": behind})


# before the answer of the causing call


def want_early(tx: Transaction, key: str) -> None:
    """Have an agenda entry run before the call of this transaction is answered."""
    wanted = tx.workspace.meters.setdefault(EARLY, {})
    if len(wanted) > MOST_EARLY:  # causes that are no calls are answered by nobody
        wanted.clear()
    wanted.setdefault(tx.correlation_id, []).append(key)


def wanted_early(workspace: Workspace, correlation_id: str) -> list[str]:
    """What is to run before the call is answered; told once."""
    wanted: list[str] = workspace.meters.get(EARLY, {}).pop(correlation_id, [])
    return wanted
