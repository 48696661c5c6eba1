"""Registrations at the door: all their people at once."""

from __future__ import annotations

from typing import Any

from tests.platform import event_desk as desk
from tests.platform.event_desk import code, emitted, order

REGISTRATIONS = "/api/v1/registrations"


def group(api: Any, people: int = 3) -> str:
    """A confirmed registration of the open house."""
    late = {"registration": {"closesAt": "2026-12-31T00:00:00Z"}}  # usually it closes with the start
    api.patch(f"/api/v1/events/{desk.OPEN_HOUSE}", json=late)
    answer = api.post(REGISTRATIONS, json=order(desk.OPEN_HOUSE, quantity=people))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def people(api: Any, registration_id: str) -> list[Any]:
    """Its attendees."""
    found = api.get("/api/v1/attendees", params={"eventId": desk.OPEN_HOUSE, "pageSize": 100}).json()["data"]
    return [person for person in found if person["registrationId"] == registration_id]


class TestCheckInRegistration:
    def test_everybody_is_let_in(self, api: Any) -> None:
        key = group(api)
        answer = api.post(f"{REGISTRATIONS}/{key}/check-in", json={"gate": "North"})
        assert (answer.status_code, len(answer.json()["data"])) == (200, 3)
        assert {scan["gate"] for scan in answer.json()["data"]} == {"North"}
        shown = api.get(f"{REGISTRATIONS}/{key}").json()
        assert (shown["status"], shown["checkedInCount"]) == ("checked_in", 3)
        assert emitted(api)[-3:] == ["checkin.completed"] * 3
        assert code(api.post(f"{REGISTRATIONS}/{key}/check-in")) == (409, "ALREADY_CHECKED_IN")

    def test_those_asked_for_first_and_the_others_later(self, api: Any) -> None:
        key = group(api)
        first = people(api, key)[0]["id"]
        chosen = api.post(f"{REGISTRATIONS}/{key}/check-in", json={"attendeeIds": [first]})
        assert [scan["attendeeId"] for scan in chosen.json()["data"]] == [first]
        assert api.get(f"{REGISTRATIONS}/{key}").json()["status"] == "confirmed"
        again = api.post(f"{REGISTRATIONS}/{key}/check-in", json={"attendeeIds": [first]})
        assert code(again) == (409, "ALREADY_CHECKED_IN")
        assert len(api.post(f"{REGISTRATIONS}/{key}/check-in").json()["data"]) == 2

    def test_the_same_nonce_is_answered_with_the_first_result(self, api: Any) -> None:
        key, body = group(api), {"nonce": "group-scan-1"}
        first = api.post(f"{REGISTRATIONS}/{key}/check-in", json=body).json()["data"]
        again = api.post(f"{REGISTRATIONS}/{key}/check-in", json=body).json()["data"]
        assert sorted(scan["id"] for scan in first) == sorted(scan["id"] for scan in again)

    def test_all_of_them_or_none(self, api: Any) -> None:
        key = group(api)
        ids = [person["id"] for person in people(api, key)]
        answer = api.post(f"{REGISTRATIONS}/{key}/check-in", json={"attendeeIds": [*ids, desk.ticket(1)]})
        assert code(answer) == (422, "BUSINESS_RULE_VIOLATION")
        assert api.get(f"{REGISTRATIONS}/{key}").json()["checkedInCount"] == 0

    def test_what_speaks_against_it(self, api: Any) -> None:
        refused = {2: "TICKET_UNPAID", 4: "TICKET_UNPAID", 5: "INVALID_STATE_TRANSITION"}
        refused |= {1: "CHECK_IN_NOT_OPEN", 31: "TICKET_REVOKED"}
        for number, expected in refused.items():
            url = f"{REGISTRATIONS}/{desk.registration(number)}/check-in"
            assert code(api.post(url)) == (409, expected)

    def test_it_is_announced_as_deprecated(self, api: Any) -> None:
        paths = api.anonymous.get("/openapi.json").json()["paths"]
        assert paths["/api/v1/registrations/{registrationId}/check-in"]["post"]["deprecated"] is True


class TestRevertRegistrationCheckIn:
    def test_nobody_has_come_in(self, api: Any) -> None:
        key = group(api)
        url = f"{REGISTRATIONS}/{key}/check-in"
        api.post(url)
        assert api.delete(url).status_code == 204
        shown = api.get(f"{REGISTRATIONS}/{key}").json()
        assert (shown["status"], shown["checkedInCount"]) == ("confirmed", 0)
        assert {person["status"] for person in people(api, key)} == {"registered"}
        assert emitted(api)[-3:] == ["checkin.reverted"] * 3
        assert code(api.delete(url)) == (409, "INVALID_STATE_TRANSITION")
        assert len(api.post(url).json()["data"]) == 3

    def test_leaving_is_reverted_before_coming(self, api: Any) -> None:
        url = f"{REGISTRATIONS}/{desk.registration(6)}/check-in"
        assert api.delete(url).status_code == 204
        assert emitted(api) == ["checkin.reverted", "checkin.reverted"]
        assert api.get(f"/api/v1/tickets/{desk.ticket(2)}").json()["status"] == "valid"
