"""Which calls leave a line in the audit log: whatever changes something, and what is not for everybody."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.contract.plan import Plan
from sandbox.gateway.response import Response
from sandbox.gateway.visit import Visit
from sandbox.journal.audit import AuditLogs

TURNED_AWAY = (401, 403)


def audit(logs: AuditLogs, visit: Visit, response: Response, wanted: Callable[[], Plan | None]) -> None:
    """Keep a line of a call; `wanted` finds out what was asked for by a caller whose credential was refused
    before that was looked at."""
    status, caller = response.status, visit.principal
    plan = wanted() if visit.plan is None and status in TURNED_AWAY else visit.plan
    if plan is None or not hasattr(visit, "workspace"):
        return
    logs.note(
        visit.workspace.id,
        visit.show_clock(),
        caller.client_type,
        caller.credential_id,
        visit.client_ip,
        plan.id,
        visit.path,
        status,
        visit.correlation_id,
        dict(response.headers).get(b"location", b"").decode() or None if status == 201 else None,
    )
