"""The codes every operation shares: requests, identity, resources, limits and the service."""

from __future__ import annotations

from typing import Any

from sandbox.kernel.error_families import (
    BadRequest,
    Conflict,
    DomainError,
    Forbidden,
    Gone,
    NotFound,
    ServerProblem,
    TooManyRequests,
    Unauthorized,
    Unprocessable,
    define,
)

# The request
ValidationError = define("VALIDATION_ERROR", BadRequest, "The request does not match the contract.")
MalformedJson = define("MALFORMED_JSON", BadRequest, "The body cannot be parsed.")
InvalidParameter = define("INVALID_PARAMETER", BadRequest, "A parameter has a value it cannot take.")
UnknownParameter = define("UNKNOWN_PARAMETER", BadRequest, "The operation has no such parameter.")
InvalidSort = define("INVALID_SORT", BadRequest, "Results cannot be sorted by this field.")
InvalidFieldSelection = define(
    "INVALID_FIELD_SELECTION", BadRequest, "The selection names a field that does not exist."
)
InvalidDateRange = define(
    "INVALID_DATE_RANGE", BadRequest, "The range needs two bounds, the end after the start."
)
DateRangeTooLarge = define(
    "DATE_RANGE_TOO_LARGE", BadRequest, "The range is longer than this operation serves."
)
InvalidTimezone = define("INVALID_TIMEZONE", BadRequest, "The time zone is not known.")
PaginationModeConflict = define(
    "PAGINATION_MODE_CONFLICT", BadRequest, "Parameters of two ways to page were mixed."
)
InvalidCursor = define("INVALID_CURSOR", BadRequest, "The cursor does not belong to this query.")
OffsetTooLarge = define("OFFSET_TOO_LARGE", BadRequest, "The offset goes too deep; page by cursor instead.")
UnsupportedApiVersion = define("UNSUPPORTED_API_VERSION", BadRequest, "This API version does not exist.")
ApiVersionMismatch = define("API_VERSION_MISMATCH", BadRequest, "The version header contradicts the path.")
IdempotencyKeyRequired = define(
    "IDEMPOTENCY_KEY_REQUIRED", BadRequest, "This operation needs an idempotency key."
)
RawCardDataForbidden = define("RAW_CARD_DATA_FORBIDDEN", BadRequest, "Card numbers must never be sent here.")
InvalidProviderSignature = define(
    "INVALID_PROVIDER_SIGNATURE", BadRequest, "The provider's signature does not verify."
)
EndpointNotFound = define("ENDPOINT_NOT_FOUND", NotFound, "No operation lives at this path.")
MethodNotAllowed = define("METHOD_NOT_ALLOWED", DomainError, "The path does not answer to this method.", 405)
NotAcceptable = define(
    "NOT_ACCEPTABLE", DomainError, "None of the accepted media types can be produced.", 406
)
PayloadTooLarge = define(
    "PAYLOAD_TOO_LARGE", DomainError, "The body is larger than this operation reads.", 413
)
UnsupportedMediaType = define(
    "UNSUPPORTED_MEDIA_TYPE", DomainError, "The body's media type is not read here.", 415
)

# Who asks
SamlResponseInvalid = define("SAML_RESPONSE_INVALID", BadRequest, "The SAML response cannot be trusted.")
SamlAssertionExpired = define(
    "SAML_ASSERTION_EXPIRED", BadRequest, "The SAML assertion is outside its lifetime."
)
SamlAudienceMismatch = define(
    "SAML_AUDIENCE_MISMATCH", BadRequest, "The SAML assertion is meant for someone else."
)
SamlReplayDetected = define("SAML_REPLAY_DETECTED", BadRequest, "The SAML assertion was used before.")
AuthenticationRequired = define("AUTHENTICATION_REQUIRED", Unauthorized, "This operation needs a credential.")
InvalidToken = define("INVALID_TOKEN", Unauthorized, "The access token is not valid.")
TokenExpired = define("TOKEN_EXPIRED", Unauthorized, "The access token has expired.")
TokenRevoked = define("TOKEN_REVOKED", Unauthorized, "The access token was revoked.")
InvalidApiKey = define("INVALID_API_KEY", Unauthorized, "The API key is not known.")
ApiKeyExpired = define("API_KEY_EXPIRED", Unauthorized, "The API key is no longer in use.")
InvalidCredentials = define("INVALID_CREDENTIALS", Unauthorized, "The sign-in failed.")
AccountSuspended = define("ACCOUNT_SUSPENDED", Forbidden, "The account is suspended.")
InsufficientScope = define(
    "INSUFFICIENT_SCOPE", Forbidden, "The credential lacks a scope this operation needs."
)
InsufficientPermissions = define(
    "INSUFFICIENT_PERMISSIONS", Forbidden, "The caller's role does not allow this."
)
IpNotAllowed = define("IP_NOT_ALLOWED", Forbidden, "The credential may not be used from this address.")
OriginNotAllowed = define("ORIGIN_NOT_ALLOWED", Forbidden, "Browsers may not call from this origin.")
WorkspaceAccessDenied = define(
    "WORKSPACE_ACCESS_DENIED", Forbidden, "The credential may not act in this workspace."
)
LastAdmin = define("LAST_ADMIN", Conflict, "Somebody has to remain administrator.")

