"""Reading the news of a workspace from a place on."""

from __future__ import annotations

import re
from collections.abc import Collection

from sandbox.control.activity import Activity
from sandbox.kernel.watching import Ending, Watch
from sandbox.platform.following import AT_ONCE, Item

GAP = "gap"
_PLACE = re.compile(r"([0-9a-f]{1,16})-([0-9]{1,15})")


class ActivityTail:
    """Says so with a `gap` where news are missing: who reads it looks at the lists anew."""

    ending = None
    outlives: tuple[Ending, ...] = ("workspace_reset",)

    def __init__(self, activity: Activity, after: str, names: Collection[str]) -> None:
        self._activity = activity
        self._names = names
        self._number = activity.last
        self._is_lost = False
        if after:
            self._resume(after)

    @property
    def place(self) -> str:
        """As Tail says."""
        return f"{self._activity.name}-{self._number}"

    def take(self) -> list[Item]:
        """As Tail says."""
        found: list[Item] = []
        if self._is_lost:
            self._is_lost, self._number = False, self._activity.last
            return [Item(self.place, GAP, {})]
        while not found and (news := self._activity.after(self._number, AT_ONCE)):
            if news[0].number > self._number + 1:
                self._is_lost = True
                return self.take()
            for each in news:
                self._number = each.number
                if each.name in self._names:
                    found.append(Item(self.place, each.name, each.shown()))
        return found

    def join(self, watch: Watch) -> None:
        """As Tail says."""
        self._activity.join(watch)

    def leave(self, watch: Watch) -> None:
        """As Tail says."""
        self._activity.leave(watch)

    def _resume(self, after: str) -> None:
        told = _PLACE.fullmatch(after)
        if told is None or told[1] != self._activity.name or int(told[2]) > self._activity.last:
            self._is_lost = True
        else:
            self._number = int(told[2])
