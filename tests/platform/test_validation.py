"""Validation: ping, the caller as the platform sees it, echo."""

from __future__ import annotations

from typing import Any

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
