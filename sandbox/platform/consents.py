"""Consents, opt-outs and restrictions: what a person agreed to, and what they forbade."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.kernel import errors
from sandbox.kernel.documents import Document
from sandbox.kernel.workspace import Transaction
from sandbox.platform.call import Call
from sandbox.platform.changes import tell_quietly
from sandbox.platform.ownership import is_guest
from sandbox.platform.resource import Resource, equals

Subject = Mapping[str, Any]

FILTERS = {"subjectType": equals("subject.type"), "subjectId": equals("subject.id")}
consents = Resource(
    "consent",
    indexes=("_keys", "purpose"),
    sorts=("at",),
    filters={**FILTERS, "purpose": equals("purpose"), "granted": equals("granted")},
    links={"withdraw": "/api/v1/privacy/consents/{id}/withdraw"},
    withheld={"withdraw": lambda consent: not consent["granted"]},
)
opt_outs = Resource(
    "opt_out",
    indexes=("_keys",),
    sorts=("createdAt",),
    filters={**FILTERS, "scope": equals("scope")},
)
restrictions = Resource(
    "restriction",
    indexes=("_keys",),
    sorts=("since",),
    filters={**FILTERS, "active": equals("_active")},
)

OPPOSED = {
    "sale_share": ("third_party_sharing",),
    "marketing": ("marketing",),
    "profiling": ("analytics",),
    "all": ("third_party_sharing", "marketing", "analytics"),
}
"""The purposes whose consents an opt-out takes back."""
GPC_WRITES = frozenset(
    {
        *("registration.created", "registration.updated", "booking.created", "booking.updated"),
        *("customer.created", "customer.updated", "user.created", "user.updated"),
    }
)
"""What is told of a person, and may be told with a Global Privacy Control signal."""
GUARDED = frozenset({"registration.created", "registration.updated", "user.updated"})
"""What may not happen to a person whose data is restricted. Bookings and customers look for themselves."""


def resolved(tx: Transaction, subject: Subject) -> dict[str, Any]:
    """The subject with the id of the person, if there is one by that address.

    Raises ValidationError, BusinessRuleViolation or ResourceGone."""
    kind, key, email = subject["type"], subject.get("id"), subject.get("email")
    if not key and not email:
        fault = errors.FieldError("VALIDATION_ERROR", "/subject/id", "an id or an e-mail address is needed")
        raise errors.ValidationError(details=fault.message, target=fault.target, errors=[fault])
    if key:
        known = tx.get(kind, key)
        if known is None:
            raise errors.BusinessRuleViolation(details=f"{kind} '{key}' does not exist", target="/subject/id")
        if known.get("status") == "erased":
            raise errors.ResourceGone(details="the person's data was erased", target="/subject/id")
        return {"type": kind, "id": key, "email": known.get("email")}
    email = str(email).lower()
    found = next(tx.scan(kind, matches=lambda each: str(each.get("email") or "").lower() == email), None)
    return {"type": kind, "id": found["id"] if found else None, "email": email}


def keys_of(subject: Subject) -> list[str]:
    """What the person can be recognised by."""
    keys = [f"{subject['type']}:{subject['id']}"] if subject.get("id") else []
    return [*keys, f"email:{subject['email'].lower()}"] if subject.get("email") else keys


def own_subject(call: Call, subject: Subject) -> dict[str, Any]:
    """As `resolved`; a person without a role in the organisation speaks for themselves only."""
    if is_guest(call) and (subject.get("type"), subject.get("id")) != ("user", call.principal.user_id):
        raise errors.ResourceNotFound(details="nobody of that id is known to you", target="/subject/id")
    return resolved(call.tx, subject)


def record(tx: Transaction, subject: Subject, body: Mapping[str, Any]) -> Document:
    """A decision about one purpose; a customer shows the one about marketing."""
    made = consents.insert(
        tx,
        {
            **body,
            "subject": subject,
            "_keys": keys_of(subject),
            "at": tx.stamp(),
            "withdrawnAt": None,
        },
    )
    _note_marketing(tx, made, made["granted"])
    return made


def withdraw(tx: Transaction, consent: Document) -> Document:
    """Raises InvalidStateTransition for what was not granted, or is withdrawn already."""
    if consent["withdrawnAt"] is not None or not consent["granted"]:
        state = "withdrawn" if consent["withdrawnAt"] else "refused"
        raise errors.InvalidStateTransition(details=f"the consent is {state} already", target="withdrawnAt")
    after = consents.save(tx, consent, granted=False, withdrawnAt=tx.stamp())
    _note_marketing(tx, after, False)
    tx.emit("consent.withdrawn", "consent", after)
    return after


def _note_marketing(tx: Transaction, consent: Document, granted: bool) -> None:
    subject = consent["subject"]
    if consent["purpose"] != "marketing" or subject["type"] != "customer" or not subject["id"]:
        return
    customer = tx.get("customer", subject["id"])
    if customer is not None and customer.get("marketingConsent") != granted:
        tx.emit(
            "customer.updated",
            "customer",
            tx.revise("customer", customer, marketingConsent=granted),
            changedFields=["marketingConsent"],
        )


def opted_out(tx: Transaction, subject: Subject, scope: str) -> Document | None:
    """The opt-out that says as much already."""
    known = tx.find("opt_out", {"_keys": keys_of(subject)})
    return next((each for each in known if each["scope"] in (scope, "all")), None)


def opt_out(tx: Transaction, subject: Subject, scope: str, source: str) -> Document:
    """Record it, and take back the consents that it opposes."""
    members = {"subject": dict(subject), "_keys": keys_of(subject), "scope": scope, "source": source}
    made = opt_outs.insert(tx, {**members, "metadata": {}})
    for consent in tx.find("consent", {"_keys": keys_of(subject)}):
        if consent["purpose"] in OPPOSED[scope] and consent["granted"] and not consent["withdrawnAt"]:
            withdraw(tx, consent)
    return made


def restrict(tx: Transaction, subject: Subject, reason: str | None) -> Document:
    """From now on nothing is done with the person's data but keeping it; raises DuplicateResource."""
    keys = keys_of(subject)
    if any(each["_active"] for each in tx.find("restriction", {"_keys": keys})):
        raise errors.DuplicateResource(details="processing is restricted already", target="/subject")
    _mark_customer(tx, subject, True)
    members = {"subject": dict(subject), "reason": reason, "since": tx.stamp(), "liftedAt": None}
    return restrictions.insert(tx, {**members, "metadata": {}, "_keys": keys, "_active": True})


