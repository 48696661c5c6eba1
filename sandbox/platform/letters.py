"""Mail that documents are sent with: kept in the outbox of the workspace, handed on where a relay is set."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sandbox.formats.letter import message_of
from sandbox.kernel.documents import Document, Kind
from sandbox.kernel.errors import EmailSuppressed
from sandbox.kernel.ports import MailReply, Ports
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction, Workspace

KIND = Kind("email", indexes=("status",), sorts=("createdAt",))
SUPPRESSED = "suppressed+"
"""How the local part of an address begins that never gets mail."""
MOST = 2000
"""Letters of a workspace; the oldest go."""
RELAY = "email.relay"
SENDER = "Event Platform Sandbox <no-reply@sandbox.example>"
GAPS = (60, 300, 1800, 7200, 21600)
"""Seconds between attempts to hand a letter on; after the last it has failed."""
_READ = ("delivered", "opened", "clicked")
LIFE = TransitionTable(
    "the letter",
    {
        ("queued", "sent"): "sent",
        **{(status, "delivered"): "delivered" for status in ("queued", "sent")},
        **{(status, "bounced"): "bounced" for status in ("queued", "sent")},
        **{(status, "failed"): "failed" for status in ("queued", "sent")},
        ("delivered", "opened"): "opened",
        ("opened", "opened"): "opened",
        **{(status, "clicked"): "clicked" for status in _READ},
        ("clicked", "opened"): "clicked",
        **{(status, "complained"): "complained" for status in _READ},
    },
)


def write_letter(
    tx: Transaction, template: str, to: Mapping[str, Any], related: Mapping[str, str], **variables: Any
) -> Document:
    """Queue one; raises EmailSuppressed."""
    if gets_no_mail(tx, to["email"]):
        raise EmailSuppressed(details=f"{to['email']} gets no mail", target="/to")
    key, stamp = tx.new_id("email"), tx.stamp()
    if tx.count("email") >= MOST:
        forget(tx, tx.find("email", order="createdAt", limit=1)[0])
    if tx.workspace.relays_mail:
        tx.schedule(tx.now(), RELAY, key, madeIn=tx.workspace.id)
    return tx.put(
        "email",
        {
            "id": key,
            "version": 1,
            "createdAt": stamp,
            "updatedAt": stamp,
            "metadata": {},
            "templateKey": template,
            "to": dict(to),
            "locale": "en",
            "variables": variables,
            "status": "queued",
            "events": [{"type": "queued", "at": stamp, "detail": None}],
            "subject": variables.get("subject"),
            "messageId": f"<{key}@sandbox.example>",
            "related": dict(related),
            "_correlationId": tx.correlation_id,
        },
    )


def inform(
    tx: Transaction, template: str, to: Mapping[str, Any], related: Mapping[str, str], **variables: Any
) -> None:
    """As `write_letter`, to whoever can be written to: nothing hangs on it."""
    if to["email"] and not gets_no_mail(tx, to["email"]):
        write_letter(tx, template, to, related, **variables)


def gets_no_mail(tx: Transaction, email: str) -> bool:
    """Whether the address is one that mail must not go to."""
    address = email.lower()
    return address.startswith(SUPPRESSED) or bool(tx.find("email_suppression", {"email": address}, limit=1))


def happened(tx: Transaction, letter: Document, event: str, detail: str | None = None) -> Document:
    """What became of a letter; raises InvalidStateTransition. After a bounce or complaint none goes there."""
    status = LIFE.next(letter["status"], event)
    if event in ("bounced", "complained"):
        _suppress(tx, letter["to"]["email"].lower(), "bounce" if event == "bounced" else "complaint")
    told = [*letter["events"], {"type": event, "at": tx.stamp(), "detail": detail}]
    return tx.revise("email", letter, status=status, events=told)


def forget(tx: Transaction, letter: Document) -> None:
    """Remove one; if it has not been handed on, it never is."""
    tx.cancel(RELAY, letter["id"])
    tx.delete("email", letter["id"])


async def relay(workspace: Workspace, entry: Document, ports: Ports) -> None:
    """Hand a letter on, under the same Message-ID at every attempt; never from a fork: the original does."""
    letter = workspace.store.get("email", entry["subject"])
    if letter is None or ports.mail is None or entry["payload"]["madeIn"] != workspace.id:
        return
    sender = ports.mail.sender or SENDER
    reply = await ports.mail.send(letter["to"]["email"], message_of(letter, sender))
    with workspace.transaction() as tx:
        letter = tx.get("email", entry["subject"])
        if letter is not None and letter["status"] == "queued":
            _note(tx, letter, reply, entry["payload"].get("attempt", 0))


def _note(tx: Transaction, letter: Document, reply: MailReply, attempt: int) -> None:
    if reply.is_accepted:
        happened(tx, letter, "sent", reply.detail)
    elif reply.is_final:
        happened(tx, letter, "bounced", reply.detail)
    elif attempt >= len(GAPS):
        happened(tx, letter, "failed", reply.detail)
    else:
        due = tx.now() + timedelta(seconds=GAPS[attempt])
        tx.schedule(due, RELAY, letter["id"], madeIn=tx.workspace.id, attempt=attempt + 1)
        deferred = {"type": "deferred", "at": tx.stamp(), "detail": reply.detail}
        tx.put("email", {**letter, "events": [*letter["events"], deferred], "updatedAt": tx.stamp()})


def _suppress(tx: Transaction, email: str, reason: str) -> None:
    if not gets_no_mail(tx, email):
        made = {"id": tx.new_id("email_suppression"), "email": email, "reason": reason}
        tx.put("email_suppression", {**made, "createdAt": tx.stamp()})


KINDS = [KIND]
EFFECTS = {RELAY: relay}
