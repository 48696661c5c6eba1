"""A request as the gateway has it, for what is behind it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any


def visit(**members: Any) -> Any:
    """One with these members."""
    known = {
        "method": "POST",
        "raw_query": b"a=%20b",
        "body": b"x=1",
        "client_ip": "192.0.2.1",
        "workspace": object(),
        "correlation_id": "c",
        "text_headers": {"host": "api.example:8080", "content-type": "text/plain", "x-one": "1"},
    }
    return SimpleNamespace(**{**known, **members})
