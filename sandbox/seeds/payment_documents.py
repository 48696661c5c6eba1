"""Documents of payments, complete in every member, with the steps they took and what their subjects know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.accounting.amounts import comparable, minor_units, money, share
from sandbox.accounting.fees import fee_of
from sandbox.seeds.world import SeedWorld

Doc = dict[str, Any]

METHODS = ("pm_card_visa", "pm_card_mastercard", "pm_card_visa")
DECLINED = {"code": "card_declined", "declineCode": "generic_decline", "message": "Your card was declined."}
BANK = {"type": "redirect", "redirectUrl": "https://bank.example/3ds"}
ABSENT = (
    "paymentMethod returnUrl clientSecret nextAction failure providerRef fees statementDescriptor"
    " receiptEmail authorizedAt completedAt failedAt expiresAt"
)
TAKEN = ("completed", "partially_refunded", "refunded", "disputed", "charged_back")
STEPS: Mapping[str, tuple[str, ...]] = {
    "created": (),
    "requires_action": ("requires_action",),
    "failed": ("failed",),
    "processing": ("processing",),
    "authorized": ("processing", "authorized"),
    "completed": ("processing", "completed"),
    "partially_refunded": ("processing", "completed", "partially_refunded"),
    "refunded": ("processing", "completed", "refunded"),
    "disputed": ("processing", "completed", "disputed"),
    "charged_back": ("processing", "completed", "disputed", "charged_back"),
}


def subject_of(kind: str, document: Mapping[str, Any]) -> Doc:
    """What a payment needs to know of its subject."""
    sums = {"total": document["price"]} if kind == "booking" else document["totals"]
    total, tax = sums["total"], minor_units(sums["tax"]) if "tax" in sums else 0
    return {"kind": kind, "document": document, "amount": total, "tax": tax}


def put_payment(world: SeedWorld, number: int, subject: Doc, status: str, **members: Any) -> Doc:
    """One payment; its subject and, where money went back, its refund follow."""
    document, amount = subject["document"], subject["amount"]
    provider = members.pop("provider", "stripe")
    user_id = members.pop("userId", document.get("userId") or document.get("_userId"))
    at, units = document["createdAt"], minor_units(amount)
    stored = {
        **dict.fromkeys(ABSENT.split()),
        "id": world.id("d1", number),
        "version": 1,
        "createdAt": at,
        "updatedAt": at,
        "metadata": {},
        "reference": f"PAY-{world.anchor.year}-{len(world.documents.get('payment', ())) + 1:06d}",
        "subject": {"type": subject["kind"], "id": document["id"]},
        "provider": provider,
        "amount": amount,
        "status": status,
        "captureMethod": "manual" if status == "authorized" else "automatic",
        "paymentMethod": METHODS[number % len(METHODS)],
        **_reference(provider, number),
        **_sums(provider, amount, status),
        **_times(status, at),
        "expiresAt": world.at(days=7, minutes=5) if status == "authorized" else None,
        **members,
        "_history": _history(at, status),
        "_userId": user_id,
        "_customerRef": None,
        "_attempts": 1,
        "_unknown": False,
        "_trying": None,
        "_tax": share(units, subject["tax"], units) if status in TAKEN and units else 0,
        "_amount": comparable(units, amount["currency"]),
    }
    if status in TAKEN and subject["kind"] != "invoice":
        _note(world, subject, stored)
    if minor_units(stored["amountRefunded"]):
        put_refund(world, number, stored, document.get("cancelledAt") or at)
    return dict(world.put("payment", stored))


def _reference(provider: str, number: int) -> Doc:
    if provider != "stripe":
        return {"providerRef": f"PAYID-{number:018d}"}
    key = f"pi_Seeded{number:018d}"
    return {"providerRef": key, "clientSecret": f"{key}_secret_Seeded{number:019d}"}


def _sums(provider: str, amount: Mapping[str, str], status: str) -> Doc:
    """Half of it went back where a part did."""
    units, currency = minor_units(amount), amount["currency"]
    back = {"refunded": units, "partially_refunded": units // 2}.get(status, 0)
    taken = units if status in TAKEN else 0
    fee = fee_of(provider, taken, currency)
    return {
        "amountCaptured": money(taken, currency),
        "amountRefunded": money(back, currency),
        "fees": money(fee, currency) if fee else None,
    }


def _times(status: str, at: str) -> Doc:
    return {
        "completedAt": at if status in TAKEN else None,
        "authorizedAt": at if status == "authorized" else None,
        "failedAt": at if status == "failed" else None,
        "failure": DECLINED if status == "failed" else None,
        "nextAction": BANK if status == "requires_action" else None,
    }


def _history(at: str, status: str) -> list[Doc]:
    steps = ("created", *STEPS[status])
    return [
        {"at": at, "fromStatus": before, "toStatus": after, "source": "api", "detail": None}
        for before, after in zip((None, *steps), steps, strict=False)
    ]


def _note(world: SeedWorld, subject: Doc, payment: Doc) -> None:
    """Tell a paid subject which payment it was."""
    kind, document, status = subject["kind"], subject["document"], payment["status"]
    ids = list(dict.fromkeys([*document["payment"]["paymentIds"], payment["id"]]))
    summary = {**document["payment"], "required": True, "paymentIds": ids}
    if status in ("refunded", "partially_refunded"):
        summary["status"] = status
    changed = {**document, "payment": summary}
    if kind == "registration":
        captured, refunded = payment["amountCaptured"], payment["amountRefunded"]
        known = {"status": status, "captured": minor_units(captured), "refunded": minor_units(refunded)}
        changed["_payments"] = {**document["_payments"], payment["id"]: known}
        changed["totals"] = {**document["totals"], "paid": captured, "refunded": refunded}
    world.put(kind, changed)


def put_refund(world: SeedWorld, number: int, payment: Doc, at: str, **members: Any) -> None:
    """What went back of a payment, all of it at once, unless `members` tell otherwise."""
    names = ("reference", "status", "subject", "amountCaptured", "amountRefunded")
    refund = {
        "id": world.id("d2", number),
        "version": 1,
        "createdAt": at,
        "updatedAt": at,
        "metadata": {},
        "paymentId": payment["id"],
        "amount": payment["amountRefunded"],
        "reason": "requested_by_customer",
        "note": None,
        "status": "succeeded",
        "providerRef": f"re_Seeded{number:018d}",
        "failureReason": None,
        "payment": {name: payment[name] for name in names},
        "_userId": payment["_userId"],
        "_provider": payment["provider"],
        **members,
    }
    units = minor_units(refund["amount"])
    world.put("refund", {**refund, "_amount": comparable(units, payment["amount"]["currency"])})
