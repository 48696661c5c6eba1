"""Brings the registry back from the records it once wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sandbox.kernel.commits import Record, apply
from sandbox.kernel.errors import DomainError
from sandbox.kernel.workspaces import Snapshot, Workspaces, World


class ReplayRefused(ValueError):
    """What was kept cannot be brought back by this version; the message says what to do."""


class SeedMismatch(ReplayRefused):
    """Kept changes belong to a seed world that this version no longer generates."""

    def __init__(self, world: World) -> None:
        super().__init__(
            f"the data directory was written on another edition of the seed world {world.profile!r} "
            f"(seed {world.seed}); start with the version that wrote it, or with an empty --data directory"
        )


def replay(workspaces: Workspaces, records: Iterable[Record]) -> None:
    """Do again what the records say.

    Raises SeedMismatch if a seed world is another one now, ReplayRefused if a record means nothing here."""
    number = 0
    try:
        for number, record in enumerate(records, 1):  # noqa: B007 - told where it fails
            _STEPS[record["op"]](workspaces, record)
    except (LookupError, TypeError, DomainError) as fault:
        raise ReplayRefused(
            f"the data directory cannot be understood at record {number} ({type(fault).__name__}: {fault}); "
            "start with the version that wrote it, or with an empty --data directory"
        ) from fault
    for workspace in workspaces:
        workspaces.note_end(workspace)


def _world(workspaces: Workspaces, described: Record) -> World:
    world = World(described["profile"], described["seed"], described["anchor"], described["scale"])
    expected = described.get("hash")
    if expected and workspaces.layer(world).content_hash() != expected:
        raise SeedMismatch(world)
    return world


def _create(workspaces: Workspaces, record: Record) -> None:
    world = _world(workspaces, record["world"])
    workspaces.add(record["ws"], workspaces.new_store(world), world)


def _commit(workspaces: Workspaces, record: Record) -> None:
    apply(workspaces.need(record["ws"]).store, record)


def _fork(workspaces: Workspaces, record: Record) -> None:
    source = workspaces.need(record["from"])
    workspaces.add(record["ws"], source.store.fork(), workspaces.world(source.id))


def _reset(workspaces: Workspaces, record: Record) -> None:
    world = _world(workspaces, record["world"])
    workspaces.swap(record["ws"], workspaces.new_store(world), world)


def _snapshot(workspaces: Workspaces, record: Record) -> None:
    workspaces.snapshot(record["ws"], record["id"], record["name"], record["at"])


def _kept(workspaces: Workspaces, record: Record) -> None:
    world = _world(workspaces, record["world"])
    beside = record.get("beside")  # whose present state it is told apart from; once it could only be its own
    near = record["ws"] if beside is True else beside
    store = workspaces.need(near).store.fork() if near else workspaces.new_store(world)
    apply(store, record)
    workspaces.keep(record["ws"], Snapshot(record["id"], record["name"], record["at"], world, store))


def _drop_snapshot(workspaces: Workspaces, record: Record) -> None:
    workspaces.drop_snapshot(record["ws"], record["id"])


def _restore(workspaces: Workspaces, record: Record) -> None:
    workspaces.restore(record["ws"], record["id"])


def _delete(workspaces: Workspaces, record: Record) -> None:
    workspaces.delete(record["ws"])


_STEPS: dict[str, Callable[[Workspaces, Record], None]] = {
    "create": _create,
    "commit": _commit,
    "fork": _fork,
    "reset": _reset,
    "snapshot": _snapshot,
    "kept": _kept,
    "drop-snapshot": _drop_snapshot,
    "restore": _restore,
    "delete": _delete,
}
