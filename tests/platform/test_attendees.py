"""Attendees: one for every admitted person."""

from __future__ import annotations

from typing import Any

from tests.platform import event_desk as desk
from tests.platform.event_desk import code, emitted, order


class TestListAttendees:
    def test_by_event_state_and_text(self, api: Any) -> None:
        def total(**query: str) -> int:
            return int(api.get("/api/v1/attendees", params=query).json()["pagination"]["totalItems"])

        assert total(eventId=desk.OPEN_HOUSE) == 21
        assert total(eventId=desk.OPEN_HOUSE, checkedIn="true") == 1
        assert total(q="gita group") == 1

    def test_not_for_attendees(self, api: Any) -> None:
        assert code(api.persona("attendee").get("/api/v1/attendees")) == (403, "INSUFFICIENT_SCOPE")


class TestGetAttendee:
    def test_each_person_has_a_name_and_a_ticket(self, api: Any) -> None:
        item = {"ticketTypeId": desk.ticket_type(9), "quantity": 2, "attendees": [{"name": "Petra Plus"}]}
        made = api.post("/api/v1/registrations", json={**order(desk.FREE_MEETUP), "items": [item]}).json()
        tickets = api.get(f"/api/v1/registrations/{made['id']}/tickets").json()["data"]
        people = [api.get(f"/api/v1/attendees/{ticket['attendeeId']}").json() for ticket in tickets]
        assert sorted(person["name"] for person in people) == ["Nina New", "Petra Plus"]
        assert {person["ticketId"] for person in people} == {ticket["id"] for ticket in tickets}

    def test_who_is_not_there(self, api: Any) -> None:
        missing = api.get("/api/v1/attendees/b2000000-0000-4000-8000-000000999999")
        assert code(missing) == (404, "RESOURCE_NOT_FOUND")


class TestUpdateAttendee:
    URL = f"/api/v1/attendees/{desk.person(1)}"

    def test_a_ticket_is_handed_on(self, api: Any) -> None:
        body = {"name": "Hanna Handed", "email": "hanna@sandbox.example", "badgeName": "Hanna"}
        changed = api.patch(self.URL, json=body).json()
        assert (changed["name"], changed["badgeName"], changed["version"]) == ("Hanna Handed", "Hanna", 2)
        assert emitted(api) == ["registration.updated"]

    def test_a_change_of_nothing_is_none(self, api: Any) -> None:
        name = api.get(self.URL).json()["name"]
        assert api.patch(self.URL, json={"name": name}).json()["version"] == 1
        assert emitted(api) == []

    def test_some_tickets_cannot_be_handed_on_but_by_who_manages(self, api: Any) -> None:
        kind = f"/api/v1/events/{desk.DEVCONF}/ticket-types/{desk.ticket_type(2)}"
        api.patch(kind, json={"transferable": False})
        url = f"/api/v1/attendees/{desk.person(5)}"
        ada = api.persona("attendee")
        refused = ada.patch(url, json={"name": "Somebody Else"})
        assert code(refused) == (422, "BUSINESS_RULE_VIOLATION")
        assert ada.patch(url, json={"badgeName": "Ada"}).json()["badgeName"] == "Ada"
        assert api.patch(url, json={"name": "Somebody Else"}).json()["name"] == "Somebody Else"

    def test_only_the_people_of_ones_own_registration(self, api: Any) -> None:
        other = api.persona("attendee_other").patch(f"/api/v1/attendees/{desk.person(5)}", json={"name": "X"})
        assert code(other) == (404, "RESOURCE_NOT_FOUND")

    def test_not_after_the_registration_was_cancelled(self, api: Any) -> None:
        api.post(f"/api/v1/registrations/{desk.registration(1)}/cancel", json={"reason": "Ill"})
        late = api.patch(f"/api/v1/attendees/{desk.person(5)}", json={"badgeName": "Ada"})
        assert code(late) == (409, "INVALID_STATE_TRANSITION")

    def test_the_second_of_two_writers_is_told(self, api: Any) -> None:
        seen = {"If-Match": api.get(self.URL).headers["etag"]}
        assert api.patch(self.URL, json={"badgeName": "A"}, headers=seen).status_code == 200
        late = api.patch(self.URL, json={"badgeName": "B"}, headers=seen)
        assert code(late) == (412, "PRECONDITION_FAILED")
