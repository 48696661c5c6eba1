"""Refunds as they are read; they are made under their payment."""

from __future__ import annotations

from sandbox.platform.paying_back import REFUND
from sandbox.platform.payment_life import GIVE_BACK
from sandbox.platform.refunding import SETTLE, give_back_surplus, refund_subject, refunds, settle_refund

__all__ = ["EFFECTS", "refunds"]

EFFECTS = {REFUND: refund_subject, GIVE_BACK: give_back_surplus, SETTLE: settle_refund}
