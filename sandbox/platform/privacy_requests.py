"""Privacy requests: what a person may ask for, the check who is asking, and how long it may take."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sandbox.kernel import errors
from sandbox.kernel.clock import instant, parse_instant
from sandbox.kernel.documents import Document, Kind
from sandbox.kernel.transitions import TransitionTable
from sandbox.kernel.workspace import Transaction
from sandbox.platform import consents
from sandbox.platform.letters import write_letter
from sandbox.platform.resource import Resource, equals

WORK, DEADLINE, EXPIRE = "privacy.fulfil", "privacy.deadline", "privacy.package.expire"
ALWAYS_FAILS, ALWAYS_PASSES = "000000", "123456"
CCPA_DAYS = timedelta(days=45)
OPEN = ("received", "verifying", "in_progress")
PACKED = ("access", "portability", "disclosure")
LIFE = TransitionTable(
    "privacy request",
    {
        ("received", "ask"): "verifying",
        ("verifying", "verify"): "in_progress",
        ("in_progress", "complete"): "completed",
        ("verifying", "reject"): "rejected",
        ("in_progress", "reject"): "rejected",
        **{(state, "cancel"): "cancelled" for state in OPEN},
    },
)
requests = Resource(
    "privacy_request",
    path="/api/v1/privacy/requests/{privacyRequestId}",
    indexes=("status", "type", "_keys"),
    sorts=("receivedAt", "dueAt"),
    filters={"status": equals("status"), "type": equals("type"), "subjectId": equals("subject.id")},
    emits={"complete": "privacy.request_completed"},
    links={name: f"/api/v1/privacy/requests/{{id}}/{name}" for name in ("verify", "cancel")},
    life=LIFE,
)
KINDS = [Kind("privacy_package"), Kind("privacy_code")]
BLANK: dict[str, Any] = {
    "extendedUntil": None,
    "blockers": [],
    "results": [],
    "packageUrl": None,
    "packageExpiresAt": None,
    "rejectionReason": None,
    "completedAt": None,
}


def due(received: datetime, regulation: str, months: int = 1) -> datetime:
    """One calendar month, or 45 days where the law of California is asked."""
    if regulation == "ccpa":
        return received + CCPA_DAYS
    months_after = received.month - 1 + months
    year, month = received.year + months_after // 12, months_after % 12 + 1
    return received.replace(year=year, month=month, day=min(received.day, monthrange(year, month)[1]))


def verified_by(body: Mapping[str, Any]) -> str:
    """How whoever asks is to prove who they are."""
    method: str = body.get("verification", {"method": "email_code"})["method"]
    return method


def receive(tx: Transaction, subject: Mapping[str, Any], body: Mapping[str, Any]) -> Document:
    """Accept a request and ask who is asking; raises PrivacyRequestDuplicate."""
    _refuse_twin(tx, subject, body["type"])
    deadline = due(tx.now(), body["regulation"])
    made = requests.insert(
        tx,
        {
            **BLANK,
            **body,
            "subject": subject,
            "_keys": consents.keys_of(subject),
            "status": "received",
            "verification": {"method": verified_by(body), "verifiedAt": None},
            "receivedAt": tx.stamp(),
            "dueAt": instant(deadline),
        },
    )
    tx.schedule(deadline, DEADLINE, made["id"])
    asked = requests.move(tx, made, LIFE, "ask")
    if asked["verification"]["method"] == "trusted_partner":
        return verified(tx, asked)
    code = tx.new_token("privacy.code", 6, "0123456789")
    tx.put("privacy_code", {"id": asked["id"], "code": code})
    if subject.get("email"):
        _send_code(tx, asked, code)
    return asked


def _refuse_twin(tx: Transaction, subject: Mapping[str, Any], kind: str) -> None:
    for twin in tx.find("privacy_request", {"_keys": consents.keys_of(subject)}):
        if twin["type"] == kind and twin["status"] in OPEN:
            raise errors.PrivacyRequestDuplicate(
                details=f"a request of this type is {twin['status']}",
                target="/subject",
                links={"existing": {"href": requests.address(twin)}},
            )


def _send_code(tx: Transaction, request: Document, code: str) -> None:
    to = {"email": request["subject"]["email"], "name": None}
    related = {"type": "privacy_request", "id": request["id"]}
    try:
        write_letter(tx, "privacy_verification", to, related, subject="Your confirmation code", code=code)
    except errors.EmailSuppressed:
        return


def check_code(tx: Transaction, request: Document, code: str) -> None:
    """Raises IdentityNotVerified."""
    kept = tx.get("privacy_code", request["id"])
    right = kept is not None and kept["code"] == code
    if code == ALWAYS_FAILS or not (right or code == ALWAYS_PASSES):
        raise errors.IdentityNotVerified(details="the code is not the one that was sent", target="/code")


def verified(tx: Transaction, request: Document) -> Document:
    """From now on it is worked on."""
    verification = {**request["verification"], "verifiedAt": tx.stamp()}
    after = requests.move(tx, request, LIFE, "verify", verification=verification)
    tx.delete("privacy_code", request["id"])
    tx.schedule(tx.now(), WORK, request["id"])
    return after


def complete(tx: Transaction, request: Document, **members: Any) -> None:
    """Whatever was asked for is done."""
    requests.move(tx, request, LIFE, "complete", completedAt=tx.stamp(), **members)
    tx.cancel(DEADLINE, request["id"])


def cancel(tx: Transaction, request: Document) -> Document:
    """Nothing more happens."""
    after = requests.move(tx, request, LIFE, "cancel")
    tx.delete("privacy_code", request["id"])
    for job in (WORK, DEADLINE):
        tx.cancel(job, request["id"])
    return after


def pass_deadline(tx: Transaction, entry: Document) -> None:
    """Nobody proved who they are: rejected. Something stands in the way: extended, once."""
    request = tx.get("privacy_request", entry["subject"])
    if request is None or request["status"] not in OPEN:
        return
    if request["status"] == "verifying":
        requests.move(tx, request, LIFE, "reject", rejectionReason="identity_not_verified")
        tx.delete("privacy_code", request["id"])
    elif request["extendedUntil"] is None:
        extended = due(parse_instant(request["dueAt"]), request["regulation"], months=2)
        requests.save(tx, request, extendedUntil=instant(extended))


JOBS = {DEADLINE: pass_deadline}
