"""Refusals in the vendor's error object: type, code, param, message and what belongs to a card error."""

from __future__ import annotations

from typing import Any

DOCS = "https://stripe.com/docs/error-codes/"


class StripeError(Exception):
    """One refusal; `status` is that of the answer, members that are None are left out of the object."""

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        members = {
            "code": code,
            "doc_url": DOCS + code.replace("_", "-") if code else None,
            "message": message,
        }
        members |= {"param": param, "type": kind} | more
        self.error = {name: value for name, value in members.items() if value is not None}

    @property
    def is_kept(self) -> bool:
        """Whether a repeated request with the same key gets it again: so unless the request was faulty."""
        code = self.error.get("code", "")
        return self.status == 402 or (
            self.status == 400 and not code.startswith("parameter") and code != "resource_missing"
        )


def invalid(message: str, param: str | None = None, code: str | None = None, **more: Any) -> StripeError:
    """400: the request cannot be right."""
    return StripeError(400, "invalid_request_error", message, code=code, param=param, **more)


def unknown_parameters(names: list[str]) -> StripeError:
    """400: members that the operation does not document."""
    plural = "s" if len(names) > 1 else ""
    return invalid(f"Received unknown parameter{plural}: {', '.join(names)}", names[0], "parameter_unknown")


def missing_parameter(name: str) -> StripeError:
    """400: a required member is absent."""
    return invalid(f"Missing required param: {name}.", name, "parameter_missing")


def missing_object(noun: str, key: str, param: str = "id") -> StripeError:
    """404 for an object of the path, 400 for one that a parameter names."""
    status = 404 if param in ("id", "intent") else 400
    message = f"No such {noun}: '{key}'"
    return StripeError(status, "invalid_request_error", message, code="resource_missing", param=param)


def unexpected_state(message: str, intent: dict[str, Any]) -> StripeError:
    """400: the intent's status excludes the action; the intent goes with the refusal."""
    return invalid(message, code="payment_intent_unexpected_state", payment_intent=intent)


def unauthorized(message: str) -> StripeError:
    """401: no key, or none of this account."""
    return StripeError(401, "invalid_request_error", message)


def unrecognized_url(method: str, path: str) -> StripeError:
    """404: nothing is served there."""
    message = (
        f"Unrecognized request URL ({method}: {path}). If you are trying to list objects, remove the "
        "trailing slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) "
        "identifier in your code."
    )
    return StripeError(404, "invalid_request_error", message)


def card_error(message: str, code: str, **more: Any) -> StripeError:
    """402: the card was refused."""
    return StripeError(402, "card_error", message, code=code, **more)
