"""What a person gets of their data: everything the map finds, by collection, in JSON, XML or CSV."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import orjson

from sandbox.formats.table import table
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.disclosures import DISCLOSURES
from sandbox.platform.person import trace
from sandbox.platform.personal_data import HOLDINGS

COLUMNS = ["collection", "id", "member", "value"]
PROVIDED = frozenset(
    {"users", "customers", "registrations", "attendees", "bookings", "feedback", "consents", "optOuts"}
)
"""What the person gave us themselves: that much is portable."""


def gather(tx: Transaction, request: Mapping[str, Any]) -> dict[str, Any]:
    """The package of an access, portability or disclosure request."""
    person = trace(tx, request["subject"])
    collections = {
        HOLDINGS[kind].collection: [_shown(each) for each in documents.values()]
        for kind, documents in person.documents.items()
        if documents and kind != "privacy_request"
    }
    if request["type"] == "portability":
        collections = {name: rows for name, rows in collections.items() if name in PROVIDED}
    if request["type"] == "disclosure":
        collections = {"disclosures": [dict(each) for each in DISCLOSURES]}
    digest = sha256(orjson.dumps(collections, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return {
        "subject": dict(request["subject"]),
        "generatedAt": tx.stamp(),
        "collections": collections,
        "format": "json",
        "sha256": digest,
    }


def _shown(document: Document) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name[0] != "_"}


def as_table(_: Call, package: Mapping[str, Any]) -> bytes:
    """One line for each member of each record."""
    rows = [
        {"collection": collection, "id": record.get("id"), "member": path, "value": value}
        for collection, records in package["collections"].items()
        for record in records
        for path, value in _leaves(record)
    ]
    return table(rows, COLUMNS)


def _leaves(value: Any, path: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, Mapping):
        return [leaf for k, each in value.items() for leaf in _leaves(each, f"{path}.{k}" if path else k)]
    if isinstance(value, list):
        return [leaf for i, each in enumerate(value) for leaf in _leaves(each, f"{path}.{i}")]
    return [(path, value)]
