"""Somebody else's page: another origin, with a policy that allows the sandbox and nothing inline."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.conftest import Api

KEY = "pk_sandbox_widget_demo"
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Shop</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width, initial-scale=1">
<script src="{sandbox}/widgets/v1/widget.js" defer></script></head>
<body><main><h1>Our shop</h1>{body}</main></body></html>"""
LISTEN = """() => {
  window.told = [];
  for (const type of ["sandbox:registered", "sandbox:booked", "sandbox:error"])
    document.addEventListener(type, ({ detail }) => window.told.push([type, detail]));
  window.addEventListener("message", ({ data }) => window.told.push([data.type, data]));
  document.addEventListener("securitypolicyviolation", ({ blockedURI }) =>
    window.told.push(["violation", blockedURI]));
}"""


class Shop:
    """Serves one page at a time."""

    def __init__(self, sandbox: str) -> None:
        self.sandbox = sandbox
        self._html = b""
        only = f"script-src {sandbox}; style-src {sandbox}; connect-src {sandbox}; frame-src {sandbox}"
        policy = f"default-src 'none'; img-src data:; {only}"
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Security-Policy", policy)
                self.end_headers()
                self.wfile.write(shop._html)

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Returns when nobody is served any more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(30)

    def open(self, page: Any, body: str) -> None:
        """Show a page with that in it, and keep what its widgets tell."""
        self._html = PAGE.format(sandbox=self.sandbox, body=body).encode()
        page.goto(self.url)
        page.evaluate(LISTEN)


def told(page: Any, kind: str) -> list[dict[str, Any]]:
    """What the page was told of one kind."""
    found: list[list[Any]] = page.evaluate("window.told")
    return [detail for name, detail in found if name == kind]


def forgive(page: Any, *meant: str) -> None:
    """The browser logs every call that fails: wait for those that were meant, and strike them out."""
    for part in meant:
        while not (found := [each for each in page.complaints if part in each]):
            page.wait_for_event("console", lambda said, part=part: part in said.text)
        page.complaints.remove(found[0])


def fill(widget: Any, **values: str) -> None:
    """Fill in what is labelled so; `_` stands for a space."""
    for label, value in values.items():
        widget.get_by_label(label.replace("_", " "), exact=True).first.fill(value)


def press(widget: Any, name: str) -> None:
    """Press the button of that name."""
    widget.get_by_role("button", name=name, exact=True).click()


def text(widget: Any) -> str:
    """All that a widget shows."""
    shown: str = widget.locator(".card").inner_text()
    return shown


def heading(widget: Any, name: str) -> None:
    """Wait for a heading."""
    widget.get_by_role("heading", name=name).wait_for()


def bound_to(api: Api, origin: str) -> str:
    """A public key for the pages of one origin."""
    body = {"name": "Shop", "kind": "api_key", "clientType": "public", "allowedOrigins": [origin]}
    made = api.post("/sandbox/v1/credentials", json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["apiKey"])
