"""The control API as a client sees it: JSON over HTTP, one credential, one workspace."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.client import HTTPException
from time import sleep
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

import typer

from sandbox.commands.failures import Refused, Unreachable
from sandbox.commands.output import working

DEMO_CLIENT = ("specialist-demo", "specialist-demo-secret")
TIMEOUT = 60.0
PATIENCE = 3
"""How often a call that came too early is made again."""


class ControlClient:
    """Calls one server. The demo client's token is fetched at the first call that needs it."""

    def __init__(self, url: str, api_key: str = "", workspace: str = "", authority: str = "") -> None:
        self.url = url.rstrip("/")
        self.workspace = workspace
        self._key = {"X-API-Key": api_key} if api_key else {}
        self._token: dict[str, str] = {}
        self._opener = build_opener(ProxyHandler({}), *_trusting(authority))

    def get(self, path: str, **query: Any) -> Any:
        """The parsed answer; raises Refused or Unreachable, as all calls do."""
        given = {name: value for name, value in query.items() if value is not None}
        return self.call("GET", path + ("?" + urlencode(given, doseq=True) if given else ""))

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """As get; members that are None are left out."""
        return self.call("POST", path, {k: v for k, v in (body or {}).items() if v is not None})

    def put(self, path: str, body: dict[str, Any]) -> Any:
        """As post."""
        return self.call("PUT", path, {k: v for k, v in body.items() if v is not None})

    def delete(self, path: str) -> Any:
        """As get."""
        return self.call("DELETE", path)

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """One authenticated call."""
        try:
            return self._call(method, path, body)
        except Refused as refused:
            if refused.status != 401 or not self._token:
                raise
        self.forget_token()  # it expired, perhaps by a clock that was moved
        return self._call(method, path, body)

    def _call(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        headers = {"Accept": "application/json", **self._place, **self._credential()}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body).encode()
        return self._exchange(Request(self.url + path, content, headers, method=method))

    def events(self, path: str) -> Iterator[tuple[str, Any]]:
        """Server-sent events, name and data, as they come; signs of life have no name.

        Raises as get does; silence for a minute is a connection lost."""
        headers = {"Accept": "text/event-stream", **self._place, **self._credential()}
        with self._opened(Request(self.url + path, None, headers)) as response:
            name, data = "", ""
            for line in self._lines(response):
                field, _, value = line.rstrip("\r\n").partition(": ")
                if field:
                    name, data = (value if field == "event" else name), (value if field == "data" else data)
                else:
                    yield name, json.loads(data) if data else None
                    name, data = "", ""

    @property
    def _place(self) -> dict[str, str]:
        return {"X-Sandbox-Workspace": self.workspace} if self.workspace else {}

    def _credential(self) -> dict[str, str]:
        """The token comes from the workspace it is used in: its clock says when it expires."""
        if self._key:
            return self._key
        if not self._token:
            name, secret = DEMO_CLIENT
            form = {"grant_type": "client_credentials", "client_id": name, "client_secret": secret}
            request = Request(self.url + "/oauth/token", urlencode(form).encode(), self._place)
            self._token = {"Authorization": f"Bearer {self._exchange(request)['access_token']}"}
        return self._token

    def forget_token(self) -> None:
        """Fetch a new one at the next call: to a clock that went back the old one is not valid yet."""
        self._token = {}

    def _exchange(self, request: Request) -> Any:
        """The parsed answer; a call that came too early is made again when the server says."""
        for _ in range(PATIENCE):
            try:
                return self._exchange_once(request)
            except Refused as refused:
                if refused.status != 429 or not refused.retry_after:
                    raise
                with working(f"Too many calls at once; again in {refused.retry_after} s …"):
                    sleep(refused.retry_after)
        return self._exchange_once(request)

    def _exchange_once(self, request: Request) -> Any:
        with self._opened(request) as response, self._reaching():
            content = response.read()
        return _parsed(content)

    def _opened(self, request: Request) -> Any:
        try:
            with self._reaching():
                return self._opener.open(request, timeout=TIMEOUT)
        except HTTPError as answer:
            raise Refused(answer.code, _error(answer.read()), _seconds(answer.headers)) from None

    def _lines(self, response: Any) -> Iterator[str]:
        while True:
            with self._reaching():
                line = response.readline()
            if not line:
                return
            yield line.decode()

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except HTTPError:
            raise
        except (URLError, OSError, HTTPException, ValueError) as reason:
            detail = getattr(reason, "reason", reason)
            raise Unreachable(f"{self.url} does not answer: {detail}") from None


def _trusting(authority: str) -> list[HTTPSHandler]:
    if not authority:
        return []
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(authority)
    except OSError as reason:
        what = f"{authority} cannot be read as a file of certificates: {reason}"
        raise typer.BadParameter(what, param_hint="--ca") from None
    return [HTTPSHandler(context=context)]


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content) if content else {}
    except ValueError:
        raise Unreachable("what answered is not a sandbox: it does not speak JSON") from None


def _seconds(headers: Message) -> int:
    """What Retry-After says, at most a minute."""
    text = headers.get("Retry-After", "")
    return min(int(text), 60) if text.isdecimal() else 0


def _error(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content)
    except ValueError:
        return {}
    if not isinstance(body, dict):
        return {}
    error = body.get("error", body)
    return error if isinstance(error, dict) else {"code": error, "message": body.get("error_description")}
