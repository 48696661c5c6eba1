"""A Resource declares a kind of document; the generic verbs come from the declaration."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from sandbox.kernel.documents import Document, Kind
from sandbox.kernel.errors import (
    BusinessRuleViolation,
    DuplicateResource,
    PreconditionRequired,
    ResourceInUse,
    ResourceNotFound,
)
from sandbox.kernel.replies import Page
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.changes import changed, quiet_event
from sandbox.platform.filters import Filter, Predicate, at_least, at_most, equals, same_text, text
from sandbox.platform.merging import merged
from sandbox.platform.pagination import paginate
from sandbox.platform.preconditions import check_unchanged
from sandbox.platform.reach import OPEN, beyond, check_within, is_for_everybody, is_within, limits_of
from sandbox.platform.restrictions import restrictions

__all__ = ["Resource", "at_least", "at_most", "equals", "same_text", "text"]

Prepare = Callable[[Call, dict[str, Any], Document | None], Mapping[str, Any]]
Visible = Callable[[Call, Document], bool]
VisibleWhere = Callable[[Call], Mapping[str, Any]]
Present = Callable[[Call, Document], Mapping[str, Any]]


@dataclass(eq=False)
class Resource:
    """One kind of document and its verbs.

    `path`: where one is read, with its parents; what is only listed has none. `filters`: query parameter ->
    filter. `unique`: sets of members no two may share. `references`: member -> kind that it must exist in.
    `parent`: (kind, member) of a nested one; `within`: that parent, if not all see all. `emits`: verb or
    action -> event. `used_by`: (kind, member) that forbid a delete. `prepare`: completes or refuses what is
    about to be stored. `visible`: row rule, unless `sees_all` says the caller sees every row.
    `visible_where`: the same rule as members to look up. `present`: for members that cannot be stored.
    `links`: relation -> path template; those named like an action of `life` are shown while the status admits
    it, unless the document is one of which `withheld` says that something else forbids them. `own_id`: what
    paths call its id, if there is no `path` to tell and it is not like `gadgetId`.
    """

    name: str
    _: KW_ONLY
    path: str = ""
    plural: str = ""
    prefix: str = ""
    indexes: Sequence[str] = ()
    sorts: Sequence[str] = ()
    filters: Mapping[str, Filter] = field(default_factory=dict)
    unique: Sequence[Sequence[str]] = ()
    references: Mapping[str, str] = field(default_factory=dict)
    parent: tuple[str, str] | None = None
    within: Resource | None = None
    emits: Mapping[str, str] = field(default_factory=dict)
    used_by: Sequence[tuple[str, str]] = ()
    prepare: Prepare | None = None
    visible: Visible | None = None
    visible_where: VisibleWhere | None = None
    sees_all: Callable[[Call], bool] | None = None
    present: Present | None = None
    links: Mapping[str, str] = field(default_factory=dict)
    life: TransitionTable | None = None
    withheld: Mapping[str, Callable[[Mapping[str, Any]], bool]] = field(default_factory=dict)
    own_id: str = ""

    def __post_init__(self) -> None:
        self.plural = self.plural or f"{self.name}s"
        self.schema = "".join(part.capitalize() for part in self.name.split("_"))
        self.kind = Kind(self.name, tuple(self.indexes), tuple(self.sorts), self.prefix)
        usual = f"{self.schema[0].lower()}{self.schema[1:]}Id"
        *self._parents, self._own_member = re.findall(r"{(\w+)}", self.path) or [self.own_id or usual]
        self._own_argument = _snake(self._own_member)
        self._template = self.path.replace(f"{{{self._own_member}}}", "{id}")

    def verbs(self) -> dict[str, Callable[..., Any]]:
        """Handlers by name, for operations that no function of the module serves."""
        one = self.name
        return {
            f"list_{self.plural}": self._list_handler,
            f"get_{one}": self._get_handler,
            f"create_{one}": self._create_handler,
            f"update_{one}": self._update_handler,
            f"replace_{one}": self._replace_handler,
            f"delete_{one}": self._delete_handler,
        }

    # handlers: the path's own id is the last of its parameters

    def _list_handler(self, call: Call, **path_and_query: Any) -> Page:
        return self.list(call, **self._parent_of(call, path_and_query))

    def _get_handler(self, call: Call, **path: Any) -> Document:
        return self.get(call, self._own_id(path), **self._parent_of(call, path))

    def _create_handler(self, call: Call, body: dict[str, Any], **path: Any) -> Document:
        return self.create(call, body, **self._parent_of(call, path))

    def _update_handler(self, call: Call, body: dict[str, Any], **path: Any) -> Document:
        self.get(call, self._own_id(path), **self._parent_of(call, path))
        return self.update(call, self._own_id(path), body)

    def _replace_handler(self, call: Call, body: dict[str, Any], **path: Any) -> Document:
        self.get(call, self._own_id(path), **self._parent_of(call, path))
        return self.replace(call, self._own_id(path), body)

    def _delete_handler(self, call: Call, **path: Any) -> None:
        self.get(call, self._own_id(path), **self._parent_of(call, path))
        self.delete(call, self._own_id(path))

    # verbs

    def list(self, call: Call, predicates: Sequence[Predicate] = (), **where: Any) -> Page:
        """The page the query asks for, of the rows the caller may see."""
        wanted, tests = restrictions(call, self.name, self.filters)
        wanted, tests = {**where, **wanted}, [*predicates, *tests]
        visible = self.visible
        if visible is not None and not (self.sees_all is not None and self.sees_all(call)):
            if self.visible_where is not None:
                wanted |= self.visible_where(call)
            else:
                tests.append(lambda document: visible(call, document))
        elif call.principal.client_type == "user" and limits_of(call) is not None:
            tests.append(lambda document: self.sees(call, document))
        return paginate(call, self.name, wanted, tests)

    def get(self, call: Call, key: str, **where: Any) -> Document:
        """One that the caller may see; raises ResourceNotFound."""
        document = call.tx.get(self.name, key)
        is_ruled = self.visible is not None or call.principal.client_type == "user"
        if document is None or (is_ruled and not self.sees(call, document)):
            raise self.not_found(key) if document is None or not self._knows(call, document) else beyond()
        if any(document.get(member) != value for member, value in where.items()):
            raise self.not_found(key)
        return document

    def create(self, call: Call, body: Mapping[str, Any], **members: Any) -> Document:
        """Insert after all checks; emits what `create` names."""
        document: dict[str, Any] = {**body, **members}
        if call.principal.client_type == "user":
            check_within(call, self.name, document)
        self._check_references(call.tx, document)
        if self.prepare is not None:
            document = dict(self.prepare(call, document, None))
        self._check_unique(call.tx, document, None)
        stored = self.insert(call.tx, document)
        self._emit(call.tx, "create", stored)
        return stored

    def update(self, call: Call, key: str, body: Mapping[str, Any], **members: Any) -> Document:
        """JSON merge patch under If-Match; a change of nothing leaves the version as it is."""
        before = self.get(call, key)
        self.check_match(call, before)
        return self.change(call, before, {**merged(before, body), **members})

    def replace(self, call: Call, key: str, body: Mapping[str, Any]) -> Document:
        """Put the writable members anew under If-Match, which must be given."""
        before = self.get(call, key)
        if "if-match" not in call.headers:
            raise PreconditionRequired(details="send the ETag you last saw", target="If-Match")
        self.check_match(call, before)
        writable = _body_members(call)
        kept = {member: value for member, value in before.items() if member not in writable}
        return self.change(call, before, {**kept, **body})

    def delete(self, call: Call, key: str) -> None:
        """Remove unless something depends on it."""
        document = self.get(call, key)
        self.check_match(call, document)
        for kind, member in self.used_by:
            if used := call.tx.count(kind, {member: key}):
                details = f"{used} × {kind.replace('_', ' ')}"
                raise ResourceInUse(details=details, target=self._own_member)
        call.tx.delete(self.name, key)
        self._emit(call.tx, "delete", document)

    def act(self, call: Call, key: str, life: TransitionTable, action: str, **members: Any) -> Document:
        """Move along the table of its life; emits what the action names."""
        document = self.get(call, key)
        self.check_match(call, document)
        return self.move(call.tx, document, life, action, **members)

    # below the verbs: for rules that act on their own account

    def move(
        self, tx: Transaction, document: Document, life: TransitionTable, action: str, **members: Any
    ) -> Document:
        """As `act`, without a caller."""
        stored = self.save(tx, document, status=life.next(document["status"], action), **members)
        self._emit(tx, action, stored, document)
        return stored

    def insert(self, tx: Transaction, document: Mapping[str, Any]) -> Document:
        """Put as version 1 under a new id (unless it has one)."""
        stamp = tx.stamp()
        head = {
            "id": document.get("id") or tx.new_id(self.name),
            "version": 1,
            "createdAt": stamp,
            "updatedAt": stamp,
        }
        stored = Document(head)  # whose members come first
        stored.update(document)
        stored.update(head)
        return tx.put(self.name, stored)

    def save(self, tx: Transaction, document: Mapping[str, Any], **changes: Any) -> Document:
        """Put as the next version."""
        return tx.revise(self.name, document, **changes)

    def check_match(self, call: Call, document: Document) -> None:
        """Raises PreconditionFailed where the caller has seen another version."""
        check_unchanged(call.headers, self.etag(document), document["updatedAt"])

    def etag(self, document: Mapping[str, Any]) -> str:
        """Strong: one a version."""
        return f'"{self.name}-{document["id"][-8:]}-v{document["version"]}"'

    def not_found(self, key: str) -> Exception:
        """The error for an id that does not exist, or must not be known to exist."""
        details = f"{self.name.replace('_', ' ')} '{key}' does not exist"
        return ResourceNotFound(details=details, target=self._own_member)

    def address(self, document: Mapping[str, Any]) -> str:
        """Path of one document."""
        path = self._template
        for member in self._parents:
            path = path.replace(f"{{{member}}}", str(document.get(member)))
        return path.replace("{id}", document["id"])

    def shown(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The public representation with its links."""
        shown = dict(document)
        for member in _internal(tuple(shown)):
            del shown[member]
        if self.path or self.links:
            given = document.get("_links", {})  # by `present`, where the id is not what leads there
            shown["_links"] = {**self._links_of(document), **given}
        return shown

    def _links_of(self, document: Mapping[str, Any]) -> dict[str, Any]:
        links = {"self": {"href": self.address(document)}} if self.path else {}
        offered = self.life.offered(self.links, document["status"]) if self.life else self.links
        for name, path in offered.items():
            if name not in self.withheld or not self.withheld[name](document):
                links[name] = {"href": path.replace("{id}", document["id"])}
        return links

    def keep_rendered(self, document: Document, shown: Mapping[str, Any]) -> bytes:
        """What is `shown` of a document as JSON, kept on the document itself.

        Copied, because orjson's own result keeps the whole buffer it was written into: some 16 KiB each."""
        document.rendered = bytes(memoryview(orjson.dumps(shown)))
        return document.rendered

    # inside

    def _own_id(self, path: Mapping[str, Any]) -> str:
        return str(path[self._own_argument])

    def _parent_of(self, call: Call, path: Mapping[str, Any]) -> dict[str, Any]:
        if self.parent is None:
            return {}
        kind, member = self.parent
        key = path[_snake(member)]
        self.within.get(call, key) if self.within else call.tx.need(kind, key, member)
        return {member: key}

    def sees(self, call: Call, document: Document) -> bool:
        """Whether the caller may read or change a row, as the operation asks."""
        if self.visible is not None and not (self.sees_all is not None and self.sees_all(call)):
            return self.visible(call, document)
        is_person = call.principal.client_type == "user"
        if not is_person or is_within(call, self.name, document):
            return True
        return is_for_everybody(call, self.name) and self._knows(call, document)

    def _knows(self, call: Call, document: Document) -> bool:
        """Whether it is no secret that a row exists that the caller's roles do not reach."""
        return self.name in OPEN if self.visible is None else self.visible(call, document)

    def change(self, call: Call, before: Document, wanted: dict[str, Any]) -> Document:
        """Put `wanted` in place of `before` after all checks, unless nothing differs; emits `update`."""
        self._check_references(call.tx, wanted)
        if self.prepare is not None:
            wanted = dict(self.prepare(call, wanted, before))
        if all(value == before.get(member) for member, value in wanted.items()):
            return before
        self._check_unique(call.tx, wanted, before)
        stored = self.save(call.tx, wanted)
        self._emit(call.tx, "update", stored, before)
        return stored

    def _emit(self, tx: Transaction, verb: str, document: Document, before: Document | None = None) -> None:
        if event := self.emits.get(verb) or quiet_event(self.name, verb):
            told = {} if before is None or not event.endswith(".updated") else changed(document, before)
            tx.emit(event, self.name, document, **told)

    def _check_references(self, tx: Transaction, document: Mapping[str, Any]) -> None:
        for member, kind in self.references.items():
            key = document.get(member)
            if key is not None and tx.get(kind, key) is None:
                raise BusinessRuleViolation(
                    details=f"{kind.replace('_', ' ')} '{key}' does not exist", target=f"/{member}"
                )

    def _check_unique(self, tx: Transaction, document: Mapping[str, Any], before: Document | None) -> None:
        for members in self.unique:
            values = {member: document.get(member) for member in members}
            if None in values.values() or (before and all(before.get(m) == v for m, v in values.items())):
                continue
            twins = [twin for twin in tx.find(self.name, values, limit=2) if twin["id"] != document.get("id")]
            if twins:
                same = " and ".join(member for member in members if member[0] != "_")
                raise DuplicateResource(
                    details=f"another {self.name.replace('_', ' ')} has the same {same}",
                    target=f"/{members[-1]}",
                    links={"existing": {"href": self.address(twins[0])}} if self.path else None,
                )


@lru_cache(4096)
def _internal(members: tuple[str, ...]) -> tuple[str, ...]:
    """Those that are there for rules alone; the documents of a kind have few shapes."""
    return tuple(member for member in members if member[0] == "_")


def _body_members(call: Call) -> set[str]:
    content = call.plan.raw["requestBody"]["content"]["application/json"]["schema"]
    return set(call.plan.schemas.resolve(content).get("properties", {}))


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
