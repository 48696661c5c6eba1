"""The ledger as it is read; it is written by what moves money."""

from __future__ import annotations

from sandbox.platform.ledger import transactions

__all__ = ["transactions"]
