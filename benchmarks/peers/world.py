"""The documents of the compared servers, and their rules, in plain dictionaries."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

import orjson

FACTS = orjson.loads(Path(os.environ["SANDBOX_BENCH_FACTS"]).read_bytes())
EVENTS: dict[str, dict[str, Any]] = {event["id"]: event for event in FACTS["events"]}
KEYS = {FACTS["key"]: {"scopes": ["events:read", "registrations:write"]}}
REGISTRATIONS: dict[str, dict[str, Any]] = {}
TAKEN: set[tuple[str, str]] = set()

_numbers = itertools.count(1)
_sample = FACTS["registration"]
_target = FACTS["target"]["eventId"]
_sold = {"allocated": 0}


def check_key(key: str) -> dict[str, Any] | None:
    return KEYS.get(key)


def find_event(event_id: str) -> dict[str, Any] | None:
    return EVENTS.get(event_id)


def find_events(limit: int, offset: int) -> dict[str, Any]:
    found = [event for event in EVENTS.values() if event["visibility"] == "public"]
    return {**FACTS["page"], "data": found[offset : offset + limit]}


def register(body: dict[str, Any]) -> dict[str, Any] | None:
    """The new registration, or None when the person is registered already."""
    key = (body["eventId"], body["contact"]["email"].lower())
    if body["eventId"] != _target or key in TAKEN:
        return None
    number = f"{next(_numbers):012d}"
    made = {**_sample, **body, "id": f"{_sample['id'][:-12]}{number}", "code": number[-8:]}
    TAKEN.add(key)
    _sold["allocated"] += 1
    REGISTRATIONS[made["id"]] = made
    return made
