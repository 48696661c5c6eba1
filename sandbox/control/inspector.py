"""The inspector: bins that keep what arrives, and the wait for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from sandbox.control.bin_tail import BinTail
from sandbox.control.capture_filters import FILTERS
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import BusinessRuleViolation, QuotaExceeded, WaitTimeout, WebhookUrlNotAllowed
from sandbox.kernel.replies import Page, Stream
from sandbox.kernel.workspaces import DEFAULT
from sandbox.platform.call import Call
from sandbox.platform.following import until
from sandbox.platform.resource import Resource
from sandbox.platform.server_sent import last_event_id, streamed
from sandbox.webhooks import bins as contents
from sandbox.webhooks import holding
from sandbox.webhooks.captures import SHOWN_BODY
from sandbox.webhooks.destinations import INSPECTOR_HOST
from sandbox.webhooks.forwarding import DEFAULT_TIMEOUT_MS

MOST_BINS = 100
LIMITS: Mapping[str, Any] = {
    "maxBodyBytes": SHOWN_BODY,
    "retentionHours": None,
    "expiresAt": None,
    "forward": None,
}
"""What a bin has of which nothing was said."""
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_FRAMING = re.compile(
    r"(?i)content-length|transfer-encoding|connection|keep-alive|upgrade|trailer|set-cookie"
)


def _prepared(call: Call, document: dict[str, Any], previous: Document | None) -> dict[str, Any]:
    response = document.get("response") or {}
    for answer in [response, *(response.get("sequence") or [])]:
        for name in answer.get("headers") or {}:
            if not _HEADER.fullmatch(name) or _FRAMING.fullmatch(name):
                raise BusinessRuleViolation(details=f"'{name}' may not be set", target="/response/headers")
    known = {**LIMITS, "_answeredBefore": 0, **document, "response": response}
    _check_limits(call, known, previous or Document())
    return known


def _check_limits(call: Call, document: dict[str, Any], previous: Document) -> None:
    until, forward = document["expiresAt"], document["forward"]
    if until != previous.get("expiresAt") and until is not None and until <= call.tx.stamp():
        raise BusinessRuleViolation(details="the bin would be gone already", target="/expiresAt")
    if forward is None or forward == previous.get("forward"):
        return
    if refusal := call.ports.http.refusal(forward["url"]):
        raise WebhookUrlNotAllowed(details=f"the URL {refusal}", target="/forward/url")
    document["forward"] = {"returnAnswer": False, "timeoutMs": DEFAULT_TIMEOUT_MS, **forward}
    document.setdefault("_forwardsFrom", call.workspace.id)


def _presented(call: Call, document: Document) -> dict[str, Any]:
    """With its addresses, which depend on where this server is reached."""
    workspace = "" if call.workspace.id == DEFAULT else f"/w/{call.workspace.id}"
    public = f"{call.ports.public_url}{workspace}/inspect/{document['id']}"
    return {
        **LIMITS,
        **bins.shown(document),
        "url": public,
        "deliveryUrl": f"https://{INSPECTOR_HOST}/{document['id']}",
    }


bins = Resource(
    "bin",
    path="/sandbox/v1/inspector/bins/{binId}",
    prefix="bin_",
    sorts=("createdAt",),
    prepare=_prepared,
    present=_presented,
    links={"requests": "/sandbox/v1/inspector/bins/{id}/requests"},
)
bins.schema = "InspectorBin"
captured_requests = Resource(
    "captured_request",
    path="/sandbox/v1/inspector/bins/{binId}/requests/{requestId}",
    prefix=contents.REQUEST_KIND.prefix,
    indexes=contents.REQUEST_KIND.indexes,
    sorts=contents.REQUEST_KIND.sorts,
    parent=("bin", "binId"),
    filters=FILTERS,
)


def create_bin(call: Call, body: dict[str, Any]) -> Document:
    """A bin that answers as told."""
    if call.tx.count("bin") >= MOST_BINS:
        raise QuotaExceeded(details=f"a workspace has at most {MOST_BINS} bins")
    secret = body.get("verifySecret")
    created = bins.create(call, _public(body), checksSignature=bool(secret))
    _keep_secret(call, created["id"], body)
    holding.replan(call.tx, created)
    return created


def update_bin(call: Call, bin_id: str, body: dict[str, Any]) -> Document:
    """Change it; a new answer replaces the whole answer and begins its sequence anew."""
    changes, members = _changes(call, bin_id, body)
    changed = bins.update(call, bin_id, changes, **members)
    _keep_secret(call, bin_id, body)
    holding.replan(call.tx, changed)
    return changed


def delete_bin(call: Call, bin_id: str) -> None:
    """Remove it with all it holds."""
    bins.delete(call, bin_id)
    holding.remove(call.tx, bin_id)


def clear_captured_requests(call: Call, bin_id: str) -> None:
    """Forget what arrived."""
    bins.get(call, bin_id)
    holding.clear(call.tx, bin_id)


def stream_requests(call: Call, bin_id: str, since: str = "") -> Stream:
    """Follow what arrives."""
    bins.get(call, bin_id)
    tail = BinTail(call.workspace, bin_id, captured_requests.shown)
    tail.begin(call.tx, last_event_id(call), since)
    return streamed(call, tail)


async def wait_for_requests(call: Call, bin_id: str, count: int = 1, timeout_ms: int = 5000) -> Page:
    """What arrived, as soon as it is enough; raises WaitTimeout when it was not in time."""
    look = partial(_arrived, call, bin_id)
    arrived = await until(call, look, lambda found: len(found) >= count, timeout_ms / 1000)
    if len(arrived) < count:
        few = f"{len(arrived)} of {count} arrived within {timeout_ms} ms"
        requests = {"href": f"/sandbox/v1/inspector/bins/{bin_id}/requests"}
        raise WaitTimeout(details=few, links={"requests": requests})
    return Page(arrived, "cursor", None, size=len(arrived))


def _arrived(call: Call, bin_id: str) -> list[Document]:
    with call.transaction() as tx:
        tx.need("bin", bin_id, "binId")
        return contents.requests_since(tx, bin_id, call.query.get("since"), call.query.get("eventType"))


def _changes(call: Call, bin_id: str, body: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is merged into the bin, and what replaces what it has."""
    changes, members = _public(body), dict[str, Any]()
    if "verifySecret" in body:
        members["checksSignature"] = bool(body["verifySecret"])
    if "response" in changes:
        members["response"] = changes.pop("response")
        members["_answeredBefore"] = contents.received_so_far(call.tx, bin_id)
    if changes.get("forward"):
        members["_forwardsFrom"] = call.workspace.id
    return changes, members


def _public(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "verifySecret"}


def _keep_secret(call: Call, bin_id: str, body: Mapping[str, Any]) -> None:
    if "verifySecret" not in body:
        return
    if body["verifySecret"]:
        call.tx.put("bin_secret", {"id": bin_id, "secret": body["verifySecret"]})
    else:
        call.tx.delete("bin_secret", bin_id)
