"""The mock's side of the seed world: the platform's webhook endpoint, an intent for every seeded payment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from mocks.stripe.charges import make_charge
from mocks.stripe.confirmation import EXPIRE, SETTLE
from mocks.stripe.customers import blank_customer
from mocks.stripe.disputes import OVERDUE, dispute_members
from mocks.stripe.intents import blank_intent
from mocks.stripe.payment_methods import card_of, new_method
from mocks.stripe.refunds import refund_members
from mocks.stripe.resources import API_VERSION, insert, save
from mocks.stripe.test_cards import BY_TOKEN
from sandbox.kernel.chance import Chance
from sandbox.kernel.clock import parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction

PLATFORM_SECRET = "whsec_sandbox_platform"
PLATFORM_ENDPOINT: dict[str, Any] = {
    "id": "we_SandboxPlatform0000000000",
    "object": "webhook_endpoint",
    "api_version": API_VERSION,
    "application": None,
    "description": "The platform itself",
    "enabled_events": [
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "payment_intent.processing",
        "payment_intent.requires_action",
        "payment_intent.amount_capturable_updated",
        "payment_intent.canceled",
        "refund.created",
        "refund.updated",
        "refund.failed",
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.closed",
    ],
    "livemode": False,
    "metadata": {},
    "status": "enabled",
    "url": "/api/v1/provider-webhooks/stripe",
    "_secret": PLATFORM_SECRET,
    "_order": 0,
}
"""Its URL is relative: this server, in the workspace that the mock belongs to."""

STATUSES = {
    "failed": "requires_payment_method",
    "created": "requires_payment_method",
    "requires_action": "requires_action",
    "processing": "processing",
    "authorized": "requires_capture",
}
"""Of the platform's payment -> of the intent; whatever else has its money."""

TOKENS = {"pm_card_async_failure": "pm_sandbox_failsLater", "pm_card_dispute": "pm_card_createDispute"}


class Founding:
    """What the rules ask of a transaction, while the world is still being built."""

    def __init__(self, world: Any) -> None:
        self._world = world
        self._moment: datetime = world.anchor
        self._numbers: Counter[str] = Counter()
        self.chance = Chance(world.seed)

    @property
    def workspace(self) -> Founding:
        """A member would be a cycle, and all documents of the world would wait for the collector."""
        return self

    def at(self, moment: str) -> None:
        """Go on at that time."""
        self._moment = parse_instant(moment)

    def now(self) -> datetime:
        return self._moment

    def put(self, kind: str, document: Mapping[str, Any]) -> Document:
        stored: Document = self._world.put(kind, document)
        return stored

    def next_number(self, label: str) -> int:
        self._numbers[label] += 1
        return self._numbers[label]

    def close(self) -> None:
        """Later numbers follow on."""
        for label, value in self._numbers.items():
            self._world.put("counter", {"id": label, "value": value})


def seed_account(world: Any) -> None:
    """Put the endpoint, and intents with their charges for payments that name one."""
    created = int(world.anchor.timestamp())
    world.put("stripe.webhook_endpoint", {**PLATFORM_ENDPOINT, "created": created})
    founding = Founding(world)
    refunds = {refund["paymentId"]: refund for refund in world.all("refund")}
    for payment in world.all("payment"):
        if payment["provider"] == "stripe":
            founding.at(payment["createdAt"])
            _found(world, cast(Transaction, founding), payment, refunds.get(payment["id"]))
    _found_disputes(world, cast(Transaction, founding))
    _found_customers(world, cast(Transaction, founding))
    founding.close()


def _found_disputes(world: Any, tx: Transaction) -> None:
    charges = {charge["payment_intent"]: charge for charge in world.all("stripe.charge")}
    for dispute in world.all("dispute"):
        payment = world.get("payment", dispute["paymentId"])
        due_by = int(parse_instant(dispute["evidenceDueAt"]).timestamp())
        members = dispute_members(charges[payment["providerRef"]], dispute["reason"], due_by)
        status = {"status": dispute["status"]} if dispute["status"] in ("won", "lost") else {}
        insert(tx, "dispute", "du", {"id": dispute["providerRef"], **members, **status})
        if not status:
            _promise(world, OVERDUE, dispute["providerRef"], dispute["evidenceDueAt"])


def _found_customers(world: Any, tx: Transaction) -> None:
    for payer in world.all("payer"):
        owner = world.get(payer["kind"], payer["id"])
        names = {"email": owner.get("email"), "name": owner.get("displayName") or owner.get("givenName")}
        insert(tx, "customer", "cus", {**blank_customer(tx), **names, "id": payer["customerRef"]})
    for method in world.all("payment_method"):
        card = BY_TOKEN[f"pm_card_{method['brand']}"]
        new_method(tx, card, {"kept": {"id": method["token"], "customer": method["_payer"]}})


def _found(world: Any, tx: Transaction, payment: Mapping[str, Any], refund: Mapping[str, Any] | None) -> None:
    token = payment["paymentMethod"]
    card = BY_TOKEN.get(TOKENS.get(token, token), BY_TOKEN["pm_card_visa"])
    method = new_method(tx, card)
    units = int(payment["amount"]["amount"].replace(".", ""))
    intent = insert(
        tx,
        "payment_intent",
        "pi",
        {
            **blank_intent(units, payment["amount"]["currency"].lower()),
            "id": payment["providerRef"],
            "client_secret": payment["clientSecret"],
            "capture_method": payment["captureMethod"],
            "metadata": {"paymentId": payment["id"]},
            "payment_method": method["id"],
            "status": STATUSES.get(payment["status"], "succeeded"),
        },
    )
    if intent["status"] in ("succeeded", "requires_capture"):
        charge = _found_charge(tx, payment, intent, method)
        if refund is not None:
            insert(tx, "refund", "re", {"id": refund["providerRef"], **_refund_of(charge, refund)})
    if job := {"processing": SETTLE, "requires_capture": EXPIRE}.get(intent["status"]):
        _promise(world, job, intent["id"], world.at(days=7, minutes=5))


def _found_charge(
    tx: Transaction, payment: Mapping[str, Any], intent: Document, method: Document
) -> Document:
    taken = intent["status"] == "succeeded"
    charge = make_charge(tx, intent, method, card_of(method), None, capture=taken)
    refunded = int(payment["amountRefunded"]["amount"].replace(".", ""))
    units = intent["amount"]
    disputed = payment["status"] in ("disputed", "charged_back")
    charge = save(
        tx, charge, amount_refunded=refunded, refunded=taken and refunded >= units, disputed=disputed
    )
    sums = {"amount_received": units} if taken else {"amount_capturable": units}
    save(tx, intent, latest_charge=charge["id"], **sums)
    return charge


def _refund_of(charge: Document, refund: Mapping[str, Any]) -> dict[str, Any]:
    units = int(refund["amount"]["amount"].replace(".", ""))
    return refund_members(charge, units, {"metadata": {"refundId": refund["id"]}})


def _promise(world: Any, job: str, key: str, due: str) -> None:
    """What is still to come, a week after the anchor or later, so that it does not happen at the start."""
    world.put("agenda", {"id": f"{job}:{key}", "due": due, "job": job, "subject": key, "payload": {}})
