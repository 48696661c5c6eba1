"""Explanations: why an expected event did not arrive."""

from __future__ import annotations

from typing import Any

from sandbox.platform.call import Call
from sandbox.webhooks.explanations import Question, explain
from sandbox.webhooks.triggers import event_named


def explain_webhook(
    call: Call,
    event: str,
    resource_id: str | None = None,
    webhook_id: str | None = None,
    message_id: str | None = None,
) -> dict[str, Any]:
    """The latest that was meant, subscription by subscription."""
    question = Question(event_named(event, "event"), resource_id, webhook_id, message_id)
    return explain(call.tx, question, call.ports.http.refusal)
