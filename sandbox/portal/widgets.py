"""Widgets: a script that puts registration and booking into any page; pages to frame, and one to try them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.identity.judgement import Registry, judge_key
from sandbox.kernel.errors import DomainError

STATIC = Path(__file__).parent / "static" / "widgets"
SCRIPTS = ("words.js", "basics.js", "widget.js", "registration.js", "booking.js")
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
)
SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
FOREIGN = SAFE | {"Cross-Origin-Resource-Policy": "cross-origin", "Access-Control-Allow-Origin": "*"}
KEY = "pk_sandbox_widget_demo"
EVENTS = {
    2: "free",
    1: "paid",
    8: "three currencies",
    5: "last place",
    3: "sold out",
    4: "with a waiting list",
}
PRACTITIONERS = {1: "Warsaw", 2: "London", 3: "two places"}
ATTRIBUTES = {
    "registration": {"event": "event-id", "payment-url": "payment-url"},
    "booking": {
        "practitioner": "practitioner-id",
        "assignment": "assignment-id",
        "offering": "offering-id",
    },
}
COMMON = {"key": "key", "lang": "lang"}


def script() -> str:
    """The parts as one script that leaves no name behind."""
    style = json.dumps((STATIC / "widget.css").read_text(encoding="utf-8"))
    parts = "\n".join((STATIC / name).read_text(encoding="utf-8") for name in SCRIPTS)
    return f'(() => {{\n"use strict";\n\nconst STYLE = {style};\n\n{parts}}})();\n'


def answered(request: Request, text: str, kind: str, headers: Mapping[str, str]) -> Response:
    """The text, or that the browser still has it."""
    tag = f'"{sha256(text.encode()).hexdigest()[:20]}"'
    headers = {"Cache-Control": "public, max-age=300", **headers, "ETag": tag}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(text, media_type=TYPES[kind], headers=headers)


async def show_script(request: Request) -> Response:
    return answered(request, script(), ".js", FOREIGN)


async def show_asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in ("page.css", "page.js", "frame.js"):
        return Response("Not found.", 404, SAFE, "text/plain")
    text = (STATIC / name).read_text(encoding="utf-8")
    return answered(request, text, Path(name).suffix, SAFE)


async def show_page(request: Request) -> Response:
    """Both widgets, live on the default world, and what embeds them."""
    values = {
        "EVENTS": _options("e1", EVENTS),
        "PRACTITIONERS": _options("c3", PRACTITIONERS),
        "PRACTITIONER": _id("c3", 1),
        "EVENT": _id("e1", 2),
        "KEY": KEY,
        "SANDBOX": escape(str(request.base_url).rstrip("/")),
    }
    text = (STATIC / "page.html").read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(name, value)
    return answered(request, text, ".html", SAFE | _policy("'none'"))


def _framed(registry: Registry, kind: str) -> Route:
    async def show(request: Request) -> Response:
        query = request.query_params
        wanted = {name: query[name] for name in (*COMMON, *ATTRIBUTES[kind]) if name in query}
        names = COMMON | ATTRIBUTES[kind]
        attributes = "".join(f' {names[name]}="{escape(value)}"' for name, value in wanted.items())
        text = (STATIC / "frame.html").read_text(encoding="utf-8")
        text = text.replace("LANG", escape(query.get("lang", "en"))).replace("TITLE", kind.capitalize())
        text = text.replace("WIDGET", f"<sandbox-{kind}{attributes}></sandbox-{kind}>")
        policy = _policy(_framers(registry, query.get("key", "")))
        return answered(request, text, ".html", SAFE | policy | {"Cache-Control": "no-cache"})

    return Route(f"/widgets/v1/{kind}", show)


def _framers(registry: Registry, key: str) -> str:
    """Pages that may frame a widget: those that may call with its key."""
    try:
        origins = judge_key(registry, key, None).origins
    except DomainError:
        return "'none'"
    return " ".join(sorted(origin.decode() for origin in origins)) or "*"


def _policy(ancestors: str) -> dict[str, str]:
    return {"Content-Security-Policy": POLICY.format(ancestors=ancestors)}


def _options(room: str, named: Mapping[int, str]) -> str:
    return "".join(
        f'<option value="{_id(room, number)}">{escape(name)}</option>' for number, name in named.items()
    )


def _id(room: str, number: int) -> str:
    return f"{room}000000-0000-4000-8000-{number:012d}"


def routes_of(registry: Registry) -> list[Route]:
    """The script, its pages and what they need."""
    return [
        Route("/widgets", show_page),
        Route("/widgets/v1/widget.js", show_script),
        Route("/widgets/assets/{name}", show_asset),
        *(_framed(registry, kind) for kind in ATTRIBUTES),
    ]
