"""Disputes: read, and answered with evidence that goes to the provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zlib import crc32

import orjson

from sandbox.connectors.stripe import Answer, ProviderRefusal, StripeConnector
from sandbox.kernel import errors
from sandbox.kernel.documents import Document
from sandbox.platform.call import Call
from sandbox.platform.card_data import refuse_card_numbers
from sandbox.platform.disputing import apply_dispute, disputes, require_open, with_evidence
from sandbox.platform.ownership import is_guest
from sandbox.platform.reach import is_within

__all__ = ["disputes"]


async def submit_dispute_evidence(call: Call, dispute_id: str, body: Mapping[str, Any]) -> Document:
    """Answer in time; the bank decides later, and the provider's webhook says how."""
    refuse_card_numbers(body)
    report = await _submitted(call, _answerable(call, dispute_id), body)
    with call.transaction() as tx:
        answered = with_evidence(tx, tx.need("dispute", dispute_id), body)
        return apply_dispute(tx, tx.need("payment", answered["paymentId"]), report) or answered


def _answerable(call: Call, dispute_id: str) -> Document:
    """The dispute, if it takes evidence from the caller."""
    with call.transaction() as tx:
        call.tx = tx
        dispute = disputes.get(call, dispute_id)
        if is_guest(call) or not is_within(call, "dispute", dispute):
            raise errors.InsufficientPermissions(
                details="whoever was paid answers a dispute", target="disputeId"
            )
        require_open(tx, dispute)
        return dispute


async def _submitted(call: Call, dispute: Document, body: Mapping[str, Any]) -> Answer:
    documents = enumerate(body.get("documents", ()), 1)
    params = {
        "evidence[uncategorized_text]": body["text"],
        "submit": "true",
        **{f"metadata[document{number}]": url for number, url in documents},
    }
    key = f"{dispute['id']}:evidence:{crc32(orjson.dumps(body)):08x}"
    connector = StripeConnector(call.ports, call.workspace.id, call.correlation_id)
    try:
        return await connector.update_dispute(dispute["providerRef"], params, key)
    except ProviderRefusal as refusal:
        if refusal.error.get("code") == "dispute_already_closed":
            raise errors.DisputeClosed(details=str(refusal), target="status") from None
        raise errors.UpstreamError(details=f"stripe refused: {refusal}") from None
