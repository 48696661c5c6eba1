"""Outbox: the mail of a workspace as it was written, and what became of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sandbox.formats.letter import html_of, message_of, subject_of, text_of
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import InvalidStateTransition
from sandbox.kernel.replies import Page
from sandbox.kernel.workspace import Transaction
from sandbox.platform import letters as post
from sandbox.platform.call import Call
from sandbox.platform.filters import Filter
from sandbox.platform.resource import Resource, at_least, equals

LATER = "email.simulate"

letters = Resource(
    post.KIND.name,
    plural="letters",
    path="/sandbox/v1/outbox/{messageId}",
    indexes=post.KIND.indexes,
    sorts=post.KIND.sorts,
    filters={
        "status": equals("status"),
        "template": equals("templateKey"),
        "to": Filter(predicate=lambda wanted: lambda letter: letter["to"]["email"].lower() == wanted.lower()),
        "relatedId": equals("related.id"),
        "createdAfter": at_least("createdAt"),
    },
)


def list_outbox(call: Call) -> Page:
    """The latest first."""
    page = letters.list(call)
    return replace(page, items=[_shown(letter) for letter in page.items])


def get_outbox_message(call: Call, message_id: str) -> dict[str, Any]:
    """With its page and the whole message."""
    letter = letters.get(call, message_id)
    source = message_of(letter, _sender(call)).decode(errors="replace")
    return {**_shown(letter), "html": html_of(letter), "source": source}


def clear_outbox(call: Call) -> None:
    """What has not been handed on yet never is."""
    for letter in call.tx.find("email"):
        post.forget(call.tx, letter)


def simulate_email_event(call: Call, message_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """What a receiver does, now or later on the workspace's clock."""
    letter = letters.get(call, message_id)
    if body["delaySeconds"]:
        due = call.tx.now() + timedelta(seconds=body["delaySeconds"])
        call.tx.schedule(due, LATER, f"{letter['id']}:{body['type']}", letter=letter["id"], type=body["type"])
    else:
        post.happened(call.tx, letter, body["type"], body.get("detail"))
    return {"status": "accepted", "id": letter["id"], "statusUrl": letters.address(letter)}


def happen_later(tx: Transaction, entry: Document) -> None:
    """Job: what was to happen; nothing if the letter is gone or past that."""
    letter = tx.get("email", entry["payload"]["letter"])
    if letter is None:
        return
    try:
        post.happened(tx, letter, entry["payload"]["type"])
    except InvalidStateTransition:
        return


def _shown(letter: Document) -> dict[str, Any]:
    return {**letters.shown(letter), "subject": subject_of(letter), "text": text_of(letter)}


def _sender(call: Call) -> str:
    mail = call.ports.mail
    return (mail.sender if mail is not None else "") or post.SENDER


def _as_html(call: Call, message: dict[str, Any]) -> bytes:
    """The page."""
    return str(message["html"]).encode()


def _as_source(call: Call, message: dict[str, Any]) -> bytes:
    """What a mail program opens."""
    return message_of(letters.get(call, message["id"]), _sender(call))


JOBS = {LATER: happen_later}
FORMS = {"getOutboxMessage": {"html": _as_html, "eml": _as_source}}
