"""Validation: ping, the caller as the platform sees it, echo."""

from __future__ import annotations

from typing import Any

from sandbox.webhooks.signing import header_base, header_signature
from tests.platform.event_desk import code


def test_ping_shows_the_workspace_clock(api: Any) -> None:
    before = api.anonymous.get("/api/v1/validation/ping").json()["at"]
    api.advance("P1D")
    assert api.anonymous.get("/api/v1/validation/ping").json()["at"] > before


class TestCheckAuth:
    def test_machines_and_persons(self, api: Any) -> None:
        machine = api.get("/api/v1/validation/auth").json()
        assert (machine["authenticated"], machine["clientType"]) == (True, "partner")
        person = api.persona("attendee").get("/api/v1/validation/auth").json()
        assert (person["clientType"], person["roles"]) == ("user", ["attendee"])

    def test_nobody_is_refused(self, api: Any) -> None:
        assert code(api.anonymous.get("/api/v1/validation/auth")) == (401, "AUTHENTICATION_REQUIRED")


class TestEcho:
    def test_shows_what_arrived_without_secrets(self, api: Any) -> None:
        echoed = api.post("/api/v1/validation/echo", json={"a": [1, None]}).json()
        assert (echoed["method"], echoed["body"], echoed["bytes"]) == ("POST", {"a": [1, None]}, 14)
        assert "sk_sandbox_partner_demo" not in str(echoed)


class TestValidatePayload:
    def test_every_fault_is_named(self, api: Any) -> None:
        wrong = {"operationId": "createRegistration", "payload": {"eventId": "x", "items": []}}
        verdict = api.post("/api/v1/validation/payloads", json=wrong).json()
        assert verdict["valid"] is False
        assert {"/contact", "/eventId", "/items"} <= {fault["target"] for fault in verdict["errors"]}
        right = {"schema": "Money", "payload": {"amount": "1.00", "currency": "EUR"}}
        assert api.post("/api/v1/validation/payloads", json=right).json() == {"valid": True, "errors": []}

    def test_an_answer_can_be_held_against_its_operation(self, api: Any) -> None:
        root = {"operationId": "getRoot", "direction": "response", "payload": api.get("/api/v1").json()}
        assert api.post("/api/v1/validation/payloads", json=root).json()["valid"] is True

    def test_what_the_contract_does_not_know(self, api: Any) -> None:
        unknown = api.post("/api/v1/validation/payloads", json={"schema": "Nothing", "payload": None})
        assert code(unknown) == (404, "RESOURCE_NOT_FOUND")
        both = api.post("/api/v1/validation/payloads", json={"payload": 1})
        assert code(both) == (400, "VALIDATION_ERROR")


class TestValidateWebhookSignature:
    def test_a_delivery_as_it_was_signed_and_one_that_was_altered(self, api: Any) -> None:
        secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
        seconds = str(int(api.workspace.now().timestamp()))
        base = header_base("whk_1", seconds, b"{}")
        headers = {"Webhook-Id": "whk_1", "Webhook-Timestamp": seconds}
        headers["Webhook-Signature"] = header_signature(secret, base)
        delivery = {"secret": secret, "headers": headers, "rawBody": "{}"}
        address = "/api/v1/validation/webhook-signatures"
        assert api.post(address, json=delivery).json()["valid"] is True
        altered = api.post(address, json={**delivery, "rawBody": "{ }"}).json()
        assert (altered["valid"], altered["reason"]) == (False, "signature_mismatch")
