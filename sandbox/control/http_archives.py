"""What passed as HTTP archives: all that a bin holds, or the journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

from sandbox.control.inspector import bins
from sandbox.formats.http_archive import Half, Passage, http_archive
from sandbox.journal import Exchange
from sandbox.journal.ring import Criteria
from sandbox.kernel.clock import from_epoch, instant, parse_instant
from sandbox.kernel.documents import Document
from sandbox.kernel.replies import Reply
from sandbox.platform.call import Call
from sandbox.webhooks.captures import fields_of, kept_body
from sandbox.webhooks.forwarding import below

_NAMES = {"purpose": "purpose", "direction": "direction", "correlationId": "correlation_id"}


def export_bin_archive(call: Call, bin_id: str) -> Reply:
    """Oldest first."""
    shown = bins.present(call, bins.get(call, bin_id)) if bins.present else {}
    arrived = call.tx.find("captured_request", {"binId": bin_id}, "sequence")
    since, until = call.query.get("from", ""), call.query.get("to", "9999")
    chosen = [captured for captured in arrived if since <= captured["receivedAt"] <= until]
    return _file(bin_id, (_captured(shown["url"], each) for each in chosen))


def export_journal_archive(call: Call) -> Reply:
    """Oldest first; credentials are left out as the journal leaves them out."""
    wanted: dict[str, Any] = {
        member: call.query[name] for name, member in _NAMES.items() if name in call.query
    }
    for name in ("after", "before"):
        if name in call.query:
            wanted[name] = parse_instant(call.query[name]).timestamp()
    found = list(call.server.journals.of(call.workspace.id).find(Criteria(**wanted)))[::-1]
    return _file("journal", (_recorded(call.ports.public_url, each) for each in found))


def _file(name: str, passages: Iterable[Passage]) -> Reply:
    body = http_archive(passages, version("event-sandbox"))
    return Reply(200, body, {"Content-Disposition": f'attachment; filename="{name}.har"'})


def _captured(address: str, captured: Document) -> Passage:
    answer = captured["answer"]
    text = answer["bodyText"].encode()
    return Passage(
        captured["receivedAt"],
        answer["delayMs"],
        captured["method"],
        below(address, captured),
        answer["status"],
        Half(fields_of(captured), kept_body(captured), captured["bodyBytes"], _version(captured)),
        Half(tuple(answer["headers"].items()), text, answer["bodyBytes"]),
        notes={
            "_requestId": captured["id"],
            "_eventType": captured["eventType"],
            "_signature": captured["signature"]["reason"],
            "_manner": answer["manner"],
        },
    )


def _version(captured: Mapping[str, Any]) -> str:
    return f"HTTP/{captured.get('httpVersion', '1.1')}"


def _recorded(public_url: str, exchange: Exchange) -> Passage:
    shown = exchange.shown()
    address = shown["path"] if "://" in shown["path"] else public_url + shown["path"]
    return Passage(
        instant(from_epoch(exchange.at)),
        shown["durationMs"],
        shown["method"],
        f"{address}?{shown['query']}" if shown["query"] else address,
        shown["status"],
        _half(shown["request"]),
        _half(shown["response"]),
        shown["error"] or "",
        {f"_{name}": shown[name] for name in ("id", "direction", "purpose", "operationId", "correlationId")},
    )


def _half(message: Mapping[str, Any]) -> Half:
    return Half(tuple(message["headers"].items()), message["body"].encode(), message["bytes"])
