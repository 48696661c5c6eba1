"""Errors of every source in one format: ours, the framework's and the validator's alike."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

import orjson

from sandbox.gateway.lost import HEADERS, is_lost, page
from sandbox.gateway.response import JSON, Headers, Response
from sandbox.kernel.errors import BadRequest, DomainError, InternalError
from sandbox.languages.catalogue import ENGLISH, field_message, language_of, message

PROBLEM = b"application/problem+json; charset=utf-8"
_UNSAID = re.compile(r"[^ !#-\[\]-~]")

log = logging.getLogger(__name__)


def failure(
    error: Exception, correlation_id: str, at: str, docs: str, headers: Mapping[str, str]
) -> Response:
    """The response for an error, as the request's headers ask for it; anything unexpected is logged and
    becomes INTERNAL_ERROR.
    """
    if not isinstance(error, DomainError):
        log.error("unexpected %s in %s", type(error).__name__, correlation_id, exc_info=error)
        error = InternalError(details="the failure was logged under the correlation id")
    elif error.status >= 500 and isinstance(error, InternalError):
        log.error("%s", error)
    if is_lost(error, headers):
        return Response(error.status, [*HEADERS], page(error))
    accept, languages = headers.get("accept", ""), headers.get("accept-language", "")
    language = language_of(languages) if languages else ENGLISH
    problem = "application/problem+json" in accept and "application/json" not in accept
    shown = (
        _problem(error, correlation_id, docs, language)
        if problem
        else {"error": envelope(error, correlation_id, at, docs, language)}
    )
    answer: Headers = [
        (b"content-type", PROBLEM if problem else JSON),
        (b"content-language", language.encode()),
    ]
    if error.retry_after is not None:
        answer.append((b"retry-after", b"%d" % error.retry_after))
    answer += [
        (name.lower().encode(), value.encode("latin-1", "replace")) for name, value in error.headers.items()
    ]
    return Response(error.status, answer, orjson.dumps(shown))


def oauth_failure(error: BadRequest) -> Response:
    """A malformed request in the words and letters of RFC 6749, section 5.2: OAuth clients read no others."""
    said = _UNSAID.sub("'", error.details or error.message)
    shown = {"error": "invalid_request", "error_description": said}
    return Response(error.status, [(b"content-type", JSON)], orjson.dumps(shown))


def envelope(
    error: DomainError, correlation_id: str, at: str, docs: str, language: str = ENGLISH
) -> dict[str, Any]:
    """The error object that answers carry under `error`."""
    said = message(language, error.code, error.message)
    shown: dict[str, Any] = {
        "code": error.code,
        "message": said,
        "details": error.details or said,
        "target": error.target,
        "status": error.status,
        "timestamp": at,
        "correlationId": correlation_id,
        "documentation": docs + error.code,
    }
    return shown | _extras(error, language)


def _problem(error: DomainError, correlation_id: str, docs: str, language: str) -> dict[str, Any]:
    said = message(language, error.code, error.message)
    shown: dict[str, Any] = {
        "type": docs + error.code,
        "title": said,
        "detail": error.details or said,
        "status": error.status,
        "instance": f"urn:uuid:{correlation_id}",
        "code": error.code,
        "target": error.target,
    }
    return shown | _extras(error, language)


def _extras(error: DomainError, language: str) -> dict[str, Any]:
    extras: dict[str, Any] = {}
    if error.errors:
        extras["errors"] = [
            {"code": fault.code, "target": fault.target, "message": field_message(language, fault.message)}
            for fault in error.errors
        ]
    if error.links:
        extras["_links"] = error.links
    return extras
