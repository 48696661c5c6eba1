"""The documented test cards as one table: number, tokens and what comes of a charge."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decline:
    """Why a charge is refused, as the error object says it."""

    code: str
    decline_code: str
    message: str
    param: str | None = None
    advice_code: str | None = "try_again_later"


_DECLINED = "Your card was declined."
GENERIC = Decline("card_declined", "generic_decline", _DECLINED)
FUNDS = Decline("card_declined", "insufficient_funds", "Your card has insufficient funds.")
LOST = Decline("card_declined", "lost_card", _DECLINED, advice_code="do_not_try_again")
STOLEN = Decline("card_declined", "stolen_card", _DECLINED, advice_code="do_not_try_again")
EXPIRED = Decline("expired_card", "expired_card", "Your card has expired.", "exp_month", "confirm_card_data")
CVC = Decline(
    "incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.", "cvc", "confirm_card_data"
)
PROCESSING = Decline(
    "processing_error",
    "processing_error",
    "An error occurred while processing your card. Try again in a little bit.",
)
VELOCITY = Decline("card_declined", "card_velocity_exceeded", _DECLINED, advice_code=None)
FRAUD = Decline("card_declined", "fraudulent", _DECLINED, advice_code=None)
UNAUTHENTICATED = Decline(
    "authentication_required",
    "authentication_required",
    "Your card was declined. This transaction requires authentication.",
    advice_code=None,
)
LIVE_CARD = Decline(
    "card_declined",
    "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test (live) card.",
    advice_code=None,
)


@dataclass(frozen=True, slots=True)
class TestCard:
    """One card. `tokens[0]` names it; `decline` comes at the charge, after `authenticate` where that is set.

    `authenticate`: always, on_session (may be charged off session), unless_set_up. `attach`: refused with the
    decline unless it is true. `dispute`: reason of the dispute that follows
    (`dispute_after` seconds later). `warning`: the issuer reports fraud. `refund`: pending or failing.
    `settles`: the charge stays in processing first. `delay`: seconds that the answer takes.
    """

    number: str
    tokens: tuple[str, ...]
    brand: str = "visa"
    decline: Decline | None = None
    attach: bool = True
    authenticate: str = ""
    dispute: str = ""
    dispute_after: int = 0
    warning: str = ""
    refund: str = ""
    settles: bool = False
    delay: float = 0.0
    outcome: str = "authorized"

    __test__ = False

    @property
    def last4(self) -> str:
        """The last digits, all that is ever shown."""
        return self.number[-4:]


def _declines(number: str, decline: Decline, *tokens: str) -> TestCard:
    return TestCard(number, tokens, "visa", decline, attach=False, outcome="issuer_declined")


CARDS: tuple[TestCard, ...] = (
    TestCard("4242424242424242", ("pm_card_visa", "tok_visa")),
    TestCard("4000056655665556", ("pm_card_visa_debit", "tok_visa_debit")),
    TestCard("5555555555554444", ("pm_card_mastercard", "tok_mastercard"), "mastercard"),
    TestCard("378282246310005", ("pm_card_amex", "tok_amex"), "amex"),
    TestCard("6011111111111117", ("pm_card_discover", "tok_discover"), "discover"),
    TestCard("4000000000000077", ("pm_card_bypassPending", "tok_bypassPending")),
    _declines(
        "4000000000000002",
        GENERIC,
        "pm_card_visa_chargeDeclined",
        "pm_card_chargeDeclined",
        "tok_chargeDeclined",
    ),
    _declines(
        "4000000000009995",
        FUNDS,
        "pm_card_visa_chargeDeclinedInsufficientFunds",
        "pm_card_chargeDeclinedInsufficientFunds",
        "tok_visa_chargeDeclinedInsufficientFunds",
    ),
    _declines(
        "4000000000009987", LOST, "pm_card_visa_chargeDeclinedLostCard", "tok_visa_chargeDeclinedLostCard"
    ),
    _declines(
        "4000000000009979",
        STOLEN,
        "pm_card_visa_chargeDeclinedStolenCard",
        "tok_visa_chargeDeclinedStolenCard",
    ),
    _declines(
        "4000000000000069", EXPIRED, "pm_card_chargeDeclinedExpiredCard", "tok_chargeDeclinedExpiredCard"
    ),
    _declines(
        "4000000000000127", CVC, "pm_card_chargeDeclinedIncorrectCvc", "tok_chargeDeclinedIncorrectCvc"
    ),
    _declines(
        "4000000000000119",
        PROCESSING,
        "pm_card_chargeDeclinedProcessingError",
        "tok_chargeDeclinedProcessingError",
    ),
    _declines(
        "4000000000006975",
        VELOCITY,
        "pm_card_visa_chargeDeclinedVelocityLimitExceeded",
        "tok_visa_chargeDeclinedVelocityLimitExceeded",
    ),
    TestCard(
        "4100000000000019",
        (
            "pm_card_radarBlock",
            "pm_card_chargeDeclinedFraudulent",
            "tok_radarBlock",
            "tok_chargeDeclinedFraudulent",
        ),
        decline=FRAUD,
        attach=False,
        outcome="blocked",
    ),
    TestCard(
        "4000000000000341",
        ("pm_card_chargeCustomerFail", "tok_chargeCustomerFail"),
        decline=GENERIC,
        outcome="issuer_declined",
    ),
    TestCard(
        "4000000000003220",
        ("pm_card_threeDSecure2Required", "tok_threeDSecure2Required"),
        authenticate="on_session",
    ),
    TestCard(
        "4000002760003184",
        ("pm_card_authenticationRequired", "tok_authenticationRequired"),
        authenticate="always",
    ),
    TestCard(
        "4000002500003155",
        ("pm_card_authenticationRequiredOnSetup", "tok_authenticationRequiredOnSetup"),
        authenticate="unless_set_up",
    ),
    TestCard(
        "4000008260003178",
        ("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",),
        decline=FUNDS,
        authenticate="always",
        outcome="issuer_declined",
    ),
    TestCard("4000000000000259", ("pm_card_createDispute", "tok_createDispute"), dispute="fraudulent"),
    TestCard(
        "4000000000002685",
        ("pm_card_createDisputeProductNotReceived", "tok_createDisputeProductNotReceived"),
        dispute="product_not_received",
    ),
    TestCard(
        "4000000000001976", ("pm_card_createDisputeInquiry", "tok_createDisputeInquiry"), dispute="inquiry"
    ),
    TestCard(
        "4000000000005423",
        ("pm_card_createIssuerFraudRecord", "tok_createIssuerFraudRecord"),
        warning="misc",
    ),
    TestCard("4000000000007726", ("pm_card_pendingRefund", "tok_pendingRefund"), refund="pending"),
    TestCard("4000000000005126", ("pm_card_refundFail", "tok_refundFail"), refund="failing"),
    # The rest is this simulation's own: outcomes in time that no documented card has.
    TestCard("4000000000000903", ("pm_sandbox_settlesLater",), settles=True),
    TestCard(
        "4000000000000911",
        ("pm_sandbox_failsLater",),
        settles=True,
        decline=GENERIC,
        outcome="issuer_declined",
    ),
    TestCard("4000000000000929", ("pm_sandbox_slow",), delay=35.0),
    TestCard("4000000000000937", ("pm_sandbox_disputedLater",), dispute="fraudulent", dispute_after=3600),
)

BY_TOKEN = {token: card for card in CARDS for token in card.tokens}
BY_NUMBER = {card.number: card for card in CARDS}


def is_luhn(number: str) -> bool:
    """Whether the check digit of a card number is right."""
    digits = [int(digit) for digit in reversed(number)]
    return (sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])) % 10 == 0


def describe(card: TestCard) -> str:
    """What comes of a card, in a few words."""
    words = []
    if card.authenticate:
        words.append("asks for authentication")
    if card.settles:
        words.append("stays in processing for two seconds")
    if card.delay:
        words.append(f"answers after {card.delay:.0f} seconds")
    if card.decline is not None:
        words.append(f"`{card.decline.code}` / `{card.decline.decline_code}`")
    else:
        words.append(_success(card))
    return ", then ".join(words) if card.authenticate or card.settles else ", ".join(words)


def _success(card: TestCard) -> str:
    if card.dispute:
        when = f" after {card.dispute_after} seconds" if card.dispute_after else ""
        return f"succeeds, then a dispute ({card.dispute}){when}"
    if card.warning:
        return f"succeeds, then an early fraud warning ({card.warning})"
    return f"succeeds, refunds are {card.refund}" if card.refund else "succeeds"


def table() -> str:
    """The rows of the table as Markdown."""
    rows = []
    for card in CARDS:
        tokens = " ".join(f"`{token}`" for token in card.tokens if token.startswith("pm_"))
        rows.append(f"| {tokens} | {card.number} | {describe(card)} |")
    return "\n".join(rows) + "\n"
