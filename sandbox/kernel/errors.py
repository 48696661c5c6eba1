"""The error tree: every refusal has a code and a status on its class, and is raised by name.

    DomainError                     code, status, message; details, target, errors, links, …
    ├── BadRequest            400   ValidationError, MalformedJson, UnknownParameter, InvalidCursor, Saml…
    ├── Unauthorized          401   AuthenticationRequired, InvalidToken, TokenExpired, InvalidApiKey, …
    ├── PaymentProblem        402   PaymentRequired, CardDeclined, InsufficientFunds, ExpiredCard, …
    ├── Forbidden             403   InsufficientScope, InsufficientPermissions, WorkspaceAccessDenied, …
    ├── NotFound              404   ResourceNotFound, EndpointNotFound, TicketInvalid
    ├── Conflict              409   SlotAlreadyBooked, EventSoldOut, InvalidStateTransition, QuotaExceeded, …
    ├── Gone                  410   ResourceGone, ApiVersionRetired, CursorExpired, JobOutputExpired, …
    ├── Unprocessable         422   BusinessRuleViolation, SlotInPast, InvalidAmount, FaultInvalid, …
    ├── TooManyRequests       429   RateLimitExceeded, BurstLimitExceeded, ConcurrencyLimitExceeded, …
    ├── ServerProblem         5xx   InternalError, NotImplemented, UpstreamError, MaintenanceMode, …
    ├── SimulatedFault        any   injected on purpose
    └── one of a kind               WaitTimeout 408, MethodNotAllowed 405, NotAcceptable 406,
                                    PreconditionFailed 412, PayloadTooLarge 413, UnsupportedMediaType 415,
                                    PreconditionRequired 428

The codes are listed in `error_catalogue*.py`; `BY_CODE` finds the class of a code.
"""

from sandbox.kernel import error_catalogue, error_catalogue_bookings, error_catalogue_events
from sandbox.kernel.error_catalogue import *  # noqa: F403
from sandbox.kernel.error_catalogue_bookings import *  # noqa: F403
from sandbox.kernel.error_catalogue_events import *  # noqa: F403
from sandbox.kernel.error_families import *  # noqa: F403
from sandbox.kernel.error_families import DomainError


def _coded(*modules: object) -> dict[str, type[DomainError]]:
    classes = [value for module in modules for value in vars(module).values() if isinstance(value, type)]
    return {each.code: each for each in classes if issubclass(each, DomainError) and "code" in vars(each)}


BY_CODE = _coded(error_catalogue, error_catalogue_bookings, error_catalogue_events)
