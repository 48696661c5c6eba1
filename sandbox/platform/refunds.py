"""Refunds as they are read; they are made under their payment."""

from __future__ import annotations

from sandbox.platform.payment_life import GIVE_BACK
from sandbox.platform.refunding import give_back_surplus, refund_subject, refunds

__all__ = ["EFFECTS", "refunds"]

EFFECTS = {"payment.refund_subject": refund_subject, GIVE_BACK: give_back_surplus}
