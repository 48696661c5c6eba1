"""The documentation pages: Swagger UI over both contracts, and one page for every error code."""

from __future__ import annotations

from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.kernel import errors
from sandbox.kernel.error_families import DomainError

STATIC = Path(__file__).parent / "static"

# Swagger UI sets style attributes; scripts, calls and pictures stay on this host.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "public, max-age=300",
}

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" type="image/png" href="/docs/assets/swagger-ui/favicon-32x32.png">
{links}<link rel="stylesheet" href="/docs/assets/docs.css">
</head>
<body>
<header>
<strong>Event sandbox</strong>
<nav>
<a href="/docs?document=platform" data-document="platform">Platform</a> ·
<a href="/docs?document=control" data-document="control">Control plane</a> ·
<a href="/docs/errors" data-document="errors">Errors</a>
</nav>
</header>
{body}
</body>
</html>
"""

SWAGGER_LINKS = '<link rel="stylesheet" href="/docs/assets/swagger-ui/swagger-ui.css">\n'
SWAGGER_BODY = """<main class="wide" id="swagger-ui"></main>
<script src="/docs/assets/swagger-ui/swagger-ui-bundle.js"></script>
<script src="/docs/assets/docs.js"></script>"""


def page(title: str, body: str, links: str = "", status: int = 200) -> HTMLResponse:
    return HTMLResponse(PAGE.format(title=escape(title), links=links, body=body), status, HEADERS)


async def show_contract(_request: Request) -> Response:
    return page("Contracts", SWAGGER_BODY, SWAGGER_LINKS)


async def show_errors(_request: Request) -> Response:
    rows = "\n".join(
        _row(each) for each in sorted(errors.BY_CODE.values(), key=lambda each: (each.status, each.code))
    )
    head = "<tr><th>Status</th><th>Code</th><th>Meaning</th></tr>"
    return page("Errors", f"<main>\n<h1>Errors</h1>\n<table>\n{head}\n{rows}\n</table>\n</main>")


async def show_error(request: Request) -> Response:
    code = request.path_params["code"]
    error = errors.BY_CODE.get(code)
    if error is None:
        gone = f"<main><h1>Unknown code</h1><p>There is no error code <code>{escape(code)}</code>.</p></main>"
        return page("Unknown code", gone, status=404)
    return page(error.code, _explain(error))


def _row(error: type[DomainError]) -> str:
    link = f'<a href="/docs/errors/{error.code}"><code>{error.code}</code></a>'
    return f'<tr><td class="status">{error.status}</td><td>{link}</td><td>{escape(error.message)}</td></tr>'


def _explain(error: type[DomainError]) -> str:
    kin = [each for each in errors.BY_CODE.values() if each.status == error.status and each is not error]
    related = ", ".join(
        f'<a href="/docs/errors/{each.code}"><code>{each.code}</code></a>' for each in kin[:12]
    )
    family = escape((error.__mro__[1].__doc__ or "").split("\n")[0])
    return (
        f"<main>\n<h1><code>{error.code}</code></h1>\n"
        f"<p>{escape(error.message)}</p>\n"
        f'<p>Answered with status <span class="status">{error.status}</span>. {family}</p>\n'
        "<p>In the answer, <code>details</code> says what was wrong this time, <code>target</code> "
        "which member or parameter, and <code>errors</code> lists every fault when there are several.</p>\n"
        f"<p>Others with this status: {related or 'none'}.</p>\n</main>"
    )


routes = [
    Route("/docs", show_contract),
    Route("/docs/errors", show_errors),
    Route("/docs/errors/{code}", show_error),
    Mount("/docs/assets", StaticFiles(directory=STATIC)),
]
