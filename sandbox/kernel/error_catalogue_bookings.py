"""The codes of slots, bookings, webhooks, jobs, integrations and privacy."""

from __future__ import annotations

from sandbox.kernel.error_families import Conflict, Forbidden, Gone, ServerProblem, Unprocessable, define

# Slots and bookings
SlotUnavailable = define("SLOT_UNAVAILABLE", Conflict, "The slot is not free any more.")
SlotAlreadyBooked = define("SLOT_ALREADY_BOOKED", Conflict, "Another booking took the slot first.")
SlotHeld = define("SLOT_HELD", Conflict, "Somebody else is holding the slot.")
SlotInPast = define("SLOT_IN_PAST", Unprocessable, "The slot has begun already.")
SlotNotAligned = define("SLOT_NOT_ALIGNED", Unprocessable, "No slot starts at that time.")
BookingWindowViolation = define(
    "BOOKING_WINDOW_VIOLATION", Unprocessable, "The slot is too soon or too far ahead."
)
CalendarDisabled = define("CALENDAR_DISABLED", Conflict, "The calendar is switched off.")
CalendarAlreadyInState = define(
    "CALENDAR_ALREADY_IN_STATE", Conflict, "The calendar is in that state already."
)
PractitionerUnavailable = define("PRACTITIONER_UNAVAILABLE", Conflict, "The practitioner is not available.")
OfferingInactive = define("OFFERING_INACTIVE", Conflict, "The offering is not for booking.")
HoldExpired = define("HOLD_EXPIRED", Conflict, "The hold on the slot has ended.")
HoldNotOwned = define("HOLD_NOT_OWNED", Forbidden, "The hold belongs to somebody else.")
CustomerBlocked = define("CUSTOMER_BLOCKED", Forbidden, "The customer may not book here.")
CustomerOverlap = define("CUSTOMER_OVERLAP", Conflict, "The customer has another booking at that time.")
CustomerNotEligible = define(
    "CUSTOMER_NOT_ELIGIBLE", Unprocessable, "The offering is not meant for this customer."
)
BookingRejectedByPartner = define("BOOKING_REJECTED_BY_PARTNER", Conflict, "The partner refused the booking.")
PartnerTimeout = define("PARTNER_TIMEOUT", ServerProblem, "The partner did not confirm in time.", 504)
RescheduleLimitReached = define("RESCHEDULE_LIMIT_REACHED", Conflict, "The booking was moved too often.")
BookingHoldsPayment = define(
    "BOOKING_HOLDS_PAYMENT", Unprocessable, "The payment cannot move with the booking."
)

# Schedules
DuplicateBreak = define("DUPLICATE_BREAK", Conflict, "The same break exists already.")
BreakConflictsWithBookings = define(
    "BREAK_CONFLICTS_WITH_BOOKINGS", Conflict, "Confirmed bookings are in the way."
)
ScheduleOverlap = define("SCHEDULE_OVERLAP", Unprocessable, "The working periods overlap or end too early.")
InvalidSchedule = define("INVALID_SCHEDULE", Unprocessable, "The schedule expression is not usable.")

# Mappings and change feeds
MappingConflict = define("MAPPING_CONFLICT", Conflict, "One of the two identifiers is mapped already.")
CursorExpired = define("CURSOR_EXPIRED", Gone, "The cursor is older than the feed reaches back.")

# Webhooks
WebhookUrlNotAllowed = define("WEBHOOK_URL_NOT_ALLOWED", Unprocessable, "Webhooks are not sent to this URL.")
UnknownEventType = define("UNKNOWN_EVENT_TYPE", Unprocessable, "There is no such event type.")
WebhookLimitReached = define(
    "WEBHOOK_LIMIT_REACHED", Conflict, "The workspace has as many webhooks as it may have."
)
WebhookDisabled = define("WEBHOOK_DISABLED", Conflict, "The webhook is switched off.")
DeliveryNotRetryable = define(
    "DELIVERY_NOT_RETRYABLE", Conflict, "The delivery succeeded or is still under way."
)

# Batches and jobs
BatchTooLarge = define("BATCH_TOO_LARGE", Unprocessable, "The batch has too many items.")
JobNotReady = define("JOB_NOT_READY", Conflict, "The job is not finished.")
JobNotCancellable = define("JOB_NOT_CANCELLABLE", Conflict, "The job has ended already.")
JobOutputExpired = define("JOB_OUTPUT_EXPIRED", Gone, "The job's output is no longer kept.")

# Integrations and messages
IntegrationNotConnected = define("INTEGRATION_NOT_CONNECTED", Conflict, "The integration has no credentials.")
IntegrationAuthFailed = define(
    "INTEGRATION_AUTH_FAILED", ServerProblem, "The provider refused the integration's credentials.", 502
)
EmailSuppressed = define("EMAIL_SUPPRESSED", Conflict, "This recipient gets no mail.")
TemplateInvalid = define("TEMPLATE_INVALID", Unprocessable, "The template cannot be rendered.")

# Privacy
ProcessingRestricted = define(
    "PROCESSING_RESTRICTED", Forbidden, "This person's data may not be processed now."
)
IdentityNotVerified = define("IDENTITY_NOT_VERIFIED", Conflict, "The person's identity is not verified.")
PrivacyRequestDuplicate = define("PRIVACY_REQUEST_DUPLICATE", Conflict, "The same request is open already.")
ErasureBlocked = define("ERASURE_BLOCKED", Conflict, "Something still obliges us to keep the data.")