def lift(tx: Transaction, restriction: Document) -> None:
    """It stays on record, lifted."""
    if restriction["_active"]:
        restrictions.save(tx, restriction, liftedAt=tx.stamp(), _active=False)
        _mark_customer(tx, restriction["subject"], False)


def _mark_customer(tx: Transaction, subject: Subject, restricted: bool) -> None:
    customer = tx.get("customer", subject["id"]) if subject["type"] == "customer" and subject["id"] else None
    if customer is not None and customer.get("processingRestricted") != restricted:
        after = tx.revise("customer", customer, processingRestricted=restricted)
        tell_quietly(tx, "customer", after, "processingRestricted")


# what follows from them


def respect(tx: Transaction, event: Document) -> None:
    """Global Privacy Control is an opt-out; a restricted person is left alone."""
    if tx.actor is not None and "gpc" in tx.actor and event["type"] in GPC_WRITES:
        _note_signal(tx, event)
    if event["type"] in GUARDED and _is_restricted(tx.derived("restriction", _restricted_keys), event):
        raise errors.ProcessingRestricted(details="processing of this person's data is restricted")


def _is_restricted(restricted: frozenset[str], event: Document) -> bool:
    """Asked for every registration, so without making anything."""
    if not restricted:
        return False
    data = event["data"]
    if event["kind"] == "registration":
        person, email = data.get("userId"), data["contact"]["email"]
    else:
        person, email = data["id"], data.get("email") or ""
    return f"user:{person}" in restricted or f"email:{email.lower()}" in restricted


def _restricted_keys(documents: Iterable[Document]) -> frozenset[str]:
    return frozenset(key for each in documents if each["_active"] for key in each["_keys"])


def _note_signal(tx: Transaction, event: Document) -> None:
    subject = _subject_of(event["kind"], event["data"])
    if keys_of(subject) and opted_out(tx, subject, "sale_share") is None:
        opt_out(tx, subject, "sale_share", "gpc_header")


def _subject_of(kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    if kind == "booking":
        return {"type": "customer", "id": data["customerId"], "email": None}
    if kind == "registration":
        person = "user" if data.get("userId") else "attendee"
        return {"type": person, "id": data.get("userId"), "email": data["contact"]["email"]}
    return {"type": kind, "id": data["id"], "email": data.get("email")}


REACTIONS = dict.fromkeys(GPC_WRITES | GUARDED, respect)
