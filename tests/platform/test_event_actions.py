"""Events: taken back, ended, copied, divided into parts; who comes, and what it all amounts to."""

from __future__ import annotations

from typing import Any

from tests.platform import event_desk as desk
from tests.platform.event_desk import code, emitted, new_event, order

EVENTS = "/api/v1/events"


def published(api: Any, **members: Any) -> Any:
    """A new event with one free ticket type, published."""
    event = api.post(EVENTS, json=new_event(**members)).json()
    api.post(f"{EVENTS}/{event['id']}/ticket-types", json={"name": "Entry"})
    return api.post(f"{EVENTS}/{event['id']}/publish").json()


def entry(api: Any, event_id: str) -> str:
    """Its first ticket type."""
    return str(api.get(f"{EVENTS}/{event_id}/ticket-types").json()["data"][0]["id"])


class TestUnpublishEvent:
    def test_it_is_a_draft_again_and_can_be_published_anew(self, api: Any) -> None:
        event = published(api)
        answer = api.post(f"{EVENTS}/{event['id']}/unpublish")
        assert (answer.status_code, answer.json()["status"]) == (200, "draft")
        assert answer.json()["publishedAt"] is None
        assert emitted(api)[-1] == "event.updated"
        assert api.anonymous.get(f"{EVENTS}/{event['id']}").status_code == 404
        assert api.post(f"{EVENTS}/{event['id']}/publish").json()["status"] == "published"

    def test_a_draft_is_not_completed_when_its_end_passes(self, api: Any) -> None:
        event = published(api, startsAt="2026-11-20T09:00:00Z", endsAt="2026-11-20T10:00:00Z")
        api.post(f"{EVENTS}/{event['id']}/unpublish")
        api.advance("P5D")
        assert api.get(f"{EVENTS}/{event['id']}").json()["status"] == "draft"

    def test_not_once_people_have_registered(self, api: Any) -> None:
        url = f"{EVENTS}/{desk.FREE_MEETUP}/unpublish"
        assert code(api.post(url)) == (409, "EVENT_HAS_REGISTRATIONS")
        assert code(api.post(f"{EVENTS}/{desk.DRAFT_READY}/unpublish")) == (409, "INVALID_STATE_TRANSITION")

    def test_not_over_a_part_that_is_published(self, api: Any) -> None:
        whole = published(api)
        part = published(api, parentEventId=whole["id"])
        url = f"{EVENTS}/{whole['id']}/unpublish"
        assert code(api.post(url)) == (409, "INVALID_STATE_TRANSITION")
        assert api.post(f"{EVENTS}/{part['id']}/unpublish").json()["status"] == "draft"
        assert api.post(url).json()["status"] == "draft"


class TestCompleteEvent:
    def test_tickets_that_nobody_used_expire(self, api: Any) -> None:
        answer = api.post(f"{EVENTS}/{desk.OPEN_HOUSE}/complete").json()
        assert (answer["status"], answer["completedAt"] is not None) == ("completed", True)
        assert emitted(api) == ["event.updated"]
        assert api.get(f"/api/v1/tickets/{desk.ticket(1)}").json()["status"] == "expired"
        assert api.get(f"/api/v1/tickets/{desk.ticket(2)}").json()["status"] == "used"
        assert api.get(f"/api/v1/tickets/{desk.ticket(3)}").json()["status"] == "revoked"
        again = api.post(f"{EVENTS}/{desk.OPEN_HOUSE}/complete")
        assert code(again) == (409, "INVALID_STATE_TRANSITION")

    def test_it_happens_by_itself_when_the_end_passes(self, api: Any) -> None:
        api.advance("P9D")
        event = api.get(f"{EVENTS}/{desk.OPEN_HOUSE}").json()
        assert (event["status"], event["completedAt"]) == ("completed", event["endsAt"])
        assert api.get(f"/api/v1/tickets/{desk.ticket(1)}").json()["status"] == "expired"

    def test_a_scan_from_inside_the_time_is_taken_when_it_is_told_later(self, api: Any) -> None:
        scan = {"ticketId": desk.ticket(1), "at": api.workspace.now().isoformat(), "offline": True}
        api.advance("P9D")
        late = api.post("/api/v1/check-ins", json={"ticketId": desk.ticket(1)})
        assert code(late) == (409, "CHECK_IN_NOT_OPEN")
        taken = api.post("/api/v1/check-ins", json=scan)
        assert taken.status_code == 201
        assert api.get(f"/api/v1/tickets/{desk.ticket(1)}").json()["status"] == "used"
        api.delete(f"/api/v1/check-ins/{taken.json()['id']}")
        assert api.get(f"/api/v1/tickets/{desk.ticket(1)}").json()["status"] == "expired"


