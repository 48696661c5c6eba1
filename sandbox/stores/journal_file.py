"""The open journal file: complete appends, syncs and the switch to a compacted file, safe for threads."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from threading import Lock

from sandbox.stores.directory import COMPACTING, DataDirectory
from sandbox.stores.framing import HEADER_SIZE, header

CHUNK = 1 << 20


class JournalFailed(OSError):
    """The disk refused a write; what was not acknowledged may be lost."""


class JournalFile:
    """Frames are taken, then written, then synced; each counter says how many have come that far."""

    def __init__(self, directory: DataDirectory, size: int, compacted: int) -> None:
        self.size = size
        self.compacted = compacted
        self.taken = 0
        self.written = 0
        self.synced = 0
        self._directory = directory
        self._waiting: list[bytes] = []
        self._since_gathering: list[bytes] | None = None
        self._lock = Lock()
        self._sync_lock = Lock()  # taken before _lock; a file is not switched during a sync of it
        self._failure: OSError | None = None
        self._file = self._open()

    def _open(self) -> int:
        file = os.open(self._directory.journal, os.O_WRONLY)
        os.lseek(file, self.size, os.SEEK_SET)
        return file

    def take(self, frame: bytes) -> None:
        """Keep a frame for the next write."""
        with self._lock:
            self._waiting.append(frame)
            self.taken += 1
            if self._since_gathering is not None:
                self._since_gathering.append(frame)

    def write(self) -> None:
        """Write all that was taken; raises JournalFailed and keeps it for a later try."""
        with self._lock:
            self._write()

    def _write(self) -> None:
        if self._failure is not None:
            raise JournalFailed(*self._failure.args)
        if not self._waiting:
            return
        data = b"".join(self._waiting)
        try:
            _write_all(self._file, data)
        except OSError as error:
            self._cut_back()
            raise JournalFailed(*error.args) from error
        self.size += len(data)
        self._waiting.clear()
        self.written = self.taken

    def _cut_back(self) -> None:
        """Remove the part that was written, lest it stand as damage before later frames."""
        try:
            os.ftruncate(self._file, self.size)
            os.lseek(self._file, self.size, os.SEEK_SET)
        except OSError as error:
            self._failure = error

    @property
    def is_given_up(self) -> bool:
        """Whether nothing more will be written to it."""
        return self._failure is not None

    def look(self) -> None:
        """Raises JournalFailed, from then on always, if nobody could find the file again."""
        if self._failure is None and not os.fstat(self._file).st_nlink:
            self._failure = FileNotFoundError(errno.ENOENT, "the journal was removed while it was in use")
            raise JournalFailed(*self._failure.args)

    def sync(self) -> None:
        """Wait until all that is written is on the disk; raises JournalFailed, from then on always."""
        with self._sync_lock:
            target = self.written
            if self.synced >= target:
                return
            try:
                os.fdatasync(self._file)
            except OSError as error:  # the kernel may have dropped the pages: trying again proves nothing
                self._failure = error
                raise JournalFailed(*error.args) from error
            self.synced = max(self.synced, target)

    def begin_compaction(self) -> None:
        """From now on frames are also kept for the new file; state gathered later has all before."""
        with self._lock:
            self._write()
            self._since_gathering = []

    def compact(self, state: Iterable[bytes]) -> None:
        """Replace the file by `state` and what was taken since; the old file stands if anything fails."""
        try:
            self._check_place()
            self._compact(state)
        except BaseException:
            self._since_gathering = None
            raise

    def _compact(self, state: Iterable[bytes]) -> None:
        file = self._directory.path / COMPACTING
        new = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            size = _write_chunks(new, state)
            os.fsync(new)
            with self._sync_lock, self._lock:
                self._switch(new, size)
        except BaseException:
            if self._file != new:
                os.close(new)
            if self._failure is None:
                file.unlink(missing_ok=True)  # the room it took is wanted for what comes
            raise

    def _switch(self, new: int, size: int) -> None:
        tail = b"".join(self._since_gathering or ())
        _write_all(new, tail)
        os.fdatasync(new)
        self._check_place()
        try:
            self._directory.replace()
        except OSError as error:  # which of the two files is the journal is known only at the next start
            self._failure = error
            raise
        os.close(self._file)
        self._file = new
        self.compacted, self.size = size, size + len(tail)
        self._since_gathering = None
        self._waiting.clear()
        self.written = self.synced = self.taken

    def _check_place(self) -> None:
        """Raises OSError where the directory was moved: what stands in its place may be another's."""
        if not os.path.samestat(self._directory.journal.stat(), os.fstat(self._file)):
            raise OSError(errno.ESTALE, f"{self._directory.journal} is another file by now")

    def close(self) -> None:
        """Write what is left and close."""
        with self._sync_lock, self._lock:
            try:
                self._write()
            finally:
                os.close(self._file)


def _write_all(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _write_chunks(file: int, frames: Iterable[bytes]) -> int:
    """Header and frames; returns the size, which the header then says."""
    size, buffer = HEADER_SIZE, bytearray(header(0))
    for frame in frames:
        buffer += frame
        size += len(frame)
        if len(buffer) > CHUNK:
            _write_all(file, bytes(buffer))
            buffer.clear()
    _write_all(file, bytes(buffer))
    os.pwrite(file, header(size), 0)
    return size
