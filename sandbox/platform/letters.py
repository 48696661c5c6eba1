"""Mail that documents are sent with: put into the outbox of the workspace, never further."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.documents import Document
from sandbox.kernel.errors import EmailSuppressed
from sandbox.kernel.workspace import Transaction

SUPPRESSED = "suppressed+"
"""How the local part of an address begins that never gets mail."""


def write_letter(
    tx: Transaction, template: str, to: Mapping[str, Any], related: Mapping[str, str], **variables: Any
) -> Document:
    """Queue one; raises EmailSuppressed."""
    if gets_no_mail(tx, to["email"]):
        raise EmailSuppressed(details=f"{to['email']} gets no mail", target="/to")
    key, stamp = tx.new_id("email"), tx.stamp()
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


def gets_no_mail(tx: Transaction, email: str) -> bool:
    """Whether the address is one that mail must not go to."""
    address = email.lower()
    return address.startswith(SUPPRESSED) or bool(tx.find("email_suppression", {"email": address}, limit=1))
