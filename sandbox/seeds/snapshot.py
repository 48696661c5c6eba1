"""What Faker gave for the default world, and what that world hashes to; `make seeds` writes both anew."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.kernel.layers import content_hash
from sandbox.seeds.draws import Entry

if TYPE_CHECKING:
    from sandbox.seeds.world import SeedWorld

TAPE = Path(__file__).with_name("tape.json")
"""Per collection `calls` (each distinct call once) and `said` (call number and value, in order)."""

FROZEN = Path(__file__).with_name("frozen.json")
"""Hash of each small default world, anchored at ANCHOR."""
ANCHOR = datetime(2026, 1, 5, tzinfo=UTC)


@lru_cache(maxsize=1)
def load_tape(path: Path = TAPE) -> dict[str, list[Entry]]:
    """The recorded entries by collection; empty where nothing was recorded."""
    if not path.exists():
        return {}
    kept = json.loads(path.read_bytes())
    return {name: [(part["calls"][n], value) for n, value in part["said"]] for name, part in kept.items()}


def dump_tape(recordings: dict[str, list[Entry]]) -> str:
    """The tape as text, the same for the same recordings."""
    kept = {}
    for name, entries in sorted(recordings.items()):
        calls = list(dict.fromkeys(call for call, _ in entries))
        number = {call: n for n, call in enumerate(calls)}
        kept[name] = {"calls": calls, "said": [[number[call], value] for call, value in entries]}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).replace('"},"', '"},\n"') + "\n"


def record() -> dict[str, list[Entry]]:
    """Build the default standard world with Faker awake and return all it said."""
    from sandbox.seeds.world import DEFAULT_SEED, SeedWorld, fill

    recordings: dict[str, list[Entry]] = {}
    fill(SeedWorld("standard", DEFAULT_SEED, ANCHOR, 1, recordings=recordings))  # type: ignore[arg-type]
    return {name: list(entries) for name, entries in recordings.items() if entries}


def hashes() -> dict[str, str]:
    """Of the default worlds as they are built now."""
    from sandbox.seeds.world import build_world

    return {profile: world_hash(build_world(profile, anchor=ANCHOR)) for profile in ("minimal", "standard")}


def world_hash(world: SeedWorld) -> str:
    """One hash over all documents."""
    return content_hash(
        (kind, key, row) for kind, rows in world.documents.items() for key, row in rows.items()
    )
