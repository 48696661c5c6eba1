"""Disputes: one open for each disputed payment, one that was lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.seeds.payment_documents import STEPS
from sandbox.seeds.world import SeedWorld

LOST_NUMBER = 1000


def put_disputes(world: SeedWorld) -> None:
    """The open ones take evidence until after the week of the anchor."""
    for payment in world.all("payment"):
        if payment["status"] == "disputed":
            number = int(payment["id"][-12:])
            stored = _put(world, number, payment, "needs_response")
            if number == 7:
                summary = f"open, {stored['amount']['amount']} {stored['amount']['currency']}"
                world.fixture("dispute.needs_response", "dispute", stored["id"], summary, ["payment"])
    if world.bulk(1):
        _put(world, LOST_NUMBER, _lost(world), "lost")


def _lost(world: SeedWorld) -> dict[str, Any]:
    """The first payment of the crowd was charged back."""
    payment = world.get("payment", world.id("d1", LOST_NUMBER))
    history = [*payment["_history"]]
    for before, after in zip(STEPS["charged_back"][1:], STEPS["charged_back"][2:], strict=False):
        history.append({**history[-1], "fromStatus": before, "toStatus": after, "source": "provider"})
    _owe_again(world, payment)
    changed = {**payment, "status": "charged_back", "_history": history}
    return dict(world.put("payment", changed))


def _owe_again(world: SeedWorld, payment: Mapping[str, Any]) -> None:
    """What was charged back was not paid."""
    registration = world.get("registration", payment["subject"]["id"])
    totals, nothing = registration["totals"], {**payment["amount"], "amount": "0.00"}
    known = {payment["id"]: {"status": "charged_back", "captured": 0, "refunded": 0}}
    owing = {
        "totals": {**totals, "paid": nothing, "due": totals["total"]},
        "payment": {**registration["payment"], "status": "unpaid"},
        "_payments": {**registration["_payments"], **known},
    }
    world.put("registration", {**registration, **owing})


def _put(world: SeedWorld, number: int, payment: Mapping[str, Any], status: str) -> dict[str, Any]:
    opened, decided = world.at(days=-1), status != "needs_response"
    at = payment["completedAt"] if decided else max(opened, payment["completedAt"])
    answered = {"text": "losing_evidence", "documents": [], "submittedAt": at}
    dispute = {
        "id": world.id("d4", number),
        "version": 1,
        "createdAt": at,
        "updatedAt": at,
        "metadata": {},
        "paymentId": payment["id"],
        "amount": payment["amountCaptured"],
        "reason": "fraudulent",
        "status": status,
        "evidenceDueAt": opened if decided else world.at(days=9),
        "evidence": answered if decided else None,
        "closedAt": at if decided else None,
        "providerRef": f"du_Seeded{number:018d}",
        "_withdrawn": True,
        "_userId": payment["_userId"],
        "_amount": payment["_amount"],
    }
    return dict(world.put("dispute", dispute))
