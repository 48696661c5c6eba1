"""Offers are kept from one search to the next, and never longer than what they were read from."""

from __future__ import annotations

import pytest

from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.platform.offers import BEHIND, Offer, Offers
from tests.platform.clinic import CONSULTATION


def read(tx: Transaction) -> Offer:
    return Offers.kept(tx).of(tx, tx.need("offering", CONSULTATION))


def change(tx: Transaction, kind: str) -> None:
    document = tx.find(kind, limit=1)[0]
    tx.put(kind, {**document, "version": 99})


class TestOffers:
    def test_one_that_was_read_is_kept(self, workspace: Workspace) -> None:
        with workspace.transaction() as tx:
            first = read(tx)
        with workspace.transaction() as tx:
            change(tx, "customer")
            assert read(tx) is first

    @pytest.mark.parametrize("kind", [*BEHIND, "offering"])
    def test_a_change_of_anything_behind_it_is_seen(self, workspace: Workspace, kind: str) -> None:
        with workspace.transaction() as tx:
            first = read(tx)
            change(tx, kind)
            second = read(tx)
            assert second is not first
            assert second.offering is tx.get("offering", CONSULTATION)
            assert second.assignment is tx.get("assignment", first.assignment["id"])

    def test_what_was_taken_back_is_not_kept(self, workspace: Workspace) -> None:
        with pytest.raises(ZeroDivisionError), workspace.transaction() as tx:
            price = tx.need("offering", CONSULTATION)["price"]
            tx.put("offering", {**tx.need("offering", CONSULTATION), "price": None})
            assert read(tx).offering["price"] is None
            raise ZeroDivisionError
        with workspace.transaction() as tx:
            assert read(tx).offering["price"] == price

    def test_worlds_do_not_share_them(self, workspace: Workspace) -> None:
        with workspace.transaction() as tx:
            first = read(tx)
        twin = workspace.store.fork()
        workspace.swap(twin, workspace.seed)
        with workspace.transaction() as tx:
            assert read(tx) is not first
