"""What a page says when it cannot be shown: what happened, and what to do next."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse

from sandbox.kernel.error_families import DomainError
from sandbox.kernel.errors import InvalidParameter, ResourceNotFound, WorkspaceAccessDenied
from sandbox.portal.console.guard import HEADERS
from sandbox.portal.console.rendering import render

WORDS = {
    401: ("Sign in to see this", "Enter an API key of this workspace, or the administrator's key."),
    403: ("This key does not open this", "Enter one that does. What it needs stands above."),
    404: ("There is nothing here", "It is gone, or the address is not complete. Begin at the start page."),
    429: ("Too many at once", "Close a few of these pages, or wait a moment, and load this one again."),
}
USUAL = ("That did not work", "Go back and try something else, or begin at the start page.")
ELSEWHERE = ("Not from here", "Open the pages under the address that the server says when it starts.")


def refused(request: Request, error: DomainError) -> HTMLResponse:
    """The API's error; a key is asked for where another one would help."""
    if isinstance(error, InvalidParameter) and error.target not in request.query_params:
        error = ResourceNotFound(details="the address names what cannot be: an id in it is incomplete")
    title, advice = WORDS.get(error.status, USUAL)
    is_shut = error.status == 401 or isinstance(error, WorkspaceAccessDenied) or error.target == "workspaceId"
    workspace = "" if is_shut else request.path_params.get("workspace", "")
    why = error.details or error.message
    return _page(
        request,
        error.status,
        f"{error.code}: {why}",
        title=title,
        why=why,
        code=error.code,
        advice=advice,
        workspace=workspace,
        asks_for_key=error.status in (401, 403),
    )


def turned_away(request: Request, why: str) -> HTMLResponse:
    """The request does not come from a page of this server."""
    title, advice = ELSEWHERE
    return _page(request, 403, f"{title}: {why}", title=title, why=why, advice=advice)


def _page(request: Request, status: int, said: str, **shown: object) -> HTMLResponse:
    """For people a page, and for a part of one a word."""
    template = "notice.html" if request.headers.get("hx-request") == "true" else "refused.html"
    return HTMLResponse(render(template, failed=True, said=said, status=status, **shown), status, HEADERS)
