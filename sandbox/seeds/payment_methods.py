"""Cards that users and customers keep at the provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.seeds.world import SeedWorld

CARDS = (("visa", "4242"), ("mastercard", "4444"), ("amex", "0005"), ("discover", "1117"))
FIRST_BULK = 1000


def put_methods(world: SeedWorld) -> None:
    """Two of Ada's, one of a customer's; in larger worlds more."""
    ada, customer = world.get("user", world.id("a1", 6)), world.get("customer", world.id("ca", 1))
    first = _put(world, 1, "user", ada, default=True)
    _put(world, 2, "user", ada, default=False)
    _put(world, 3, "customer", customer, default=True)
    world.fixture("payment_method.default", "payment_method", first["id"], "Ada's visa", ["payment"])
    bulk = [one for one in world.all("user") if int(one["id"][-12:]) >= FIRST_BULK]
    for number, user in zip(range(world.bulk(17)), bulk, strict=False):
        _put(world, FIRST_BULK + number, "user", user, default=True)


def _put(
    world: SeedWorld, number: int, kind: str, owner: Mapping[str, Any], *, default: bool
) -> dict[str, Any]:
    brand, last4 = CARDS[(number - 1) % len(CARDS)]
    payer = world.put(
        "payer", {"id": owner["id"], "kind": kind, "customerRef": f"cus_Seeded{owner['id'][-8:]}{kind}"}
    )
    method = {
        "id": world.id("d5", number),
        "version": 1,
        "createdAt": world.at(days=-30),
        "updatedAt": world.at(days=-30),
        "metadata": {},
        "userId": owner["id"] if kind == "user" else None,
        "customerId": owner["id"] if kind == "customer" else None,
        "token": f"pm_Seeded{number:016d}",
        "brand": brand,
        "last4": last4,
        "expMonth": 12,
        "expYear": world.anchor.year + 3,
        "isDefault": default,
        "_userId": owner["id"] if kind == "user" else owner.get("userId"),
        "_payer": payer["customerRef"],
    }
    return dict(world.put("payment_method", method))
