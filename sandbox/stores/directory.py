"""A data directory: one process at a time, one journal file, replaced whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from mmap import ACCESS_READ, mmap
from pathlib import Path

from sandbox.stores.framing import HEADER_SIZE, VERSION, Broken, Data, frames, header, read_header

log = logging.getLogger(__name__)

JOURNAL = "journal"
COMPACTING = "journal.compacting"
LOCK = "lock"


class DataDirectoryRefused(ValueError):
    """The data directory cannot be used as it is; the message says what to do. Nothing in it was changed."""


class DataDirectory:
    """Holds the lock from `open` to `close`."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self.journal = path / JOURNAL
        self._lock = lock

    @classmethod
    def open(cls, path: Path) -> DataDirectory:
        """Lock the directory, made if absent; raises DataDirectoryRefused while a process has it."""
        try:
            path.mkdir(parents=True, exist_ok=True)
            lock = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as reason:
            raise DataDirectoryRefused(
                f"{path} cannot be a data directory: {reason.strerror}; choose another"
            ) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.read(lock, 32).decode(errors="replace").strip()
            os.close(lock)
            raise DataDirectoryRefused(
                f"{path} is in use by process {owner or '?'}; stop it, or choose another data directory"
            ) from None
        with contextlib.suppress(OSError):  # for people only; a full disk shows soon enough
            os.ftruncate(lock, 0)
            os.write(lock, f"{os.getpid()}\n".encode())
        return cls(path, lock)

    def close(self) -> None:
        """Let others in."""
        os.close(self._lock)

    def prepare(self) -> tuple[int, int]:
        """(size of the journal, size after its last compaction); drops what a crash left unfinished."""
        with contextlib.suppress(FileNotFoundError):
            (self.path / COMPACTING).unlink()
        if not self.journal.exists() or self._is_unfinished_header():
            self.write_new(header(0))
            self.replace()
        with self.mapped() as data:
            compacted = self._checked_header(data)
            size = self._sound_size(data)
        if size < self.journal.stat().st_size:
            os.truncate(self.journal, size)
        return size, compacted

    def _is_unfinished_header(self) -> bool:
        return self.journal.stat().st_size < HEADER_SIZE and header(0).startswith(self.journal.read_bytes())

    def _checked_header(self, data: Data) -> int:
        found = read_header(data)
        if found is None:
            raise DataDirectoryRefused(f"{self.journal} is not a journal; choose another data directory")
        version, compacted = found
        if version != VERSION:
            raise DataDirectoryRefused(
                f"{self.journal} has format {version}, this version reads {VERSION}; "
                "start the version that wrote it, or choose another data directory"
            )
        return compacted

    def _sound_size(self, data: Data) -> int:
        size, count = HEADER_SIZE, 0
        try:
            for size, _ in frames(data):  # noqa: B007 - the last one counts
                count += 1
        except Broken as broken:
            lost = len(data) - broken.offset
            if not broken.torn:
                raise DataDirectoryRefused(self._damage(broken.offset, count, lost)) from None
            log.warning("%s: dropped an unfinished record of %d bytes at its end", self.journal, lost)
        return size

    def _damage(self, offset: int, count: int, lost: int) -> str:
        return (
            f"{self.journal} is damaged at byte {offset}, after {count} sound records ({lost} bytes follow). "
            "Nothing was changed. Restore the file from a backup; or keep what precedes it: copy the "
            f"directory, then `truncate -s {offset} {self.journal}`; or start with an empty data directory"
        )

    @contextmanager
    def mapped(self) -> Iterator[mmap]:
        """The journal file as bytes."""
        with self.journal.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as data:
            yield data

    def write_new(self, content: bytes) -> None:
        """A file to replace the journal with, safely on the disk."""
        with (self.path / COMPACTING).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def replace(self) -> None:
        """The new file becomes the journal, also if the power fails now."""
        (self.path / COMPACTING).replace(self.journal)
        directory = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
