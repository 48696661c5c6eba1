"""A small seed world for the stores' tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.kernel.documents import Document, Kind, Kinds
from sandbox.kernel.layers import SeedLayer

KINDS = Kinds(
    [
        Kind("location", indexes=("city", "tags", "address.zip"), sorts=("createdAt", "name")),
        Kind("booking", indexes=("status",), sorts=("startsAt",)),
    ]
)
CITIES = ("Warsaw", "Cracow", "Lodz")


def location(key: str, **members: Any) -> Document:
    """A location, unremarkable but for `members`."""
    plain = {
        "name": f"Clinic {key}",
        "city": "Warsaw",
        "createdAt": 1,
        "tags": ["a"],
        "address": {"zip": "1"},
    }
    return Document({**plain, **members, "id": key})


def seed_documents(size: int = 9) -> dict[str, dict[str, Document]]:
    """`size` locations in three cities, two for each creation time, and no booking."""
    rows = [
        location(
            f"l{n}",
            city=CITIES[n % 3],
            createdAt=n // 2,
            tags=["a", "b"][: n % 3],
            address={"zip": str(n % 2)},
        )
        for n in range(size)
    ]
    return {"location": {row["id"]: row for row in rows}}


def seed_layer(size: int = 9) -> SeedLayer:
    """A fresh layer of `seed_documents`."""
    return SeedLayer(seed_documents(size), KINDS)


def ids(documents: Iterable[Document]) -> list[str]:
    """The ids, in the order found."""
    return [document["id"] for document in documents]
