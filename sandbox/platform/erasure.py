"""Erasure: a person is taken out of a world, while money, numbers and history stay whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.commits import OUTBOX
from sandbox.kernel.documents import Document, member
from sandbox.kernel.workspace import Transaction
from sandbox.platform.person import SPOKEN_FOR, Person, trace
from sandbox.platform.personal_data import HOLDINGS, STAND_INS
from sandbox.platform.scrubbing import Scrubber
from sandbox.platform.subscribing import stop

Result = dict[str, Any]
LEFT_ALONE = frozenset({"fixture", "workspace", "clock", "counter"})
EVENTS = {"user": "user.erased", "customer": "customer.erased"}


def erase(tx: Transaction, subject: Mapping[str, Any]) -> tuple[Scrubber, list[Result]]:
    """Take the person out of every document; what was done to each collection."""
    person = trace(tx, subject)
    scrubber = Scrubber(person)
    _withdraw_consents(tx, person)
    _forget_packages(tx, person)
    _stop_subscriptions(tx, person)
    results = [_treat(tx, kind, person) for kind in HOLDINGS if person.documents.get(kind)]
    results.append(_result("recordsOfExchanges", sweep(tx, scrubber), "anonymised", None))
    for kind, event in EVENTS.items():
        for key, before in person.documents.get(kind, {}).items():
            if before.get("status") != "erased":
                tx.emit(event, kind, tx.need(kind, key))
    return scrubber, results


def sweep(tx: Transaction, scrubber: Scrubber) -> int:
    """Take the person out of whatever says something of them; how many documents that were."""
    kinds = sorted(kind for kind in tx.store.kinds() - LEFT_ALONE if _may_sweep(kind))
    return sum(_sweep(tx, kind, scrubber) for kind in kinds)


def _may_sweep(kind: str) -> bool:
    holding = HOLDINGS.get(kind)
    return holding is None or not holding.retained


def _treat(tx: Transaction, kind: str, person: Person) -> Result:
    """Every document of the kind that belongs to the person."""
    holding = HOLDINGS[kind]
    mine = person.documents[kind]
    if holding.retained:
        return _result(holding.collection, len(mine), "retained", holding.retained)
    for key in mine:
        document = tx.get(kind, key)
        if document is not None:
            _replace(tx, kind, document, blanked(document, kind, key[-8:]))
    return _result(holding.collection, len(mine), "anonymised", None)


def blanked(document: Mapping[str, Any], kind: str, mark: str) -> dict[str, Any]:
    """A copy of the document without its personal members."""
    holding = HOLDINGS[kind]
    blank: dict[str, Any] = {**document, **{name: v for name, v in holding.state.items() if name in document}}
    for path in holding.personal:
        if member(document, path) is not None:
            blank = _without(blank, path.split("."), mark)
    return blank


def _without(document: Mapping[str, Any], path: list[str], mark: str) -> dict[str, Any]:
    name, *rest = path
    if rest:
        return {**document, name: _without(document[name], rest, mark)}
    return {**document, name: STAND_INS[name](mark) if name in STAND_INS else None}


def _sweep(tx: Transaction, kind: str, scrubber: Scrubber) -> int:
    found = 0
    for document in tx.find(kind):
        if not scrubber.may_occur(document):
            continue
        cleaned = _cleaned(document, kind, scrubber)
        if cleaned is not document:
            _replace(tx, kind, document, cleaned)
            found += 1
    return found


def _cleaned(document: Document, kind: str, scrubber: Scrubber) -> Any:
    if kind == OUTBOX and document["resourceId"] in scrubber.ids and document["kind"] in HOLDINGS:
        data = blanked(document["data"], document["kind"], document["resourceId"][-8:])
        document = document if data == document["data"] else Document({**document, "data": data})
    if kind in SPOKEN_FOR and document["id"] in scrubber.ids:
        return document
    return scrubber.clean(document)


def _replace(tx: Transaction, kind: str, before: Document, after: Mapping[str, Any]) -> None:
    if before == after:
        return
    if "version" in before:
        tx.revise(kind, after)
    else:
        tx.put(kind, after)


def _withdraw_consents(tx: Transaction, person: Person) -> None:
    for key in person.documents.get("consent", {}):
        consent = tx.need("consent", key)
        if consent["withdrawnAt"] is None and consent["granted"]:
            withdrawn = tx.revise("consent", consent, granted=False, withdrawnAt=tx.stamp())
            tx.emit("consent.withdrawn", "consent", withdrawn)


def _stop_subscriptions(tx: Transaction, person: Person) -> None:
    """Who is forgotten pays for nothing more."""
    for key in person.documents.get("payment_subscription", {}):
        subscription = tx.need("payment_subscription", key)
        if subscription["status"] != "cancelled":
            stop(tx, subscription, "erasure")


def _forget_packages(tx: Transaction, person: Person) -> None:
    """Copies that were handed out are not kept here any longer."""
    for key in person.documents.get("privacy_request", {}):
        if tx.delete("privacy_package", key) is not None:
            request = tx.need("privacy_request", key)
            tx.put("privacy_request", {**request, "packageExpiresAt": tx.stamp()})


def _result(collection: str, records: int, action: str, reason: str | None) -> Result:
    return {"collection": collection, "records": records, "action": action, "reason": reason}
