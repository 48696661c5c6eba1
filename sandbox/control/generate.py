"""Generate: more data in a world, made by the operations that everybody calls, so that every rule holds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox.control.free_slots import bookable, free_slot
from sandbox.control.generating import RECIPES, Draw, Recipe, begin, draws, on_sale
from sandbox.identity.principal import Principal
from sandbox.identity.roles import PLATFORM
from sandbox.kernel.errors import BusinessRuleViolation, DomainError, QuotaExceeded
from sandbox.kernel.workspace import Transaction
from sandbox.platform.booking_desk import booking_step
from sandbox.platform.call import Call
from sandbox.platform.operations import Operations, arguments, id_of, operations_of

MOST = 100_000
"""Documents of one kind in a world."""
SHOWN = 100
SLICE = 20
"""How many are made before others get their turn."""
UNASKED = {"createBooking": booking_step}
"""What is done without asking the partners that want to be asked."""


async def generate_data(call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
    """As many as there is room for: an event that is full ends it."""
    overrides = body.get("overrides") or {}
    with call.transaction() as tx:
        drawn = _drawn(tx, body["entity"], body["count"], body.get("seed"), overrides)
    made = await _made(call, RECIPES[body["entity"]], drawn, overrides)
    return {"entity": body["entity"], "created": len(made), "ids": made[:SHOWN]}


def _drawn(
    tx: Transaction, entity: str, count: int, seed: int | None, overrides: Mapping[str, Any]
) -> Iterator[Draw]:
    """What they are made from; raises QuotaExceeded, BusinessRuleViolation."""
    known = tx.count(entity)
    if known + count > MOST:
        raise QuotaExceeded(details=f"{known} of {MOST} {entity}s are there already", target="/count")
    return draws(*begin(tx, seed), count, tx.now(), _open_to(tx, entity, overrides))


def _open_to(tx: Transaction, entity: str, overrides: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """What there are places of, where places are taken; raises BusinessRuleViolation."""
    if entity == "booking":
        return bookable(tx, overrides)
    if entity != "registration":
        return []
    found = on_sale(tx, overrides.get("eventId"))
    if not found:
        raise BusinessRuleViolation(details="no event that is on sale has a place left", target="/entity")
    return found


async def _made(call: Call, recipe: Recipe, drawn: Iterator[Draw], overrides: Mapping[str, Any]) -> list[str]:
    made: list[str] = []
    maker = Maker(call, recipe, overrides)
    for place, draw in enumerate(drawn):
        if place % SLICE == 0:
            await asyncio.sleep(0)
        try:
            made.append(maker.make(draw))
        except DomainError:
            if not made:
                raise
            break
    return made


class Maker:
    """Performs the operations of a recipe as the platform itself."""

    def __init__(self, call: Call, recipe: Recipe, overrides: Mapping[str, Any]) -> None:
        self._call, self._recipe, self._overrides = call, recipe, overrides
        self._operations: Operations = operations_of(call)
        owner = call.principal.credential_id
        self._by = Principal(owner, "internal", PLATFORM, subject="generator", workspace_id=call.workspace.id)

    def make(self, draw: Draw) -> str:
        """One thing, whole or not at all; returns its id."""
        with self._call.transaction() as tx:
            place = free_slot(tx, draw) if self._recipe.operation in UNASKED else {}
            body = {**self._recipe.body(draw), **place, **self._overrides}
            key = self._perform(tx, self._recipe.operation, body, {})
            for operation, more in self._recipe.further(draw) if self._recipe.further else ():
                self._perform(tx, operation, more, {"eventId": key})
        return key

    def _perform(self, tx: Transaction, operation: str, body: Any, path: Mapping[str, str]) -> str:
        call = self._operations.call(self._call.workspace, operation, self._by, self._call.correlation_id)
        found = arguments(call, path, {}, body)
        call.tx = tx
        unasked = UNASKED.get(operation)
        done = unasked(**found).perform(call, None) if unasked else call.plan.handler(call, **found)
        return str(id_of(done))