class TestDuplicateEvent:
    def test_every_time_moves_along_with_the_start(self, api: Any) -> None:
        rules = {"opensAt": "2027-06-01T07:00:00Z", "closesAt": "2027-06-13T07:00:00Z"}
        event = api.post(EVENTS, json=new_event(slug="garden", registration=rules)).json()
        sale = {"name": "Early", "quantity": 5, "salesEndsAt": "2027-06-10T00:00:00Z"}
        api.post(f"{EVENTS}/{event['id']}/ticket-types", json=sale)
        body = {"name": "Garden Day Again", "startsAt": "2027-07-14T07:00:00Z"}
        copy = api.post(f"{EVENTS}/{event['id']}/duplicate", json=body)
        assert copy.status_code == 201
        made = copy.json()
        assert (made["name"], made["status"], made["slug"]) == ("Garden Day Again", "draft", None)
        assert (made["startsAt"], made["endsAt"]) == ("2027-07-14T07:00:00.000Z", "2027-07-14T15:00:00.000Z")
        assert made["registration"]["opensAt"] == "2027-07-01T07:00:00.000Z"
        (kind,) = api.get(f"{EVENTS}/{made['id']}/ticket-types").json()["data"]
        assert (kind["name"], kind["remaining"]) == ("Early", 5)
        assert kind["salesEndsAt"] == "2027-07-10T00:00:00.000Z"

    def test_a_completed_event_is_copied_without_what_happened(self, api: Any) -> None:
        copy = api.post(f"{EVENTS}/{desk.COMPLETED}/duplicate", json={"startsAt": "2027-07-14T07:00:00Z"})
        made = copy.json()
        assert (made["status"], made["completedAt"], made["availability"]["allocated"]) == ("draft", None, 0)
        (kind,) = api.get(f"{EVENTS}/{made['id']}/ticket-types").json()["data"]
        assert kind["sold"] == 0
        assert emitted(api) == ["event.created"]
        assert api.post(f"{EVENTS}/{made['id']}/publish").json()["status"] == "published"

    def test_only_what_is_asked_for_comes_along(self, api: Any) -> None:
        bare = api.post(f"{EVENTS}/{desk.DEVCONF}/duplicate", json={"include": []}).json()
        assert api.get(f"{EVENTS}/{bare['id']}/ticket-types").json()["data"] == []

    def test_sessions_are_planned_anew_in_the_rooms_that_come_along(self, api: Any) -> None:
        event = published(api)
        with api.workspace.transaction() as tx:
            hall = {"id": tx.new_id("room"), "version": 1, "eventId": event["id"], "name": "Hall"}
            tx.put("room", {**hall, "createdAt": tx.stamp(), "updatedAt": tx.stamp()})
        desk.put_session(api, event["id"], roomId=hall["id"])
        desk.put_session(api, event["id"], startsAt=None, endsAt=None, status="cancelled")
        body = {"startsAt": "2027-07-14T07:00:00Z", "include": ["sessions", "rooms"]}
        copy = api.post(f"{EVENTS}/{event['id']}/duplicate", json=body).json()
        (room,) = api.workspace.store.find("room", {"eventId": copy["id"]})
        talks = api.workspace.store.find("session", {"eventId": copy["id"]})
        assert {talk["status"]: (talk["startsAt"], talk["roomId"]) for talk in talks} == {
            "scheduled": ("2027-07-14T07:00:00.000Z", room["id"]),
            "draft": (None, None),
        }
        assert {talk["attendanceCount"] for talk in talks} == {0}
        assert {speaker["status"] for talk in talks for speaker in talk["speakers"]} == {"invited"}
        recorded = [each["type"] for each in api.workspace.store.find("outbox", None, "id")][-3:]
        assert recorded == ["event.created", "session.created", "session.created"]

    def test_without_a_body_all_but_its_state_is_the_same(self, api: Any) -> None:
        made = api.post(f"{EVENTS}/{desk.DEVCONF}/duplicate").json()
        original = api.get(f"{EVENTS}/{desk.DEVCONF}").json()
        same = ("name", "startsAt", "endsAt", "venue", "tags", "capacity", "format")
        assert {member: made[member] for member in same} == {member: original[member] for member in same}


class TestSubEvents:
    def test_the_public_sees_the_published_ones(self, api: Any) -> None:
        url = f"{EVENTS}/{desk.FESTIVAL}/sub-events"
        assert [day["name"][-3:] for day in api.get(url).json()["data"]] == ["One", "Two", "ree"]
        assert len(api.anonymous.get(url).json()["data"]) == 2
        page = api.get(url, params={"limit": 1, "offset": 1, "sort": "-startsAt"}).json()
        assert [day["name"][-3:] for day in page["data"]] == ["Two"]
        hidden = api.anonymous.get(f"{EVENTS}/{desk.DRAFT_READY}/sub-events")
        assert code(hidden) == (404, "RESOURCE_NOT_FOUND")

    def test_a_part_is_created_inside_its_parent(self, api: Any) -> None:
        parent = api.get(f"{EVENTS}/{desk.FESTIVAL}").json()
        body = new_event(startsAt=parent["startsAt"], endsAt=parent["endsAt"])
        url = f"{EVENTS}/{desk.FESTIVAL}/sub-events"
        made = api.post(url, json=body)
        assert (made.status_code, made.json()["parentEventId"]) == (201, desk.FESTIVAL)
        assert code(api.post(url, json=new_event())) == (400, "INVALID_DATE_RANGE")
        other = api.post(url, json={**body, "parentEventId": desk.DEVCONF})
        assert code(other) == (422, "BUSINESS_RULE_VIOLATION")
        deeper = api.post(f"{EVENTS}/{desk.FESTIVAL_DAY}/sub-events", json=body)
        assert code(deeper) == (422, "SUBEVENT_DEPTH_EXCEEDED")
        gone = api.post(f"{EVENTS}/{desk.CANCELLED}/sub-events", json=body)
        assert code(gone) == (409, "INVALID_STATE_TRANSITION")


