"""The port through which steps reach a server: what is sent, what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol


class Parameter(NamedTuple):
    """One value and its place in the request: path, query, header or cookie."""

    name: str
    place: str
    value: Any


class Body(NamedTuple):
    """A request body before it is written in its media type."""

    content_type: str
    payload: Any


@dataclass(frozen=True, slots=True)
class Answer:
    """One exchange. `body` is parsed where the answer is JSON, text otherwise, None where it is empty."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    method: str = ""
    url: str = ""
    sent: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What was sent, by place: header, query, path."""
    request_body: Any = None


class Unreachable(Exception):
    """No answer came: the server is down, refused, or took too long."""


class Send(Protocol):
    """How a step's operation is called: over HTTP, in process, inside a load test."""

    def __call__(self, operation: str, parameters: Sequence[Parameter], body: Body | None) -> Answer:
        """Call `<source>.<operationId>`. Any status is an answer; raises Unreachable when none came."""
