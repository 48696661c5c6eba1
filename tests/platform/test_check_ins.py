"""Check-ins: in once, out and in again where that is allowed, and taken back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.platform import event_desk as desk
from tests.platform.event_desk import code, emitted

CHECK_INS = "/api/v1/check-ins"
VALID = {"ticketCode": "VALIDTICKET23456"}
HOLDER = f"/api/v1/registrations/{desk.registration(30)}"


class TestCreateCheckIn:
    def test_an_entry_uses_the_ticket_and_checks_the_registration_in(self, api: Any) -> None:
        answer = api.post(CHECK_INS, json={**VALID, "gate": "North"})
        entry = answer.json()
        assert (answer.status_code, entry["result"], entry["ticketId"]) == (201, "ok", desk.ticket(1))
        assert api.get(f"/api/v1/tickets/{desk.ticket(1)}").json()["status"] == "used"
        holder = api.get(HOLDER).json()
        assert (holder["status"], holder["checkedInCount"]) == ("checked_in", 1)
        assert emitted(api) == ["checkin.completed"]
        assert api.get(f"/api/v1/attendees/{entry['attendeeId']}").json()["status"] == "checked_in"

    def test_a_group_is_checked_in_with_its_last_person(self, api: Any) -> None:
        tickets = api.get(f"/api/v1/registrations/{desk.registration(8)}/tickets").json()["data"]
        api.patch(f"/api/v1/events/{desk.FREE_MEETUP}", json={"checkIn": {"opensMinutesBefore": 1440}})
        api.advance(f"PT{_hours_until(api, desk.FREE_MEETUP) - 2}H")
        states = []
        for ticket in tickets:
            assert api.post(CHECK_INS, json={"ticketId": ticket["id"]}).status_code == 201
            states.append(api.get(f"/api/v1/registrations/{desk.registration(8)}").json()["status"])
        assert states == ["confirmed", "confirmed", "checked_in"]

    def test_the_same_scan_again_is_the_same_check_in(self, api: Any) -> None:
        scan = {**VALID, "nonce": "scanner-7-0001"}
        first, again = api.post(CHECK_INS, json=scan), api.post(CHECK_INS, json=scan)
        assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
        assert emitted(api) == ["checkin.completed"]
        assert code(api.post(CHECK_INS, json={**VALID, "nonce": "scanner-7-0002"})) == (
            409,
            "ALREADY_CHECKED_IN",
        )

    @pytest.mark.parametrize(
        ("scan", "expected"),
        [
            ({"ticketCode": "NOSUCHTICKET2345"}, (404, "TICKET_INVALID")),
            ({"ticketCode": "REVOKEDTICKET234"}, (409, "TICKET_REVOKED")),
            ({"ticketCode": "UNPAIDTICKET2345"}, (409, "TICKET_UNPAID")),
            ({"ticketCode": "USEDTICKET234567"}, (409, "ALREADY_CHECKED_IN")),
            ({"ticketId": desk.CANCELLED}, (404, "TICKET_INVALID")),
            ({"ticketCode": "OTHEREVENTTICK23"}, (409, "CHECK_IN_NOT_OPEN")),
            ({"ticketCode": "OTHEREVENTTICK23", "eventId": desk.OPEN_HOUSE}, (409, "WRONG_EVENT")),
            ({**VALID, "type": "exit"}, (409, "INVALID_STATE_TRANSITION")),
            ({**VALID, "at": "2027-01-01T00:00:00Z"}, (409, "CHECK_IN_NOT_OPEN")),
            ({}, (400, "VALIDATION_ERROR")),
            ({**VALID, "ticketId": desk.ticket(1)}, (400, "VALIDATION_ERROR")),
        ],
    )
    def test_the_door_stays_closed(self, api: Any, scan: Any, expected: Any) -> None:
        before = api.workspace.state_hash()
        refused = api.post(CHECK_INS, json=scan)
        assert code(refused) == expected
        assert refused.json()["error"]["target"] == (
            "/ticketCode" if "ticketCode" in scan or not scan else "/ticketId"
        )
        assert api.workspace.state_hash() == before

    def test_leaving_and_coming_back_where_that_is_allowed(self, api: Any) -> None:
        api.post(CHECK_INS, json=VALID)
        assert api.post(CHECK_INS, json={**VALID, "type": "exit"}).status_code == 201
        assert code(api.post(CHECK_INS, json=VALID)) == (409, "ALREADY_CHECKED_IN")
        api.patch(f"/api/v1/events/{desk.OPEN_HOUSE}", json={"checkIn": {"allowReentry": True}})
        assert api.post(CHECK_INS, json=VALID).status_code == 201
        assert api.get(HOLDER).json()["checkedInCount"] == 1

    def test_force_is_for_who_manages(self, api: Any) -> None:
        used = {"ticketCode": "USEDTICKET234567", "force": True}
        assert code(api.persona("staff").post(CHECK_INS, json=used)) == (403, "INSUFFICIENT_PERMISSIONS")
        assert api.post(CHECK_INS, json=used).status_code == 201
        revoked = {"ticketCode": "REVOKEDTICKET234", "force": True}
        assert code(api.post(CHECK_INS, json=revoked)) == (409, "TICKET_REVOKED")


class TestListCheckIns:
    def test_by_event_and_state(self, api: Any) -> None:
        entry = api.post(CHECK_INS, json=VALID).json()
        api.delete(f"{CHECK_INS}/{entry['id']}")
        query = {"eventId": desk.OPEN_HOUSE, "reverted": "true"}
        taken_back = [row["id"] for row in api.get(CHECK_INS, params=query).json()["data"]]
        assert taken_back == [entry["id"], api.fixture("check_in.reverted")]
        assert api.get(CHECK_INS).json()["pagination"]["totalItems"] == 261


class TestRevertCheckIn:
    def test_the_ticket_admits_again(self, api: Any) -> None:
        entry = api.post(CHECK_INS, json=VALID).json()
        assert api.delete(f"{CHECK_INS}/{entry['id']}").status_code == 204
        assert api.get(f"{CHECK_INS}/{entry['id']}").json()["revertedAt"] is not None
        assert api.get(HOLDER).json()["status"] == "confirmed"
        assert code(api.delete(f"{CHECK_INS}/{entry['id']}")) == (409, "INVALID_STATE_TRANSITION")
        assert api.post(CHECK_INS, json=VALID).status_code == 201
        assert emitted(api) == ["checkin.completed", "checkin.reverted", "checkin.completed"]


def _hours_until(api: Any, event_id: str) -> int:
    """Whole hours from the workspace's now to the start."""
    from datetime import datetime

    starts = datetime.fromisoformat(
        api.get(f"/api/v1/events/{event_id}").json()["startsAt"].replace("Z", "+00:00")
    )
    return int((starts - api.workspace.now()).total_seconds() // 3600)
