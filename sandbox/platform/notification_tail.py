"""Reading the outbox from a place on: the events that a caller may know of, in the form of webhooks."""

from __future__ import annotations

from collections.abc import Collection

from sandbox.identity.principal import Principal
from sandbox.kernel.commits import OUTBOX
from sandbox.kernel.errors import UnknownEventType
from sandbox.kernel.watching import Ending, Watch
from sandbox.kernel.workspace import OUTBOX_LIMIT, Transaction, Workspace
from sandbox.platform.change_feed import events_after
from sandbox.platform.changes import may_learn
from sandbox.platform.following import AT_ONCE, Item
from sandbox.platform.marks import Place, expired, mark_of, read_place
from sandbox.platform.notification_queue import shown
from sandbox.webhooks.catalogue import EVENT_TYPES, is_selection, selections


class NotificationTail:
    """Its place is a number of the outbox. Nothing is kept for its reader, so a slow one costs nothing; one
    that falls behind what the outbox keeps is told so."""

    outlives: tuple[Ending, ...] = ()

    def __init__(self, workspace: Workspace, principal: Principal, types: Collection[str]) -> None:
        self.ending: str | None = None
        self._at = Place(0)
        self._workspace = workspace
        self._store = workspace.store
        self._principal = principal
        self._types = frozenset(checked(types) or ("*",))

    @property
    def place(self) -> str:
        """As Tail says."""
        return str(self._at)

    def begin(self, tx: Transaction, after: str) -> None:
        """Stand behind an event, or behind all of them; raises InvalidCursor or CursorExpired."""
        self._at = read_place(after) if after else _place(tx, tx.store.events)
        if not 0 <= tx.store.events - self._at.number <= OUTBOX_LIMIT:
            raise expired()
        if self._at != _place(tx, self._at.number):
            raise expired()

    def take(self) -> list[Item]:
        """As Tail says."""
        with self._workspace.transaction() as tx:
            if tx.store is not self._store or tx.store.events == self._at.number:
                return []
            if tx.store.events - self._at.number > OUTBOX_LIMIT:
                self.ending = "events_missed"
                return []
            return self._items(tx)

    def join(self, watch: Watch) -> None:
        """As Tail says: events are commits."""

    def leave(self, watch: Watch) -> None:
        """As Tail says."""

    def _items(self, tx: Transaction) -> list[Item]:
        items: list[Item] = []
        for number, event in events_after(tx, self._at.number):
            self._at = _place(tx, number)
            if self._is_wanted(event["type"]) and may_learn(tx, self._principal, event):
                items.append(Item(self.place, event["type"], shown(event)))
                if len(items) == AT_ONCE:
                    break
        return items

    def _is_wanted(self, event_type: str) -> bool:
        return event_type in EVENT_TYPES and not self._types.isdisjoint(selections(event_type))


def checked(types: Collection[str]) -> Collection[str]:
    """The selections; raises UnknownEventType for one that names no event."""
    for selection in types:
        if not is_selection(selection):
            raise UnknownEventType(details=f"'{selection}' names no event", target="types")
    return types


def _place(tx: Transaction, number: int) -> Place:
    event = tx.get(OUTBOX, f"{number:012d}")
    if event is None:
        return Place(number)
    return Place(
        number, mark_of(event["messageId"], event["at"], event["resourceId"], event["correlationId"])
    )
