"""The money of the standard world: as much of everything as there should be, and it all adds up."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from sandbox.accounting.amounts import minor_units
from sandbox.accounting.movements import brought_in
from sandbox.seeds.snapshot import ANCHOR
from sandbox.seeds.world import SeedWorld, build_world

PAYMENTS = {
    "completed": 350,
    "failed": 25,
    "refunded": 20,
    "partially_refunded": 8,
    "created": 5,
    "authorized": 4,
    "requires_action": 4,
    "disputed": 2,
    "charged_back": 1,
    "processing": 1,
}


@pytest.fixture(scope="module", name="world")
def _world() -> SeedWorld:
    return build_world("standard", anchor=ANCHOR)


class TestStandardWorld:
    def test_has_payments_in_every_status(self, world: SeedWorld) -> None:
        assert Counter(each["status"] for each in world.all("payment")) == PAYMENTS
        decided = Counter(each["status"] for each in world.all("refund"))
        assert decided == {"succeeded": 28, "failed": 1, "cancelled": 1}

    def test_has_invoices_whose_numbers_follow_the_time(self, world: SeedWorld) -> None:
        kinds = Counter(each["type"] for each in world.all("invoice"))
        assert kinds == {"invoice": 380, "credit_note": 25}
        numbered = sorted(
            (each["number"], each["issuedAt"]) for each in world.all("invoice") if each["number"]
        )
        assert [int(number[-6:]) for number, _ in numbered] == list(range(1, len(numbered) + 1))
        assert [at for _, at in numbered] == sorted(at for _, at in numbered)
        year = world.anchor.year
        assert world.get("counter", f"invoice.{year}")["value"] == len(numbered)

    def test_sells_in_currencies_of_each_exponent(self, world: SeedWorld) -> None:
        assert {each["id"] for each in world.all("ledger_balance")} >= {"EUR", "JPY", "KWD"}
        for balance in world.all("ledger_balance"):
            assert sum(balance["accounts"].values()) == 0

    def test_paid_invoices_were_paid(self, world: SeedWorld) -> None:
        paid = [each for each in world.all("invoice") if each["status"] == "paid"]
        assert paid
        for invoice in paid:
            total = minor_units(invoice["totals"]["total"])
            assert sum(brought_in(each) for each in _payments_of(world, invoice)) >= total

    def test_what_was_charged_back_is_owed(self, world: SeedWorld) -> None:
        (lost,) = (each for each in world.all("payment") if each["status"] == "charged_back")
        (bill,) = (each for each in world.all("invoice") if lost["subject"]["id"] in each["_subjectIds"])
        assert (bill["status"], bill["totals"]["due"]) == ("issued", lost["amount"])

    def test_has_letters_with_what_became_of_them(self, world: SeedWorld) -> None:
        letters: list[Any] = world.all("email")
        assert (len(letters), len(world.all("opt_out"))) == (200, 6)
        assert {"delivered", "opened", "clicked", "bounced"} <= {each["status"] for each in letters}
        silent = {each["email"] for each in world.all("email_suppression")}
        turned_away = {e["to"]["email"] for e in letters if e["status"] in ("bounced", "complained")}
        assert silent == turned_away
        assert all(world.get(each["related"]["type"], each["related"]["id"]) for each in letters)


def _payments_of(world: SeedWorld, invoice: Any) -> list[Any]:
    """Of the registration that is billed, or of the bill itself."""
    kind, _, key = (invoice["_subject"] or "").partition(":")
    if kind:
        return [world.get("payment", each) for each in world.get(kind, key)["payment"]["paymentIds"]]
    return [each for each in world.all("payment") if each["subject"]["id"] == invoice["id"]]
