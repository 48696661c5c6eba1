"""Webhook tests: an exam of a partner's receiver, held on the agenda, reported rule by rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.control.exam_reports import as_html, as_junit
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import BusinessRuleViolation, WebhookUrlNotAllowed
from sandbox.kernel.replies import Reply
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.resource import Resource, equals
from sandbox.webhooks import exam
from sandbox.webhooks.catalogue import EventType
from sandbox.webhooks.deliveries import told
from sandbox.webhooks.triggers import event_named, subject_of

KEPT = 50
"""Tests of a workspace; the oldest go."""
ALL = [rule.check for rule in exam.RULES]
RETRY_AFTER = "2"


INITIAL: Mapping[str, Any] = {
    "stateUrl": None,
    "checks": ALL,
    "status": "queued",
    "verdict": None,
    "summary": None,
    "results": [],
    "startedAt": None,
    "completedAt": None,
}


def _prepared(call: Call, document: dict[str, Any], previous: Document | None) -> dict[str, Any]:
    for member in ("url", "stateUrl"):
        if document.get(member) and (refusal := call.ports.http.refusal(document[member])):
            raise WebhookUrlNotAllowed(details=f"the URL {refusal}", target=f"/{member}")
    for place, check in enumerate(document.get("checks", ())):
        if check not in ALL:
            raise BusinessRuleViolation(details=f"there is no check '{check}'", target=f"/checks/{place}")
    return {**INITIAL, "_madeIn": call.workspace.id, **document}


webhook_tests = Resource(
    "webhook_test",
    path="/sandbox/v1/webhook-tests/{webhookTestId}",
    prefix=exam.KIND.prefix,
    sorts=exam.KIND.sorts,
    filters={"status": equals("status"), "verdict": equals("verdict")},
    prepare=_prepared,
)
KINDS = [exam.SECRET_KIND]
EFFECTS = {exam.JOB: exam.hold_exam}
FORMS = {"getWebhookTest": {"xml": as_junit, "html": as_html}}


def create_webhook_test(call: Call, body: dict[str, Any]) -> Reply:
    """It begins at once; its address tells how it fares."""
    event = event_named(body["eventType"], "/eventType")
    created = webhook_tests.create(call, _public(body), _object=_subject(call.tx, event))
    call.tx.put("webhook_test_secret", {"id": created["id"], "secret": body["secret"]})
    call.tx.schedule(call.tx.now(), exam.JOB, created["id"])
    _prune(call.tx)
    headers = {"Location": webhook_tests.address(created), "Retry-After": RETRY_AFTER}
    return Reply(202, webhook_tests.shown(created), headers)


def _public(body: Mapping[str, Any]) -> dict[str, Any]:
    return {member: value for member, value in body.items() if member != "secret"}


def _subject(tx: Transaction, event: EventType) -> dict[str, Any]:
    """An object the event may be about, as receivers are told of it; its id is replaced in each delivery."""
    try:
        return told(event.kind, subject_of(tx, event, None))
    except BusinessRuleViolation:  # the world has none; any is better than nothing
        return next((told(event.kind, each) for each in tx.find(event.kind, limit=1)), {})


def _prune(tx: Transaction) -> None:
    for old in tx.find("webhook_test", order="-createdAt", offset=KEPT, limit=None):
        tx.cancel(exam.JOB, old["id"])
        tx.delete("webhook_test_secret", old["id"])
        tx.delete("webhook_test", old["id"])
