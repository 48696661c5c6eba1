"""The append-only journal of all worlds: on disk before an answer leaves, replayed at start."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

import orjson

from sandbox.kernel.errors import DomainError, ServiceUnavailable
from sandbox.stores.directory import DataDirectory, DataDirectoryRefused
from sandbox.stores.framing import HEADER_SIZE, frames, pack
from sandbox.stores.journal_file import JournalFailed, JournalFile

log = logging.getLogger(__name__)

Record = dict[str, Any]

COMPACT_FROM = 256 << 20
"""Bytes appended that make it worth telling the state anew, if they are also more than the state was."""
COMPACT_AT_THE_END_FROM = 16 << 20
"""Nobody waits for an answer then, and the next start reads all of it."""
LOOK_AGAIN_AFTER = 1.0
"""Seconds from one look whether the file is still there to the next."""
TRY_AGAIN_AFTER = 5
"""Seconds that callers are asked to wait where nothing can be written."""


class WorldJournal:
    """Records of one data directory: what changed in which world. (Of traffic: `sandbox.journal`.)

    On an event loop the records of one turn are written together at its end; `flushed` waits for that and, if
    durable, for a sync. One sync at a time: the next serves all that came while it ran. Without a loop
    (another thread) `append` itself writes, and syncs if durable.
    """

    def __init__(self, directory: DataDirectory, durable: bool) -> None:
        self.durable = durable
        self.compactor: Callable[[], Iterable[Record]] | None = None
        """Gives what rebuilds the present state: called on the event loop's thread, read in another."""
        self._directory = directory
        size, compacted = directory.prepare()
        self._replayable = size
        self._file = JournalFile(directory, size, compacted)
        self._waiters: list[tuple[int, asyncio.Future[None]]] = []
        self._waiters_lock = Lock()
        self._turn: asyncio.AbstractEventLoop | None = None
        self._syncing = False
        self._looked = 0.0
        self._trouble = ""
        self._compaction: Future[None] | None = None
        self._pool = ThreadPoolExecutor(2, "journal")

    @classmethod
    def open(cls, directory: Path | str, durable: bool = False) -> WorldJournal:
        """Open or make a data directory; raises DataDirectoryRefused, with nothing changed, if it is in use
        or damaged. An unfinished last record is dropped with a warning."""
        held = DataDirectory.open(Path(directory))
        try:
            return cls(held, durable)
        except OSError as reason:
            held.close()
            raise DataDirectoryRefused(
                f"{directory} cannot be used: {reason.strerror}; mend that, or choose another"
            ) from None
        except BaseException:
            held.close()
            raise

    def records(self) -> Iterator[Record]:
        """What the journal held when it was opened, oldest first."""
        if self._replayable > HEADER_SIZE:
            with self._directory.mapped() as data:
                for _, payload in frames(data, stop=self._replayable):
                    yield orjson.loads(payload)

    def append(self, record: Record) -> None:
        """Take one record; see the class for when it is on disk. Only `flushed` raises if the disk fails."""
        self._file.take(pack(orjson.dumps(record)))
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._write_at_once()
        else:
            if self._turn is not loop:
                self._turn = loop
                loop.call_soon(self._turn_ended, loop)

    async def flushed(self) -> None:
        """Return when every record taken so far is written, and synced if durable.

        Raises ServiceUnavailable where the disk refuses: then it is not known to last, and tried again."""
        target = self._file.taken
        if self._reached() >= target:
            return
        loop = asyncio.get_running_loop()
        waiter = loop.create_future()
        with self._waiters_lock:
            self._waiters.append((target, waiter))
        if self._turn is not loop:
            self._turn = loop
            loop.call_soon(self._turn_ended, loop)
        await waiter

    async def compact(self) -> None:
        """Rewrite the file to what rebuilds the present state, while appends go on.

        One under way began with an older state: it is waited for first."""
        if self._compaction is not None:
            await asyncio.wait([asyncio.wrap_future(self._compaction)])
        self._start_compaction()
        if self._compaction is not None:
            await asyncio.wrap_future(self._compaction)

    async def close(self) -> None:
        """Write, and sync if durable, what is left; let other processes in."""
        try:
            await self.flushed()
            if self._has_grown(COMPACT_AT_THE_END_FROM):
                await self.compact()
        finally:
            if self._compaction is not None:
                await asyncio.wait([asyncio.wrap_future(self._compaction)])
            self.shut()

    def shut(self) -> None:
        """Close without an event loop."""
        self._pool.shutdown()
        try:
            self._file.close()
        except JournalFailed:
            lost = self._file.taken - self._file.written
            log.error("%s: the last %d records could not be written and are lost", self._directory.path, lost)
            raise
        finally:
            self._directory.close()

    def _reached(self) -> int:
        return self._file.synced if self.durable else self._file.written

    def _write_at_once(self) -> None:
        try:
            self._file.write()
            if self.durable:
                self._file.sync()
        except JournalFailed as error:
            self._failed(error)
        self._settle(None)

    def _turn_ended(self, loop: asyncio.AbstractEventLoop) -> None:
        self._turn = None
        try:
            if (now := loop.time()) - self._looked > LOOK_AGAIN_AFTER:
                self._looked = now
                self._file.look()
            self._file.write()
        except JournalFailed as error:
            self._settle(self._failed(error), loop)
            return
        if self._trouble:
            self._trouble = ""
            log.warning("%s can be written again; nothing was lost", self._directory.path)
        if self.durable:
            self._sync_soon(loop)
        self._settle(None, loop)
        if self._has_grown(COMPACT_FROM):
            self._start_compaction()

    def _failed(self, error: BaseException) -> DomainError:
        """What callers are told. The log tells it once, not to each of them."""
        reason = getattr(error, "strerror", None) or str(error)
        if reason != self._trouble:
            self._trouble = reason
            until = "the next start" if self._file.is_given_up else "that is mended"
            where = self._directory.path
            log.error("nothing can be written to %s: %s; calls fail until %s", where, reason, until)
        said = f"what was changed cannot be written to the disk: {reason}"
        return ServiceUnavailable(details=said, retry_after=TRY_AGAIN_AFTER)

    def _settle(self, error: BaseException | None, here: asyncio.AbstractEventLoop | None = None) -> None:
        """Wake who waits for what is reached by now, or all on an error; `here` is the running loop."""
        if not self._waiters:
            return
        reached = self._reached()
        with self._waiters_lock:
            ready = [waiter for target, waiter in self._waiters if error is not None or target <= reached]
            self._waiters = [pair for pair in self._waiters if error is None and pair[0] > reached]
        for waiter in ready:
            if (loop := waiter.get_loop()) is here:
                _wake(waiter, error)
            else:
                loop.call_soon_threadsafe(_wake, waiter, error)

    def _sync_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._syncing and self._file.synced < self._file.written:
            self._syncing = True
            syncing = loop.run_in_executor(self._pool, self._file.sync)
            syncing.add_done_callback(lambda done: self._synced(loop, done))

    def _synced(self, loop: asyncio.AbstractEventLoop, done: asyncio.Future[None]) -> None:
        self._syncing = False
        if not done.cancelled() and (error := done.exception()) is not None:
            self._settle(self._failed(error), loop)
            return
        self._sync_soon(loop)
        self._settle(None, loop)

    def _has_grown(self, least: int) -> bool:
        return self._file.size - self._file.compacted > max(least, self._file.compacted)

    def _start_compaction(self) -> None:
        """Take hold of the state now, while the loop runs nothing else; tell and write it in a thread."""
        if self.compactor is None or (self._compaction is not None and not self._compaction.done()):
            return
        self._file.begin_compaction()
        self._compaction = self._pool.submit(self._compact, self.compactor())

    def _compact(self, state: Iterable[Record]) -> None:
        try:
            self._file.compact(pack(orjson.dumps(record)) for record in state)
        except Exception:
            log.exception("compaction failed; the journal goes on as it is")
            self._file.compacted = self._file.size  # not again before it has grown much further
        self._settle(None)


def _wake(waiter: asyncio.Future[None], error: BaseException | None) -> None:
    if waiter.done():
        return
    if error is None:
        waiter.set_result(None)
    else:
        waiter.set_exception(error)
