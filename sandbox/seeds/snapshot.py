"""The tape of what Faker gave for the default world; `make seeds` records it anew."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from sandbox.seeds.draws import Entry

TAPE = Path(__file__).with_name("tape.json")
"""Per collection `calls` (each distinct call once) and `said` (call number and value, in order)."""


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
    from datetime import UTC, datetime

    from sandbox.seeds.world import DEFAULT_SEED, SeedWorld, fill

    recordings: dict[str, list[Entry]] = {}
    anchor = datetime(2026, 1, 5, tzinfo=UTC)
    fill(SeedWorld("standard", DEFAULT_SEED, anchor, 1, recordings=recordings))  # type: ignore[arg-type]
    return {name: list(entries) for name, entries in recordings.items() if entries}
