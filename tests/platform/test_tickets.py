"""Tickets: found by their owner, revoked, and judged before the door."""

from __future__ import annotations

from typing import Any

import pytest

from tests.platform import event_desk as desk
from tests.platform.event_desk import availability, code, order

VALIDATIONS = "/api/v1/ticket-validations"


class TestGetTicket:
    def test_only_of_ones_own_registration(self, api: Any) -> None:
        assert api.get(f"/api/v1/tickets/{desk.ticket(1)}").json()["code"] == "VALIDTICKET23456"
        assert api.persona("attendee").get(f"/api/v1/tickets/{desk.ticket(5)}").status_code == 200
        other = api.persona("attendee_other").get(f"/api/v1/tickets/{desk.ticket(5)}")
        assert code(other) == (404, "RESOURCE_NOT_FOUND")

    @pytest.mark.parametrize("version", ["1.0", "1.2"])
    def test_says_where_its_forms_are(self, api: Any, version: str) -> None:
        asked = api.with_headers(**{"X-API-Version": version, "X-Sandbox-Workspace": api.workspace_id})
        found = asked.get(f"/api/v1/tickets/{desk.ticket(1)}").json()
        for name, media in (
            ("pdf", "application/pdf"),
            ("qrCode", "image/svg+xml"),
            ("walletPass", "application/json"),
        ):
            answer = api.get(found["downloads"][name])
            assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, media)


class TestRevokeTicket:
    def test_once(self, api: Any) -> None:
        url = f"/api/v1/tickets/{desk.ticket(1)}/revoke"
        revoked = api.post(url, json={"reason": "Lost"}).json()
        assert (revoked["status"], revoked["revocationReason"]) == ("revoked", "Lost")
        assert code(api.post(url)) == (409, "INVALID_STATE_TRANSITION")

    def test_of_who_has_not_paid_yet(self, api: Any) -> None:
        assert api.post(f"/api/v1/tickets/{desk.ticket(4)}/revoke").status_code == 200
        assert api.get(f"/api/v1/registrations/{desk.registration(2)}").json()["ticketCount"] == 0

    def test_one_of_a_group_is_counted_off_and_on_again(self, api: Any) -> None:
        group = f"/api/v1/registrations/{desk.registration(8)}"
        first, *_ = api.get(f"{group}/tickets").json()["data"]
        places = availability(api, desk.FREE_MEETUP)
        api.post(f"/api/v1/tickets/{first['id']}/revoke")
        assert api.get(group).json()["ticketCount"] == 2
        assert availability(api, desk.FREE_MEETUP) == places  # the registration keeps its places
        again = api.post(f"{group}/tickets", json={"attendeeIds": [first["attendeeId"]]}).json()["data"]
        assert [ticket["reissueOf"] for ticket in again] == [first["id"]]
        assert api.get(group).json()["ticketCount"] == 3

    def test_none_is_made_anew_when_the_event_is_over(self, api: Any) -> None:
        group = f"/api/v1/registrations/{desk.registration(8)}"
        first, *others = api.get(f"{group}/tickets").json()["data"]
        api.post(f"/api/v1/tickets/{first['id']}/revoke")
        assert api.post(f"/api/v1/events/{desk.FREE_MEETUP}/complete").status_code == 200
        for asked in ({"attendeeIds": [first["attendeeId"]]}, {"reissue": True}):
            assert code(api.post(f"{group}/tickets", json=asked)) == (409, "INVALID_STATE_TRANSITION")
        kept = {"attendeeIds": [ticket["attendeeId"] for ticket in others]}
        told = api.post(f"{group}/tickets", json=kept).json()["data"]
        assert [ticket["status"] for ticket in told] == ["expired"] * len(others)

    def test_the_others_are_all_in_when_the_missing_one_is_revoked(self, api: Any) -> None:
        late = {"registration": {"closesAt": "2026-12-31T00:00:00Z"}}
        api.patch(f"/api/v1/events/{desk.OPEN_HOUSE}", json=late)
        made = api.post("/api/v1/registrations", json=order(desk.OPEN_HOUSE, quantity=2)).json()
        url = f"/api/v1/registrations/{made['id']}"
        first, second = api.get(f"{url}/tickets").json()["data"]
        api.post("/api/v1/check-ins", json={"ticketId": first["id"]})
        api.post(f"/api/v1/tickets/{second['id']}/revoke")
        assert api.get(url).json()["status"] == "checked_in"
        api.post(f"{url}/tickets", json={"attendeeIds": [second["attendeeId"]]})
        shown = api.get(url).json()
        assert (shown["status"], shown["ticketCount"], shown["checkedInCount"]) == ("confirmed", 2, 1)


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
