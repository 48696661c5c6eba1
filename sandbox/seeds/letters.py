"""Letters of the outbox: a receipt of many payments, the invoices that were sent, and what became of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.seeds.world import SeedWorld

Doc = dict[str, Any]
Written = tuple[str, Doc]
"""When, and what."""

FIRST = 1000
INVOICES = 30
"""Of the letters that the standard world has; the others are receipts."""
LETTERS = 200
MOST = 1000
"""In a large world; a workspace keeps twice as many."""
FATES: tuple[tuple[str, ...], ...] = (
    ("sent", "delivered"),
    ("sent", "delivered", "opened"),
    ("sent",),
    ("sent", "delivered", "opened", "clicked"),
    ("sent", "delivered"),
)
SUPPRESSING = {"bounced": "bounce", "complained": "complaint"}
RARE = {17: ("sent", "bounced"), 71: ("sent", "delivered", "complained"), 113: ("failed",)}


def put_letters(world: SeedWorld) -> None:
    """The latest payments and invoices are those that were written about."""
    count = min(world.bulk(LETTERS), MOST)
    sent = world.bulk(INVOICES) * count // max(world.bulk(LETTERS), 1)
    told = [*_latest(_receipts(world), count - sent), *_latest(_invoices(world), sent)]
    for place, (at, letter) in enumerate(told):
        fate = RARE.get(place) or FATES[place % len(FATES)]
        world.put("email", {**letter, **_head(world, FIRST + place, at, fate)})
        if fate[-1] in SUPPRESSING:
            kept = {"email": letter["to"]["email"].lower(), "reason": SUPPRESSING[fate[-1]], "createdAt": at}
            world.put("email_suppression", {"id": world.id("f4", FIRST + place), **kept})


def _latest(letters: Iterator[Written], count: int) -> list[Written]:
    return sorted(letters, key=lambda written: written[0])[-count:] if count else []


def _receipts(world: SeedWorld) -> Iterator[Written]:
    for payment in world.all("payment"):
        subject = payment["subject"]
        if payment["completedAt"] is not None and subject["type"] == "registration":
            number = payment["reference"].replace("PAY-", "RCP-")
            told = {"subject": f"Receipt {number}", "number": number, "paid": payment["amountCaptured"]}
            contact = world.get("registration", subject["id"])["contact"]
            about = {"type": "payment", "id": payment["id"]}
            yield payment["completedAt"], _letter("payment_receipt", contact, about, told)


def _invoices(world: SeedWorld) -> Iterator[Written]:
    for invoice in world.all("invoice"):
        if invoice["status"] == "paid":
            number = invoice["number"]
            told = {"subject": f"Invoice {number}", "number": number, "total": invoice["totals"]["total"]}
            about = {"type": "invoice", "id": invoice["id"]}
            yield invoice["issuedAt"], _letter("invoice", invoice["billTo"], about, told)


def _letter(template: str, to: Mapping[str, Any], related: Doc, told: Doc) -> Doc:
    receiver = {"email": to["email"], "name": to["name"]}
    variables = {"templateKey": template, "to": receiver, "variables": told, "subject": told["subject"]}
    return {**variables, "related": related, "locale": "en", "metadata": {}}


def _head(world: SeedWorld, number: int, at: str, fate: tuple[str, ...]) -> Doc:
    key = world.id("f4", number)
    said = [{"type": event, "at": at, "detail": None} for event in ("queued", *fate)]
    times = {"createdAt": at, "updatedAt": at, "version": len(said)}
    return {"id": key, **times, "status": fate[-1], "events": said, "messageId": f"<{key}@sandbox.example>"}
