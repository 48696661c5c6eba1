"""A domain error: a code and a status on the class, the particulars of one occurrence on the instance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self, TypeVar

MOST_FAULTS = 50
"""As many as one answer lists."""
MOST_TOLD = 20
"""As many as its `details` say in words."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault of one field; `target` is a JSON pointer into the body or the name of a parameter."""

    code: str
    target: str
    message: str


class DomainError(Exception):
    """A request that the rules refuse, whoever noticed it.

    `details` says what was wrong this time, `target` names the member or parameter at fault, `errors` lists
    several, `links` leads to the resource in the way, `retry_after` is in seconds.
    """

    code: ClassVar[str] = "INTERNAL_ERROR"
    message: ClassVar[str] = "Something unexpected went wrong on our side."
    status: int = 500

    def __init__(
        self,
        *,
        details: str = "",
        target: str | None = None,
        errors: Sequence[FieldError] = (),
        links: Mapping[str, Any] | None = None,
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(details or self.message)
        self.details = details
        self.target = target
        self.errors = tuple(errors)
        self.links = dict(links or {})
        self.retry_after = retry_after
        self.headers = dict(headers or {})

    @classmethod
    def of(cls, faults: Sequence[FieldError]) -> Self:
        """One error for several faults; the first is its target."""
        told = "; ".join(f"{fault.target}: {fault.message}" for fault in faults[:MOST_TOLD])
        more = f" (and {len(faults) - MOST_TOLD} more)" if len(faults) > MOST_TOLD else ""
        return cls(details=told + more, target=faults[0].target, errors=faults[:MOST_FAULTS])

    def __str__(self) -> str:
        return f"{self.code}: {self.details or self.message}"


class BadRequest(DomainError):
    """The request itself is malformed."""

    status = 400


class Unauthorized(DomainError):
    """Nobody, or nobody we can trust, is asking."""

    status = 401


class PaymentProblem(DomainError):
    """Money has to move first, or refused to."""

    status = 402


class Forbidden(DomainError):
    """We know who asks, and the answer is no."""

    status = 403


class NotFound(DomainError):
    """There is nothing here, or nothing the caller may know of."""

    status = 404


class Conflict(DomainError):
    """The world is in a state that excludes the request."""

    status = 409


class Gone(DomainError):
    """It was here once and will not come back."""

    status = 410


class Unprocessable(DomainError):
    """Well formed, and against a rule."""

    status = 422


class TooManyRequests(DomainError):
    """Right, but too often."""

    status = 429


class ServerProblem(DomainError):
    """The fault is on this side, or behind it."""

    status = 500


Family = TypeVar("Family", bound=DomainError)


def define(code: str, family: type[Family], message: str, status: int | None = None) -> type[Family]:
    """The error class of one code, named after it: `SLOT_HELD` becomes `SlotHeld`."""
    members: dict[str, Any] = {"code": code, "message": message, "__module__": "sandbox.kernel.errors"}
    members["status"] = family.status if status is None else status
    return type(class_name(code), (family,), members)


def class_name(code: str) -> str:
    return "".join(word.capitalize() for word in code.split("_"))
