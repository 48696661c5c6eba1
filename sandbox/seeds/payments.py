"""Payments: the named ones in every status, one for every paid registration, and some in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sandbox.kernel.partner import installed_partners
from sandbox.seeds.books import put_books
from sandbox.seeds.disputes import put_disputes
from sandbox.seeds.invoices import put_invoices
from sandbox.seeds.letters import put_letters
from sandbox.seeds.payment_documents import put_payment, subject_of
from sandbox.seeds.payment_methods import put_methods
from sandbox.seeds.sponsors import put_sponsors
from sandbox.seeds.world import SeedWorld

Doc = dict[str, Any]

FIRST_BULK = 1000
BACKSTAGE = 27
"""The registration of the persona whom an open dispute keeps from being erased."""


def seed_payments(world: SeedWorld) -> None:
    """Ours first; then every partner puts its own side of the world."""
    if world.fixtures_wanted:
        _give_away(world)
        _put_named(world)
        _put_crowd(world)
        put_disputes(world)
        put_invoices(world)
        put_sponsors(world)
        put_books(world)
        put_letters(world)
        put_methods(world)
        world.put("counter", {"id": f"payment.{world.anchor.year}", "value": len(world.all("payment"))})
    for partner in installed_partners():
        if partner.seed is not None:
            partner.seed(world)


def _give_away(world: SeedWorld) -> None:
    """Berta Blocked holds a paid place at an event to come."""
    key, berta = world.id("b1", BACKSTAGE), world.get("user", world.id("a1", 14))
    registration = world.get("registration", key)
    contact = {**registration["contact"], "name": berta["displayName"], "email": berta["email"]}
    holder = f"{registration['eventId']}:{berta['email']}"
    members = {"userId": berta["id"], "contact": contact, "_holder": holder}
    world.put("registration", {**registration, **members})


def _put_named(world: SeedWorld) -> None:
    paid, pending, refunded, other, jpy, half = (_registration(world, n) for n in (1, 2, 5, 9, 10, 28))
    _name(world, 1, "completed_stripe", paid, "completed")
    _name(world, 2, "failed_declined", pending, "failed", paymentMethod="pm_card_declined")
    _name(world, 3, "requires_action", pending, "requires_action")
    _name(world, 4, "authorized_uncaptured", pending, "authorized")
    _name(world, 5, "partially_refunded", half, "partially_refunded")
    _name(world, 6, "refunded", refunded, "refunded")
    _name(world, 7, "disputed", other, "disputed", paymentMethod="pm_card_dispute")
    wallet = {"provider": "paypal", "paymentMethod": "paypal"}
    _name(world, 8, "paypal_completed", _booking(world, 8), "completed", **wallet)
    _name(world, 9, "jpy", jpy, "completed")
    _name(world, 10, "processing", pending, "processing", paymentMethod="pm_card_async_failure")
    _name(world, 11, "authorization_expiring", pending, "authorized")
    put_payment(world, 12, _registration(world, BACKSTAGE), "disputed", paymentMethod="pm_card_dispute")


def _name(world: SeedWorld, number: int, name: str, subject: Doc, status: str, **members: Any) -> None:
    stored = put_payment(world, number, subject, status, **members)
    summary = f"{status.replace('_', ' ')}, {stored['amount']['amount']} {stored['amount']['currency']}"
    world.fixture(f"payment.{name}", "payment", stored["id"], summary, ["payment"])


def _put_crowd(world: SeedWorld) -> None:
    """One behind every paid registration; then those that did not just go well."""
    number = FIRST_BULK
    for registration in _registrations(world, _is_paid):
        put_payment(world, number, subject_of("registration", registration), "completed")
        number += 1
    settled, given_up = _registrations(world, _was_paid), _registrations(world, _was_given_up)
    waiting = _registrations(world, _waits)
    for source, status, count in (
        (given_up, "refunded", 19),
        (given_up, "partially_refunded", 7),
        (settled, "failed", 24),
        (waiting, "created", 5),
        (waiting, "requires_action", 3),
        (waiting, "authorized", 2),
    ):
        for _, registration in zip(range(world.bulk(count)), source, strict=False):
            put_payment(world, number, subject_of("registration", registration), status)
            number += 1


def _registrations(world: SeedWorld, wanted: Callable[[Mapping[str, Any]], bool]) -> Iterator[Doc]:
    """As they are when their turn comes."""
    keys = [each["id"] for each in world.all("registration") if wanted(each)]
    return (dict(world.get("registration", key)) for key in keys)


def _is_paid(registration: Mapping[str, Any]) -> bool:
    return registration["payment"]["status"] == "paid" and not registration["payment"]["paymentIds"]


def _was_paid(registration: Mapping[str, Any]) -> bool:
    return _is_bulk(registration) and registration["payment"]["status"] == "paid"


def _was_given_up(registration: Mapping[str, Any]) -> bool:
    return _is_bulk(registration) and registration["status"] == "cancelled" and _costs(registration)


def _waits(registration: Mapping[str, Any]) -> bool:
    return _is_bulk(registration) and registration["status"] == "pending" and _costs(registration)


def _is_bulk(registration: Mapping[str, Any]) -> bool:
    return int(registration["id"][-12:]) >= FIRST_BULK


def _costs(registration: Mapping[str, Any]) -> bool:
    return bool(registration["payment"]["required"])


def _registration(world: SeedWorld, number: int) -> Doc:
    return subject_of("registration", world.get("registration", world.id("b1", number)))


def _booking(world: SeedWorld, number: int) -> Doc:
    return subject_of("booking", world.get("booking", world.id("cb", number)))
