"""The journal: what is acknowledged is on disk, what is torn is dropped, what is damaged is refused."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.kernel.errors import ServiceUnavailable
from sandbox.stores.directory import COMPACTING, JOURNAL, DataDirectoryRefused
from sandbox.stores.framing import HEADER_SIZE
from sandbox.stores.journal import WorldJournal
from sandbox.stores.journal_file import JournalFailed

Record = dict[str, Any]


def write(directory: Path, *records: Record) -> bytes:
    """A closed journal with these records; returns the file."""
    journal = WorldJournal.open(directory)
    for record in records:
        journal.append(record)
    journal.shut()
    return (directory / JOURNAL).read_bytes()


def read(directory: Path) -> list[Record]:
    journal = WorldJournal.open(directory)
    try:
        return list(journal.records())
    finally:
        journal.shut()


def numbers(count: int, start: int = 0) -> list[Record]:
    return [
        {"op": "commit", "n": number, "c": [["thing", "é" * 5, {"id": "x"}]]}
        for number in range(start, count)
    ]


class TestReplay:
    def test_gives_back_what_was_appended(self, tmp_path: Path) -> None:
        write(tmp_path / "new" / "data", *numbers(5))
        assert read(tmp_path / "new" / "data") == numbers(5)

    def test_of_a_new_directory_is_empty(self, tmp_path: Path) -> None:
        assert read(tmp_path) == []

    def test_goes_on_where_the_last_run_ended(self, tmp_path: Path) -> None:
        write(tmp_path, *numbers(3))
        write(tmp_path, *numbers(5, start=3))
        assert read(tmp_path) == numbers(5)

    def test_leaves_out_what_this_run_appended(self, tmp_path: Path) -> None:
        write(tmp_path, *numbers(2))
        journal = WorldJournal.open(tmp_path)
        journal.append({"op": "later"})
        assert list(journal.records()) == numbers(2)
        journal.shut()


@pytest.mark.parametrize("durable", [False, True])
class TestFlushed:
    def test_returns_when_the_records_are_in_the_file(self, tmp_path: Path, durable: bool) -> None:
        async def scenario() -> None:
            journal = WorldJournal.open(tmp_path, durable)
            for record in numbers(3):
                journal.append(record)
            assert (tmp_path / JOURNAL).stat().st_size == HEADER_SIZE
            await journal.flushed()
            kept = tmp_path / "copy"
            kept.mkdir()
            (kept / JOURNAL).write_bytes((tmp_path / JOURNAL).read_bytes())
            assert read(kept) == numbers(3)
            await journal.flushed()
            await journal.close()

        asyncio.run(scenario())

    def test_serves_many_callers_at_once(self, tmp_path: Path, durable: bool) -> None:
        syncs: list[int] = []

        async def caller(journal: WorldJournal, number: int) -> None:
            journal.append({"n": number})
            await journal.flushed()
            assert journal._reached() >= 1

        async def scenario() -> None:
            journal = WorldJournal.open(tmp_path, durable)
            sync = journal._file.sync
            journal._file.sync = lambda: (syncs.append(1), sync())[1]  # type: ignore[method-assign]
            await asyncio.gather(*(caller(journal, number) for number in range(200)))
            await journal.close()

        asyncio.run(scenario())
        assert sorted(record["n"] for record in read(tmp_path)) == list(range(200))
        assert len(syncs) <= (3 if durable else 0)

    def test_takes_records_of_other_threads_in_their_order(self, tmp_path: Path, durable: bool) -> None:
        def work(journal: WorldJournal, name: int) -> None:
            for number in range(50):
                journal.append({"thread": name, "n": number})

        async def scenario() -> None:
            journal = WorldJournal.open(tmp_path, durable)
            loop = asyncio.get_running_loop()
            working = [loop.run_in_executor(None, work, journal, name) for name in range(4)]
            for number in range(50):
                journal.append({"thread": "loop", "n": number})
                await journal.flushed()
            await asyncio.gather(*working)
            await journal.close()

        asyncio.run(scenario())
        found = read(tmp_path)
        for name in (0, 1, 2, 3, "loop"):
            assert [record["n"] for record in found if record["thread"] == name] == list(range(50))


class TestDiskTrouble:
    def test_fails_the_waiting_answer_and_keeps_the_record_for_later(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        real, full = os.write, [True]

        def crowded(file: int, data: bytes) -> int:
            if not full[0]:
                return real(file, data)
            if len(data) < 10:
                raise OSError(errno.ENOSPC, "No space left on device")
            return real(file, data[: len(data) // 2])

        async def scenario() -> None:
            journal = WorldJournal.open(tmp_path)
            monkeypatch.setattr(os, "write", crowded)
            journal.append({"n": 1})
            for _ in range(3):
                with pytest.raises(ServiceUnavailable, match="No space left on device") as refused:
                    await journal.flushed()
                assert refused.value.retry_after
            full[0] = False
            journal.append({"n": 2})
            await journal.flushed()
            await journal.close()

        asyncio.run(scenario())
        said = [record.getMessage().partition(f"{tmp_path}")[0] for record in caplog.records]
        assert said == ["nothing can be written to ", ""]
        assert "can be written again" in caplog.text
        assert read(tmp_path) == [{"n": 1}, {"n": 2}]

    def test_trusts_nothing_after_a_failed_sync(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def failing(_: int) -> None:
            raise OSError(errno.EIO, "Input/output error")

        async def scenario() -> None:
            journal = WorldJournal.open(tmp_path, durable=True)
            monkeypatch.setattr(os, "fdatasync", failing)
            journal.append({"n": 1})
            with pytest.raises(ServiceUnavailable):
                await journal.flushed()
            monkeypatch.undo()
            journal.append({"n": 2})
            with pytest.raises(ServiceUnavailable):
                await journal.flushed()
            with pytest.raises(JournalFailed):
                await journal.close()

        asyncio.run(scenario())
        assert read(tmp_path) == [{"n": 1}]

    def test_acknowledges_nothing_once_its_directory_was_removed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr("sandbox.stores.journal.LOOK_AGAIN_AFTER", -1)

        async def scenario() -> None:
            journal = WorldJournal.open(tmp_path / "data")
            journal.append({"n": 1})
            await journal.flushed()
            shutil.rmtree(tmp_path / "data")
            journal.append({"n": 2})
            with pytest.raises(ServiceUnavailable, match="was removed"):
                await journal.flushed()
            with pytest.raises(JournalFailed):
                await journal.close()

        asyncio.run(scenario())
        assert "calls fail until the next start" in caplog.text
        assert "the last 1 records could not be written and are lost" in caplog.text

    def test_of_a_new_directory_is_said_with_its_name(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(DataDirectoryRefused, match=f"{tmp_path} cannot be used: No space"):
            WorldJournal.open(tmp_path)
        monkeypatch.undo()
        assert read(tmp_path) == []


class TestTornEnd:
    def test_is_dropped_with_a_warning(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        content = write(tmp_path, *numbers(3))
        (tmp_path / JOURNAL).write_bytes(content[:-4])
        with caplog.at_level(logging.WARNING):
            assert read(tmp_path) == numbers(2)
        assert "dropped an unfinished record" in caplog.text
        caplog.clear()
        write(tmp_path, *numbers(4, start=2))
        assert read(tmp_path) == numbers(4)
        assert caplog.text == ""

    def test_of_zeros_is_dropped(self, tmp_path: Path) -> None:
        content = write(tmp_path, *numbers(3))
        for zeros in (3, 5000):
            (tmp_path / JOURNAL).write_bytes(content + b"\0" * zeros)
            assert read(tmp_path) == numbers(3)

    def test_in_the_first_line_is_an_empty_journal(self, tmp_path: Path) -> None:
        content = write(tmp_path)
        for size in range(HEADER_SIZE):
            (tmp_path / JOURNAL).write_bytes(content[:size])
            assert read(tmp_path) == []


def flipped(at: int) -> Callable[[bytes], bytes]:
    return lambda content: content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


class TestDamage:
    @pytest.mark.parametrize(
        ("spoil", "advice"),
        [
            (flipped(HEADER_SIZE), "truncate -s"),
            (flipped(HEADER_SIZE + 4), "truncate -s"),
            (flipped(HEADER_SIZE + 12), "truncate -s"),
            (flipped(HEADER_SIZE + 30), "truncate -s"),
            (flipped(-3), "backup"),
            (lambda content: content[: HEADER_SIZE + 10] + content[HEADER_SIZE + 11 :], "backup"),
            (lambda content: content[:60] + b"\0" * 40 + content[100:], "backup"),
            (lambda content: content + b"hello", "backup"),
            (flipped(3), "choose another data directory"),
            (lambda content: content.replace(b"journal 1", b"journal 2"), "the version that wrote it"),
        ],
    )
    def test_is_refused_with_advice_and_left_alone(
        self, tmp_path: Path, spoil: Callable[[bytes], bytes], advice: str
    ) -> None:
        spoiled = spoil(write(tmp_path, *numbers(5)))
        (tmp_path / JOURNAL).write_bytes(spoiled)
        for _ in range(2):
            with pytest.raises(DataDirectoryRefused, match=advice):
                WorldJournal.open(tmp_path)
            assert (tmp_path / JOURNAL).read_bytes() == spoiled

    def test_can_be_cut_off_as_advised(self, tmp_path: Path) -> None:
        content = write(tmp_path, *numbers(5))
        (tmp_path / JOURNAL).write_bytes(flipped(-3)(content))
        with pytest.raises(DataDirectoryRefused) as refused:
            WorldJournal.open(tmp_path)
        size = int(str(refused.value).split("truncate -s ")[1].split()[0])
        os.truncate(tmp_path / JOURNAL, size)
        assert read(tmp_path) == numbers(4)


class TestLock:
    def test_lets_one_journal_in_at_a_time(self, tmp_path: Path) -> None:
        journal = WorldJournal.open(tmp_path)
        with pytest.raises(DataDirectoryRefused, match=f"in use by process {os.getpid()}"):
            WorldJournal.open(tmp_path)
        journal.shut()
        WorldJournal.open(tmp_path).shut()


class Counter:
    """A state worth compacting: the sum of all records, each appended by `add`."""

    def __init__(self, journal: WorldJournal) -> None:
        self.total = 0
        self.journal = journal
        journal.compactor = lambda: [{"total": self.total}]

    def add(self, amount: int) -> None:
        self.total += amount
        self.journal.append({"add": amount})


def total(directory: Path) -> int:
    value = 0
    for record in read(directory):
        value = record["total"] if "total" in record else value + record["add"]
    return value


class TestCompaction:
    def test_replaces_the_history_by_the_state(self, tmp_path: Path) -> None:
        async def scenario() -> None:
            journal = WorldJournal.open(tmp_path)
            counter = Counter(journal)
            for _ in range(100):
                counter.add(1)
            await journal.compact()
            counter.add(5)
            await journal.close()

        asyncio.run(scenario())
        assert read(tmp_path) == [{"total": 100}, {"add": 5}]
        assert {path.name for path in tmp_path.iterdir()} == {JOURNAL, "lock"}

    @pytest.mark.parametrize("durable", [False, True])
    def test_loses_nothing_appended_meanwhile(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, durable: bool
    ) -> None:
        begun, go_on, fsync = threading.Event(), threading.Event(), os.fsync

        def slow(file: int) -> None:
            begun.set()
            go_on.wait(5)
            fsync(file)

        async def scenario() -> None:
            journal = WorldJournal.open(tmp_path, durable)
            counter = Counter(journal)
            counter.add(1)
            monkeypatch.setattr(os, "fsync", slow)
            compaction = asyncio.ensure_future(journal.compact())
            await asyncio.to_thread(begun.wait)
            for _ in range(20):
                counter.add(10)
                await journal.flushed()
            copy = tmp_path / "killed"
            copy.mkdir()
            for name in (JOURNAL, COMPACTING):
                (copy / name).write_bytes((tmp_path / name).read_bytes())
            assert total(copy) == 201
            counter.add(100)
            go_on.set()
            await compaction
            counter.add(1000)
            await journal.close()

        asyncio.run(scenario())
        assert total(tmp_path) == 1301
        assert read(tmp_path)[0] == {"total": 1}

    @pytest.mark.parametrize("step", ["fsync", "rename"])
    def test_keeps_the_old_file_when_it_fails(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
    ) -> None:
        def failing(*_: object) -> None:
            raise OSError(errno.EIO, "Input/output error")

        async def scenario() -> None:
            journal = WorldJournal.open(tmp_path)
            counter = Counter(journal)
            counter.add(1)
            monkeypatch.setattr(*((os, "fsync") if step == "fsync" else (Path, "replace")), failing)
            await journal.compact()
            monkeypatch.undo()
            if step == "fsync":
                assert not (tmp_path / COMPACTING).exists()
                counter.add(2)
                await journal.close()
            else:
                with pytest.raises(JournalFailed):
                    await journal.close()

        asyncio.run(scenario())
        assert total(tmp_path) == (3 if step == "fsync" else 1)

    def test_leaves_alone_what_stands_where_its_directory_was(self, tmp_path: Path) -> None:
        place, moved = tmp_path / "data", tmp_path / "moved"

        async def scenario() -> None:
            journal = WorldJournal.open(place)
            counter = Counter(journal)
            counter.add(1)
            await journal.flushed()
            place.rename(moved)
            write(place, {"others": 1})
            await journal.compact()
            counter.add(2)
            assert journal._file._since_gathering is None
            await journal.close()

        asyncio.run(scenario())
        assert read(place) == [{"others": 1}]
        assert total(moved) == 3

    def test_what_grew_is_compacted_in_the_end(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sandbox.stores.journal.COMPACT_AT_THE_END_FROM", 2000)

        async def scenario(additions: int) -> list[Any]:
            journal = WorldJournal.open(tmp_path)
            counter = Counter(journal)
            for _ in range(additions):
                counter.add(1)
            await journal.close()
            return read(tmp_path)

        assert asyncio.run(scenario(2)) == [{"add": 1}, {"add": 1}]
        assert asyncio.run(scenario(500)) == [{"total": 500}]

    def test_a_file_is_within_twice_its_state(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sandbox.stores.journal.COMPACT_FROM", 2000)

        async def scenario() -> None:
            journal = WorldJournal.open(tmp_path)
            journal.compactor = lambda: [{"state": "x" * 10_000}]
            await journal.compact()
            first = journal._compaction
            while journal._compaction is first:
                assert journal._file.size < 20_500
                journal.append({"add": 1})
                await journal.flushed()
            await journal.close()

        asyncio.run(scenario())

    def test_starts_by_itself_when_the_file_has_grown(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sandbox.stores.journal.COMPACT_FROM", 2000)

        async def scenario() -> int:
            journal = WorldJournal.open(tmp_path)
            counter = Counter(journal)
            while not journal._file.compacted:
                counter.add(1)
                await journal.flushed()
            await journal.close()
            return counter.total

        assert asyncio.run(scenario()) == total(tmp_path)
        assert "total" in read(tmp_path)[0]
