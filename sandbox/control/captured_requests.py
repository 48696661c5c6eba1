"""Captured requests: sent again, or copied as a command."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.control.inspector import bins, captured_requests
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import BusinessRuleViolation, WebhookUrlNotAllowed
from sandbox.kernel.ports import OutboundReply, OutboundRequest
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.webhooks.captures import joined
from sandbox.webhooks.destinations import INSPECTOR_HOST
from sandbox.webhooks.forwarding import DEFAULT_TIMEOUT_MS, below, shown_reply
from sandbox.webhooks.replaying import REPLAY_OF, replica_of, signed_anew
from sandbox.webhooks.snippets import Replica, snippets

_BIN = re.compile(r"bin_[0-9a-f]{24}")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")


async def replay_captured_request(
    call: Call, bin_id: str, request_id: str, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Send it again; what came back is the answer, whatever it was."""
    edits = body or {}
    with call.transaction() as tx:
        replica = _replica(call, tx, (bin_id, request_id), edits)
    request = _request(call, replica, request_id, edits.get("timeoutMs", DEFAULT_TIMEOUT_MS))
    reply = await call.ports.http.send(request)
    with call.transaction() as tx:
        return _told(request, reply, _arrival(tx, request))


def get_snippets(call: Call, bin_id: str, request_id: str, url: str | None = None) -> dict[str, Any]:
    """The request as commands."""
    captured = captured_requests.get(call, request_id, binId=bin_id)
    shown = bins.present(call, bins.get(call, bin_id)) if bins.present else {}
    replica = replica_of(captured, url or shown["url"], {})
    return {"url": replica.url, "isComplete": not captured["bodyTruncated"], **snippets(replica)}


def _replica(call: Call, tx: Transaction, place: tuple[str, str], edits: Mapping[str, Any]) -> Replica:
    """What to send; raises WebhookUrlNotAllowed or BusinessRuleViolation."""
    call.tx = tx
    bin_id, request_id = place
    captured = captured_requests.get(call, request_id, binId=bin_id)
    if captured["bodyTruncated"] and not edits.keys() & {"body", "bodyBase64"}:
        raise BusinessRuleViolation(details="the body was not kept whole; send one", target="/body")
    for name in edits.get("headers") or {}:
        if not _HEADER.fullmatch(name):
            raise BusinessRuleViolation(details=f"{name!r} is no name of a header", target="/headers")
    address = edits.get("url", f"https://{INSPECTOR_HOST}/{bin_id}")
    if refusal := call.ports.http.refusal(below(address, captured)):
        raise WebhookUrlNotAllowed(details=f"the URL {refusal}", target="/url")
    replica = replica_of(captured, address, edits)
    if not edits.get("sign"):
        return replica
    signed = signed_anew(tx, captured, replica)
    if signed is None:
        raise BusinessRuleViolation(details="no secret is known to sign it with", target="/sign")
    return signed


def _request(call: Call, replica: Replica, request_id: str, timeout_ms: int) -> OutboundRequest:
    return OutboundRequest(
        replica.method,
        replica.url,
        {**joined(replica.fields), REPLAY_OF: request_id},
        replica.body,
        timeout=timeout_ms / 1000,
        purpose="replay",
        correlation_id=call.correlation_id,
        workspace_id=call.workspace.id,
    )


def _arrival(tx: Transaction, request: OutboundRequest) -> Document | None:
    """What a bin of this workspace kept of it."""
    named = _BIN.search(request.url)
    if named is None:
        return None
    of = request.headers[REPLAY_OF]
    arrived = tx.scan(
        "captured_request", {"binId": named[0]}, "-sequence", lambda each: each["replayOf"] == of
    )
    return next(arrived, None)


def _told(request: OutboundRequest, reply: OutboundReply, arrival: Document | None) -> dict[str, Any]:
    sent = OutboundReply(200, request.headers, request.body)
    shown = {name: value for name, value in shown_reply(sent).items() if name.startswith(("body", "headers"))}
    return {
        "request": {"method": request.method, "url": request.url, **shown},
        "response": shown_reply(reply),
        "binId": None if arrival is None else arrival["binId"],
        "requestId": None if arrival is None else arrival["id"],
    }
