"""Everything a workspace recorded under one correlation id: exchanges, events, deliveries, captures, mail."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import orjson

from sandbox.journal import Exchange
from sandbox.journal.headers import header
from sandbox.journal.redaction import redacted_text
from sandbox.journal.ring import Criteria, Journal
from sandbox.kernel.commits import OUTBOX
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.webhooks.deliveries import attempts_of

_BIN = re.compile(r"bin_[0-9a-f]{24}")


class Traces:
    """Read once; nothing is kept beyond the answer."""

    def __init__(self, tx: Transaction, journal: Journal, correlation_id: str) -> None:
        self._tx = tx
        self.exchanges = list(journal.find(Criteria(correlation_id=correlation_id)))[::-1]
        self.events = tx.derived(OUTBOX, _by_correlation).get(correlation_id, ())
        self.deliveries = sorted(
            tx.derived("delivery", _by_correlation).get(correlation_id, ()),
            key=lambda delivery: int(delivery["_sequence"]),
        )
        self.mails = tx.derived("email", _by_correlation).get(correlation_id, ())
        self._arrived = [
            captured
            for bin_id in self._bins()
            for captured in tx.find("captured_request", {"binId": bin_id}, "sequence")
        ]

    def __bool__(self) -> bool:
        return bool(self.exchanges or self.events or self.deliveries or self.mails)

    def refusal(self, exchange: Exchange) -> dict[str, Any] | None:
        """The error object of an answer that refused, None for any other."""
        if exchange.status < 400:
            return None
        try:
            answer = orjson.loads(exchange.response_body)
        except orjson.JSONDecodeError:
            return None
        error = answer.get("error", answer) if isinstance(answer, dict) else None
        if not isinstance(error, dict) or not isinstance(error.get("code"), str):
            return None
        told = {member: error.get(member) for member in ("code", "message", "details", "target")}
        return {member: redacted_text(value) for member, value in told.items() if isinstance(value, str)}

    def fault(self, fault_id: str) -> Document | None:
        """The fault, unless it was removed since."""
        return self._tx.get("fault", fault_id)

    def address(self, webhook_id: str) -> str:
        """Where a subscription sends to."""
        webhook = self._tx.get("webhook", webhook_id)
        return redacted_text(webhook["url"]) if webhook is not None else webhook_id

    def attempts(self, delivery_id: str) -> list[Document]:
        """Oldest first."""
        return attempts_of(self._tx, delivery_id)

    def captures(self, delivery: Document, number: int) -> list[Document]:
        """What an attempt left in a bin."""
        return [
            captured
            for captured in self._arrived
            if (captured["delivery"] or {}).get("deliveryId") == delivery["id"]
            and captured["headers"].get("x-webhook-attempt") == str(number)
        ]

    def is_known(self, exchange: Exchange) -> bool:
        """Whether an attempt tells of it already, as of what names its message in the body alone."""
        message = header(exchange.request_headers, "webhook-id")
        if exchange.purpose == "webhook" and not message:
            return True
        return any(delivery["messageId"] == message for delivery in self.deliveries)

    def _bins(self) -> list[str]:
        addresses = (self._tx.get("webhook", delivery["webhookId"]) for delivery in self.deliveries)
        found = (_BIN.search(webhook["url"]) for webhook in addresses if webhook is not None)
        return list(dict.fromkeys(match[0] for match in found if match is not None))


def _by_correlation(documents: Iterable[Document]) -> dict[str, list[Document]]:
    found: dict[str, list[Document]] = {}
    for document in documents:
        correlation_id = document.get("correlationId") or document.get("_correlationId")
        if correlation_id:
            found.setdefault(correlation_id, []).append(document)
    return found
