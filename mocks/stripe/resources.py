"""Objects of the account: identifiers, storing, listing, rendering and expanding them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import islice
from operator import ge, gt, le, lt
from typing import Any

import orjson

from mocks.stripe.errors import invalid, missing_object
from mocks.stripe.parameters import filled, listing, positive, span
from sandbox.kernel.documents import Document, Kind
from sandbox.kernel.workspace import Transaction

API_VERSION = "2026-10-28.endive"
BASE62 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
KIND = "stripe."

_ORDER = ("_order",)
_TEST_MODE = {"livemode": False}
KINDS = [
    Kind("stripe.payment_intent", ("customer",), _ORDER),
    Kind("stripe.charge", ("customer", "payment_intent"), _ORDER),
    Kind("stripe.refund", ("charge", "payment_intent"), _ORDER),
    Kind("stripe.dispute", ("charge", "payment_intent"), _ORDER),
    Kind("stripe.radar.early_fraud_warning", ("charge", "payment_intent"), _ORDER),
    Kind("stripe.customer", ("email",), _ORDER),
    Kind("stripe.payment_method", ("customer",), _ORDER),
    Kind("stripe.event", ("type",), _ORDER),
    Kind("stripe.webhook_endpoint", ("status",), _ORDER),
    Kind("stripe.delivery", ("endpoint",), ("due",)),
    Kind("stripe.idempotency", (), ("expires",)),
]

NOUNS = {"payment_method": "PaymentMethod", "webhook_endpoint": "webhook endpoint"}

EXPANDABLE: dict[str, dict[str, str]] = {
    "payment_intent": {
        "customer": "customer",
        "latest_charge": "charge",
        "payment_method": "payment_method",
        "last_payment_error.payment_method": "payment_method",
        "application": "",
        "on_behalf_of": "",
        "review": "",
    },
    "charge": {
        "customer": "customer",
        "payment_intent": "payment_intent",
        "refunds": "list",
        "balance_transaction": "",
        "application": "",
        "failure_balance_transaction": "",
    },
    "refund": {
        "charge": "charge",
        "payment_intent": "payment_intent",
        "balance_transaction": "",
        "failure_balance_transaction": "",
    },
    "dispute": {"charge": "charge", "payment_intent": "payment_intent"},
    "radar.early_fraud_warning": {"charge": "charge", "payment_intent": "payment_intent"},
    "payment_method": {"customer": "customer"},
    "customer": {
        "invoice_settings.default_payment_method": "payment_method",
        "default_source": "",
        "test_clock": "",
    },
}
"""Per object: the member, and the object it names; an empty name never has a value here."""

LIST_READERS = {
    "ending_before": filled,
    "starting_after": filled,
    "limit": positive,
    "expand": listing(filled),
}
CREATED = {"created": span}


_LETTERS = bytes(BASE62[byte % len(BASE62)] for byte in range(256))


def new_token(tx: Transaction, label: str, length: int = 24) -> str:
    """Letters and digits that only the seed can foretell."""
    return _drawn(tx, label, tx.next_number("stripe.token"), length)


def _drawn(tx: Transaction, label: str, number: int, length: int) -> str:
    drawn = tx.workspace.chance.draw(f"stripe.{label}", number, length)
    return drawn.translate(_LETTERS).decode()


def now(tx: Transaction) -> int:
    """Seconds since the epoch on the workspace's clock."""
    return int(tx.now().timestamp())


def insert(tx: Transaction, name: str, prefix: str, members: Mapping[str, Any], length: int = 24) -> Document:
    """Store a new object, under a fresh identifier unless it has one."""
    order = tx.next_number("stripe")
    key = members.get("id") or f"{prefix}_{_drawn(tx, name, order, length)}"
    head = {"id": key, "object": name, "created": now(tx), **({} if name == "refund" else _TEST_MODE)}
    return tx.put(KIND + name, {**head, **members, "_order": order})


def save(tx: Transaction, document: Mapping[str, Any], **changes: Any) -> Document:
    """Store the next version of an object."""
    return tx.put(KIND + document["object"], {**document, **changes})


def need(tx: Transaction, name: str, key: str, param: str = "id") -> Document:
    """The object; refuses a key that names none."""
    document = tx.get(KIND + name, key)
    if document is None:
        raise missing_object(NOUNS.get(name, name), key, param)
    return document