class TestListEventCategories:
    def test_everybody_may_read_them_for_an_hour(self, api: Any) -> None:
        answer = api.anonymous.get("/api/v1/event-categories")
        assert {"key": "meetup", "label": "Meetup"} in answer.json()["data"]
        assert answer.headers["cache-control"] == "public, max-age=3600"


class TestListEventAttendees:
    def test_filters_and_pages_as_the_list_of_all(self, api: Any) -> None:
        url = f"{EVENTS}/{desk.OPEN_HOUSE}/attendees"
        assert api.get(url).json()["pagination"]["totalItems"] == 21
        inside = api.get(url, params={"checkedIn": "true"}).json()["data"]
        assert [person["name"] for person in inside] == ["Ingo Inside"]
        assert api.get(url, params={"q": "guest 3", "pageSize": 2}).json()["pagination"]["totalItems"] == 10
        assert code(api.get(f"{EVENTS}/{desk.ticket(1)}/attendees")) == (404, "RESOURCE_NOT_FOUND")

    def test_needs_its_scope(self, api: Any) -> None:
        answer = api.persona("attendee").get(f"{EVENTS}/{desk.OPEN_HOUSE}/attendees")
        assert code(answer) == (403, "INSUFFICIENT_SCOPE")


class TestGetEventStatistics:
    def test_it_counts_the_world_as_it_is(self, api: Any) -> None:
        event = published(api, capacity=10)
        kind = entry(api, event["id"])
        assert self.of(api, event["id"])["attendanceRate"] is None
        ids = [self.register(api, event["id"], kind, n, quantity=n) for n in (1, 2, 3)]
        api.post(f"/api/v1/registrations/{ids[0]}/cancel", json={"reason": "Ill"})
        numbers = self.of(api, event["id"])
        assert numbers["registrations"] == {
            "total": 3, "pending": 0, "confirmed": 2, "waitlisted": 0, "checkedIn": 0, "cancelled": 1,
        }  # fmt: skip
        assert numbers["tickets"] == {"issued": 6, "revoked": 1, "checkedIn": 0}
        assert (numbers["conversionRate"], numbers["capacityUtilisation"]) == (0.6667, 0.5)
        assert numbers["byDay"] == [{"date": "2026-11-18", "registrations": 3}]
        (by_type,) = numbers["byTicketType"]
        assert (by_type["sold"], by_type["issued"], by_type["registrations"]) == (5, 6, 3)
        assert numbers["feedback"] == {"count": 0, "averageRating": None}

    def test_money_is_told_by_currency(self, api: Any) -> None:
        revenue = self.of(api, desk.JPY_GALA)["revenue"]
        assert revenue == [
            {
                "currency": "JPY",
                "gross": {"amount": "15000", "currency": "JPY"},
                "refunded": {"amount": "0", "currency": "JPY"},
                "net": {"amount": "15000", "currency": "JPY"},
            }
        ]
        (euros,) = self.of(api, desk.DEVCONF)["revenue"]
        assert euros["refunded"]["amount"] == "248.50"

    def test_attendance_is_who_came_of_who_was_admitted(self, api: Any) -> None:
        numbers = self.of(api, desk.OPEN_HOUSE)
        assert (numbers["tickets"]["checkedIn"], numbers["attendanceRate"]) == (1, round(1 / 21, 4))

    def test_it_is_not_public(self, api: Any) -> None:
        answer = api.get(f"{EVENTS}/{desk.DEVCONF}/statistics")
        assert (answer.headers["cache-control"], "etag" in answer.headers) == ("private, max-age=30", True)
        assert api.anonymous.get(f"{EVENTS}/{desk.DEVCONF}/statistics").status_code == 401
        guest = api.persona("attendee").get(f"{EVENTS}/{desk.DEVCONF}/statistics")
        assert code(guest) == (403, "INSUFFICIENT_PERMISSIONS")
        hidden = api.persona("attendee").get(f"{EVENTS}/{desk.DRAFT_READY}/statistics")
        assert code(hidden) == (404, "RESOURCE_NOT_FOUND")

    def of(self, api: Any, event_id: str) -> Any:
        answer = api.get(f"{EVENTS}/{event_id}/statistics")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def register(self, api: Any, event_id: str, kind: str, number: int, quantity: int) -> str:
        body = order(desk.FREE_MEETUP, email=f"guest{number}@sandbox.example")
        items = [{"ticketTypeId": kind, "quantity": quantity}]
        answer = api.post("/api/v1/registrations", json={**body, "eventId": event_id, "items": items})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])
