"""One request of a page: which workspace it is about, what it may read and do, and how it is answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from sandbox.control.activity import activity_of
from sandbox.control.activity_tail import ActivityTail
from sandbox.control.clock import clock_of
from sandbox.kernel.error_families import DomainError
from sandbox.kernel.errors import PayloadTooLarge
from sandbox.kernel.watching import Watch
from sandbox.kernel.workspace import Workspace
from sandbox.kernel.workspaces import DEFAULT
from sandbox.portal.console.desk import KEY, Answer, Desk, Seat
from sandbox.portal.console.guard import HEADERS, refusal_of_action, refusal_of_host
from sandbox.portal.console.refusals import refused, turned_away
from sandbox.portal.console.rendering import render

MOST_FORM = 64 * 1024
MOST_CHOICES = 100


class PageVisit:
    """What a page function gets."""

    def __init__(self, desk: Desk, request: Request) -> None:
        self.desk = desk
        self.request = request
        self.query: Mapping[str, str] = {name: value for name, value in request.query_params.items() if value}
        self.workspace: Workspace = desk.server.workspaces.need(
            request.path_params.get("workspace") or request.query_params.get("workspace") or DEFAULT
        )
        self.key = request.headers.get("x-api-key", "")
        address = request.client.host if request.client and self.key else "127.0.0.1"
        self.seat = Seat(self.workspace, self.key or KEY, address)
        self.principal = desk.admit(self.seat)

    @property
    def base(self) -> str:
        """What the addresses of this workspace's pages begin with."""
        return f"/console/{self.workspace.id}"

    @property
    def scope(self) -> MutableMapping[str, Any]:
        """Of the request."""
        return self.request.scope

    @property
    def is_fragment(self) -> bool:
        """Whether a part of a page is asked for."""
        return self.request.headers.get("hx-request-type") == "partial"

    def place(self, name: str) -> str:
        """A value of the path."""
        return str(self.request.path_params[name])

    def elsewhere(self, workspace_id: str, page: str) -> PageVisit:
        """The same visitor's request for a page of another workspace."""
        address = {"path": f"/console/{workspace_id}/{page}", "path_params": {"workspace": workspace_id}}
        return PageVisit(self.desk, Request({**self.request.scope, **address}))

    async def ask(
        self,
        operation_id: str,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> Any:
        """As Desk says."""
        return await self.desk.ask(self.seat, operation_id, path, query)

    async def act(self, method: str, path: str, body: Any = None) -> Answer:
        """As Desk says."""
        return await self.desk.act(self.seat, method, path, body)

    async def form(self) -> dict[str, str]:
        """The fields that were filled in; raises PayloadTooLarge."""
        body = b""
        async for piece in self.request.stream():
            body += piece
            if len(body) > MOST_FORM:
                raise PayloadTooLarge(details=f"a form has at most {MOST_FORM} bytes")
        return dict(parse_qsl(body.decode("utf-8", "replace")))

    def now_at(self) -> str:
        """The place in the workspace's news from which a page that is made now has to go on."""
        activity = activity_of(self.workspace, self.desk.journal(self.workspace))
        activity.leave(Watch(self.workspace))  # nobody follows yet: the record ends soon if nobody will
        return ActivityTail(activity, "", ()).place

    def page(self, template: str, title: str, **context: Any) -> HTMLResponse:
        """A whole page."""
        return HTMLResponse(render(template, title=title, **self._frame(), **context), headers=HEADERS)

    def fragment(self, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """A part of one."""
        return HTMLResponse(render(template, base=self.base, **context), status, HEADERS)

    def file(self, name: str, content: Any) -> Response:
        """JSON to be kept under that name."""
        headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
        return Response(orjson.dumps(content), headers=headers, media_type="application/json")

    def done(
        self, answer: Answer, said: str, link: str | None = None, link_text: str = "Timeline"
    ) -> HTMLResponse:
        """What came of an action, with a way to more of it; or the API's own words why not."""
        failed = answer.status >= 400
        return self.fragment(
            "notice.html",
            failed=failed,
            said=_why(answer.error) if failed else said,
            link="" if failed else f"{self.base}/timelines/{answer.correlation_id}" if link is None else link,
            link_text=link_text,
        )

    def renewed(self, answer: Answer, said: str) -> HTMLResponse:
        """As `done`; what the page shows of the world is fetched anew."""
        shown = self.done(answer, said)
        if answer.status < 400:
            shown.headers["HX-Trigger"] = "renew"
        return shown

    def _frame(self) -> dict[str, Any]:
        with self.workspace.transaction() as tx:
            faults = [fault for fault in tx.find("fault") if fault["enabled"]]
        return {
            "base": self.base,
            "workspace": self.workspace.id,
            "workspaces": self._choices(),
            "base_url": self.desk.base_url,
            "path": self.request.url.path,
            "clock": clock_of(self.workspace),
            "fault_count": len(faults),
            "here": self.now_at(),
            "who": self._who(),
        }

    def _choices(self) -> dict[str, str]:
        """Name by id of the workspaces that can be looked at, this one among them."""
        found = [*islice(self.desk.opened_by(self.seat), MOST_CHOICES), self.workspace]
        return {each.id: str(each.properties.get("name") or "") for each in found}

    def _who(self) -> str:
        """Whose key was presented; empty where none was."""
        home = self.desk.server.workspaces.get(self.principal.workspace_id)
        credential = home.store.get("credential", self.principal.credential_id) if home and self.key else None
        return str(credential["name"]) if credential else "the administrator" if self.key else ""


def _why(error: Mapping[str, Any]) -> str:
    """The API's words, with the member that they are about."""
    words = error.get("details") or error["message"]
    member = error["target"] or ""
    return f"{error['code']}: {words if member in words else f'{member}: {words}'}"


View = Callable[[PageVisit], Awaitable[Response]]


def served(desk: Desk, view: View) -> Callable[[Request], Awaitable[Response]]:
    """The view as an endpoint: guarded, and with the API's errors as pages."""

    async def endpoint(request: Request) -> Response:
        refusal = refusal_of_host(request.headers, desk.base_url)
        if not refusal and request.method == "POST":
            refusal = refusal_of_action(request.headers)
        if refusal:
            return turned_away(request, refusal)
        try:
            return await view(PageVisit(desk, request))
        except DomainError as error:
            return refused(request, error)

    return endpoint
