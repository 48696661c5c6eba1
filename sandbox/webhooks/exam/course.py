"""The course of an exam: an effect on the agenda, whose outcome is put down when it is over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.documents import Document, Kind
from sandbox.kernel.ports import Ports
from sandbox.kernel.workspace import Transaction, Workspace
from sandbox.webhooks.destinations import stays_inside
from sandbox.webhooks.exam.desk import Desk, Paper
from sandbox.webhooks.exam.rules import RULES, Rule
from sandbox.webhooks.exam.verdicts import Verdict, skipped

JOB = "webhook_test.run"
KIND = Kind("webhook_test", sorts=("createdAt",), prefix="wht_")
SECRET_KIND = Kind("webhook_test_secret")
MOST_EXCHANGES = 5
"""Of one rule, in its evidence; a burst shows the first few."""


async def hold_exam(workspace: Workspace, entry: Document, ports: Ports) -> None:
    """One exam from the first rule to the last."""
    with workspace.transaction() as tx:
        paper, store = _begin(tx, entry["subject"]), tx.store
        checks = tx.need("webhook_test", entry["subject"])["checks"] if paper is not None else []
    if paper is None:
        return
    desk = Desk(paper, ports, workspace.wall, workspace.chance)
    results = await examine(desk, checks)
    with workspace.transaction() as tx:
        if tx.store is store and tx.get("webhook_test", paper.id) is not None:
            _conclude(tx, paper.id, results)


async def examine(desk: Desk, checks: list[str]) -> list[dict[str, Any]]:
    """The results of all rules, in order; those not asked for only where others rest on them."""
    needed = {need for rule in RULES if rule.check in checks for need in rule.needs} | set(checks)
    results: dict[str, dict[str, Any]] = {}
    for rule in RULES:
        if rule.check in needed:
            results[rule.check] = await _judged(desk, rule, results)
    return list(results.values())


async def _judged(desk: Desk, rule: Rule, results: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    desk.exchanges.clear()
    missing = next((need for need in rule.needs if results[need]["verdict"] == "fail"), None)
    verdict: Verdict = (
        skipped(f"proves nothing while {missing} fails") if missing else await rule.examine(desk)
    )
    worst = sorted(desk.exchanges, key=lambda each: each.accepted == each.good)[:MOST_EXCHANGES]
    return {
        "check": rule.check,
        "title": rule.title,
        "verdict": verdict.verdict,
        "reason": verdict.reason,
        "evidence": [exchange.evidence(desk.paper.secret) for exchange in worst],
    }


def summary(results: list[dict[str, Any]]) -> dict[str, int]:
    """How many of each verdict."""
    kinds = {"pass": "passed", "fail": "failed", "warn": "warned", "skipped": "skipped"}
    return {word: sum(result["verdict"] == verdict for result in results) for verdict, word in kinds.items()}


def _begin(tx: Transaction, test_id: str) -> Paper | None:
    test, kept = tx.get("webhook_test", test_id), tx.get("webhook_test_secret", test_id)
    if test is None or kept is None or test["status"] not in ("queued", "running"):
        return None
    if test["_madeIn"] != tx.workspace.id and not stays_inside(test["url"]):
        tx.revise("webhook_test", test, status="cancelled")
        return None
    tx.revise("webhook_test", test, status="running", startedAt=tx.stamp())
    return Paper(
        id=test_id,
        url=test["url"],
        secret=kept["secret"],
        event=test["eventType"],
        object=test["_object"],
        scheme=test["signatureScheme"],
        state_url=test["stateUrl"],
        ack_limit_ms=test["ackLimitMs"],
        timeout=float(test["timeoutSeconds"]),
        workspace_id=tx.workspace.id,
    )


def _conclude(tx: Transaction, test_id: str, results: list[dict[str, Any]]) -> None:
    counts = summary(results)
    verdict = "failed" if counts["failed"] else "passed"
    changes = {"verdict": verdict, "summary": counts, "results": results, "completedAt": tx.stamp()}
    tx.revise("webhook_test", tx.need("webhook_test", test_id), status="completed", **changes)
    tx.delete("webhook_test_secret", test_id)
