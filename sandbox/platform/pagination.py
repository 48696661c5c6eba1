"""The three ways through a collection: by page, by offset, by cursor."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from hashlib import blake2b
from itertools import islice
from typing import Any

import orjson

from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document, sort_key
from sandbox.kernel.errors import InvalidCursor, InvalidSort, OffsetTooLarge, PaginationModeConflict
from sandbox.kernel.replies import Page
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.filters import Predicate

SIZE = 20
DEEPEST_OFFSET = 10_000
STORED_ORDERS = {"amount": "_amount", "-amount": "-_amount"}
"""Sort keys whose documents keep another member that compares."""
CURSOR_LIFE = timedelta(hours=24)
CURSORS_ONLY = "C"
"""The modes of an operation that knows no other: without a cursor it begins at the beginning."""
Place = list[tuple[bool, Any]]
"""The sort keys of an item by each of the orders."""


def paginate(call: Call, kind: str, where: Mapping[str, Any], predicates: list[Predicate]) -> Page:
    """The page of a kind that the call's query asks for."""
    orders = sort_orders(call)
    found = Collection(call.tx, kind, where, predicates, orders)
    return page_of(call, found)


def page_of(call: Call, found: Collection | ListCollection) -> Page:
    """A page by the mode the query names; raises PaginationModeConflict."""
    query = call.query
    if "cursor" in query or (call.plan.pagination == CURSORS_ONLY and "page" not in query):
        if "page" in query or "offset" in query:
            raise PaginationModeConflict(details="a cursor goes with pageSize only", target="cursor")
        return _by_cursor(call, found)
    if "limit" in query or "offset" in query:
        if "page" in query or "pageSize" in query:
            raise PaginationModeConflict(
                details="page and pageSize do not go with limit and offset", target="offset"
            )
        return _by_offset(found, query.get("limit", SIZE), query.get("offset", 0))
    return _by_page(found, query.get("page", 1), query.get("pageSize", SIZE))


def sort_orders(call: Call) -> list[str]:
    """The orders asked for, the operation's default if none; raises InvalidSort."""
    sorts = call.plan.sorts or ["id"]
    asked = call.query.get("sort")
    if asked is None:
        return [sorts[0]]
    known = {sort.removeprefix("-") for sort in sorts}
    orders = [part.strip() for part in asked.split(",")]
    for order in orders:
        if order.removeprefix("-") not in known:
            raise InvalidSort(details=f"'{order}' is none of: {', '.join(sorted(known))}", target="sort")
    return [STORED_ORDERS.get(order, order) for order in orders]


class Collection:
    """Matching documents of a kind in their order, read no further than needed."""

    def __init__(
        self,
        tx: Transaction,
        kind: str,
        where: Mapping[str, Any],
        predicates: list[Predicate],
        orders: list[str],
    ) -> None:
        self._tx, self._kind, self._where = tx, kind, where
        self._predicates, self.orders = predicates, orders
        self._list: list[Document] | None = None

    def items(self, offset: int, limit: int) -> list[Document]:
        """A slice."""
        if self._simple:
            return self._tx.find(self._kind, self._where, self.orders[0], offset, limit)
        return self._all()[offset : offset + limit]

    def total(self) -> int:
        """How many in all."""
        return self._tx.count(self._kind, self._where) if self._simple else len(self._all())

    def each(self) -> Iterator[Document]:
        """All of them, lazily."""
        return self._tx.scan(self._kind, self._where, self.orders[0]) if self._simple else iter(self._all())

    @property
    def _simple(self) -> bool:
        return not self._predicates and len(self.orders) == 1

    def _all(self) -> list[Document]:
        if self._list is None:
            meets = self._predicates
            rows = self._tx.scan(self._kind, self._where, self.orders[0])
            self._list = [row for row in rows if all(meet(row) for meet in meets)]
            if len(self.orders) > 1:
                _put_in_order(self._list, self.orders)
        return self._list