# Resources in general
ResourceNotFound = define("RESOURCE_NOT_FOUND", NotFound, "There is no such resource.")
ResourceGone = define("RESOURCE_GONE", Gone, "The resource was removed for good.")
DuplicateResource = define("DUPLICATE_RESOURCE", Conflict, "A resource with this key exists already.")
ResourceInUse = define("RESOURCE_IN_USE", Conflict, "Other resources still depend on this one.")
ResourceConflict = define("RESOURCE_CONFLICT", Conflict, "The resource's state excludes this.")
InvalidStateTransition = define(
    "INVALID_STATE_TRANSITION", Conflict, "The current status does not allow this action."
)
PreconditionFailed = define(
    "PRECONDITION_FAILED", DomainError, "The resource has changed since it was read.", 412
)
PreconditionRequired = define(
    "PRECONDITION_REQUIRED", DomainError, "Say which version you mean with If-Match.", 428
)
IdempotencyKeyInProgress = define(
    "IDEMPOTENCY_KEY_IN_PROGRESS", Conflict, "The first request with this key is still at work."
)
IdempotencyKeyReused = define(
    "IDEMPOTENCY_KEY_REUSED", Unprocessable, "The key was used for a different request."
)
BusinessRuleViolation = define(
    "BUSINESS_RULE_VIOLATION", Unprocessable, "The request is against a business rule."
)

# Limits
RateLimitExceeded = define("RATE_LIMIT_EXCEEDED", TooManyRequests, "The quota of this window is used up.")
BurstLimitExceeded = define("BURST_LIMIT_EXCEEDED", TooManyRequests, "Too many requests in too short a time.")
ConcurrencyLimitExceeded = define(
    "CONCURRENCY_LIMIT_EXCEEDED", TooManyRequests, "Too many requests are in flight at once."
)
ReleaseLimitExceeded = define(
    "RELEASE_LIMIT_EXCEEDED", TooManyRequests, "The queue was released a short while ago."
)
QuotaExceeded = define("QUOTA_EXCEEDED", Conflict, "The workspace is full.")

# The service and what stands behind it
InternalError = define("INTERNAL_ERROR", ServerProblem, "Something unexpected went wrong on our side.")
NotImplemented = define(
    "NOT_IMPLEMENTED", ServerProblem, "This deployment does not offer the operation.", 501
)

UpstreamError = define("UPSTREAM_ERROR", ServerProblem, "A provider answered with an error.", 502)
ServiceUnavailable = define("SERVICE_UNAVAILABLE", ServerProblem, "The service cannot answer right now.", 503)
MaintenanceMode = define("MAINTENANCE_MODE", ServerProblem, "The service is being maintained.", 503)
UpstreamTimeout = define(
    "UPSTREAM_TIMEOUT", ServerProblem, "A provider did not answer; the outcome is unknown.", 504
)
ApiVersionRetired = define("API_VERSION_RETIRED", Gone, "This major version has been retired.")
OperationRetired = define("OPERATION_RETIRED", Gone, "This operation has been retired.")

# The sandbox itself
ResetInProgress = define("RESET_IN_PROGRESS", Conflict, "The workspace is being reset or restored.")
SnapshotIncompatible = define("SNAPSHOT_INCOMPATIBLE", Conflict, "The snapshot comes from another version.")
ClockCannotGoBack = define("CLOCK_CANNOT_GO_BACK", Unprocessable, "The workspace's clock only moves forward.")
FaultInvalid = define("FAULT_INVALID", Unprocessable, "The fault definition makes no sense.")
WaitTimeout = define("WAIT_TIMEOUT", DomainError, "What you waited for did not arrive in time.", 408)
ScenarioRunActive = define("SCENARIO_RUN_ACTIVE", Conflict, "Another scenario has the workspace to itself.")
AcceptanceIncomplete = define("ACCEPTANCE_INCOMPLETE", Conflict, "Required cases are still open.")
MaintenanceNoticeTooShort = define(
    "MAINTENANCE_NOTICE_TOO_SHORT", Unprocessable, "Maintenance has to be announced earlier."
)
SunsetNoticeTooShort = define(
    "SUNSET_NOTICE_TOO_SHORT", Unprocessable, "A sunset has to be announced earlier."
)


class SimulatedFault(DomainError):
    """An answer injected on purpose, with whatever status the fault asks for."""

    code = "SIMULATED_FAULT"
    message = "This answer was injected on purpose."
    status = 500

    def __init__(self, status: int = 500, **particulars: Any) -> None:
        super().__init__(**particulars)
        self.status = status
