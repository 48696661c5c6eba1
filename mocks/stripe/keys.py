"""API keys: any test key is good; live keys are refused, publishable ones may do little."""

from __future__ import annotations

import base64
import binascii
import re

from mocks.stripe.errors import StripeError, unauthorized

_KEY = re.compile(r"(sk|rk|pk)_test_[A-Za-z0-9_]{1,240}")
NO_KEY = (
    "You did not provide an API key. You need to provide your API key in the Authorization header, using "
    "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
)


def is_publishable(authorization: str, *, open_to_browsers: bool) -> bool:
    """Whether the key is a publishable one; raises for no key, a wrong one, or one that may not do this."""
    key = _key_in(authorization)
    if not key:
        raise unauthorized(NO_KEY)
    match = _KEY.fullmatch(key)
    if match is None:
        raise unauthorized(f"Invalid API Key provided: {_masked(key)}")
    if match.group(1) != "pk":
        return False
    if not open_to_browsers:
        message = "This API call cannot be made with a publishable API key. Please use a secret API key."
        raise StripeError(401, "invalid_request_error", message, code="secret_key_required")
    return True


def _key_in(authorization: str) -> str:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _masked(key: str) -> str:
    return f"{key[:8]}{'*' * max(len(key) - 12, 4)}{key[-4:]}" if len(key) > 12 else "*" * len(key)
