"""Work that is due and has to wait for others to end: who may hold it back, and what waits where."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Workspace


class Gate(Protocol):
    """Holds due effects of one job back: they stay on the agenda, as due as they were."""

    def group(self, workspace: Workspace, entry: Document) -> str:
        """Entries of one group are held back together."""

    def closed(self, workspace: Workspace, entry: Document) -> bool:
        """Whether it may not begin now; asked often, so it must be cheap."""

    def enter(self, workspace: Workspace, entry: Document) -> None:
        """It begins."""

    def leave(self, workspace: Workspace, entry: Document) -> None:
        """It ended, whatever became of it."""


class Lines:
    """What was found due and held back, line by line: who has to look for the next need not look at all."""

    __slots__ = ("_lines",)

    def __init__(self) -> None:
        self._lines: dict[str, dict[str, dict[str, None]]] = {}

    def __contains__(self, workspace: Workspace) -> bool:
        return workspace.id in self._lines

    def add(self, workspace: Workspace, line: str, key: str) -> None:
        """At the end of a line."""
        self._lines.setdefault(workspace.id, {}).setdefault(line, {})[key] = None

    def forget(self, workspace_id: str) -> None:
        """All lines of a workspace."""
        self._lines.pop(workspace_id, None)

    def next(self, workspace: Workspace, may_begin: Callable[[Document], bool]) -> Iterator[Document]:
        """Whoever may begin, taken out of the lines; a line ends for now with the first who may not."""
        lines = self._lines.get(workspace.id, {})
        for name, line in list(lines.items()):
            while line:
                key = next(iter(line))
                entry = workspace.store.get("agenda", key)
                if entry is not None and not may_begin(entry):
                    break
                del line[key]
                if entry is not None:
                    yield entry
            else:
                del lines[name]
        if not lines:
            self._lines.pop(workspace.id, None)
