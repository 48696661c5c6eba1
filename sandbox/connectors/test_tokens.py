"""The platform's own payment test tokens and magic amounts, and the test cards that stand behind them."""

from __future__ import annotations

STRIPE_TOKENS = {
    "pm_card_visa": "pm_card_visa",
    "pm_card_mastercard": "pm_card_mastercard",
    "pm_card_declined": "pm_card_visa_chargeDeclined",
    "pm_card_insufficient_funds": "pm_card_visa_chargeDeclinedInsufficientFunds",
    "pm_card_expired": "pm_card_chargeDeclinedExpiredCard",
    "pm_card_incorrect_cvc": "pm_card_chargeDeclinedIncorrectCvc",
    "pm_card_processing_error": "pm_card_chargeDeclinedProcessingError",
    "pm_card_requires_action": "pm_card_authenticationRequired",
    "pm_card_async_success": "pm_sandbox_settlesLater",
    "pm_card_async_failure": "pm_sandbox_failsLater",
    "pm_card_timeout": "pm_sandbox_slow",
    "pm_card_dispute": "pm_sandbox_disputedLater",
    "pm_card_refund_fails": "pm_card_refundFail",
}
"""Any other `pm_…` goes to the provider as it is."""

MAGIC_CENTS = {
    "02": "pm_card_visa_chargeDeclined",
    "04": "pm_card_chargeDeclinedExpiredCard",
    "06": "pm_card_chargeDeclinedProcessingError",
}
"""The last two decimals of an amount that make a good card fail; currencies without cents have none."""

GOOD_CARDS = ("pm_card_visa", "pm_card_mastercard")


def stripe_token(token: str, amount: str) -> str:
    """What the provider is given for a token of ours."""
    if token in GOOD_CARDS and (magic := MAGIC_CENTS.get(amount.partition(".")[2])) is not None:
        return magic
    return STRIPE_TOKENS.get(token, token)
