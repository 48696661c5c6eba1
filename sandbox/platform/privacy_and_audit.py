"""Privacy and audit: the rights of the people whose data is here, and who did what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.kernel import errors
from sandbox.kernel.documents import Document
from sandbox.kernel.replies import Page, Reply
from sandbox.platform import consents as decisions
from sandbox.platform import privacy_requests as rights
from sandbox.platform.audit_trail import entries_for
from sandbox.platform.call import Call
from sandbox.platform.consents import consents, opt_outs, restrictions
from sandbox.platform.disclosures import DISCLOSURES, shown_policies
from sandbox.platform.pagination import ListCollection, page_of
from sandbox.platform.privacy_fulfilment import certificate
from sandbox.platform.privacy_packages import as_table
from sandbox.platform.privacy_requests import requests

__all__ = ["consents", "opt_outs", "requests", "restrictions"]
FORMS = {"downloadPrivacyPackage": {"csv": as_table}}


def create_privacy_request(call: Call, body: dict[str, Any]) -> Reply:
    """Accepted, and whoever asks is asked to prove who they are."""
    if rights.verified_by(body) == "trusted_partner" and call.principal.client_type == "user":
        raise errors.BusinessRuleViolation(
            details="only a partner can vouch for a person", target="/verification/method"
        )
    request = rights.receive(call.tx, decisions.resolved(call.tx, body["subject"]), body)
    return Reply(202, request, {"Location": requests.address(request), "Retry-After": "1"})


def verify_privacy_request(call: Call, privacy_request_id: str, body: Mapping[str, Any]) -> Document:
    """With the code that was sent."""
    request = requests.get(call, privacy_request_id)
    rights.LIFE.next(request["status"], "verify")
    rights.check_code(call.tx, request, body["code"])
    return rights.verified(call.tx, request)


def cancel_privacy_request(call: Call, privacy_request_id: str) -> Document:
    """Until it is done."""
    return rights.cancel(call.tx, requests.get(call, privacy_request_id))


def download_privacy_package(call: Call, privacy_request_id: str) -> Any:
    """For a week after the request is complete."""
    request = requests.get(call, privacy_request_id)
    package = call.tx.get("privacy_package", privacy_request_id)
    if package is not None:
        return {name: value for name, value in package.items() if name != "id"}
    if request["packageUrl"]:
        raise errors.JobOutputExpired(details="the package is no longer kept", target="privacyRequestId")
    if request["type"] not in rights.PACKED or request["status"] not in rights.OPEN:
        raise requests.not_found(privacy_request_id)
    raise errors.JobNotReady(details=f"the request is {request['status']}", retry_after=1)


def get_erasure_certificate(call: Call, privacy_request_id: str) -> dict[str, Any]:
    """Once everything is gone."""
    request = requests.get(call, privacy_request_id)
    if request["type"] != "erasure" or request["status"] in ("rejected", "cancelled"):
        raise requests.not_found(privacy_request_id)
    if request["status"] != "completed":
        raise errors.JobNotReady(details=f"the request is {request['status']}", retry_after=1)
    return certificate(call.tx, request)


def record_consent(call: Call, body: dict[str, Any]) -> Document:
    """Given, or refused."""
    return decisions.record(call.tx, decisions.own_subject(call, body["subject"]), body)


def withdraw_consent(call: Call, consent_id: str) -> Document:
    """As easily as it was given."""
    consent = consents.get(call, consent_id)
    decisions.own_subject(call, consent["subject"])
    return decisions.withdraw(call.tx, consent)


def create_opt_out(call: Call, body: dict[str, Any]) -> Document:
    """Takes back the consents that it opposes."""
    subject = decisions.own_subject(call, body["subject"])
    known = decisions.opted_out(call.tx, subject, body["scope"])
    if known is not None:
        raise errors.DuplicateResource(details="the person has opted out already", target="/scope")
    return decisions.opt_out(call.tx, subject, body["scope"], body["source"])


def delete_opt_out(call: Call, opt_out_id: str) -> None:
    """The person changed their mind; consents stay as they are."""
    known = opt_outs.get(call, opt_out_id)
    decisions.own_subject(call, known["subject"])
    opt_outs.delete(call, opt_out_id)


def create_restriction(call: Call, body: dict[str, Any]) -> Document:
    """Until it is lifted the data is kept and nothing else."""
    return decisions.restrict(call.tx, decisions.resolved(call.tx, body["subject"]), body.get("reason"))


def lift_restriction(call: Call, restriction_id: str) -> None:
    """Lifting it twice changes nothing."""
    decisions.lift(call.tx, restrictions.get(call, restriction_id))


def list_disclosures(call: Call) -> dict[str, Any]:
    """The notice, for everybody."""
    return {"data": [dict(each) for each in DISCLOSURES], "_links": {"self": {"href": call.path}}}


def list_retention_policies(call: Call) -> dict[str, Any]:
    """What the clock enforces."""
    return {"data": shown_policies(), "_links": {"self": {"href": call.path}}}


def list_audit_logs(call: Call) -> Page:
    """Newest first."""
    if "page" not in call.query:  # as an export asks, for everything
        call.query = {"cursor": "", **call.query}
    return page_of(call, ListCollection.sorted(call, entries_for(call)))
