"""Errors of every source in one format: ours, the framework's and the validator's alike."""

from __future__ import annotations

import logging
from typing import Any

import orjson

from sandbox.gateway.response import JSON, Headers, Response
from sandbox.kernel.errors import DomainError, InternalError

PROBLEM = b"application/problem+json; charset=utf-8"

log = logging.getLogger(__name__)


def failure(error: Exception, correlation_id: str, at: str, docs: str, accept: str) -> Response:
    """The response for an error; anything unexpected is logged and becomes INTERNAL_ERROR."""
    if not isinstance(error, DomainError):
        log.error("unexpected %s", type(error).__name__, exc_info=error)
        error = InternalError(details="the failure was logged under the correlation id")
    elif error.status >= 500 and isinstance(error, InternalError):
        log.error("%s", error)
    problem = "application/problem+json" in accept and "application/json" not in accept
    shown = (
        _problem(error, correlation_id, docs)
        if problem
        else {"error": envelope(error, correlation_id, at, docs)}
    )
    headers: Headers = [(b"content-type", PROBLEM if problem else JSON)]
    if error.retry_after is not None:
        headers.append((b"retry-after", b"%d" % error.retry_after))
    headers += [
        (name.lower().encode(), value.encode("latin-1", "replace")) for name, value in error.headers.items()
    ]
    return Response(error.status, headers, orjson.dumps(shown))


def envelope(error: DomainError, correlation_id: str, at: str, docs: str) -> dict[str, Any]:
    """The error object that answers carry under `error`."""
    shown: dict[str, Any] = {
        "code": error.code,
        "message": error.message,
        "details": error.details or error.message,
        "target": error.target,
        "status": error.status,
        "timestamp": at,
        "correlationId": correlation_id,
        "documentation": docs + error.code,
    }
    return shown | _extras(error)


def _problem(error: DomainError, correlation_id: str, docs: str) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "type": docs + error.code,
        "title": error.message,
        "detail": error.details or error.message,
        "status": error.status,
        "instance": f"urn:uuid:{correlation_id}",
        "code": error.code,
        "target": error.target,
    }
    return shown | _extras(error)


def _extras(error: DomainError) -> dict[str, Any]:
    extras: dict[str, Any] = {}
    if error.errors:
        extras["errors"] = [{"code": f.code, "target": f.target, "message": f.message} for f in error.errors]
    if error.links:
        extras["_links"] = error.links
    return extras
