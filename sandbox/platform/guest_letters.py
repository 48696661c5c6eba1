"""Letters to those who registered, and to speakers: places, tickets, what is cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.letters import inform


def tell_confirmed(tx: Transaction, registration: Document) -> None:
    """Whoever waited for approval or payment is in."""
    told = {"tickets": registration["ticketCount"], "total": registration["totals"]["total"]}
    _tell(tx, registration, "registration_confirmation", "Your place is confirmed", **told)


def tell_promoted(tx: Transaction, registration: Document) -> None:
    """They have a place; where it is to be paid, until when."""
    told = {"payUntil": registration["expiresAt"], "due": registration["totals"]["due"]}
    _tell(tx, registration, "waitlist_promoted", "A place came free", **(told if told["payUntil"] else {}))


def tell_cancelled(tx: Transaction, registration: Document, reason: str) -> None:
    """Their registration, or with the event all of them."""
    _tell(tx, registration, "event_update", "Your registration is cancelled", reason=reason)


def send_tickets(tx: Transaction, registration: Document, tickets: list[Document]) -> None:
    """The codes that admit."""
    codes = ", ".join(ticket["code"] for ticket in tickets)
    _tell(tx, registration, "registration_confirmation", "Your tickets", tickets=codes)


def tell_speakers(tx: Transaction, session: Document, reason: str) -> None:
    """That a session of theirs is cancelled."""
    for held in session["speakers"]:
        speaker = tx.get("speaker", held["speakerId"])
        if speaker is not None:
            about = {"type": "session", "id": session["id"]}
            _write(
                tx, speaker, about, "event_update", f"Session cancelled: {session['title']}", reason=reason
            )


def _tell(tx: Transaction, registration: Document, template: str, subject: str, **told: Any) -> None:
    about = {"type": "registration", "id": registration["id"]}
    named = f"{subject}: {tx.need('event', registration['eventId'])['name']}"
    _write(tx, registration["contact"], about, template, named, registration=registration["code"], **told)


def _write(
    tx: Transaction, to: Mapping[str, Any], about: dict[str, str], template: str, subject: str, **told: Any
) -> None:
    inform(tx, template, {"email": to["email"], "name": to["name"]}, about, subject=subject, **told)
