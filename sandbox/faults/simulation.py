"""The header X-Sandbox-Simulate: a fault for this one request, `error=SLOT_UNAVAILABLE;delay=2500`."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sandbox.faults.decoding import decode_effect
from sandbox.faults.effects import Delay, Effect, Respond
from sandbox.faults.rules import Outcome
from sandbox.kernel.errors import DomainError, FaultInvalid

HEADER = "X-Sandbox-Simulate"
GRAMMAR = "error=<CODE>, status=<400…599>, delay=<milliseconds>, joined by ';'"


@lru_cache(maxsize=256)
def parse_simulation(text: str) -> Outcome:
    """What the header asks for; raises FaultInvalid for anything that is not exactly understood."""
    wanted = _pairs(text)
    delay = (
        decode_effect({"type": Delay.type, "fixedMs": _number(wanted["delay"], "delay")})
        if "delay" in wanted
        else None
    )
    answer: dict[str, Any] = {}
    if "error" in wanted:
        answer["errorCode"] = wanted["error"]
    if "status" in wanted:
        answer["status"] = _status(wanted["status"])
    ending: Effect | None = decode_effect({"type": Respond.type, **answer}) if answer else None
    seconds = delay.fixedMs / 1000 if isinstance(delay, Delay) and delay.fixedMs is not None else 0.0
    return Outcome(("simulated",), seconds, ending) if ending else Outcome(("simulated",), seconds)


def _pairs(text: str) -> dict[str, str]:
    wanted: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not value:
            raise _invalid(f"{part.strip()!r} is not name=value; use {GRAMMAR}")
        if name not in ("error", "status", "delay"):
            raise _invalid(f"{name!r} is unknown; use {GRAMMAR}")
        if name in wanted:
            raise _invalid(f"{name} is given twice")
        wanted[name] = value
    return wanted


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise _invalid(f"{name}={text} is not a whole number")
    return int(text)


def _status(text: str) -> int:
    status = _number(text, "status")
    if not 400 <= status <= 599:
        raise _invalid(f"status={status} is not within 400 … 599")
    return status


def _invalid(details: str) -> DomainError:
    return FaultInvalid(details=details, target=HEADER)
