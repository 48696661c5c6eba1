"""What the examiner says of a rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sandbox.webhooks.exam.desk import Desk, Exchange


class Verdict(NamedTuple):
    """pass, fail, warn (cannot be told for sure) or skipped, and why."""

    verdict: str
    reason: str


def passed(reason: str) -> Verdict:
    return Verdict("pass", reason)


def failed(reason: str) -> Verdict:
    return Verdict("fail", reason)


def skipped(reason: str) -> Verdict:
    return Verdict("skipped", reason)


def accepted(exchanges: Sequence[Exchange], what: str) -> Verdict:
    """Whether all of them were answered with 2xx."""
    for exchange in exchanges:
        if not exchange.accepted:
            return failed(f"{what} must be answered with 2xx; the answer was {exchange.told}")
    return passed(f"{what}: answered with {exchanges[0].reply.status}")


def rejected(exchange: Exchange, what: str, before: bytes | None, after: bytes | None) -> Verdict:
    """Whether it was refused with 4xx and left no trace."""
    if exchange.accepted:
        return failed(f"{what} was accepted with {exchange.told}")
    if not exchange.rejected:
        return failed(f"{what} must be refused with 4xx; the answer was {exchange.told}")
    if before != after:
        return failed(f"{what} was refused with {exchange.told}, but changed the state")
    return passed(f"{what}: refused with {exchange.told}")


def unseen(desk: Desk, verdict: Verdict) -> Verdict:
    """A pass that rests on answers alone is no more than a warning."""
    if verdict.verdict != "pass" or (desk.paper.state_url is not None and not desk.state_broken):
        return verdict
    why = f"the stateUrl answered with {desk.state_broken}" if desk.state_broken else "give a stateUrl"
    return Verdict("warn", f"{verdict.reason}; whether it took effect again cannot be seen: {why}")
