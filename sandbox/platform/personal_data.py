"""The map of personal data: which kinds speak of a person, by which members, and what erasure leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

StandIn = Callable[[str], Any]
"""What stands where personal data stood; it is told the person's mark, eight hex digits."""


def _nothing(_: str) -> None:
    return None


def _no_list(_: str) -> list[Any]:
    return []


def _no_object(_: str) -> dict[str, Any]:
    return {}


def alias(mark: str) -> str:
    """An address that nobody can have."""
    return f"erased-{mark}@invalid"


def _mark(mark: str) -> str:
    return f"erased-{mark}"


def _whole_name(_: str) -> str:
    return "Erased person"


def _given_name(_: str) -> str:
    return "Erased"


def _family_name(_: str) -> str:
    return "person"


STAND_INS: Mapping[str, StandIn] = {
    **dict.fromkeys(("name", "displayName", "badgeName", "full_name", "attendeeName"), _whole_name),
    **dict.fromkeys(("givenName", "given_name", "firstName", "first_name"), _given_name),
    **dict.fromkeys(("familyName", "family_name", "lastName", "last_name"), _family_name),
    **dict.fromkeys(("email", "contactEmail", "billingEmail"), alias),
    **dict.fromkeys(
        ("receiptEmail", "receipt_email", "phone", "mobile", "birthDate", "dateOfBirth"), _nothing
    ),
    **dict.fromkeys(
        ("gender", "nationalId", "address", "street", "postalCode", "company", "jobTitle"), _nothing
    ),
    **dict.fromkeys(
        ("organization", "avatarUrl", "photoUrl", "bio", "dietary", "accessibilityNeeds"), _nothing
    ),
    **dict.fromkeys(("notes", "note", "comment", "internalNote", "externalRef"), _nothing),
    "externalId": _mark,
    **dict.fromkeys(("vatId", "taxId", "ip", "userAgent", "lastLoginAt"), _nothing),
    **dict.fromkeys(("metadata", "answers", "customFields", "variables"), _no_object),
    **dict.fromkeys(("identities",), _no_list),
}
"""By the name of the member, wherever an object speaks of the person."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One kind that speaks of people.

    `links`: member -> kind of which it names one, or `email`. `personal`: members to take out; a dotted path
    reaches into objects. `retained`: the duty that keeps the documents as they are. `joins`: whether one that
    is linked is itself something that other documents are linked by.
    """

    collection: str
    links: Mapping[str, str]
    personal: tuple[str, ...] = ()
    retained: str = ""
    joins: bool = True
    state: Mapping[str, Any] = field(default_factory=dict)
    """Members of an erased document of the kind."""


TAX_LAW = "kept as tax law demands"
_SUBJECT = {
    "subject.id": "*",
    "subject.email": "email",
}
HOLDINGS: Mapping[str, Holding] = {
    "user": Holding(
        "users",
        {"id": "user", "email": "email"},
        (
            *("email", "givenName", "familyName", "displayName", "phone", "avatarUrl", "organization"),
            *("identities", "externalId", "lastLoginAt"),
        ),
        state={"status": "erased"},
    ),
    "customer": Holding(
        "customers",
        {"id": "customer", "userId": "user", "email": "email"},
        (
            *("givenName", "familyName", "email", "phone", "birthDate", "gender", "nationalId", "address"),
            *("notes", "externalRef", "metadata"),
        ),
        state={"status": "erased", "marketingConsent": False, "dataPrivacyConsent": False},
    ),
    "speaker": Holding(
        "speakers",
        {"userId": "user", "email": "email"},
        (
            "name",
            "displayName",
            "givenName",
            "familyName",
            "email",
            "phone",
            "bio",
            "company",
            "jobTitle",
            "photoUrl",
        ),
    ),
    "practitioner": Holding(
        "practitioners",
        {"userId": "user"},
        ("givenName", "familyName", "displayName", "gender", "bio", "photoUrl"),
    ),
    "registration": Holding(
        "registrations",
        {"userId": "user", "contact.email": "email"},
        (
            "contact.name",
            "contact.email",
            "contact.phone",
            "contact.company",
            "notes",
            "externalRef",
            "metadata",
        ),
    ),
    "attendee": Holding(
        "attendees",
        {"id": "attendee", "email": "email"},
        (
            *("name", "badgeName", "email", "phone", "company", "jobTitle", "dietary", "accessibilityNeeds"),
            *("answers", "customFields", "metadata"),
        ),
    ),
    "ticket": Holding("tickets", {"attendeeId": "attendee"}, ("metadata",)),
    "check_in": Holding("checkIns", {"attendeeId": "attendee"}),
    "feedback": Holding("feedback", {"userId": "user", "attendeeId": "attendee"}, ("comment",)),
    "attendance": Holding("attendance", {"userId": "user", "attendeeId": "attendee"}),
    "booking": Holding(
        "bookings",
        {"customerId": "customer"},
        ("comment", "internalNote", "externalRef", "metadata"),
    ),
    "payment": Holding(
        "payments",
        {"subject.id": "*", "_userId": "user", "receiptEmail": "email"},
        ("receiptEmail", "metadata"),
    ),
    "payment_method": Holding(
        "paymentMethods",
        {"userId": "user", "_userId": "user", "billingEmail": "email"},
        ("billingEmail", "name"),
    ),
    "payment_subscription": Holding("paymentSubscriptions", {"userId": "user"}, ("metadata",)),
    "refund": Holding("refunds", {"paymentId": "payment"}, ("note",)),
    "transaction": Holding("transactions", {"paymentId": "payment"}, retained=TAX_LAW),
    "invoice": Holding(
        "invoices",
        {"_userId": "user", "billTo.email": "email", "paymentId": "payment", "_subject": "*"},
        retained=TAX_LAW,
    ),
    "dispute": Holding("disputes", {"paymentId": "payment"}, retained="kept while claims can be made"),
    "email": Holding(
        "emails", {"to.email": "email"}, ("to.name", "to.email", "subject", "variables"), joins=False
    ),
    "preferences": Holding(
        "preferences", {"id": "user", "userId": "user"}, ("accessibilityNeeds", "dietary")
    ),
    "consent": Holding("consents", _SUBJECT, ("subject.email",), joins=False),
    "opt_out": Holding("optOuts", _SUBJECT, ("subject.email",), joins=False),
    "restriction": Holding("restrictions", _SUBJECT, ("subject.email",), joins=False),
    "privacy_request": Holding("privacyRequests", _SUBJECT, ("subject.email", "corrections"), joins=False),
}
"""Kinds in the order in which they are followed from one to the next. What nobody declared is found by what
it says, when a person is erased."""

NOT_A_PERSON = frozenset(
    {
        *("location", "event", "event_series", "service", "session", "room", "offering", "assignment"),
        *(
            "webhook",
            "batch_schedule",
            "batch_job",
            "ticket_type",
            "promo_code",
            "bin",
            "credential",
            "fault",
        ),
        *("integration", "calendar_entry", "snapshot", "workspace", "fixture", "incident", "maintenance"),
        *("payment_report", "disclosure", "retention_policy", "email_template", "captured_request"),
    }
)
"""Kinds whose names, addresses and telephone numbers are those of places and things."""
