"""A captured request sent again: as it was or edited, signed anew if asked. Pure but for its transaction."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.webhooks.bins import secrets_for
from sandbox.webhooks.captures import fields_of, kept_body, parsed_json
from sandbox.webhooks.forwarding import below, passed_on
from sandbox.webhooks.signing import Stamp, header_base, header_signature, sign
from sandbox.webhooks.snippets import Replica
from sandbox.webhooks.subscriptions import signing_time

REPLAY_OF = "X-Sandbox-Replay-Of"
SIGNATURE_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


def replica_of(captured: Mapping[str, Any], address: str, edits: Mapping[str, Any]) -> Replica:
    """The request below an address, with what the edits say instead."""
    path = edits.get("path")
    placed = {
        **captured,
        "rawPath": captured.get("rawPath") if path is None else quote(path, safe="/%:@!$&'()*+,;=~"),
        "query": edits.get("query", captured["query"]),
    }
    body = kept_body(captured)
    if "bodyBase64" in edits:
        body = base64.b64decode(edits["bodyBase64"])
    elif "body" in edits:
        body = edits["body"].encode()
    fields = _edited(passed_on(fields_of(captured)), edits.get("headers") or {})
    return Replica(edits.get("method", captured["method"]).upper(), below(address, placed), fields, body)


def _edited(fields: list[tuple[str, str]], edits: Mapping[str, str | None]) -> list[tuple[str, str]]:
    """Each named header once with its new value, or not at all."""
    changed = {name.lower() for name in edits}
    kept = [(name, value) for name, value in fields if name.lower() not in changed]
    return [*kept, *((name, value) for name, value in edits.items() if value is not None)]


def signed_anew(tx: Transaction, captured: Document, replica: Replica) -> Replica | None:
    """With fresh signatures in the forms it had, by its bin's or subscription's secret; None without."""
    webhook_id = (captured["delivery"] or {}).get("webhookId")
    secrets = secrets_for(tx, captured["binId"], webhook_id)
    if not secrets:
        return None
    webhook = tx.get("webhook", webhook_id) if webhook_id else None
    now = int(tx.now().timestamp()) if webhook is None else signing_time(tx, webhook)
    stamp = Stamp(now, tx.new_token("webhook.replay", 32))
    scheme = captured["signature"]["scheme"] or "standard"
    envelope = parsed_json(replica.body)
    if scheme != "standard" and isinstance(envelope, dict) and isinstance(envelope.get("id"), str):
        made = sign(envelope, secrets, stamp, scheme)
        headers, body = dict(made.headers), made.body
    else:
        message_id = captured.get("messageId") or captured["id"]
        base = header_base(message_id, str(stamp.timestamp), replica.body)
        values = (message_id, str(stamp.timestamp), header_signature(secrets[0], base))
        headers, body = dict(zip(SIGNATURE_HEADERS, values, strict=True)), replica.body
    return Replica(replica.method, replica.url, _edited(list(replica.fields), headers), body)
