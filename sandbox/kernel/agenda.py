"""Work that is due: begun by itself when its time comes, or entry by entry while a clock is moved."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from itertools import takewhile
from time import perf_counter

from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.commits import Commit
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import ClockCannotGoBack
from sandbox.kernel.gates import Gate, Lines
from sandbox.kernel.ports import Ports
from sandbox.kernel.workspace import Transaction, Workspace

Rule = Callable[[Transaction, Document], None]
Effect = Callable[[Workspace, Document, Ports], Awaitable[None]]

log = logging.getLogger(__name__)

LONGEST_SLEEP = 3600.0
TRY_AGAIN_AFTER = (60, 300, 1800, 7200)
"""Seconds between the attempts at work that failed by a fault of its own; afterwards it is laid aside."""
LAID_ASIDE = "failed_work"
MOST_UNDER_WAY = 200
"""Effects of all workspaces at once; what is due beyond that waits until one has ended."""
BREATH, LONGEST_BREATH = 3, 0.05
"""A look that found long lines is followed by a pause: so many times as long, of so many seconds at most."""


class UnknownJob(LookupError):
    """The agenda names a job that no room registered."""


class Agenda:
    """Runs due work of every workspace: on time by itself, or all at once when a clock is advanced.

    A rule job is a function inside one transaction. An effect job does I/O and opens its own transactions;
    its entry stays on the agenda until the effect replaced or cancelled it, so that a crash repeats it.
    """

    def __init__(
        self,
        rules: Mapping[str, Rule],
        effects: Mapping[str, Effect],
        ports: Ports,
        gates: Mapping[str, Gate] | None = None,
    ) -> None:
        self.rules = dict(rules)
        self.effects = dict(effects)
        self.ports = ports
        self.gates = dict(gates or {})
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timers: dict[str, tuple[str, asyncio.TimerHandle]] = {}
        self._running: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._advancing: set[str] = set()
        self._arming: set[str] = set()
        self._lines = Lines()
        self._crowded_out: dict[str, Workspace] = {}
        self._breath: dict[str, float] = {}

    def start(self) -> None:
        """Begin to run due work on the current event loop."""
        self._loop = asyncio.get_running_loop()

    async def stop(self) -> None:
        """Stop timers and wait for effects under way to be cancelled."""
        for _, timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._loop = None
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def committed(self, workspace: Workspace, commit: Commit) -> None:
        """Take note of a commit; called on any thread, inside the workspace's lock."""
        if self._loop is not None and (commit.earliest_due is not None or commit.clock_changed):
            due = None if commit.clock_changed else commit.earliest_due
            self._loop.call_soon_threadsafe(self._arm, workspace, due)

    def wake(self, workspace: Workspace) -> None:
        """Look at the agenda anew, after a world was swapped."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._arm, workspace, None)

    def forget(self, workspace_id: str) -> None:
        """No more work for a deleted workspace."""
        self._lines.forget(workspace_id)
        self._breath.pop(workspace_id, None)
        _, timer = self._timers.pop(workspace_id, ("", None))
        if timer is not None:
            timer.cancel()

    def _arm(self, workspace: Workspace, due: str | None, after: str = "") -> None:
        """Set the timer for `due`, or for whatever comes first; `after` skips what was looked at already."""
        if self._loop is None or workspace.id in self._advancing:
            return
        armed = self._timers.get(workspace.id)
        if due is None:
            entry = self._next(workspace, after)
            due = entry["due"] if entry is not None else None
        elif armed is not None and armed[0] <= due:
            return
        if armed is not None:
            armed[1].cancel()
            del self._timers[workspace.id]
        if due is None:
            return
        wait = (parse_instant(due) - workspace.now()).total_seconds()
        if wait > 0 and _frozen(workspace):
            return
        wait = max(wait, self._breath.get(workspace.id, 0.0))
        timer = self._loop.call_later(min(wait, LONGEST_SLEEP), self._fire, workspace)
        self._timers[workspace.id] = (due, timer)

    def _next(self, workspace: Workspace, after: str = "") -> Document | None:
        """The earliest entry that is due after a moment, and neither under way nor held back."""
        with workspace.lock:
            for entry in workspace.store.iterate("agenda", None, "due"):
                if entry["due"] > after and self.may_begin(workspace, entry):
                    return entry
        return None

    def may_begin(self, workspace: Workspace, entry: Document) -> bool:
        """Whether it is neither under way nor held back."""
        if (workspace.id, entry["id"]) in self._running:
            return False
        gate = self.gates.get(entry["job"])
        return gate is None or not gate.closed(workspace, entry)

    def _fire(self, workspace: Workspace) -> None:
        """Run everything due on the real clock: rules here, effects as tasks of their own."""
        started = perf_counter()
        self._timers.pop(workspace.id, None)
        self._lines.forget(workspace.id)
        now = instant(workspace.now())
        again = True
        while again:
            again = False  # only rules make more work before this returns
            for entry in self.due(workspace, now):
                if workspace.store.get("agenda", entry["id"]) is not entry:
                    continue  # what ran before it took it back or put it off
                if entry["job"] not in self.effects:
                    self._run_rule(workspace, entry)
                    again = True
                elif self._has_room(workspace) and self.may_begin(workspace, entry):
                    self.begin(workspace, entry)
                else:
                    self._lines.add(workspace, self._line(workspace, entry), entry["id"])
        self._breath.pop(workspace.id, None)
        if workspace in self._lines:
            self._breath[workspace.id] = min(BREATH * (perf_counter() - started), LONGEST_BREATH)
        self._arm(workspace, None, after=now)

    def _has_room(self, workspace: Workspace) -> bool:
        """Whether one more may be under way; who asks in vain is remembered."""
        if len(self._running) < MOST_UNDER_WAY:
            return True
        self._crowded_out[workspace.id] = workspace
        return False

    def _line(self, workspace: Workspace, entry: Document) -> str:
        gate = self.gates.get(entry["job"])
        return f"{entry['job']}:{'' if gate is None else gate.group(workspace, entry)}"

    def _begin_next(self, workspace: Workspace) -> None:
        """Let those begin that waited for another to end."""
        if self._loop is None or workspace.id in self._advancing:
            return
        now = instant(workspace.now())

        def may_begin(entry: Document) -> bool:
            if entry["due"] > now or (workspace.id, entry["id"]) in self._running:
                return True  # it waits no more: it was put off, or began already
            return self._has_room(workspace) and self.may_begin(workspace, entry)

        for entry in self._lines.next(workspace, may_begin):
            if entry["due"] <= now and (workspace.id, entry["id"]) not in self._running:
                self.begin(workspace, entry)

    def due(self, workspace: Workspace, now: str) -> list[Document]:
        """All that is due and not under way, in one pass: asking one by one is dear with many under way."""
        with workspace.lock:
            due = takewhile(lambda entry: entry["due"] <= now, workspace.store.iterate("agenda", None, "due"))
            return [entry for entry in due if (workspace.id, entry["id"]) not in self._running]

    def begin(self, workspace: Workspace, entry: Document) -> asyncio.Task[None]:
        """Start an effect, whatever its gate says; one that is under way is not started again."""
        key = (workspace.id, entry["id"])
        if key in self._running:
            return self._running[key]
        gate = self.gates.get(entry["job"])
        task = asyncio.get_running_loop().create_task(self._run_effect(workspace, entry))
        self._running[key] = task
        if gate is not None:
            gate.enter(workspace, entry)

        def done(_: asyncio.Task[None]) -> None:
            self._running.pop(key, None)
            if gate is not None:
                gate.leave(workspace, entry)
            self._ended(workspace, entry["id"])

        task.add_done_callback(done)
        return task

    def _ended(self, workspace: Workspace, key: str) -> None:
        """An effect made room: for who waits in line, here or elsewhere, and for what it left behind."""
        left = workspace.store.get("agenda", key)
        if workspace not in self._lines:
            self._arm_soon(workspace)
        elif left is not None:
            self._arm(workspace, left["due"])
        if self._crowded_out:  # in turn, or who has long lines would leave nothing to others
            self._begin_next(self._crowded_out.pop(next(iter(self._crowded_out))))
        self._begin_next(workspace)

    def _arm_soon(self, workspace: Workspace) -> None:
        """Look at the agenda once for all effects that end in the same turn of the loop."""
        if self._loop is not None and workspace.id not in self._arming:
            self._arming.add(workspace.id)
            self._loop.call_soon(self._arm_now, workspace)

    def _arm_now(self, workspace: Workspace) -> None:
        self._arming.discard(workspace.id)
        self._arm(workspace, None)

    def _run_rule(self, workspace: Workspace, entry: Document) -> None:
        rule = self.rules.get(entry["job"])
        if rule is None:
            raise UnknownJob(entry["job"])
        try:
            with workspace.transaction() as tx:
                tx.delete("agenda", entry["id"])
                rule(tx, entry)
        except Exception as error:
            self._put_off(workspace, entry, error)

    async def _run_effect(self, workspace: Workspace, entry: Document) -> None:
        try:
            await self.effects[entry["job"]](workspace, entry, self.ports)
        except Exception as error:
            self._put_off(workspace, entry, error)
        else:
            self._drop(workspace, entry)

    def _drop(self, workspace: Workspace, entry: Document) -> None:
        """Remove an entry that has run, unless it was scheduled anew meanwhile."""
        with workspace.transaction() as tx:
            if tx.get("agenda", entry["id"]) is entry:
                tx.delete("agenda", entry["id"])

    def _put_off(self, workspace: Workspace, entry: Document, error: Exception) -> None:
        """Try again later what broke, a few times; then it is kept aside, for who looks into it."""
        log.error("job %s failed for %s", entry["job"], entry["subject"], exc_info=error)
        failures = entry.get("failures", 0)
        with workspace.transaction() as tx:
            if tx.get("agenda", entry["id"]) is not entry:
                return
            failed = {**entry, "failures": failures + 1, "error": f"{type(error).__name__}: {error}"[:500]}
            if failures < len(TRY_AGAIN_AFTER):
                due = instant(tx.now() + timedelta(seconds=TRY_AGAIN_AFTER[failures]))
                tx.put("agenda", {**failed, "due": due})
            else:
                tx.delete("agenda", entry["id"])
                tx.put(LAID_ASIDE, failed)

    def under_way(self, workspace: Workspace, key: str) -> asyncio.Task[None] | None:
        """The effect of an entry, while it runs."""
        return self._running.get((workspace.id, key))

    async def settle(self, workspace: Workspace) -> None:
        """Wait until no effect of the workspace is under way."""
        while tasks := [task for (owner, _), task in self._running.items() if owner == workspace.id]:
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.sleep(0)  # the callbacks of tasks that had ended already still have their turn

    async def ended(self, workspace: Workspace, but: str) -> None:
        """Wait until the effects now under way have ended, except those of one job: that of who waits."""
        others = [
            task
            for (owner, key), task in self._running.items()
            if owner == workspace.id and not key.startswith(f"{but}:")
        ]
        await asyncio.gather(*others, return_exceptions=True)

    async def advance(
        self, workspace: Workspace, to: datetime | timedelta, *, backwards: bool = False
    ) -> list[Document]:
        """Move the clock to a moment or so far on; returns what fell due and ran, in order of due times.

        Each runs with the clock at its own due time, effects one after the other. The mode stays as it was,
        except that a real clock becomes an offset one. Raises ClockCannotGoBack unless `backwards`."""
        now = workspace.now()
        target = now + to if isinstance(to, timedelta) else to
        if target < now and not backwards:
            raise ClockCannotGoBack(details=f"the clock shows {instant(now)}", target="/to")
        await self.settle(workspace)
        start = workspace.now()
        if not backwards:
            target = max(target, start)  # a real clock went on while effects under way came to their end
        frozen = _frozen(workspace)
        self._advancing.add(workspace.id)
        try:
            fired = await self._run_until(workspace, start, target)
        finally:
            self._advancing.discard(workspace.id)
            self._set_clock(workspace, "frozen" if frozen else "offset", target)
            self.wake(workspace)
        return fired

    async def _run_until(self, workspace: Workspace, start: datetime, target: datetime) -> list[Document]:
        fired: list[Document] = []
        while (entry := self._next(workspace)) is not None and entry["due"] <= instant(target):
            self._set_clock(workspace, "frozen", max(parse_instant(entry["due"]), start))
            if entry["job"] in self.effects:
                await asyncio.shield(self.begin(workspace, entry))
            else:
                self._run_rule(workspace, entry)
            fired.append(entry)
        return fired

    def _set_clock(self, workspace: Workspace, mode: str, now: datetime) -> None:
        with workspace.transaction() as tx:
            tx.set_clock(mode, now)


def _frozen(workspace: Workspace) -> bool:
    setting = workspace.store.get("clock", "clock")
    return setting is not None and setting["mode"] == "frozen"
