"""The same contract through Connexion's stock chain: slower, and the oracle of the compiled plans."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from sandbox.contract.bodies import FORM, JSON_TYPES, parse_form, parse_json
from sandbox.gateway.compiled import CompiledPlans, parsed
from sandbox.gateway.execution import Execution, Fail
from sandbox.gateway.idempotency import key_of
from sandbox.gateway.response import Response, Streamed
from sandbox.gateway.visit import Visit
from sandbox.kernel.errors import (
    DomainError,
    FieldError,
    InternalError,
    ValidationError,
)
from sandbox.platform.call import Call

with warnings.catch_warnings():
    warnings.simplefilter(
        "ignore"
    )  # starlette's test client, which nothing here uses, warns about its own client
    from connexion import AsyncApp
    from connexion.datastructures import MediaTypeDict
    from connexion.exceptions import (
        NonConformingResponse,
        ProblemException,
    )
    from connexion.lifecycle import ConnexionRequest, ConnexionResponse
    from connexion.options import SwaggerUIOptions
    from connexion.resolver import Resolver
    from connexion.validators import VALIDATOR_MAP, FormDataValidator
    from starlette.exceptions import HTTPException


READ = {**dict.fromkeys(JSON_TYPES, parse_json), FORM: parse_form}


class _Passage:
    """What the handler at the far end of the chain must know, and what went wrong on the way."""

    def __init__(self, call: Call, visit: Visit) -> None:
        self.call = call
        self.visit = visit
        self.error: Exception | None = None
        self.streamed: Streamed | None = None


_passage: ContextVar[_Passage] = ContextVar("passage")


class _OpenForm(FormDataValidator):  # type: ignore[misc]  # Connexion has no types
    """A form may have further fields unless its schema forbids them; Connexion never lets any pass."""

    def _validate_params_strictly(self, data: dict[str, Any]) -> None:
        if self._schema.get("additionalProperties") is False:
            super()._validate_params_strictly(data)


class StockChain:
    """One AsyncApp per document. Routing, parameters, bodies and responses are validated by
    Connexion itself.
    """

    def __init__(self, execution: Execution, documents: Mapping[str, dict[str, Any]], fail: Fail) -> None:
        self._plans = CompiledPlans(execution)
        self._fail = fail
        self._apps = {name: self._app(document) for name, document in documents.items()}

    async def serve(self, call: Call, visit: Visit) -> Response:
        """The response of the chain; raises the error that stopped it."""
        media = visit.text_headers.get("content-type", "").split(";")[0].strip().lower()
        wanted = call.plan.body
        if visit.body and wanted is not None and media in wanted.media_types and media in READ:
            _check_readable(call, visit, READ[media])
        passage = _Passage(call, visit)
        _passage.set(passage)
        app = self._apps["control" if call.plan.is_control else "platform"]
        status, headers, body = await _call(app, visit, _sent_body(call, visit))
        if passage.error is not None:
            raise passage.error
        kept = [(name, value) for name, value in headers if name != b"content-length"]
        if passage.streamed is not None:
            return Streamed(status, kept, passage.streamed.pieces)
        return Response(status, kept, body)

    def _app(self, document: dict[str, Any]) -> AsyncApp:
        app = AsyncApp(__name__, swagger_ui_options=SwaggerUIOptions(swagger_ui=False), pythonic_params=True)
        app.add_api(
            _without_security(document),
            resolver=Resolver(lambda _: self._handle),
            strict_validation=True,
            validator_map={"body": MediaTypeDict({**VALIDATOR_MAP["body"], FORM: _OpenForm})},
            validate_responses=True,
        )
        for kind in (ProblemException, HTTPException, Exception):
            app.add_error_handler(kind, _note)
        return app

    async def _handle(self, **_: Any) -> ConnexionResponse:
        """Every operation's handler: what Connexion let through goes to the same execution as ever."""
        passage = _passage.get()
        call, visit = passage.call, passage.visit
        try:
            response = await self._plans.serve(call, visit)
        except DomainError as error:
            response = self._fail(call, error)
        if isinstance(response, Streamed):
            passage.streamed = response  # Connexion would wait for its end
        headers = {name.decode(): value.decode() for name, value in response.headers}
        media = headers.pop("content-type", None)
        return ConnexionResponse(
            response.status, content_type=media, headers=headers, body=response.body or None
        )


def _check_readable(call: Call, visit: Visit, read: Callable[[bytes], object]) -> None:
    """Connexion answers 500 to text that is not UTF-8 and to very many fields, and takes repeated ones."""
    try:
        read(visit.body)
    except DomainError:
        parsed(call, visit)  # what is wrong before the body is said first
        raise


def _note(_: ConnexionRequest, error: Exception) -> ConnexionResponse:
    passage = _passage.get()
    passage.error = _translated(error, passage)
    return ConnexionResponse(500, content_type="application/json", body=b"{}")


def _translated(error: Exception, passage: _Passage) -> Exception:
    """Connexion's refusal in the words of our error tree, or as a fault of our own reading if that
    accepts.
    """
    if isinstance(error, NonConformingResponse):
        return InternalError(details=f"{error.reason}: {error.message}"[:500])
    unrouted = isinstance(error, HTTPException)  # where a number belongs its router takes nothing else
    if not unrouted and (not isinstance(error, ProblemException) or error.status >= 500):
        return error
    try:
        parsed(passage.call, passage.visit)
        key_of(passage.call)  # asked for last, as ever: what is wrong with the request is said first
    except DomainError as own:
        return own
    return ValidationError.of([FieldError("VALIDATION_ERROR", "/", str(getattr(error, "detail", error)))])


def _without_security(document: dict[str, Any]) -> dict[str, Any]:
    """The gateway has authenticated; here `security` is documentation."""
    paths = {
        path: {method: {**operation, "security": []} for method, operation in item.items()}
        for path, item in document["paths"].items()
    }
    return {**document, "paths": paths}


def _sent_body(call: Call, visit: Visit) -> bytes:
    """Connexion refuses to go without a body where one is optional: it gets the empty object.

    Where none is asked for it reads one nevertheless: it gets nothing."""
    if call.plan.body is None:
        return b""
    return b"{}" if not call.plan.body.required and not visit.body else visit.body


async def _call(app: AsyncApp, visit: Visit, body: bytes) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """One request through an ASGI application, with the whole body and its length at hand."""
    headers = [
        (name, value)
        for name, value in visit.raw_headers
        if name not in (b"content-length", b"transfer-encoding")
    ]
    headers.append((b"content-length", b"%d" % len(body)))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET" if visit.method == "HEAD" else visit.method,
        "scheme": "http",
        "path": visit.path,
        "raw_path": visit.path.encode(),
        "root_path": "",
        "query_string": visit.raw_query,
        "headers": headers,
        "server": ("127.0.0.1", 80),
        "client": (visit.client_ip, 0),
    }
    sent: dict[str, Any] = {"status": 500, "headers": []}
    parts: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            sent.update(message)
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, send)
    return sent["status"], [(bytes(k), bytes(v)) for k, v in sent["headers"]], b"".join(parts)
