"""Sponsors: billed without a tax number, then rightly; paid by transfer, in every currency there is."""

from __future__ import annotations

from typing import Any

from sandbox.accounting.amounts import minor_units, money
from sandbox.accounting.lines import line
from sandbox.accounting.parties import BLANK
from sandbox.seeds.invoices import number_of, take_back, written_invoice
from sandbox.seeds.payment_documents import put_payment, put_refund, subject_of
from sandbox.seeds.world import SeedWorld

Doc = dict[str, Any]

FIRST = 100_000
RIGHT = 900
"""Added to the number of a sponsor for the invoice that is right; a multiple of how many there are."""
SPONSORS = (
    ("Desert Cloud Co.", "Kuwait City", "KW", "KWD", 1_500_000, "0.00"),
    ("株式会社東京システムズ", "東京", "JP", "JPY", 300_000, "10.00"),
    ("Wolke & Söhne GmbH", "Berlin", "DE", "EUR", 250_000, "19.00"),
    ("Łąka Software sp. z o.o.", "Łódź", "PL", "PLN", 800_000, "23.00"),
    ("O'Hara Analytics Ltd", "London", "GB", "GBP", 175_050, "20.00"),
)
"""Name, town, country, currency, price in minor units, tax rate."""
RETURNED = ("failed", "cancelled")
"""What became of the refunds that the first of them asked for."""


def put_sponsors(world: SeedWorld) -> None:
    """All that is wrong is billed first, then taken back, then billed anew: numbers follow the time."""
    counter = f"invoice.{world.anchor.year}"
    written = int(world.get("counter", counter)["value"])
    numbers = range(world.bulk(len(SPONSORS)))
    wrong = [_billed(world, number, written + number + 1, 4) for number in numbers]
    written += len(wrong)
    for invoice in wrong:
        written += 1
        take_back(world, invoice, written, "The tax number was missing")
    for number in numbers:
        written += 1
        _pay(world, number, _billed(world, RIGHT + number, written, 3, vatId=_tax_number(number)))
    world.put("counter", {"id": counter, "value": written})


def _billed(world: SeedWorld, number: int, written: int, minutes_ago: int, **members: Any) -> Doc:
    name, town, country, currency, price, rate = SPONSORS[number % len(SPONSORS)]
    at = world.at(minutes=-minutes_ago)
    sold = [line("Sponsorship, gold", 1, (price, 0), rate, False, currency)]
    buyer = {**BLANK, "name": name, "city": town, "country": country, "email": _address(number), **members}
    stamps = {"createdAt": at, "updatedAt": at, "issuedAt": at, "dueAt": world.at(days=14)}
    invoice = written_invoice(world, FIRST + number, buyer, sold, **stamps, status="issued")
    return {**invoice, "number": number_of(world, written)}


def _pay(world: SeedWorld, number: int, invoice: Doc) -> None:
    key = FIRST + number
    how = {"provider": "offline", "paymentMethod": "bank_transfer", "providerRef": None}
    payment = put_payment(world, key, subject_of("invoice", invoice), "completed", **how)
    total, currency = invoice["totals"]["total"], invoice["currency"]
    sums = {"paid": total, "due": money(0, currency)}
    paid = {"status": "paid", "paidAt": payment["completedAt"], "totals": {**invoice["totals"], **sums}}
    world.put("invoice", {**invoice, **paid, "_providers": ["offline"]})
    if number < len(RETURNED):
        back = {"amount": money(minor_units(total) // 4, currency), "status": RETURNED[number]}
        why = {"failureReason": "The bank sent it back" if RETURNED[number] == "failed" else None}
        put_refund(world, key, payment, payment["completedAt"], **back, **why, providerRef=None)


def _tax_number(number: int) -> str:
    return f"{SPONSORS[number % len(SPONSORS)][2]}{100000000 + number * 7919}"


def _address(number: int) -> str:
    return f"billing{number % RIGHT}@sandbox.example"
