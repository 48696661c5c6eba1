"""Privacy requests, consents, opt-outs and restrictions through the front door."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from sandbox.kernel.clock import instant
from sandbox.platform.erasure import erase
from tests.conftest import Api
from tests.platform.clinic import book, emitted, key, refused

ADA, GPC = key("ca", 1), key("ca", 9)
REQUESTS = "/api/v1/privacy/requests"
CUSTOMER = {"type": "customer", "id": ADA}
MARIA = {
    "givenName": "Marinella",
    "familyName": "Quastelberg",
    "email": "marinella.q@sandbox.example",
    "phone": "+447700900777",
    "notes": "Marinella likes mornings",
}


def asked(api: Api, kind: str, subject: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    """An accepted request."""
    answer = api.post(REQUESTS, json={"type": kind, "subject": subject or CUSTOMER, **members})
    assert answer.status_code == 202, answer.text
    return dict(answer.json())


def verified(api: Api, request: dict[str, Any]) -> dict[str, Any]:
    """The request once its work is done."""
    answer = api.post(f"{REQUESTS}/{request['id']}/verify", json={"code": "123456"})
    assert answer.status_code == 200, answer.text
    api.advance("PT1S")
    return dict(api.get(f"{REQUESTS}/{request['id']}").json())


def later(api: Api, duration: str) -> None:
    """Move the clock with nothing but privacy on the agenda: what else is due takes its time."""
    with api.workspace.transaction() as tx:
        for entry in tx.find("agenda"):
            if not entry["job"].startswith("privacy."):
                tx.delete("agenda", entry["id"])
    api.advance(duration)


def new_customer(api: Api) -> dict[str, Any]:
    """A customer with nothing that stands in the way."""
    answer = api.post("/api/v1/customers", json=MARIA, headers={"Idempotency-Key": "k-maria"})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


class TestCreatePrivacyRequest:
    def test_asks_who_is_asking_and_sets_the_deadline(self, api: Api) -> None:
        made = asked(api, "access")
        assert made["status"] == "verifying"
        assert (made["receivedAt"][:10], made["dueAt"][:10]) == ("2026-11-18", "2026-12-18")
        assert asked(api, "erasure", regulation="ccpa")["dueAt"][:10] == "2027-01-02"

    def test_not_twice_at_once(self, api: Api) -> None:
        made = asked(api, "access")
        error = refused(
            api.post(REQUESTS, json={"type": "access", "subject": CUSTOMER}), 409, "PRIVACY_REQUEST_DUPLICATE"
        )
        assert error["_links"]["existing"]["href"].endswith(made["id"])

    def test_of_somebody_who_exists(self, api: Api) -> None:
        nobody = {"type": "customer", "id": "ca000000-0000-4000-8000-999999999999"}
        refused(
            api.post(REQUESTS, json={"type": "access", "subject": nobody}), 422, "BUSINESS_RULE_VIOLATION"
        )
        erased = {"type": "customer", "id": key("ca", 7)}
        refused(api.post(REQUESTS, json={"type": "access", "subject": erased}), 410, "RESOURCE_GONE")
        refused(
            api.post(REQUESTS, json={"type": "access", "subject": {"type": "user"}}), 400, "VALIDATION_ERROR"
        )

    def test_a_partner_may_vouch(self, api: Api) -> None:
        made = asked(api, "access", verification={"method": "trusted_partner"})
        assert made["status"] == "in_progress"


class TestVerifyPrivacyRequest:
    def test_by_the_code_that_was_sent(self, api: Api) -> None:
        made = asked(api, "access")
        with api.workspace.transaction() as tx:
            code = tx.need("privacy_code", made["id"])["code"]
        at = f"{REQUESTS}/{made['id']}/verify"
        refused(api.post(at, json={"code": "000000"}), 409, "IDENTITY_NOT_VERIFIED")
        assert api.post(at, json={"code": code}).json()["status"] == "in_progress"
        refused(api.post(at, json={"code": code}), 409, "INVALID_STATE_TRANSITION")

    def test_nobody_comes_forward_until_the_deadline(self, api: Api) -> None:
        made = asked(api, "access")
        later(api, "P31D")
        after = api.get(f"{REQUESTS}/{made['id']}").json()
        assert (after["status"], after["rejectionReason"]) == ("rejected", "identity_not_verified")


class TestCancelPrivacyRequest:
    def test_until_it_is_done(self, api: Api) -> None:
        made = asked(api, "erasure")
        assert api.post(f"{REQUESTS}/{made['id']}/cancel").json()["status"] == "cancelled"
        refused(api.post(f"{REQUESTS}/{made['id']}/cancel"), 409, "INVALID_STATE_TRANSITION")


class TestDownloadPrivacyPackage:
    def test_holds_everything_of_the_person_for_a_week(self, api: Api) -> None:
        made = asked(api, "access")
        at = f"{REQUESTS}/{made['id']}/package"
        refused(api.get(at), 409, "JOB_NOT_READY")
        done = verified(api, made)
        assert (done["status"], done["packageUrl"]) == ("completed", at)
        assert emitted(api)[-1] == "privacy.request_completed"
        package = api.get(at).json()
        assert package["collections"]["customers"][0]["id"] == ADA
        assert {"bookings", "users"} <= set(package["collections"])
        counts = {name: len(rows) for name, rows in package["collections"].items()}
        assert counts == {each["collection"]: each["records"] for each in done["results"]}
        later(api, "P8D")
        refused(api.get(at), 410, "JOB_OUTPUT_EXPIRED")

    @pytest.mark.parametrize(("form", "word"), [("csv", "customers,"), ("xml", "<?xml")])
    def test_in_other_forms(self, api: Api, form: str, word: str) -> None:
        done = verified(api, asked(api, "portability"))
        answer = api.get(done["packageUrl"], params={"format": form})
        assert answer.status_code == 200, answer.text
        assert word in answer.text

    def test_holds_nobody_else(self, api: Api) -> None:
        done = verified(api, asked(api, "access"))
        package = api.get(done["packageUrl"]).json()
        assert all(each["customerId"] == ADA for each in package["collections"]["bookings"])


class TestErasure:
    def test_leaves_a_tombstone_and_no_trace(self, api: Api) -> None:
        made = new_customer(api)
        api.patch(f"/api/v1/customers/{made['id']}", json={"address": "Marinella Quastelberg, Street 1"})
        done = verified(api, asked(api, "erasure", {"type": "customer", "id": made["id"]}))
        assert done["status"] == "completed", done
        assert done["subject"]["email"].endswith("@invalid")
        refused(api.get(f"/api/v1/customers/{made['id']}"), 410, "RESOURCE_GONE")
        assert "customer.erased" in emitted(api)
        for word in ("marinella", "quastelberg", "900777"):
            assert word not in everything(api), word

    def test_no_exchange_names_the_person(self, api: Api) -> None:
        made = new_customer(api)
        api.get("/api/v1/customers", params={"email": MARIA["email"]})
        api.get("/api/v1/customers", params={"q": "Marinella Quastelberg"})
        verified(api, asked(api, "erasure", {"type": "customer", "id": made["id"]}))
        exchanges = api.server.sandbox.server.journals.of(api.workspace_id).exchanges()
        shown = json.dumps([exchange.shown() for exchange in exchanges], ensure_ascii=False).lower()
        for word in ("marinella.q", "marinella quastelberg", "quastelberg"):
            assert word not in shown, word

    def test_an_answer_kept_for_its_key_is_given_without_the_person(self, api: Api) -> None:
        made = new_customer(api)
        verified(api, asked(api, "erasure", {"type": "customer", "id": made["id"]}))
        again = api.post("/api/v1/customers", json=MARIA, headers={"Idempotency-Key": "k-maria"})
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.json()["id"] == made["id"]
        assert "Quastelberg" not in again.text

    def test_what_is_ahead_stands_in_the_way(self, api: Api) -> None:
        request = asked(api, "erasure")
        waiting = verified(api, request)
        assert waiting["status"] == "in_progress"
        assert "upcoming_booking" in {each["code"] for each in waiting["blockers"]}
        refused(api.get(f"{REQUESTS}/{request['id']}/certificate"), 409, "JOB_NOT_READY")

    def test_it_goes_on_when_what_it_waits_for_lapses(self, clinic: Api) -> None:
        customer = {"type": "customer", "id": book(clinic, offering=3)["customerId"]}
        waiting = verified(clinic, asked(clinic, "erasure", customer))
        assert [each["code"] for each in waiting["blockers"]] == ["upcoming_booking"]
        clinic.advance("PT31M")
        assert clinic.get(f"{REQUESTS}/{waiting['id']}").json()["status"] == "completed"

    def test_it_goes_on_when_what_was_ahead_has_begun(self, clinic: Api) -> None:
        customer = {"type": "customer", "id": book(clinic)["customerId"]}
        waiting = verified(clinic, asked(clinic, "erasure", customer))
        later(clinic, "P30D")
        assert clinic.get(f"{REQUESTS}/{waiting['id']}").json()["status"] == "completed"

    def test_bookings_ahead_are_cancelled_when_asked_for(self, api: Api) -> None:
        done = verified(api, asked(api, "erasure", cancelFuture=True))
        assert "upcoming_booking" not in {each["code"] for each in done["blockers"]}
        with api.workspace.transaction() as tx:
            ahead = tx.find("booking", {"customerId": ADA, "status": ["pending", "confirmed"]})
            assert [each for each in ahead if each["startsAt"] > tx.stamp()] == []

    def test_cut_short_it_is_finished_later(self, api: Api) -> None:
        made = new_customer(api)
        subject = {"type": "customer", "id": made["id"]}
        request = asked(api, "erasure", subject)
        with api.workspace.transaction() as tx:
            erase(tx, {**subject, "email": MARIA["email"]})
        done = verified(api, request)
        assert done["status"] == "completed"
        assert emitted(api).count("customer.erased") == 1

    def test_snapshots_forget_too(self, api: Api) -> None:
        made = new_customer(api)
        kept = api.server.sandbox.workspaces.snapshot(api.workspace_id, "snp_1", "before")
        verified(api, asked(api, "erasure", {"type": "customer", "id": made["id"]}))
        kept_customer = kept.store.get("customer", made["id"])
        assert kept_customer is not None
        assert kept_customer["status"] == "erased"

    def test_others_and_the_money_stay_whole(self, api: Api) -> None:
        user = api.fixture("user.erasable")
        with api.workspace.transaction() as tx:
            counts = {
                kind: tx.count(kind) for kind in ("user", "payment", "transaction", "invoice", "booking")
            }
            money = [(each["id"], each["amount"]) for each in tx.find("payment")]
            others = [each for each in tx.find("user") if each["id"] != user]
        done = verified(api, asked(api, "erasure", {"type": "user", "id": user}))
        assert done["status"] == "completed", done["blockers"]
        with api.workspace.transaction() as tx:
            assert {kind: tx.count(kind) for kind in counts} == counts
            assert [(each["id"], each["amount"]) for each in tx.find("payment")] == money
            assert [each for each in tx.find("user") if each["id"] != user] == others
            assert tx.need("user", user)["status"] == "erased"
        certificate = api.get(f"{REQUESTS}/{done['id']}/certificate").json()
        assert certificate["signature"].startswith("sha256=")
        assert certificate["results"] == done["results"]


def everything(api: Api) -> str:
    """All documents of the world, as text."""
    store = api.workspace.store
    documents = [store.find(kind) for kind in store.kinds()]
    return json.dumps(documents, ensure_ascii=False, default=str).lower()


class TestOtherRights:
    def test_rectification_sets_what_was_wrong(self, api: Api) -> None:
        made = new_customer(api)
        subject = {"type": "customer", "id": made["id"]}
        done = verified(api, asked(api, "rectification", subject, corrections={"familyName": "Right"}))
        assert done["status"] == "completed"
        assert api.get(f"/api/v1/customers/{made['id']}").json()["familyName"] == "Right"

    @pytest.mark.parametrize(
        ("kind", "scopes"), [("objection", {"marketing", "profiling"}), ("do_not_sell", {"sale_share"})]
    )
    def test_objections_become_opt_outs(self, api: Api, kind: str, scopes: set[str]) -> None:
        verified(api, asked(api, kind))
        found = api.get("/api/v1/privacy/opt-outs", params={"subjectId": ADA}).json()["data"]
        assert {each["scope"] for each in found} == scopes

    def test_restriction_by_request(self, api: Api) -> None:
        verified(api, asked(api, "restriction"))
        assert api.get(f"/api/v1/customers/{ADA}").json()["processingRestricted"] is True

    def test_disclosure_says_who_gets_what(self, api: Api) -> None:
        done = verified(api, asked(api, "disclosure", regulation="ccpa"))
        assert api.get(done["packageUrl"]).json()["collections"]["disclosures"]


class TestRecordConsent:
    def test_of_marketing_shows_on_the_customer(self, api: Api) -> None:
        body = {"subject": CUSTOMER, "purpose": "marketing", "granted": True}
        made = api.post("/api/v1/privacy/consents", json=body).json()
        assert api.get(f"/api/v1/customers/{ADA}").json()["marketingConsent"] is True
        gone = api.post(made["_links"]["withdraw"]["href"]).json()
        assert (gone["withdrawnAt"] is not None, gone["_links"]) == (True, {})
        assert api.get(f"/api/v1/customers/{ADA}").json()["marketingConsent"] is False
        assert "consent.withdrawn" in emitted(api)
        refused(api.post(f"/api/v1/privacy/consents/{made['id']}/withdraw"), 409, "INVALID_STATE_TRANSITION")
        listed = api.get("/api/v1/privacy/consents", params={"subjectId": ADA, "purpose": "marketing"})
        assert made["id"] in {each["id"] for each in listed.json()["data"]}

    def test_nobody_decides_for_others(self, api: Api) -> None:
        ada = api.persona("attendee")
        body = {"subject": {"type": "user", "id": key("a1", 7)}, "purpose": "marketing"}
        refused(ada.post("/api/v1/privacy/consents", json=body), 404, "RESOURCE_NOT_FOUND")
        body["subject"] = {"type": "user", "id": key("a1", 6)}
        assert ada.post("/api/v1/privacy/consents", json=body).status_code == 201


class TestOptOuts:
    def test_once_for_each_scope(self, api: Api) -> None:
        body = {"subject": CUSTOMER, "scope": "marketing"}
        made = api.post("/api/v1/privacy/opt-outs", json=body)
        assert made.status_code == 201, made.text
        refused(api.post("/api/v1/privacy/opt-outs", json=body), 409, "DUPLICATE_RESOURCE")
        assert api.delete(f"/api/v1/privacy/opt-outs/{made.json()['id']}").status_code == 204
        assert api.post("/api/v1/privacy/opt-outs", json=body).status_code == 201

    def test_take_back_the_consents_they_oppose(self, api: Api) -> None:
        body = {"subject": CUSTOMER, "purpose": "third_party_sharing"}
        consent = api.post("/api/v1/privacy/consents", json=body).json()
        api.post("/api/v1/privacy/opt-outs", json={"subject": CUSTOMER, "scope": "all"})
        with api.workspace.transaction() as tx:
            assert tx.need("consent", consent["id"])["withdrawnAt"] is not None

    def test_by_global_privacy_control(self, api: Api) -> None:
        made = api.post("/api/v1/customers", json=MARIA, headers={"Sec-GPC": "1"}).json()
        api.patch(f"/api/v1/customers/{made['id']}", json={"notes": None}, headers={"Sec-GPC": "1"})
        found = api.get("/api/v1/privacy/opt-outs", params={"subjectId": made["id"]}).json()["data"]
        assert [(each["scope"], each["source"]) for each in found] == [("sale_share", "gpc_header")]

    def test_no_signal_is_no_opt_out(self, api: Api) -> None:
        made = api.post("/api/v1/customers", json=MARIA, headers={"Sec-GPC": "0"}).json()
        assert api.get("/api/v1/privacy/opt-outs", params={"subjectId": made["id"]}).json()["data"] == []


class TestRestrictions:
    def test_nothing_is_done_with_the_data_until_lifted(self, api: Api) -> None:
        made = api.post("/api/v1/privacy/restrictions", json={"subject": CUSTOMER, "reason": "contested"})
        assert made.status_code == 201, made.text
        refused(
            api.post("/api/v1/privacy/restrictions", json={"subject": CUSTOMER}), 409, "DUPLICATE_RESOURCE"
        )
        at = f"/api/v1/customers/{ADA}"
        refused(api.patch(at, json={"notes": "x"}), 403, "PROCESSING_RESTRICTED")
        assert api.delete(f"/api/v1/privacy/restrictions/{made.json()['id']}").status_code == 204
        assert api.patch(at, json={"notes": "x"}).status_code == 200

    def test_a_restricted_person_cannot_be_registered(self, api: Api) -> None:
        subject = {"type": "attendee", "email": "rosa.restricted@sandbox.example"}
        assert api.post("/api/v1/privacy/restrictions", json={"subject": subject}).status_code == 201
        person = {"name": "Rosa Restricted", "email": subject["email"]}
        body = {
            "eventId": key("e1", 2),
            "contact": person,
            "items": [
                {"ticketTypeId": "e3000000-0000-4000-8000-000000000009", "quantity": 1, "attendees": [person]}
            ],
        }
        refused(api.post("/api/v1/registrations", json=body), 403, "PROCESSING_RESTRICTED")
        refused_list = api.get("/api/v1/registrations", params={"email": subject["email"]}).json()["data"]
        assert refused_list == []


class TestNotices:
    def test_disclosures_are_public_and_cached(self, api: Api) -> None:
        answer = api.anonymous.get("/api/v1/privacy/disclosures")
        assert answer.headers["Cache-Control"] == "public, max-age=3600"
        assert any(each["shared"] for each in answer.json()["data"])

    def test_retention_is_enforced_by_the_clock(self, api: Api) -> None:
        policies = api.get("/api/v1/privacy/retention-policies").json()["data"]
        assert {each["collection"] for each in policies} >= {"deliveryAttempts", "emails"}
        with api.workspace.transaction() as tx:
            before = tx.count("delivery_attempt")
        later(api, "P40D")
        with api.workspace.transaction() as tx:
            limit = instant(tx.now() - timedelta(days=15))
            attempts = tx.find("delivery_attempt")
            assert len(attempts) < before
            assert [each for each in attempts if each["at"] < limit] == []
