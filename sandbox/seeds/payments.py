"""Payments: the named ones in every status, and one behind every registration that was paid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.accounting.amounts import comparable
from sandbox.kernel.partner import installed_partners
from sandbox.seeds.world import SeedWorld

Doc = dict[str, Any]

FIRST_BULK = 1000
METHODS = ("pm_card_visa", "pm_card_mastercard", "pm_card_visa")
DECLINED = {"code": "card_declined", "declineCode": "generic_decline", "message": "Your card was declined."}
ABSENT = (
    "paymentMethod returnUrl clientSecret nextAction failure providerRef fees statementDescriptor"
    " receiptEmail authorizedAt completedAt failedAt expiresAt"
)


def seed_payments(world: SeedWorld) -> None:
    """Ours first; then every partner puts its own side of the world."""
    if world.fixtures_wanted:
        _put_named(world)
        _put_crowd(world)
        world.put("counter", {"id": f"payment.{world.anchor.year}", "value": len(world.all("payment"))})
    for partner in installed_partners():
        if partner.seed is not None:
            partner.seed(world)


def _put_named(world: SeedWorld) -> None:
    paid, pending, refunded, checked, other, jpy = (_registration(world, n) for n in (1, 2, 5, 6, 9, 10))
    bank = {"type": "redirect", "redirectUrl": "https://bank.example/3ds"}
    _name(world, 1, "completed_stripe", paid, "completed", userId=world.id("a1", 6))
    _name(world, 2, "failed_declined", pending, "failed", failure=DECLINED, paymentMethod="pm_card_declined")
    _name(world, 3, "requires_action", pending, "requires_action", nextAction=bank)
    _name(world, 4, "authorized_uncaptured", pending, "authorized", captureMethod="manual")
    _name(world, 5, "partially_refunded", checked, "partially_refunded")
    _name(world, 6, "refunded", refunded, "refunded")
    _name(world, 7, "disputed", other, "disputed", paymentMethod="pm_card_dispute")
    _name(
        world,
        8,
        "paypal_completed",
        _booking(world, 8),
        "completed",
        provider="paypal",
        paymentMethod="paypal",
    )
    _name(world, 9, "jpy", jpy, "completed")
    _name(world, 10, "processing", pending, "processing", paymentMethod="pm_card_async_failure")
    _name(world, 11, "authorization_expiring", pending, "authorized", captureMethod="manual")


def _name(world: SeedWorld, number: int, name: str, subject: Doc, status: str, **members: Any) -> None:
    stored = _put(world, number, subject, status, **members)
    summary = f"{status.replace('_', ' ')}, {stored['amount']['amount']} {stored['amount']['currency']}"
    world.fixture(f"payment.{name}", "payment", stored["id"], summary, ["payment"])


def _put_crowd(world: SeedWorld) -> None:
    number = FIRST_BULK
    for registration in world.all("registration"):
        if registration["payment"]["status"] == "paid" and not registration["payment"]["paymentIds"]:
            _put(world, number, _of("registration", registration), "completed")
            number += 1


def _registration(world: SeedWorld, number: int) -> Doc:
    return _of("registration", world.get("registration", world.id("b1", number)))


def _booking(world: SeedWorld, number: int) -> Doc:
    return _of("booking", world.get("booking", world.id("cb", number)))


def _of(kind: str, document: Mapping[str, Any]) -> Doc:
    """What a payment needs to know of its subject."""
    total = document["totals"]["total"] if kind == "registration" else document["price"]
    return {"kind": kind, "document": document, "amount": total}


def _put(world: SeedWorld, number: int, subject: Doc, status: str, **members: Any) -> Doc:
    document, amount = subject["document"], subject["amount"]
    provider = members.pop("provider", "stripe")
    user_id = members.pop("userId", document.get("userId"))
    at = document["createdAt"]
    stored = {
        **dict.fromkeys(ABSENT.split()),
        "id": world.id("d1", number),
        "version": 1,
        "createdAt": at,
        "updatedAt": at,
        "metadata": {},
        "reference": f"PAY-{world.anchor.year}-{len(world.all('payment')) + 1:06d}",
        "subject": {"type": subject["kind"], "id": document["id"]},
        "provider": provider,
        "amount": amount,
        "status": status,
        "captureMethod": "automatic",
        "paymentMethod": METHODS[number % len(METHODS)],
        **_reference(provider, number),
        **_sums(amount, status),
        **_times(status, at),
        **members,
        "_history": [_line(at, None, "created"), _line(at, "created", status)],
        "_userId": user_id,
        "_attempts": 1,
        "_unknown": False,
        "_trying": None,
        "_tax": 0,
        "_amount": comparable(_units(amount), amount["currency"]),
    }
    _note(world, subject, stored)
    if stored["amountRefunded"] != _nothing(amount):
        _put_refund(world, number, stored)
    return dict(world.put("payment", stored))


def _reference(provider: str, number: int) -> Doc:
    if provider != "stripe":
        return {"providerRef": f"PAYID-{number:018d}"}
    key = f"pi_Seeded{number:018d}"
    return {"providerRef": key, "clientSecret": f"{key}_secret_Seeded{number:019d}"}


def _sums(amount: Mapping[str, str], status: str) -> Doc:
    """Half of it went back where a part did."""
    nothing = _nothing(amount)
    taken = status in ("completed", "partially_refunded", "refunded", "disputed")
    back = {"refunded": dict(amount), "partially_refunded": _part(amount)}.get(status, nothing)
    return {"amountCaptured": dict(amount) if taken else nothing, "amountRefunded": back}


def _times(status: str, at: str) -> Doc:
    done = status in ("completed", "partially_refunded", "refunded", "disputed")
    return {
        "completedAt": at if done else None,
        "authorizedAt": at if status == "authorized" else None,
        "failedAt": at if status == "failed" else None,
    }


def _note(world: SeedWorld, subject: Doc, payment: Doc) -> None:
    """Tell a paid subject which payment it was."""
    kind, document = subject["kind"], subject["document"]
    if payment["status"] not in ("completed", "partially_refunded", "refunded", "disputed"):
        return
    ids = list(dict.fromkeys([*document["payment"]["paymentIds"], payment["id"]]))
    changed = {**document, "payment": {**document["payment"], "paymentIds": ids}}
    if kind == "registration":
        captured, refunded = (_units(payment[name]) for name in ("amountCaptured", "amountRefunded"))
        known = {"status": payment["status"], "captured": captured, "refunded": refunded}
        changed["_payments"] = {**document["_payments"], payment["id"]: known}
        if payment["status"] == "partially_refunded":
            changed["totals"] = {**document["totals"], "refunded": payment["amountRefunded"]}
            changed["payment"] = {**changed["payment"], "status": "partially_refunded"}
    world.put(kind, changed)


def _put_refund(world: SeedWorld, number: int, payment: Doc) -> None:
    names = ("reference", "status", "subject", "amountCaptured", "amountRefunded")
    refund = {
        "id": world.id("d2", number),
        "version": 1,
        "createdAt": payment["createdAt"],
        "updatedAt": payment["createdAt"],
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
        "_amount": comparable(_units(payment["amountRefunded"]), payment["amount"]["currency"]),
    }
    world.put("refund", refund)


def _line(at: str, before: str | None, after: str) -> Doc:
    return {"at": at, "fromStatus": before, "toStatus": after, "source": "api", "detail": None}


def _units(amount: Mapping[str, str]) -> int:
    return int(amount["amount"].replace(".", ""))


def _nothing(amount: Mapping[str, str]) -> Doc:
    return _written(0, amount)


def _part(amount: Mapping[str, str]) -> Doc:
    return _written(_units(amount) // 2, amount)


def _written(units: int, like: Mapping[str, str]) -> Doc:
    decimals = len(like["amount"].partition(".")[2])
    digits = f"{units:0{decimals + 1}d}"
    text = f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
    return {"amount": text, "currency": like["currency"]}
