"""The send port over HTTP: one kept-alive connection, no dependencies."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from scenarios.answers import Answer, Body, Parameter, Unreachable
from scenarios.descriptions import load_description

FORM = "application/x-www-form-urlencoded"
Places = dict[str, dict[str, str]]


class HttpSender:
    """Calls operations of the given sources on one server. `headers` go with every request, over its own."""

    def __init__(
        self,
        base_url: str,
        sources: Mapping[str, Path],
        headers: Mapping[str, str] | None = None,
        timeout: float = 60.0,
    ) -> None:
        self._base = urlsplit(base_url.rstrip("/"))
        self._operations = {name: load_description(path) for name, path in sources.items()}
        self._headers = dict(headers or {})
        self._timeout = timeout
        self._connection: HTTPConnection | None = None

    def __call__(self, operation: str, parameters: Sequence[Parameter], body: Body | None) -> Answer:
        """As the port says."""
        source, _, name = operation.rpartition(".")
        described = self._operations[source][name]
        sent, query = _placed(parameters)
        path = described.path
        for key, value in sent["path"].items():
            path = path.replace("{" + key + "}", quote(value, safe=""))
        content = _written(body)
        headers = {"Accept": "application/json", **sent["header"], **self._headers}
        if body is not None:
            headers["Content-Type"] = body.content_type
        target = self._base.path + path + ("?" + urlencode(query) if query else "")
        response, answered = self._exchange(described.method, target, headers, content)
        sent["header"] = headers
        return Answer(
            response.status,
            dict(response.getheaders()),
            _parsed(response, answered),
            described.method,
            f"{self._base.scheme}://{self._base.netloc}{target}",
            sent,
            body.payload if body is not None else None,
        )

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _exchange(
        self, method: str, target: str, headers: Mapping[str, str], content: bytes | None
    ) -> tuple[HTTPResponse, bytes]:
        """One request. A kept connection that the server had closed in the meantime is opened again, once."""
        kept = self._connection is not None
        try:
            connection = self._connection = self._connection or self._connect()
            connection.request(method, target, content, dict(headers))
            response = connection.getresponse()
            return response, response.read()
        except (OSError, HTTPException) as fault:
            self.close()
            if kept and isinstance(fault, ConnectionError | HTTPException):
                return self._exchange(method, target, headers, content)
            raise Unreachable(f"{method} {target}: no answer from {self._base.netloc}: {fault}") from fault

    def _connect(self) -> HTTPConnection:
        kind = HTTPSConnection if self._base.scheme == "https" else HTTPConnection
        return kind(self._base.hostname or "localhost", self._base.port, timeout=self._timeout)


def _placed(parameters: Sequence[Parameter]) -> tuple[Places, list[tuple[str, str]]]:
    """Parameters by place as text, and the query with lists as repeated names."""
    sent: Places = {"path": {}, "query": {}, "header": {}, "cookie": {}}
    query = []
    for name, place, value in parameters:
        values = value if isinstance(value, list) else [value]
        texts = [part if isinstance(part, str) else json.dumps(part) for part in values]
        sent[place][name] = ",".join(texts)
        if place == "query":
            query += [(name, text) for text in texts]
    if sent["cookie"]:
        sent["header"]["Cookie"] = "; ".join(f"{name}={value}" for name, value in sent["cookie"].items())
    return sent, query


def _written(body: Body | None) -> bytes | None:
    if body is None or body.payload is None:
        return None
    if body.content_type == FORM:
        return urlencode(body.payload, doseq=True).encode()
    if isinstance(body.payload, str):
        return body.payload.encode()
    return json.dumps(body.payload, ensure_ascii=False).encode()


def _parsed(response: HTTPResponse, content: bytes) -> Any:
    if not content:
        return None
    text = content.decode("utf-8", "replace")
    if "json" in (response.getheader("Content-Type") or ""):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text
