"""What one call caused, in the order in which it came about: a reading of the records that exist anyway."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.control.traces import Traces
from sandbox.journal import Exchange
from sandbox.kernel.clock import from_epoch, instant
from sandbox.kernel.documents import Document

Shown = dict[str, Any]
MOST_STEPS = 1000


@dataclass(slots=True)
class Step:
    """One link of the chain. `order` places it among those with the same cause."""

    id: str
    kind: str
    at: str
    title: str
    outcome: str = "ok"
    parent: str | None = None
    status: int | None = None
    duration_ms: float | None = None
    href: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def shown(self, depth: int) -> Shown:
        """As the API tells it."""
        return {
            "id": self.id,
            "parentId": self.parent,
            "depth": depth,
            "kind": self.kind,
            "at": self.at,
            "title": self.title,
            "outcome": self.outcome,
            "status": self.status,
            "durationMs": self.duration_ms,
            "href": self.href,
            "details": dict(self.details),
        }


def chain_of(traces: Traces) -> list[Shown]:
    """Every step behind its cause, causes in the order in which they were recorded."""
    calls = list(_calls(traces))
    steps = [step for call in calls for step in _of_call(traces, call)]
    steps += _partners(traces, calls)
    steps += _other_traffic(traces, calls)
    steps += [step for event in traces.events for step in _of_event(event, _owner(calls, event["at"]))]
    messages = {event["messageId"]: f"event:{event['id']}" for event in traces.events}
    for delivery in traces.deliveries:
        cause = messages.get(delivery["messageId"]) or _owner(calls, delivery["createdAt"])
        steps += _of_delivery(traces, delivery, cause)
    steps += [_mail(mail, _owner(calls, mail["createdAt"])) for mail in traces.mails]
    return [step.shown(depth) for step, depth in _walk(steps)][:MOST_STEPS]


def _walk(steps: Iterable[Step]) -> Iterator[tuple[Step, int]]:
    """Depth first; a step whose cause is not known any more stands by itself."""
    steps = list(steps)
    known = {step.id for step in steps}
    below: dict[str | None, list[Step]] = {}
    for step in steps:
        below.setdefault(step.parent if step.parent in known else None, []).append(step)
    waiting = [(step, 0) for step in reversed(below.get(None, ()))]
    while waiting:
        step, depth = waiting.pop()
        yield step, depth
        waiting += [(child, depth + 1) for child in reversed(below.get(step.id, ()))]


def _calls(traces: Traces) -> Iterator[tuple[Exchange, Step]]:
    for exchange in traces.exchanges:
        if exchange.direction == "in" and exchange.purpose in ("api", "control"):
            yield exchange, _exchange(exchange, "call", exchange.moment)


def _exchange(exchange: Exchange, kind: str, at: str, parent: str | None = None) -> Step:
    return Step(
        f"{kind}:{exchange.id}",
        kind,
        at,
        f"{exchange.method} {exchange.path}",
        "ok" if 0 < exchange.status < 400 else "failed",
        parent,
        exchange.status or None,
        round(exchange.duration_ms, 3),
        f"/sandbox/v1/journal/{exchange.id}",
        {
            "journalEntryId": exchange.id,
            "operationId": exchange.operation_id or None,
            "purpose": exchange.purpose,
            "error": exchange.error or None,
        },
    )


def _of_call(traces: Traces, found: tuple[Exchange, Step]) -> Iterator[Step]:
    """The call, the faults that hit it, and the rule that refused it."""
    exchange, call = found
    yield call
    for fault_id in exchange.fault_ids:
        yield _fault(traces, fault_id, call)
    refusal = traces.refusal(exchange)
    if refusal is not None:
        yield Step(
            f"rule:{exchange.id}",
            "rule",
            call.at,
            f"{refusal['code']}: {refusal.get('message') or ''}".rstrip(": "),
            "refused",
            call.id,
            exchange.status,
            details=refusal,
        )


def _fault(traces: Traces, fault_id: str, call: Step) -> Step:
    fault = traces.fault(fault_id)
    action: Mapping[str, Any] = fault["action"] if fault is not None else {}
    named = (fault["name"] if fault is not None else "") or action.get("type") or fault_id
    href = f"/sandbox/v1/faults/{fault_id}" if fault is not None else None
    details = {"faultId": fault_id, "action": dict(action)}
    return Step(
        f"fault:{call.id}:{fault_id}",
        "fault",
        call.at,
        f"Fault {named}",
        "failed",
        call.id,
        None,
        None,
        href,
        details,
    )


def _owner(calls: list[tuple[Exchange, Step]], at: str) -> str | None:
    """The call during which something happened: the first not ended before it, changing ones first."""
    open_calls = [(exchange, step) for exchange, step in calls if step.at >= at]
    for exchange, step in open_calls:
        if exchange.method not in ("GET", "HEAD"):
            return step.id
    return (open_calls or calls[-1:])[0][1].id if calls else None


def _partners(traces: Traces, calls: list[tuple[Exchange, Step]]) -> Iterator[Step]:
    """Calls to partners, each with its arrival at the mock."""
    arrivals = [each for each in traces.exchanges if each.direction == "in" and each.purpose == "mock"]
    for exchange in traces.exchanges:
        if exchange.direction == "out" and exchange.purpose not in ("webhook", "monitor", "webhook-test"):
            cause = _enclosing(calls, exchange)
            yield (made := _exchange(exchange, "partner_call", cause.at if cause else _wall(exchange)))
            made.parent = cause.id if cause else None
            twin = next((each for each in arrivals if _meets(exchange, each)), None)
            if twin is not None:
                arrivals.remove(twin)
                yield _exchange(twin, "partner_receipt", made.at, made.id)
    for left in arrivals:
        yield _exchange(left, "partner_receipt", _wall(left))


def _enclosing(calls: list[tuple[Exchange, Step]], exchange: Exchange) -> Step | None:
    """What is recorded when it ends encloses what was recorded since it began."""
    later = (step for call, step in calls if call.sequence > exchange.sequence and call.at <= exchange.at)
    return next(later, None)


def _meets(out: Exchange, arrival: Exchange) -> bool:
    return out.method == arrival.method and out.path.endswith(arrival.path)


def _wall(exchange: Exchange) -> str:
    return instant(from_epoch(exchange.at))


def _other_traffic(traces: Traces, calls: list[tuple[Exchange, Step]]) -> Iterator[Step]:
    """Pings, messages to who has no subscription, and what came to a bin under the same correlation id."""
    for exchange in traces.exchanges:
        if exchange.direction == "out" and exchange.purpose in ("monitor", "webhook-test"):
            yield _exchange(exchange, "attempt", _wall(exchange))
        elif exchange.purpose == "webhook" and not traces.is_known(exchange):
            cause = _enclosing(calls, exchange)
            yield _exchange(exchange, "attempt", _wall(exchange), cause.id if cause else None)
        elif exchange.purpose == "inspector" and not traces.is_known(exchange):
            yield _exchange(exchange, "capture", _wall(exchange))


def _of_event(event: Document, cause: str | None) -> Iterator[Step]:
    """The change of a document, and the event that tells of it."""
    changed = list(event["extra"].get("changedFields") or ())
    about = {"resourceType": event["kind"], "resourceId": event["resourceId"]}
    kind = event["kind"].replace("_", " ").capitalize()
    status = (event["data"] or {}).get("status")
    title = f"{kind} {'changed' if changed else 'recorded'}{f', now {status}' if status else ''}"
    change = f"change:{event['id']}"
    version = (event["data"] or {}).get("version")
    details = {**about, "changedFields": changed, "version": version, "resourceStatus": status}
    yield Step(change, "change", event["at"], title, parent=cause, details=details)
    told = {**about, "messageId": event["messageId"], "eventType": event["type"]}
    yield Step(f"event:{event['id']}", "event", event["at"], event["type"], parent=change, details=told)


OUTCOMES = {"succeeded": "ok", "exhausted": "failed", "cancelled": "refused", "skipped": "failed"}


def _of_delivery(traces: Traces, delivery: Document, cause: str | None) -> Iterator[Step]:
    """The delivery, each attempt, and its arrival in a bin."""
    href = f"/api/v1/webhooks/{delivery['webhookId']}/deliveries/{delivery['id']}"
    members = ("webhookId", "messageId", "eventType", "trigger", "attemptCount", "nextAttemptAt")
    made = Step(
        f"delivery:{delivery['id']}",
        "delivery",
        delivery["createdAt"],
        f"{delivery['eventType']} to {traces.address(delivery['webhookId'])}",
        OUTCOMES.get(delivery["status"], "pending"),
        cause,
        delivery["lastStatusCode"],
        href=href,
        details={
            "deliveryId": delivery["id"],
            "deliveryStatus": delivery["status"],
            **{member: delivery[member] for member in members},
        },
    )
    yield made
    attempts = traces.attempts(delivery["id"])
    if not attempts:
        yield from _chaos(delivery, made)
    for attempt in attempts:
        yield (tried := _attempt(attempt, made))
        yield from _chaos(attempt, tried)
        for captured in traces.captures(delivery, attempt["number"]):
            yield _capture(captured, tried)


def _chaos(spoiled: Document, step: Step) -> Iterator[Step]:
    """What was made to go wrong with an attempt, or with a delivery that was not attempted yet."""
    for place, applied in enumerate(spoiled.get("chaos") or ()):
        by = applied["by"]
        yield Step(
            f"fault:{step.id}:{place}",
            "fault",
            step.at,
            f"Fault {applied['effect']} by {by}",
            "failed",
            step.id,
            href=f"/sandbox/v1/faults/{by}" if by.startswith("flt_") else None,
            details=applied,
        )


def _attempt(attempt: Document, made: Step) -> Step:
    status = attempt["statusCode"]
    answer = f"answered {status}" if status else attempt["errorDetail"] or attempt["error"] or "no answer"
    members = ("number", "url", "error", "nextDelaySeconds")
    return Step(
        f"attempt:{attempt['id']}",
        "attempt",
        attempt["at"],
        f"Attempt {attempt['number']}: {answer}",
        "failed" if attempt["error"] else "ok",
        made.id,
        status,
        float(attempt["durationMs"]),
        made.href,
        {member: attempt[member] for member in members},
    )


def _capture(captured: Document, tried: Step) -> Step:
    verdict = captured["signature"]
    words = {True: "signature valid", False: f"signature: {verdict['reason']}", None: "signature not checked"}
    return Step(
        f"capture:{captured['id']}",
        "capture",
        captured["receivedAt"],
        f"Captured in {captured['binId']}, {words[verdict['valid']]}",
        "failed" if verdict["valid"] is False else "ok",
        tried.id,
        captured["responseStatus"],
        href=f"/sandbox/v1/inspector/bins/{captured['binId']}/requests/{captured['id']}",
        details={"binId": captured["binId"], "requestId": captured["id"], "signature": verdict["reason"]},
    )


def _mail(mail: Document, cause: str | None) -> Step:
    to = mail["to"].get("email", "")
    title = f"{mail.get('subject') or mail['templateKey']} to {to}"
    details = {
        "emailId": mail["id"],
        "templateKey": mail["templateKey"],
        "mailStatus": mail["status"],
        "to": to,
    }
    return Step(f"mail:{mail['id']}", "mail", mail["createdAt"], title, parent=cause, details=details)
