"""The journal on disk: every change of every workspace, appended before its answer leaves."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Lock
from typing import Any

from sandbox.stores.frames import MAGIC, Damage, framed, frames

FILE, LOCK = "journal.log", "lock"
COMPACT_FROM = 16 * 1024 * 1024
COMPACT_RATIO = 4

log = logging.getLogger(__name__)


class JournalUnusable(Exception):
    """The data directory cannot be used; the message says what to do. Nothing in it was changed."""


class Journal:
    """One append-only file for a data directory, held by one process.

    Records of one turn of the event loop are written together. `flushed` returns when they are written, or with
    `durable` when they are on the disk: one sync runs at a time, and serves all who came before it began.
    """

    def __init__(self, directory: Path, file: int, lock: int, durable: bool) -> None:
        self.directory = directory
        self.durable = durable
        self.compactor: Callable[[], Iterator[dict[str, Any]]] | None = None
        self._file = file
        self._lock_file = lock
        self._lock = Lock()
        self._buffer: list[bytes] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._written: asyncio.Future[None] | None = None
        self._syncing: asyncio.Task[None] | None = None
        self._waiting: list[asyncio.Future[None]] = []
        self._size = os.fstat(file).st_size
        self._compacted_size = COMPACT_FROM // COMPACT_RATIO

    @classmethod
    def open(cls, directory: Path, durable: bool = False) -> Journal:
        """Take the directory for this process; raises JournalUnusable."""
        directory.mkdir(parents=True, exist_ok=True)
        lock = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            raise JournalUnusable(
                f"{directory} is in use by another process; stop it or use another --data"
            ) from None
        path = directory / FILE
        path.with_suffix(".new").unlink(missing_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        if os.fstat(file).st_size == 0:
            os.write(file, MAGIC)
            _sync_directory(directory)
        return cls(directory, file, lock, durable)

    def records(self) -> Iterator[dict[str, Any]]:
        """What was appended so far, in order. A torn end is dropped; damage raises JournalUnusable."""
        path = self.directory / FILE
        data = path.read_bytes()
        end = min(len(MAGIC), len(data))
        try:
            for record, end in frames(memoryview(data)):  # noqa: B007 - the last end is where the file is cut
                yield record
        except Damage as damage:
            raise JournalUnusable(
                f"{path} is damaged ({damage}); it was left as it is. Restore it from a backup, "
                f"or move it away to begin with an empty world"
            ) from damage
        if end < len(data):
            log.warning("dropped %d bytes of an unfinished record at the end of %s", len(data) - end, path)
            os.ftruncate(self._file, end)
        if end < len(MAGIC):
            os.write(self._file, MAGIC[end:])
        self._size = os.fstat(self._file).st_size

    def append(self, record: dict[str, Any]) -> None:
        """Take one record, on any thread; without a running event loop it is written at once."""
        frame = framed(record)
        with self._lock:
            self._buffer.append(frame)
            first = len(self._buffer) == 1
        if self._loop is None:
            try:
                self._loop = asyncio.get_running_loop()
            except RuntimeError:
                self._write()
                return
        if first:
            self._loop.call_soon_threadsafe(self._turn)

    async def flushed(self) -> None:
        """Everything appended before is written, or synced if the journal is durable."""
        if self._buffer:
            if self._written is None:
                self._written = asyncio.get_running_loop().create_future()
            await self._written
        if self.durable:
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(done)
            if self._syncing is None:
                self._syncing = asyncio.get_running_loop().create_task(self._sync())
            await done

    async def close(self) -> None:
        """Write and sync what is left, and let the directory go."""
        if self._syncing is not None:
            await self._syncing
        self._write()
        os.fsync(self._file)
        os.close(self._file)
        os.close(self._lock_file)

    def _turn(self) -> None:
        written, self._written = self._written, None
        try:
            self._write()
        except OSError as error:
            if written is not None:
                written.set_exception(error)
                return
            raise
        if written is not None and not written.done():
            written.set_result(None)
        if self.compactor is not None and self._size > max(
            COMPACT_FROM, self._compacted_size * COMPACT_RATIO
        ):
            self.compact()

    def _write(self) -> None:
        with self._lock:
            data, self._buffer = b"".join(self._buffer), []
        _write_all(self._file, data)
        self._size += len(data)

    async def _sync(self) -> None:
        """One sync after the other for as long as somebody waits."""
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                served, self._waiting = self._waiting, []
                await loop.run_in_executor(None, os.fdatasync, self._file)
                for done in served:
                    if not done.done():
                        done.set_result(None)
        finally:
            self._syncing = None

    def compact(self) -> None:
        """Replace the file by one that says the present state; a crash leaves either the old one or the new one."""
        if self.compactor is None or self._syncing is not None:
            return
        self._write()
        path = self.directory / FILE
        new = path.with_suffix(".new")
        file = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        _write_all(file, MAGIC)
        for record in self.compactor():
            _write_all(file, framed(record))
        os.fsync(file)
        os.replace(new, path)
        _sync_directory(self.directory)
        old, self._file = self._file, file
        os.close(old)
        self._size = self._compacted_size = os.fstat(file).st_size


def _write_all(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
