"""The fast way from a visit to its response: everything was compiled at start, a request costs one pass."""

from __future__ import annotations

from typing import Any

from sandbox.gateway.execution import Execution
from sandbox.gateway.metering import recount
from sandbox.gateway.response import Response
from sandbox.gateway.visit import Visit
from sandbox.kernel.errors import BadRequest, UnsupportedMediaType
from sandbox.platform.call import Call


class CompiledPlans:
    """Checks parameters and body by the plan, then runs the handler."""

    def __init__(self, execution: Execution) -> None:
        self._execution = execution

    async def serve(self, call: Call, visit: Visit) -> Response:
        """The response; raises DomainError."""
        arguments = parsed(call, visit)
        if not call.plan.is_async:
            return self._execution.run(call, arguments)
        response = await self._execution.run_async(call, arguments)
        if call.principal is not visit.principal:  # a client that said who it is in the body
            recount(visit, call.principal)
        return response


def parsed(call: Call, visit: Visit) -> dict[str, Any]:
    """The handler's arguments, checked and normalised; raises DomainError, with all that is wrong."""
    plan = call.plan
    try:
        call.query = plan.query.read(visit.raw_query)
        body = None
        if plan.body is not None:
            body = plan.body.read(visit.body, visit.text_headers.get("content-type", ""))
        return plan.arguments(visit.path_values, call.query, body)
    except BadRequest as first:
        encoding = visit.text_headers.get("content-encoding", "identity")
        if plan.body is not None and encoding.lower() not in ("", "identity"):
            raise UnsupportedMediaType(
                details=f"'{encoding[:40]}' is not read here; send the body as it is",
                target="Content-Encoding",
                headers={"Accept-Encoding": "identity"},
            ) from None
        media = visit.text_headers.get("content-type", "")
        faults = plan.faults(visit.path_values, visit.raw_query, visit.body, media)
        raise type(first).of(faults) if len(faults) > 1 else first from None
