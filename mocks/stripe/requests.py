"""One request as an operation sees it, and the table row that declares an operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from mocks.stripe.parameters import Reader
from mocks.stripe.resources import Listing
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction


@dataclass(slots=True)
class StripeRequest:
    """`key` and `other` are the identifiers in the path; `params` were read by the operation's readers."""

    tx: Transaction
    params: dict[str, Any]
    key: str = ""
    other: str = ""
    id: str = ""
    idempotency_key: str | None = None
    base_url: str = ""
    is_publishable: bool = False
    delay: float = 0.0
    """Seconds the answer is to take."""


Answer = Document | Listing | dict[str, Any]
Handler = Callable[[StripeRequest], Answer]


class Operation(NamedTuple):
    """An operation of the interface: where it is, who answers it and what it accepts."""

    method: str
    path: str
    handler: Handler
    readers: Mapping[str, Reader]
    required: tuple[str, ...] = ()
    open_to_browsers: bool = False
