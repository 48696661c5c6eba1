"""What no record may show: credentials, secrets and card data, wherever they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "[redacted]"

SECRET_HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "x-api-key",
        "ocp-apim-subscription-key",
        "cookie",
        "set-cookie",
        "x-admin-key",
    }
)
MASKED_MEMBERS = (
    "password|newPassword|secret|clientSecret|client_secret|apiKey|api_key|accessToken|access_token|refreshToken"
    "|refresh_token|idToken|id_token|token|assertion|code_verifier|cvc|cvv|card_number|number|webhookSecret|key"
)
_JSON_MEMBER = re.compile(rf'("(?:{MASKED_MEMBERS})"\s*:\s*)"(?:[^"\\]|\\.)*"')
_FORM_MEMBER = re.compile(rf"((?:^|[&?\[])(?:{MASKED_MEMBERS})\]?=)[^&\s]+")
_TOKEN = re.compile(r"\beyJ[\w-]{8,}\.[\w-]*\.[\w-]*")
_KEY = re.compile(r"\b(sk_sandbox|sk_test|sk_live|rk_test|whsec|xox[bp])_[\w+/=-]{4,}")
_CARD = re.compile(r"(?<![\w-])[2-6](?:[ -]?\d){12,18}(?![\w-])")


def redacted_text(text: str) -> str:
    """The text without what looks like a credential or a card number."""
    text = _JSON_MEMBER.sub(rf'\1"{MASK}"', text)
    text = _FORM_MEMBER.sub(rf"\1{MASK}", text)
    text = _TOKEN.sub(MASK, text)
    text = _KEY.sub(rf"\1_{MASK}", text)
    return _CARD.sub(_mask_card, text)


def redacted_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Lower-case names; repeated ones joined; secret ones keep their scheme only."""
    shown: dict[str, str] = {}
    for name, value in headers:
        name = name.lower()
        value = _masked(value) if name in SECRET_HEADERS else redacted_text(value)
        shown[name] = f"{shown[name]}, {value}" if name in shown else value
    return shown


def _masked(value: str) -> str:
    scheme, space, rest = value.partition(" ")
    return f"{scheme} {MASK}" if space and rest and scheme.isalpha() else MASK


def _mask_card(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found.group())
    return f"[card …{digits[-4:]}]" if _passes_luhn(digits) else found.group()


def _passes_luhn(digits: str) -> bool:
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