def shown(document: Mapping[str, Any]) -> dict[str, Any]:
    """The public form."""
    return {name: value for name, value in document.items() if name[0] != "_"}


def rendered(document: Document) -> bytes:
    """The public form as bytes, kept on the document."""
    try:
        return document.rendered
    except AttributeError:
        document.rendered = orjson.dumps(shown(document))
        return document.rendered


class Listing:
    """One page of objects, newest first."""

    def __init__(self, url: str, items: list[Document], has_more: bool) -> None:
        self.url = url
        self.items = items
        self.has_more = has_more

    def rendered(self) -> bytes:
        """The list object, made of the bytes of its items."""
        data = b",".join([rendered(item) for item in self.items])
        more = b"true" if self.has_more else b"false"
        return b'{"object":"list","url":%b,"has_more":%b,"data":[%b]}' % (orjson.dumps(self.url), more, data)

    def shown(self) -> dict[str, Any]:
        """The list object."""
        data = [shown(item) for item in self.items]
        return {"object": "list", "url": self.url, "has_more": self.has_more, "data": data}


def named(params: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """What a list is narrowed to: those of these members that the request names."""
    return {name: params[name] for name in names if name in params}


def page(
    tx: Transaction,
    name: str,
    url: str,
    params: Mapping[str, Any],
    where: Mapping[str, Any] | None = None,
) -> Listing:
    """The page that the list parameters ask for; deleted objects are not listed."""
    limit = params.get("limit", 10)
    if limit > 100:
        raise invalid("Invalid integer: limit must be at most 100", "limit", "parameter_invalid_integer")
    after, before = params.get("starting_after"), params.get("ending_before")
    if after and before:
        raise invalid(
            "You may only specify one of these parameters: ending_before, starting_after.", "ending_before"
        )
    found = tx.scan(KIND + name, where, "_order" if before else "-_order", _exists)
    key: str = after or before or ""
    if key:
        mark = need(tx, name, key, "starting_after" if after else "ending_before")["_order"]
        found = (
            (d for d in found if d["_order"] > mark) if before else (d for d in found if d["_order"] < mark)
        )
    for how, bound in params.get("created", {}).items():
        found = filter(partial(_is_created, _COMPARE[how], bound), found)
    items = list(islice(found, limit + 1))
    kept = items[:limit]
    return Listing(url, kept[::-1] if before else kept, len(items) > limit)


def _exists(document: Document) -> bool:
    return "deleted" not in document


def _is_created(compare: Callable[[int, int], bool], bound: int, document: Document) -> bool:
    return compare(document["created"], bound)


_COMPARE: dict[str, Callable[[int, int], bool]] = {"gt": gt, "gte": ge, "lt": lt, "lte": le}


def expanded(tx: Transaction, body: Mapping[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """The body with the named references replaced by what they name."""
    result = dict(body)
    for path in paths:
        steps = path.split(".")
        if len(steps) > 4:
            raise invalid(f"You cannot expand more than 4 levels of a property. Property: {path}", "expand")
        result = _expand(tx, result, steps, path)
    return result


def _expand(tx: Transaction, body: dict[str, Any], steps: list[str], path: str) -> dict[str, Any]:
    if body.get("object") == "list" and steps[0] == "data" and len(steps) > 1:
        return {**body, "data": [_expand(tx, item, steps[1:], path) for item in body["data"]]}
    known = EXPANDABLE.get(body.get("object", ""), {})
    if steps[0] in known:
        return _replaced(tx, body, steps, known[steps[0]], path)
    nested = ".".join(steps[:2])
    if nested in known:
        inner = body.get(steps[0])
        if not isinstance(inner, dict):
            return body
        return {**body, steps[0]: _replaced(tx, inner, steps[1:], known[nested], path)}
    raise invalid(f"This property cannot be expanded ({path}).", "expand")


def _replaced(
    tx: Transaction, body: dict[str, Any], steps: list[str], name: str, path: str
) -> dict[str, Any]:
    value = body.get(steps[0])
    if name == "list":
        url = f"/v1/{body['object']}s/{body['id']}/{steps[0]}"
        value = page(tx, "refund", url, {}, {body["object"]: body["id"]}).shown()
    elif isinstance(value, str) and name:
        value = shown(need(tx, name, value, "expand"))
    if len(steps) > 1 and isinstance(value, dict):
        value = _expand(tx, value, steps[1:], path)
    return {**body, steps[0]: value}
