"""Having the payments of a registration or a booking paid back, once what ends it is written down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel.workspace import Transaction

REFUND = "payment.refund_subject"
"""The work itself; who does it knows payments, which those who ask for it do not."""


def pay_back(tx: Transaction, subject: Mapping[str, Any], reason: str, percent: int = 100) -> None:
    """So much of what each of its payments took."""
    tx.schedule(tx.now(), REFUND, subject["id"], reason=reason, percent=percent)
