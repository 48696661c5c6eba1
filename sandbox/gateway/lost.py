"""What a person sees in a browser at an address where nothing is; programs get the error as always."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from sandbox.gateway.response import Headers
from sandbox.kernel.errors import DomainError, EndpointNotFound

HEADERS: Headers = [
    (b"content-type", b"text/html; charset=utf-8"),
    (b"content-language", b"en"),
    (b"content-security-policy", b"default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'"),
]
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>There is no page here · Event sandbox</title>
<link rel="icon" href="/docs/assets/console.svg" type="image/svg+xml">
<link rel="stylesheet" href="/docs/assets/docs.css">
</head>
<body>
<header>
<a class="brand" href="/"><img src="/docs/assets/console.svg" alt="" width="24" height="24"> Event sandbox</a>
</header>
<main>
<h1>There is no page here</h1>
<p class="lead">{why}.</p>
<p>The address may be incomplete, or what it led to is gone. Go to the <a href="/">console</a>
or look into the <a href="/docs">documentation</a>.</p>
<p>Status 404 · <a href="/docs/errors/{code}"><code>{code}</code></a></p>
</main>
</body>
</html>
"""


def is_lost(error: DomainError, headers: Mapping[str, str]) -> bool:
    """Whether somebody typed or followed an address, rather than called an operation."""
    return isinstance(error, EndpointNotFound) and headers.get("accept", "").startswith("text/html")


def page(error: DomainError) -> bytes:
    """Where nothing is served, and where to go from there."""
    why = error.details or error.message
    return PAGE.format(why=escape(why[:1].upper() + why[1:]), code=error.code).encode()
