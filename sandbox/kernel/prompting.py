"""Due effects begun because somebody asks for it, not because the agenda comes to them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from sandbox.kernel.agenda import Agenda
from sandbox.kernel.clock import instant
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Workspace

PATIENCE = 10.0


async def at_once(agenda: Agenda, workspace: Workspace, keys: Iterable[str]) -> None:
    """Begin these entries, as far as they are due and may begin, and wait for their end, but not for ever."""
    now, tasks = instant(workspace.now()), []
    for key in keys:
        entry = workspace.store.get("agenda", key)
        if entry is not None and entry["due"] <= now and agenda.may_begin(workspace, entry):
            agenda.begin(workspace, entry)
        if (task := agenda.under_way(workspace, key)) is not None:
            tasks.append(task)
    if tasks:
        await asyncio.wait(tasks, timeout=PATIENCE)


async def run_due(
    agenda: Agenda, workspace: Workspace, job: str, most: int, order: Callable[[Document], Any]
) -> list[Document]:
    """Run what is due of an effect job although its gate is closed, one after the other.

    At most so many; returns the entries, in the order in which they ran."""
    ran: list[Document] = []
    while len(ran) < most:
        due = agenda.due(workspace, instant(workspace.now()))
        found = sorted((entry for entry in due if entry["job"] == job), key=order)
        if not found:
            break
        for entry in found[: most - len(ran)]:
            if workspace.store.get("agenda", entry["id"]) is entry:  # nothing before it took it back
                await asyncio.shield(agenda.begin(workspace, entry))
                ran.append(entry)
    return ran
