"""Replays: a batch job that sends some of a subscription's deliveries again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.identity.principal import Principal
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import BusinessRuleViolation, InvalidDateRange
from sandbox.kernel.workspace import Transaction
from sandbox.platform import batch_jobs
from sandbox.platform.batch_items import result
from sandbox.webhooks import again, triggers
from sandbox.webhooks.deliveries import OPEN

RUN = "webhook.replay"


def accept(tx: Transaction, by: Principal, webhook: Document, asked: Mapping[str, Any]) -> Document:
    """The job; raises WebhookDisabled, InvalidDateRange or BusinessRuleViolation."""
    triggers.check_active(webhook)
    wanted = {"statuses": _statuses(asked), **asked, "until": asked.get("until") or tx.stamp()}
    if wanted["until"] < wanted.get("since", ""):
        raise InvalidDateRange(details="'until' comes before 'since'", target="/until")
    for place, key in enumerate(wanted.get("deliveryIds") or ()):
        delivery = tx.get("delivery", key)
        if delivery is None or delivery["webhookId"] != webhook["id"]:
            details = f"the subscription has no delivery '{key}'"
            raise BusinessRuleViolation(details=details, target=f"/deliveryIds/{place}")
    job = batch_jobs.submit(tx, by, RUN, type="webhook_replay", _notify=False)
    tx.put("batch_input", {"id": job["id"], "webhookId": webhook["id"], "wanted": wanted})
    return job


def _statuses(asked: Mapping[str, Any]) -> tuple[str, ...]:
    """What was given up of a span; whatever is named, also if it is under way still."""
    return (*again.ENDED, *OPEN) if "deliveryIds" in asked else ("exhausted",)


def replay(tx: Transaction, entry: Document) -> None:
    """Put everything that was asked for on its way again; the log says how each of them fares."""
    job = batch_jobs.start(tx, entry["subject"])
    asked = tx.get("batch_input", entry["subject"])
    if job is None or asked is None:
        return
    webhook = tx.get("webhook", asked["webhookId"])
    if webhook is None or webhook["status"] != "active":
        batch_jobs.end(tx, job, "fail")
        return
    found = again.chosen(tx, webhook["id"], asked["wanted"])
    for index, delivery in enumerate(found):
        status = "skipped" if delivery["status"] in OPEN else "succeeded"
        sent = again.send_again(tx, webhook, delivery)
        tx.put("batch_result", result(job["id"], index, {}, status, resourceId=sent["id"]))
    results = f"{batch_jobs.jobs.address(job)}/results"
    progress = batch_jobs.progressed(len(found), 0, len(found))
    batch_jobs.end(tx, job, "complete", resultsUrl=results, **progress)


JOBS = {RUN: replay}
