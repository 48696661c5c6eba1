"""Attendees: one for every admitted person."""

from __future__ import annotations

from typing import Any

from tests.platform import event_desk as desk
from tests.platform.event_desk import code, order


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
