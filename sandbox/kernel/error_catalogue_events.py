"""The codes of events, registrations, tickets, programme and money."""

from __future__ import annotations

from sandbox.kernel.error_families import Conflict, NotFound, PaymentProblem, Unprocessable, define

# Events
EventNotPublishable = define(
    "EVENT_NOT_PUBLISHABLE", Unprocessable, "The draft is not complete enough to publish."
)
EventHasRegistrations = define("EVENT_HAS_REGISTRATIONS", Conflict, "People have registered for the event.")
EventCancelled = define("EVENT_CANCELLED", Conflict, "The event was cancelled.")
CapacityBelowRegistrations = define(
    "CAPACITY_BELOW_REGISTRATIONS", Unprocessable, "More places are taken than the new capacity offers."
)
SubeventDepthExceeded = define(
    "SUBEVENT_DEPTH_EXCEEDED", Unprocessable, "A sub-event cannot have sub-events."
)
InvalidRecurrence = define("INVALID_RECURRENCE", Unprocessable, "The recurrence rule is not usable.")

# Registrations
RegistrationWindowClosed = define(
    "REGISTRATION_WINDOW_CLOSED", Conflict, "The event takes no registrations now."
)
EventSoldOut = define("EVENT_SOLD_OUT", Conflict, "No place is left at the event.")
TicketTypeSoldOut = define("TICKET_TYPE_SOLD_OUT", Conflict, "No ticket of this type is left.")
TicketTypeUnavailable = define("TICKET_TYPE_UNAVAILABLE", Conflict, "This type of ticket is not on sale.")
DuplicateRegistration = define("DUPLICATE_REGISTRATION", Conflict, "This person is registered already.")
MaxTicketsExceeded = define("MAX_TICKETS_EXCEEDED", Unprocessable, "One order cannot hold that many tickets.")
PromoCodeInvalid = define("PROMO_CODE_INVALID", Unprocessable, "The promotion code does not apply.")
ConsentRequired = define("CONSENT_REQUIRED", Unprocessable, "A mandatory consent is missing.")
PaymentRequired = define("PAYMENT_REQUIRED", PaymentProblem, "The registration has to be paid first.")
RegistrationExpired = define("REGISTRATION_EXPIRED", Conflict, "The reserved places were given back.")
CancellationWindowClosed = define("CANCELLATION_WINDOW_CLOSED", Conflict, "It is too late to cancel.")
CertificateNotAvailable = define(
    "CERTIFICATE_NOT_AVAILABLE", Conflict, "There is no certificate to hand out yet."
)

# Tickets at the door
TicketInvalid = define("TICKET_INVALID", NotFound, "No ticket has this code.")
TicketRevoked = define("TICKET_REVOKED", Conflict, "The ticket is no longer valid.")
TicketUnpaid = define("TICKET_UNPAID", Conflict, "The ticket's registration is not confirmed.")
AlreadyCheckedIn = define("ALREADY_CHECKED_IN", Conflict, "The ticket was used before.")
CheckInNotOpen = define("CHECK_IN_NOT_OPEN", Conflict, "The doors are not open.")
WrongEvent = define("WRONG_EVENT", Conflict, "The ticket belongs to another event.")

# Programme
SessionOutsideEvent = define(
    "SESSION_OUTSIDE_EVENT", Unprocessable, "The session does not lie within the event."
)
RoomConflict = define("ROOM_CONFLICT", Conflict, "The room is taken at that time.")
SpeakerConflict = define("SPEAKER_CONFLICT", Conflict, "The speaker is busy at that time.")
SessionFull = define("SESSION_FULL", Conflict, "The session is full.")
FeedbackNotOpen = define("FEEDBACK_NOT_OPEN", Conflict, "Feedback is not collected at this time.")
FeedbackAlreadySubmitted = define(
    "FEEDBACK_ALREADY_SUBMITTED", Conflict, "Feedback for this session was given already."
)

# Money
CardDeclined = define("CARD_DECLINED", PaymentProblem, "The card was declined.")
InsufficientFunds = define("INSUFFICIENT_FUNDS", PaymentProblem, "The account does not cover the amount.")
ExpiredCard = define("EXPIRED_CARD", PaymentProblem, "The card has expired.")
IncorrectCvc = define("INCORRECT_CVC", PaymentProblem, "The security code is wrong.")
PaymentAuthenticationRequired = define(
    "PAYMENT_AUTHENTICATION_REQUIRED", PaymentProblem, "The payer has to authenticate first."
)
PaymentProcessingError = define(
    "PAYMENT_PROCESSING_ERROR", PaymentProblem, "The processor could not decide; try again."
)
CurrencyMismatch = define("CURRENCY_MISMATCH", Unprocessable, "The currency is not the one that is owed.")
UnsupportedCurrency = define("UNSUPPORTED_CURRENCY", Unprocessable, "This currency is not accepted.")
InvalidAmount = define("INVALID_AMOUNT", Unprocessable, "The amount cannot be charged.")
InvalidAmountPrecision = define("INVALID_AMOUNT_PRECISION", Unprocessable, "The currency has fewer decimals.")
AmountMismatch = define("AMOUNT_MISMATCH", Unprocessable, "The amount is not what is owed.")
PaymentAlreadyCompleted = define("PAYMENT_ALREADY_COMPLETED", Conflict, "It has been paid already.")
PaymentNotCapturable = define("PAYMENT_NOT_CAPTURABLE", Conflict, "There is no authorization to capture.")
PaymentNotRefundable = define("PAYMENT_NOT_REFUNDABLE", Conflict, "The payment cannot be paid back.")
RefundExceedsBalance = define(
    "REFUND_EXCEEDS_BALANCE", Unprocessable, "More would be paid back than was taken."
)
RefundWindowClosed = define("REFUND_WINDOW_CLOSED", Conflict, "The payment is too old to be paid back.")
ReceiptNotAvailable = define(
    "RECEIPT_NOT_AVAILABLE", Conflict, "There is no receipt before the payment completes."
)
InvoiceImmutable = define("INVOICE_IMMUTABLE", Conflict, "An issued invoice cannot be changed.")
DisputeClosed = define("DISPUTE_CLOSED", Conflict, "The dispute takes no more evidence.")