class ListCollection:
    """The same over a list that is already in order."""

    orders: Sequence[str] = ("id",)

    def __init__(self, documents: list[Any]) -> None:
        self._documents = documents

    @classmethod
    def sorted(cls, call: Call, documents: list[Any]) -> ListCollection:
        """Over a list put in the order the call asks for; raises InvalidSort."""
        orders = sort_orders(call)
        _put_in_order(documents, [*orders, _last_order(orders)])
        found = cls(documents)
        found.orders = orders
        return found

    def items(self, offset: int, limit: int) -> list[Any]:
        """A slice."""
        return self._documents[offset : offset + limit]

    def total(self) -> int:
        """How many in all."""
        return len(self._documents)

    def each(self) -> Iterator[Any]:
        """All of them."""
        return iter(self._documents)


def _put_in_order(documents: list[Any], orders: Sequence[str]) -> None:
    """What is equal by all the orders stays as it was."""
    for order in reversed(orders):
        documents.sort(key=partial(sort_key, path=order.removeprefix("-")), reverse=order[0] == "-")


def _last_order(orders: Sequence[str]) -> str:
    """What is equal by all orders goes by its id, in the direction of the first."""
    return "-id" if orders[0][0] == "-" else "id"


def _by_page(found: Collection | ListCollection, page: int, size: int) -> Page:
    offset = (page - 1) * size
    items = found.items(offset, size)
    total = found.total()
    return Page(items, "page", total, page, size, offset, has_more=offset + len(items) < total)


def _by_offset(found: Collection | ListCollection, limit: int, offset: int) -> Page:
    if offset > DEEPEST_OFFSET:
        raise OffsetTooLarge(
            details=f"{offset} is beyond {DEEPEST_OFFSET}; go on with a cursor", target="offset"
        )
    items = found.items(offset, limit)
    total = found.total()
    return Page(items, "offset", total, 1, limit, offset, has_more=offset + len(items) < total)


def _by_cursor(call: Call, found: Collection | ListCollection) -> Page:
    size = call.query.get("pageSize", call.query.get("limit", SIZE))
    cursor = call.query.get("cursor")
    after = read_cursor(call, cursor) if cursor else None
    orders = [*found.orders, _last_order(found.orders)]
    rest = found.each() if after is None else filter(partial(_is_behind, orders, after), found.each())
    items = list(islice(rest, size + 1))
    more = len(items) > size
    items = items[:size]
    following = write_cursor(call, orders, items[-1]) if more else None
    return Page(items, "cursor", None, 1, size, 0, next_cursor=following, has_more=more)


def _is_behind(orders: Sequence[str], after: Place, document: Mapping[str, Any]) -> bool:
    """Whether a document comes after a place in those orders."""
    for order, last in zip(orders, after, strict=False):
        key = sort_key(document, order.removeprefix("-"))
        if key != last:
            return key < last if order[0] == "-" else key > last
    return False


def _signature(call: Call, payload: bytes) -> bytes:
    """Binds a cursor to its workspace, operation and filters."""
    others = sorted((k, str(v)) for k, v in call.query.items() if k not in ("cursor", "pageSize", "limit"))
    key = call.workspace.chance.draw("cursor", 0)
    text = payload + orjson.dumps([call.workspace.id, call.plan.id, call.path, others])
    return blake2b(text, key=key, digest_size=12).digest()


def write_cursor(call: Call, orders: Sequence[str], last: Mapping[str, Any]) -> str:
    """A cursor that goes on behind `last` in those orders, of which the last is by id."""
    place = [sort_key(last, order.removeprefix("-")) for order in orders]
    payload = orjson.dumps([place, instant(call.tx.now() + CURSOR_LIFE)])
    return base64.urlsafe_b64encode(_signature(call, payload) + payload).decode().rstrip("=")


def read_cursor(call: Call, text: str) -> Place:
    """Where the last item seen stands; raises InvalidCursor."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        signature, payload = raw[:12], raw[12:]
        if not hmac.compare_digest(signature, _signature(call, payload)):
            raise InvalidCursor(details="the cursor belongs to another query or was altered", target="cursor")
        place, until = orjson.loads(payload)
    except (ValueError, binascii.Error):
        raise InvalidCursor(details="the cursor cannot be read", target="cursor") from None
    if call.tx.now() > parse_instant(until):
        raise InvalidCursor(details="the cursor is older than 24 hours", target="cursor")
    return [(present, value) for present, value in place]
