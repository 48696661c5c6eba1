"""Who a privacy request is about: every document that speaks of the person, found along the map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any

from sandbox.kernel.documents import Document, member
from sandbox.kernel.workspace import Transaction
from sandbox.platform.personal_data import HOLDINGS, Holding

ANY = "*"
EMAIL = "email"
SPOKEN_FOR = ("user", "customer", "attendee")
"""Kinds whose addresses and names are the person's own."""
NAMES = ("name", "displayName", "badgeName")


class Person:
    """Ids by kind, addresses and names, and the documents that belong to them."""

    def __init__(self, subject: Mapping[str, Any]) -> None:
        self.ids: dict[str, set[str]] = {kind: set() for kind in HOLDINGS}
        self.emails: set[str] = set()
        self.phones: set[str] = set()
        self.full_names: set[str] = set()
        self.single_names: set[str] = set()
        self.documents: dict[str, dict[str, Document]] = {}
        self.mark = blake2b(f"{subject.get('id')}{subject.get('email')}".encode(), digest_size=4).hexdigest()
        if subject.get("id"):
            self.ids[subject["type"]].add(subject["id"])
        if subject.get("email"):
            self.emails.add(subject["email"].lower())

    @property
    def is_known(self) -> bool:
        """Whether any user, customer or attendee was found."""
        return any(self.documents.get(kind) for kind in SPOKEN_FOR)

    def all_ids(self) -> set[str]:
        """Of every kind that others are linked by."""
        return {key for kind, keys in self.ids.items() if HOLDINGS[kind].joins for key in keys}

    def take(self, kind: str, document: Document) -> bool:
        """Count a document as the person's; whether that was news."""
        mine = self.documents.setdefault(kind, {})
        if document["id"] in mine:
            return False
        mine[document["id"]] = document
        if HOLDINGS[kind].joins:
            self.ids[kind].add(document["id"])
        if kind in SPOKEN_FOR:
            self._learn(document)
        return True

    def _learn(self, document: Document) -> None:
        if document.get("userId"):
            self.ids["user"].add(document["userId"])
        if document.get("email") and not document["email"].endswith("@invalid"):
            self.emails.add(document["email"].lower())
        if document.get("phone"):
            self.phones.add(document["phone"])
        given, family = document.get("givenName"), document.get("familyName")
        if document.get("status") == "erased":
            return
        if given and family:
            self.full_names |= {f"{given} {family}", f"{family} {given}", f"{family}, {given}"}
        self.full_names |= {document[name] for name in NAMES if " " in (document.get(name) or "")}
        self.single_names |= {name for name in (given, family) if name}
        self.single_names |= {document[name] for name in NAMES if document.get(name)}

    def owns(self, holding: Holding, document: Document) -> bool:
        """Whether one of the document's links leads to the person."""
        for path, kind in holding.links.items():
            value = member(document, path)
            if value is None:
                continue
            if kind == EMAIL:
                if isinstance(value, str) and value.lower() in self.emails:
                    return True
            elif self._is_mine(kind, value):
                return True
        return False

    def _is_mine(self, kind: str, value: Any) -> bool:
        if isinstance(value, Mapping | list):
            return False
        if kind != ANY:
            return value in self.ids[kind]
        return any(value in keys for keys in self.ids.values())


def trace(tx: Transaction, subject: Mapping[str, Any]) -> Person:
    """Follow the links from the subject until nothing more is found."""
    person = Person(subject)
    while any([person.take(kind, document) for kind, document in _found(tx, person)]):
        pass
    _leave_to_others(tx, person)
    return person


def _leave_to_others(tx: Transaction, person: Person) -> None:
    """What somebody else has too, as a name or a family's telephone, does not tell who is meant."""
    for kind in SPOKEN_FOR:
        mine = person.documents.get(kind, {})
        for other in tx.scan(kind):
            if other["id"] not in mine:
                person.phones.discard(other.get("phone") or "")
                given, family = other.get("givenName"), other.get("familyName")
                person.full_names -= {f"{given} {family}", f"{family} {given}", f"{family}, {given}"}
                person.full_names -= {other.get(name) or "" for name in NAMES}


def _found(tx: Transaction, person: Person) -> Iterator[tuple[str, Document]]:
    for kind, holding in HOLDINGS.items():
        mine = [document for document in tx.scan(kind) if person.owns(holding, document)]
        for document in mine:
            yield kind, document
