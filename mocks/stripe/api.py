"""The way of every request: key, parameters, idempotency, the operation in one transaction, the answer."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus
from itertools import count
from typing import Any

import orjson
from flask import Blueprint, Response, request

from mocks.stripe import (
    charges,
    customers,
    disputes,
    events,
    fraud_warnings,
    intents,
    payment_methods,
    refunds,
    webhooks,
)
from mocks.stripe.authentication_page import add_page
from mocks.stripe.errors import StripeError, invalid, unrecognized_url
from mocks.stripe.forms import FormFault, Tree, parse_form
from mocks.stripe.idempotency import Answered, Keyed, keep, recall
from mocks.stripe.keys import is_publishable
from mocks.stripe.parameters import read_parameters
from mocks.stripe.requests import Answer, Operation, StripeRequest
from mocks.stripe.resources import API_VERSION, Listing, expanded, rendered, shown
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction, Workspace

NOUNS = (
    intents,
    refunds,
    charges,
    customers,
    payment_methods,
    disputes,
    fraud_warnings,
    events,
    webhooks,
)
OPERATIONS: tuple[Operation, ...] = tuple(operation for noun in NOUNS for operation in noun.OPERATIONS)
Environ = dict[str, Any]

FORM = "application/x-www-form-urlencoded"

log = logging.getLogger(__name__)
_strays = count(1)
_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


def make_blueprint() -> Blueprint:
    """A blueprint with every operation, the authentication page, and a refusal for everything else."""
    blueprint = Blueprint("stripe", __name__)
    for number, operation in enumerate(OPERATIONS):
        name = f"{operation.handler.__name__}_{number}"
        view = _view(operation)
        blueprint.add_url_rule(
            f"/v1{operation.path}", name, view, methods=[operation.method], provide_automatic_options=False
        )
    add_page(blueprint)
    every = ["GET", "POST", "DELETE", "PUT", "PATCH"]
    blueprint.add_url_rule("/", "root", _nothing_here, methods=every)
    blueprint.add_url_rule("/<path:rest>", "elsewhere", _nothing_here, methods=every)
    return blueprint


def _view(operation: Operation) -> Callable[..., Response]:
    def view(key: str = "", other: str = "") -> Response:
        environ = request.environ
        number = _request_id(environ)
        try:
            call = StripeRequest(None, {}, key, other, number)  # type: ignore[arg-type]
            answered = _answer(operation, call, environ)
        except StripeError as error:
            answered = _refused(error, number)
        except Exception:
            log.exception("the operation %s failed", operation.path)
            message = "An unknown error occurred. It was logged under the request's id."
            answered = _refused(StripeError(500, "api_error", message), number)
        return _response(answered, number, environ)

    return view


def _answer(operation: Operation, call: StripeRequest, environ: Environ) -> Answered:
    authorization = environ.get("HTTP_AUTHORIZATION", "")
    call.is_publishable = is_publishable(authorization, open_to_browsers=operation.open_to_browsers)
    body = _body(environ) if operation.method != "GET" else b""
    call.params = read_parameters(operation.readers, _tree(body, environ), operation.required)
    call.base_url = (
        f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', 'localhost')}{environ['SCRIPT_NAME']}"
    )
    key = environ.get("HTTP_IDEMPOTENCY_KEY")
    call.idempotency_key = key
    keyed = (
        Keyed(key, operation.method, environ["PATH_INFO"], body)
        if key and operation.method == "POST"
        else None
    )
    answered = _execute(operation, call, keyed, environ)
    if answered.delay:
        environ["sandbox.delay"] = answered.delay
    return answered


def _body(environ: Environ) -> bytes:
    """All of it; what a server cannot tell the end of counts as nothing."""
    length: str = environ.get("CONTENT_LENGTH") or ""
    if length.isdigit():
        return bytes(environ["wsgi.input"].read(int(length)))
    return bytes(environ["wsgi.input"].read()) if environ.get("wsgi.input_terminated") else b""


def _tree(body: bytes, environ: Environ) -> Tree:
    """The parameters of query and body."""
    if body and not (environ.get("CONTENT_TYPE") or FORM).startswith((FORM, "multipart/form-data")):
        raise invalid(
            "Invalid request (check that your POST content type is application/x-www-form-urlencoded)."
        )
    query = environ.get("QUERY_STRING", "")
    try:
        tree = parse_form(query) if query else {}
        return {**tree, **parse_form(body.decode())} if body else tree
    except UnicodeDecodeError:
        raise invalid("Invalid request: the body is not UTF-8.") from None
    except FormFault as fault:
        raise invalid(str(fault), fault.param or None) from None


def _execute(operation: Operation, call: StripeRequest, keyed: Keyed | None, environ: Environ) -> Answered:
    """Run the operation; a refused card is a change of the world, any other refusal is none."""
    workspace: Workspace = environ["sandbox.workspace"]
    correlation = environ.get("sandbox.correlation_id", "")
    try:
        with workspace.transaction(correlation) as tx:
            call.tx = tx
            if keyed is not None and (replay := recall(tx, keyed)) is not None:
                return replay
            answered = _attempt(operation, call)
            if keyed is not None:
                keep(tx, keyed, answered)
            return answered
    except StripeError as error:
        if keyed is None or not error.is_kept or error.error["type"] == "idempotency_error":
            raise
        answered = _refused(error, call.id)
        with workspace.transaction(correlation) as tx:
            keep(tx, keyed, answered)
        return answered


def _attempt(operation: Operation, call: StripeRequest) -> Answered:
    try:
        body = _rendered(call.tx, operation.handler(call), call.params.get("expand"))
    except StripeError as error:
        if error.status != 402:
            raise
        refused = _refused(error, call.id)
        return Answered(refused.status, refused.body, call.id, delay=call.delay)
    return Answered(200, body, call.id, delay=call.delay)


def _rendered(tx: Transaction, answer: Answer, paths: list[str] | None) -> bytes:
    if paths:
        plain = answer.shown() if isinstance(answer, Listing) else shown(answer)
        return orjson.dumps(expanded(tx, plain, paths))
    if isinstance(answer, Listing):
        return answer.rendered()
    return rendered(answer) if type(answer) is Document else orjson.dumps(answer)


def _refused(error: StripeError, number: str) -> Answered:
    return Answered(error.status, orjson.dumps({"error": error.error}), number)


class PlainResponse(Response):
    """An answer that is already bytes: sent as it is, without the framework's view of headers and body."""

    def __init__(self, answered: Answered, pairs: list[tuple[str, str]]) -> None:
        self._line = _LINES[answered.status]
        self._pairs = pairs
        self._body = answered.body

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        start_response(self._line, self._pairs)
        return [self._body]


def _response(answered: Answered, number: str, environ: Environ) -> Response:
    pairs = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(answered.body))),
        ("Request-Id", number),
        ("Stripe-Version", environ.get("HTTP_STRIPE_VERSION", API_VERSION)),
        ("Cache-Control", "no-cache, no-store"),
    ]
    if key := environ.get("HTTP_IDEMPOTENCY_KEY"):
        pairs += (("Idempotency-Key", key[:255]), ("Original-Request", answered.request_id))
    if answered.replayed:
        pairs.append(("Idempotent-Replayed", "true"))
    if answered.status == 401:
        pairs.append(("WWW-Authenticate", 'Basic realm="Stripe"'))
    return PlainResponse(answered, pairs)


def _request_id(environ: Environ) -> str:
    """From the correlation id, so that it is found in every record."""
    correlation = environ.get("sandbox.correlation_id", "").replace("-", "")
    return f"req_{correlation[:14] or format(next(_strays), '014d')}"


def _nothing_here(rest: str = "") -> Response:
    environ = request.environ
    number = _request_id(environ)
    return _response(_refused(unrecognized_url(request.method, f"/{rest}"), number), number, environ)
