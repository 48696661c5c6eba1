"""What a person sees in a browser at an address where nothing is; programs get the error as always."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from sandbox.formats.web_page import dressed
from sandbox.gateway.response import Headers
from sandbox.kernel.errors import DomainError, EndpointNotFound

HEADERS: Headers = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-language", b"en"),
    (b"content-security-policy", b"default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'"),
]
TITLE = "There is no page here"
TEXT = f"""<main id="main" tabindex="-1">
<h1>{TITLE}</h1>
<p class="lead">{{why}}.</p>
<p>The address may be incomplete, or what it led to is gone. Go to the <a href="/">console</a>
or look into the <a href="/docs">documentation</a>.</p>
<p>Status 404 · <a href="/docs/errors/{{code}}"><code>{{code}}</code></a></p>
</main>"""


def is_lost(error: DomainError, headers: Mapping[str, str]) -> bool:
    """Whether somebody typed or followed an address, rather than called an operation."""
    return isinstance(error, EndpointNotFound) and headers.get("accept", "").startswith("text/html")


def page(error: DomainError) -> bytes:
    """Where nothing is served, and where to go from there."""
    why = error.details or error.message
    text = TEXT.format(why=escape(why[:1].upper() + why[1:]), code=error.code)
    return dressed(TITLE, text).encode()
