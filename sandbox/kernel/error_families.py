"""What all errors share, and one family a status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault among several. `target`: JSON pointer into the body, or name of a parameter."""

    code: str
    target: str
    message: str


class DomainError(Exception):
    """Something the caller must be told.

    `details` says what happened here, `target` where; `links` are related addresses by relation; `retry_after`
    is in seconds.
    """

    code = "INTERNAL_ERROR"
    status = 500
    message = "Something went wrong on our side."

    def __init__(
        self,
        *,
        details: str = "",
        target: str | None = None,
        errors: Sequence[FieldError] = (),
        links: Mapping[str, Any] | None = None,
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{self.code}: {details or self.message}")
        self.details = details
        self.target = target
        self.errors = tuple(errors)
        self.links = dict(links or {})
        self.retry_after = retry_after
        self.headers = dict(headers or {})

    @classmethod
    def of(cls, faults: Sequence[FieldError]) -> Self:
        """One error for several faults; the first one is its target."""
        first = faults[0]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        return cls(details=f"{first.target}: {first.message}{more}", target=first.target, errors=faults)


class BadRequest(DomainError):
    """The request itself is wrong."""

    status = 400


class Unauthorized(DomainError):
    """No credential, or a bad one."""

    status = 401


class PaymentNeeded(DomainError):
    """Money did not move."""

    status = 402


class Forbidden(DomainError):
    """The caller may not."""

    status = 403


class NotFound(DomainError):
    """Nothing there that the caller may see."""

    status = 404


class TimedOut(DomainError):
    """Waited in vain."""

    status = 408


class Conflict(DomainError):
    """The state does not allow it now."""

    status = 409


class Gone(DomainError):
    """Was there once."""

    status = 410


class PreconditionFault(DomainError):
    """The caller's idea of the state is out of date."""

    status = 412


class TooLarge(DomainError):
    """More bytes than are taken."""

    status = 413


class WrongMediaType(DomainError):
    """Not in a format that is read here."""

    status = 415


class Unprocessable(DomainError):
    """Well-formed, but against a rule."""

    status = 422


class PreconditionNeeded(DomainError):
    """A condition must come with the request."""

    status = 428


class TooManyRequests(DomainError):
    """Slow down."""

    status = 429


class ServerError(DomainError):
    """Our fault."""

    status = 500


class UpstreamFault(DomainError):
    """A partner's fault."""

    status = 502


class Unavailable(DomainError):
    """Not now."""

    status = 503


class UpstreamSilence(DomainError):
    """A partner did not answer."""

    status = 504


class NotBuilt(DomainError):
    """Declared, but switched off."""

    status = 501


class MethodFault(DomainError):
    """The path exists, the method does not."""

    status = 405


class AcceptFault(DomainError):
    """No representation that the caller takes."""

    status = 406
