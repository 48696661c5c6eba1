"""Replays: a batch job that sends a span of a subscription's deliveries again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.identity.principal import Principal
from sandbox.kernel.documents import Document
from sandbox.kernel.errors import InvalidDateRange
from sandbox.kernel.workspace import Transaction
from sandbox.platform import batch_jobs
from sandbox.platform.batch_items import result
from sandbox.webhooks import again, triggers

RUN = "webhook.replay"


def accept(tx: Transaction, by: Principal, webhook: Document, asked: Mapping[str, Any]) -> Document:
    """The job; raises WebhookDisabled or InvalidDateRange."""
    triggers.check_active(webhook)
    wanted = {**asked, "until": asked.get("until") or tx.stamp()}
    if wanted["until"] < wanted["since"]:
        raise InvalidDateRange(details="'until' comes before 'since'", target="/until")
    job = batch_jobs.submit(tx, by, RUN, type="webhook_replay", _notify=False)
    tx.put("batch_input", {"id": job["id"], "webhookId": webhook["id"], "wanted": wanted})
    return job


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
        sent = again.send_again(tx, webhook, delivery)
        tx.put("batch_result", result(job["id"], index, {}, "succeeded", resourceId=sent["id"]))
    results = f"{batch_jobs.jobs.address(job)}/results"
    progress = batch_jobs.progressed(len(found), 0, len(found))
    batch_jobs.end(tx, job, "complete", resultsUrl=results, **progress)


JOBS = {RUN: replay}
