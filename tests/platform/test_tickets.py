"""Tickets: found by their owner, revoked, and judged before the door."""

from __future__ import annotations

from typing import Any

import pytest

from tests.platform import event_desk as desk
from tests.platform.event_desk import code

VALIDATIONS = "/api/v1/ticket-validations"


class TestGetTicket:
    def test_only_of_ones_own_registration(self, api: Any) -> None:
        assert api.get(f"/api/v1/tickets/{desk.ticket(1)}").json()["code"] == "VALIDTICKET23456"
        assert api.persona("attendee").get(f"/api/v1/tickets/{desk.ticket(5)}").status_code == 200
        other = api.persona("attendee_other").get(f"/api/v1/tickets/{desk.ticket(5)}")
        assert code(other) == (404, "RESOURCE_NOT_FOUND")


class TestRevokeTicket:
    def test_once(self, api: Any) -> None:
        url = f"/api/v1/tickets/{desk.ticket(1)}/revoke"
        revoked = api.post(url, json={"reason": "Lost"}).json()
        assert (revoked["status"], revoked["revocationReason"]) == ("revoked", "Lost")
        assert code(api.post(url)) == (409, "INVALID_STATE_TRANSITION")


class TestValidateTicket:
    @pytest.mark.parametrize(
        ("scanned", "reason"),
        [
            ("VALIDTICKET23456", "ok"),
            ("validticket23456", "ok"),
            ("USEDTICKET234567", "already_checked_in"),
            ("REVOKEDTICKET234", "revoked"),
            ("UNPAIDTICKET2345", "unpaid"),
            ("OTHEREVENTTICK23", "not_open"),
            ("NOSUCHTICKET2345", "invalid"),
        ],
    )
    def test_the_verdict_is_an_answer_not_an_error(self, api: Any, scanned: str, reason: str) -> None:
        answer = api.post(VALIDATIONS, json={"code": scanned})
        assert (answer.status_code, answer.json()["reason"]) == (200, reason)
        assert answer.json()["valid"] is (reason == "ok")

    def test_the_door_of_another_event(self, api: Any) -> None:
        body = {"code": "OTHEREVENTTICK23", "eventId": desk.OPEN_HOUSE}
        verdict = api.post(VALIDATIONS, json=body).json()
        assert (verdict["reason"], verdict["requiresAttention"]) == ("wrong_event", True)

    def test_it_changes_nothing_and_shows_the_first_scan(self, api: Any) -> None:
        before = api.workspace.state_hash()
        verdict = api.post(VALIDATIONS, json={"code": "USEDTICKET234567"}).json()
        assert verdict["previousCheckIn"]["ticketId"] == desk.ticket(2)
        assert api.workspace.state_hash() == before
