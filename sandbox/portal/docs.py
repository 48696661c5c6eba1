"""The documentation pages: Swagger UI over both contracts, and one page for every error code."""

from __future__ import annotations

import json
from functools import cache
from html import escape
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import orjson
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.contract.document import prebuilt
from sandbox.formats.web_page import dressed
from sandbox.kernel import errors
from sandbox.kernel.error_families import DomainError

KEY = "sk_sandbox_partner_demo"
METHODS = {"get", "post", "put", "patch", "delete"}
STATIC = Path(__file__).parent / "static"

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "public, max-age=300",
}

NAVIGATION = """<nav aria-label="Documentation">
<a href="/docs?document=platform" data-document="platform">Platform</a>
<a href="/docs?document=control" data-document="control">Control plane</a>
<a href="/docs/errors" data-document="errors"{errors_here}>Errors</a>
<a href="/widgets">Widgets</a>
</nav>
"""

SWAGGER_LINKS = '<link rel="stylesheet" href="/docs/assets/swagger-ui/swagger-ui.css">\n'
SWAGGER_BODY = """<main class="wide" id="main" tabindex="-1"><div id="swagger-ui"></div></main>
<script src="/docs/assets/swagger-ui/swagger-ui-bundle.js"></script>
<script src="/docs/assets/docs.js"></script>"""


ERROR = """<main id="main" tabindex="-1">
<p class="back"><a href="/docs/errors">All errors</a></p>
<h1><code>{code}</code></h1>
<p class="lead">{message}</p>
<p>Answered with status <span class="status">{status}</span>. {family}</p>
<h2>In the answer</h2>
<pre tabindex="0" aria-label="An example">{example}</pre>
<p><code>details</code> says what was wrong this time, <code>target</code> which member or parameter it was,
and <code>errors</code> lists every fault when there are several.</p>
<h2>Ask for it</h2>
<p>Any call answers with it, and does nothing else, when it is sent with this header.</p>
<pre tabindex="0" aria-label="A command">{command}</pre>
<h2>Operations that name it</h2>
{operations}
<h2>Others with this status</h2>
<p>{related}</p>
</main>"""


class Named(NamedTuple):
    """An operation that names an error in its contract."""

    document: str
    tag: str
    operation_id: str
    method: str
    path: str


def page(title: str, body: str, links: str = "", status: int = 200) -> HTMLResponse:
    here = ' aria-current="page"' if not links else ""
    text = dressed(title, body, NAVIGATION.format(errors_here=here), links)
    return HTMLResponse(text, status, HEADERS)


async def show_contract(_request: Request) -> Response:
    return page("Contracts", SWAGGER_BODY, SWAGGER_LINKS)


async def show_errors(_request: Request) -> Response:
    rows = "\n".join(
        _row(each) for each in sorted(errors.BY_CODE.values(), key=lambda each: (each.status, each.code))
    )
    head = '<tr><th scope="col">Status</th><th scope="col">Code</th><th scope="col">Meaning</th></tr>'
    table = f"<table>\n<thead>{head}</thead>\n<tbody>\n{rows}\n</tbody>\n</table>"
    return page("Errors", f'<main id="main" tabindex="-1">\n<h1>Errors</h1>\n{table}\n</main>')


async def show_error(request: Request) -> Response:
    code = request.path_params["code"]
    error = errors.BY_CODE.get(code)
    if error is None:
        gone = (
            f'<main id="main" tabindex="-1"><h1>Unknown code</h1><p>There is no error code '
            f'<code>{escape(code)}</code>. <a href="/docs/errors">All errors</a></p></main>'
        )
        return page("Unknown code", gone, status=404)
    return page(error.code, _explain(error, str(request.base_url).rstrip("/")))


async def show_icon(_request: Request) -> Response:
    """What a browser asks for by itself, beside whatever it shows."""
    return FileResponse(STATIC / "console.svg", media_type="image/svg+xml", headers=HEADERS)


def _row(error: type[DomainError]) -> str:
    link = f'<a href="/docs/errors/{error.code}"><code>{error.code}</code></a>'
    return f'<tr><td class="status">{error.status}</td><td>{link}</td><td>{escape(error.message)}</td></tr>'


def _explain(error: type[DomainError], base_url: str) -> str:
    kin = [each for each in errors.BY_CODE.values() if each.status == error.status and each is not error]
    related = ", ".join(f'<a href="/docs/errors/{each.code}"><code>{each.code}</code></a>' for each in kin)
    command = (
        f"curl -s -H 'X-API-Key: {KEY}' -H 'X-Sandbox-Simulate: error={error.code}' {base_url}/api/v1/events"
    )
    operations = "\n".join(_link(each) for each in _naming().get(error.code, ()))
    listed = f'<ul class="operations">\n{operations}\n</ul>' if operations else "<p>None in particular.</p>"
    return ERROR.format(
        code=error.code,
        message=escape(error.message),
        status=error.status,
        family=escape((error.__mro__[1].__doc__ or "").split("\n")[0]),
        example=escape(_example(error, base_url)),
        command=escape(command),
        operations=listed,
        related=related or "None.",
    )


def _example(error: type[DomainError], base_url: str) -> str:
    shown = {
        "code": error.code,
        "message": error.message,
        "details": "what was wrong this time",
        "target": None,
        "status": error.status,
        "timestamp": "2025-04-22T09:00:00.000Z",
        "correlationId": "0f9a3c2e-8b7d-4e5f-8a3c-2e1b5f9a3c2e",
        "documentation": f"{base_url}/docs/errors/{error.code}",
    }
    return json.dumps({"error": shown}, indent=2)


def _link(named: Named) -> str:
    anchor = f"#/{quote(named.tag)}/{named.operation_id}"
    return (
        f'<li><a href="/docs?document={named.document}{anchor}">'
        f"<code>{named.method} {named.path}</code></a></li>"
    )


@cache
def _naming() -> dict[str, list[Named]]:
    """By code; read when the first error is looked up."""
    found: dict[str, list[Named]] = {}
    for document in ("platform", "control"):
        for path, item in orjson.loads(prebuilt(document))["paths"].items():
            for method in METHODS & item.keys():
                operation = item[method]
                named = Named(document, operation["tags"][0], operation["operationId"], method.upper(), path)
                for code in operation.get("x-errors", ()):
                    found.setdefault(code, []).append(named)
    return found


routes = [
    Route("/docs", show_contract),
    Route("/docs/errors", show_errors),
    Route("/docs/errors/{code:path}", show_error),
    Route("/favicon.ico", show_icon),
    Mount("/docs/assets", StaticFiles(directory=STATIC)),
]
