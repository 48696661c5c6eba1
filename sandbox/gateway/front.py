"""The front door: an ASGI application through which every HTTP call comes in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from sandbox.contract.plan import Plan
from sandbox.contract.routes import Routes
from sandbox.faults.engine import armed, simulated, strike
from sandbox.faults.rules import Facts, Outcome
from sandbox.gateway.auditing import TURNED_AWAY, audit
from sandbox.gateway.breaking import break_off
from sandbox.gateway.conditions import conditional
from sandbox.gateway.failures import failure, oauth_failure
from sandbox.gateway.metering import count_in
from sandbox.gateway.response import JSON, Broken, Headers, Renderer, Response, Streamed
from sandbox.gateway.selection import select
from sandbox.gateway.streaming import pour
from sandbox.gateway.versions import version_of
from sandbox.gateway.visit import Receive, Scope, Visit
from sandbox.gateway.wire import write_whole
from sandbox.identity.authentication import Identity, authorize
from sandbox.identity.principal import ANONYMOUS
from sandbox.journal.headers import packed
from sandbox.kernel.chance import Chance
from sandbox.kernel.clock import clock_text
from sandbox.kernel.errors import BadRequest, DomainError, EndpointNotFound, MethodNotAllowed
from sandbox.kernel.prompting import at_once
from sandbox.platform.call import Call, Server
from sandbox.platform.retirement import marks_of
from sandbox.webhooks.chaos import EARLY, wanted_early

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Surface = Callable[[Visit], Awaitable[Response]]
"""Serves everything below one prefix that no contract describes: partner mocks, inspector bins."""

CAPTURED = {"inspector": 16 * 1024 * 1024}
"""Bytes of a body that a surface reads, where that is more: bins keep the beginning of what is too large."""
BODILESS = ("GET", "HEAD", "DELETE", "OPTIONS")
READING = ("GET", "HEAD", "OPTIONS")
NO_LENGTH = (204, 304)
"""Their headers must not tell the length of a body (RFC 9110, 8.6)."""
EXPOSED = (
    b"ETag, Last-Modified, Link, Location, Retry-After, X-Correlation-ID, X-RateLimit-Limit, "
    b"X-RateLimit-Remaining, X-RateLimit-Reset, X-Total-Count, X-API-Version, X-Sandbox-Clock, "
    b"X-Sandbox-Fault, Idempotent-Replayed, Deprecation, Sunset, Allow, WWW-Authenticate, Content-Language, "
    b"Preference-Applied"
)
VARY = (b"vary", b"Accept, Authorization, X-API-Key, Origin, Accept-Language, X-API-Version")


class Parser(Protocol):
    """Turns a visit into a response by way of the handler: the compiled plan, or the stock chain."""

    async def serve(self, call: Call, visit: Visit) -> Response:
        """The response; raises DomainError."""


@dataclass(slots=True)
class Doors:
    """What the front door opens to. `flushed` waits until the commits of this turn are written."""

    routes: Routes[Plan]
    parser: Parser
    surfaces: Mapping[str, Surface] = field(default_factory=dict)
    flushed: Callable[[], Awaitable[None]] | None = None
    body_limit: int = 1024 * 1024
    docs: str = "/docs/errors/"


class Gateway:
    """Every call passes the same steps: choose the workspace, correlate, authenticate, route, limit,
    authorize, run, wait for the journal, record.
    """

    def __init__(self, server: Server, identity: Identity, renderer: Renderer, doors: Doors) -> None:
        self.server = server
        self.renderer = renderer
        self.identity = identity
        self.doors = doors
        self._strays = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        visit = Visit(scope, self.server.workspaces.wall())
        response = await self._answer(visit, receive)
        if type(response) is Broken:
            await break_off(response, receive, send)
            return
        if visit.plan is not None and type(response) is Response and write_whole(send, response):
            return
        await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
        if type(response) is Streamed:
            pieces = None if visit.method == "HEAD" else response.pieces
            await pour(pieces, receive, send, self.doors.flushed)
            return
        body = b"" if visit.method == "HEAD" else response.body
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, visit: Visit, receive: Receive) -> Response:
        try:
            try:
                self._enter(visit)
                if visit.has_body or visit.method not in BODILESS:
                    own = visit.plan.largest_body if visit.plan else CAPTURED.get(visit.purpose)
                    await visit.read_body(receive, own or self.doors.body_limit)
                response = await self._serve(visit)
            finally:
                if visit.meter is not None:
                    visit.meter.leave()
        except Exception as error:
            response = self._failed(visit, error)
        plan = visit.plan
        told = plan is None or plan.audited or response.status in TURNED_AWAY
        if told and visit.method not in READING:  # what it did and that it was done are written together
            self._audit(visit, response)
        response = await self._written(visit, response)
        if told and visit.method in READING:
            self._audit(visit, response)
        workspace = getattr(visit, "workspace", None)
        if workspace is not None and workspace.meters.get(EARLY):
            early = wanted_early(workspace, visit.correlation_id)
            await at_once(self.server.agenda, workspace, early)
        self._finish(visit, response)
        return response

    def _audit(self, visit: Visit, response: Response) -> None:
        find = self.doors.routes.find
        audit(self.server.journals.audit, visit, response, lambda: self._plan(visit, find(visit.path)))

    async def _written(self, visit: Visit, response: Response) -> Response:
        """The response once its commits are written down; the error instead if they cannot be."""
        try:
            if self.doors.flushed is not None:
                await self.doors.flushed()
        except Exception as error:
            return self._failed(visit, error)
        return response

    # coming in

    def _enter(self, visit: Visit) -> None:
        workspaces = self.server.workspaces
        surface = visit.path[1:].partition("/")[0]
        foreign = surface in self.doors.surfaces  # credentials there are the partner's, not ours
        visit.workspace = select(
            workspaces, None if foreign else self.identity, visit.headers, visit.prefixed
        )
        visit.correlate()
        if foreign:
            visit.purpose = {"mocks": "mock", "inspect": "inspector"}.get(surface, surface)
            return
        principal = self.identity.authenticate(workspaces, visit.headers, visit.client_ip, visit.workspace)
        visit.principal = principal or ANONYMOUS
        found = self.doors.routes.find(visit.path)
        plan = self._plan(visit, found)
        count_in(visit, plan)
        if plan is not None and not (plan.open and principal is None):
            authorize(principal, plan.scopes)
        if plan is not None and plan.major:
            self._check_lifecycle(visit, plan)
        if plan is None and visit.method != "OPTIONS":
            raise self._no_route(visit, found)

    def _check_lifecycle(self, visit: Visit, plan: Plan) -> None:
        marks = marks_of(visit.workspace)
        visit.mark = marks.get(plan.id) or marks.get(plan.major)
        if visit.mark is not None:
            visit.mark.check(visit.show_clock())

    def _plan(self, visit: Visit, found: tuple[dict[str, Plan], dict[str, str]] | None) -> Plan | None:
        if found is None:
            return None
        plans, visit.path_values = found
        plan = visit.plan = plans.get("GET" if visit.method == "HEAD" else visit.method)
        if plan is not None and plan.is_control:
            visit.purpose = "control"
        return plan

    def _no_route(self, visit: Visit, found: tuple[dict[str, Plan], dict[str, str]] | None) -> Exception:
        if found is None:
            return EndpointNotFound(details=f"nothing is served at {visit.path[:200]}")
        return MethodNotAllowed(
            details=f"{visit.method} is not supported here", headers={"Allow": _allow(found[0])}
        )

    # running

    async def _serve(self, visit: Visit) -> Response:
        await asyncio.sleep(0)  # who came with it gets as far first: caches stay warm, and none falls behind
        plan = visit.plan
        if visit.purpose in ("mock", "inspector"):
            return await self._surface(visit)
        if plan is None:
            return self._options(visit)
        call = self._call(visit, plan)
        if b"x-sandbox-simulate" in visit.headers:
            wish = visit.text_headers["x-sandbox-simulate"]
            await self._struck(call, visit, simulated(visit.workspace, wish))
        faulty = not plan.is_control and armed(visit.workspace)
        if faulty:
            struck = await self._struck(call, visit, strike(visit.workspace, self._facts(visit, "before")))
            if struck is not None:
                return struck
        response = await self.doors.parser.serve(call, visit)
        if faulty:
            struck = await self._struck(call, visit, strike(visit.workspace, self._facts(visit, "after")))
            if struck is not None:
                return struck
        return conditional(visit, response)

    async def _surface(self, visit: Visit) -> Response:
        """A partner's interface or an inspector bin; faults that name the partner hit its calls."""
        _, surface, partner, *_ = *visit.path.split("/", 3), ""
        if visit.purpose == "mock" and armed(visit.workspace):
            outcome = strike(visit.workspace, self._facts(visit, "before", partner))
            visit.fault_ids += outcome.hits
            await asyncio.sleep(outcome.seconds)
            if (reply := outcome.answer()) is not None:
                return Response(reply.status, [(b"content-type", JSON)], orjson.dumps(reply.body))
        return await self.doors.surfaces[surface](visit)

    def _call(self, visit: Visit, plan: Plan) -> Call:
        call = Call(self.server, plan, visit.workspace, visit.principal)
        call.headers = visit.text_headers
        call.path = visit.path
        call.scope = visit.scope
        call.raw_query = visit.raw_query
        call.body_bytes = visit.body
        call.correlation_id = visit.correlation_id
        call.traceparent = visit.headers.get(b"traceparent", b"").decode("latin-1")
        call.client_ip = visit.client_ip
        if visit.headers.get(b"sec-gpc") == b"1":
            call.gpc = True
        if b"x-api-version" in visit.headers:
            call.version = visit.version = version_of(visit.text_headers["x-api-version"])
        return call

    async def _struck(self, call: Call, visit: Visit, outcome: Outcome) -> Response | None:
        """Do what a fault says; None to go on as if nothing had happened."""
        if not outcome:
            return None
        visit.fault_ids += outcome.hits
        if outcome.seconds:
            await asyncio.sleep(outcome.seconds)
        reply = outcome.answer()
        if reply is None:
            return None
        return self.renderer.reply(call, reply)

    def _facts(self, visit: Visit, phase: Any, partner: str | None = None) -> Facts:
        operation = visit.plan.id if visit.plan is not None else ""
        caller = visit.principal.credential_id
        headers = visit.text_headers
        return Facts(operation, visit.method, visit.path, caller, headers, visit.body, partner, phase)

    def _options(self, visit: Visit) -> Response:
        found = self.doors.routes.find(visit.path)
        allow = _allow(found[0]) if found is not None else "OPTIONS"
        headers: Headers = [(b"allow", allow.encode())]
        if b"access-control-request-method" in visit.headers:
            wanted = visit.headers.get(b"access-control-request-headers", b"")
            headers += [
                (b"access-control-allow-methods", allow.encode()),
                (b"access-control-allow-headers", wanted),
                (b"access-control-max-age", b"600"),
            ]
        return Response(204, headers, b"")

    # going out

    def refusal(self, error: DomainError, headers: Mapping[str, str] | None = None) -> Response:
        """The whole answer to what never became a call; it belongs to no workspace."""
        stray, at = self._stray(), clock_text(None, self.server.workspaces.wall)
        response = failure(error, stray, at, self.doors.docs, headers or {})
        length = b"%d" % len(response.body)
        response.headers += [(b"x-correlation-id", stray.encode()), (b"content-length", length)]
        return response

    def _stray(self) -> str:
        """A correlation id for what came to no workspace."""
        self._strays += 1
        return Chance(0).uuid(self._strays)

    def _failed(self, visit: Visit, error: Exception) -> Response:
        if not visit.correlation_id:
            visit.correlation_id = self._stray()
        if isinstance(error, BadRequest) and visit.path.startswith("/oauth/"):
            return oauth_failure(error)
        workspace = getattr(visit, "workspace", None)
        setting = None if workspace is None else workspace.store.get("clock", "clock")
        at = clock_text(setting, self.server.workspaces.wall)
        return failure(error, visit.correlation_id, at, self.doors.docs, visit.text_headers)

    def _finish(self, visit: Visit, response: Response) -> None:
        headers = response.headers
        headers.append((b"x-correlation-id", visit.correlation_id.encode()))
        if visit.tally is not None:
            headers += visit.tally.headers()
        workspace = getattr(visit, "workspace", None)
        if visit.purpose in ("api", "control"):
            self._describe(visit, response)
        if visit.fault_ids:
            headers.append((b"x-sandbox-fault", ",".join(visit.fault_ids).encode()))
        if b"origin" in visit.headers:
            headers.append((b"access-control-allow-origin", visit.headers[b"origin"]))
            headers.append((b"access-control-expose-headers", EXPOSED))
        if type(response) is not Streamed and response.status not in NO_LENGTH:
            headers.append((b"content-length", b"%d" % len(response.body)))
        response.head = packed(headers)
        if workspace is not None:
            journal = self.server.journals.of(workspace.id)
            journal.record(visit.exchange(response.status, response.head, response.body))

    def _describe(self, visit: Visit, response: Response) -> None:
        """Headers of API answers alone."""
        plan, headers = visit.plan, response.headers
        cache = b"no-store"
        if plan is not None and response.status < 400:
            cache = plan.cache_for_anyone if visit.principal is ANONYMOUS else plan.cache_for_one
        headers += ((b"cache-control", cache), VARY, (b"x-api-version", visit.version.encode()))
        if visit.mark is not None:
            headers += visit.mark.headers
        workspace = getattr(visit, "workspace", None)
        if workspace is not None:
            setting = workspace.store.get("clock", "clock")
            mode = "real" if setting is None else setting["mode"]
            headers.append((b"x-sandbox-clock", f"{visit.show_clock()};mode={mode}".encode()))


def _allow(plans: Mapping[str, Plan]) -> str:
    methods = {*plans, "OPTIONS"} | ({"HEAD"} if "GET" in plans else set())
    return ", ".join(sorted(methods))
