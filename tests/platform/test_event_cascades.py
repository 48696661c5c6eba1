"""What is cancelled with an event: everything that hangs on it, in the order that is promised."""

from __future__ import annotations

from typing import Any

from tests.platform import event_desk as desk
from tests.platform.event_desk import availability, emitted, new_event, order

EVENTS, REGISTRATIONS = "/api/v1/events", "/api/v1/registrations"
LIKE_SESSIONS = ("event.", "registration.", "session.", "payment.", "checkin.")


def told(api: Any) -> list[tuple[str, str]]:
    """(type, id of the resource) of all that was emitted."""
    recorded = api.workspace.store.find("outbox", None, "id")
    return [
        (event["type"], event["resourceId"]) for event in recorded if event["type"].startswith(LIKE_SESSIONS)
    ]


def opened(api: Any, **members: Any) -> str:
    """A new published event with a free ticket type."""
    event = api.post(EVENTS, json=new_event(**members)).json()
    api.post(f"{EVENTS}/{event['id']}/ticket-types", json={"name": "Entry"})
    assert api.post(f"{EVENTS}/{event['id']}/publish").status_code == 200
    return str(event["id"])


def registered(api: Any, event_id: str, number: int) -> Any:
    """A registration of it for one."""
    kind = api.get(f"{EVENTS}/{event_id}/ticket-types").json()["data"][0]["id"]
    body = {**order(desk.FREE_MEETUP, email=f"guest{number}@sandbox.example"), "eventId": event_id}
    answer = api.post(REGISTRATIONS, json={**body, "items": [{"ticketTypeId": kind}]})
    assert answer.status_code == 201, answer.text
    return answer.json()


class TestOrder:
    def test_the_event_then_its_registrations_then_its_parts_in_the_same_way(self, api: Any) -> None:
        whole = opened(api, registration={"waitlistEnabled": True}, capacity=1)
        part = opened(api, parentEventId=whole)
        first, second = registered(api, whole, 1), registered(api, whole, 2)
        third = registered(api, part, 3)
        assert (first["status"], second["status"]) == ("confirmed", "waitlisted")
        before = len(told(api))
        api.post(f"{EVENTS}/{whole}/cancel", json={"reason": "Storm"})
        heard = told(api)[before:]
        assert heard[0] == ("event.cancelled", whole)
        both = {("registration.cancelled", first["id"]), ("registration.cancelled", second["id"])}
        assert set(heard[1:3]) == both
        assert heard[3:] == [("event.cancelled", part), ("registration.cancelled", third["id"])]

    def test_sessions_come_after_registrations_unless_they_are_over(self, api: Any) -> None:
        whole = opened(api)
        states = ("draft", "scheduled", "live", "completed", "cancelled")
        sessions = {state: desk.put_session(api, whole, status=state) for state in states}
        made = registered(api, whole, 1)
        before = len(told(api))
        api.post(f"{EVENTS}/{whole}/cancel", json={"reason": "Storm"})
        heard = told(api)[before:]
        assert heard[:2] == [("event.cancelled", whole), ("registration.cancelled", made["id"])]
        gone = {("session.cancelled", sessions[state]) for state in ("draft", "scheduled", "live")}
        assert (set(heard[2:]), len(heard)) == (gone, 5)
        left = api.workspace.store.find("session", {"eventId": whole})
        assert sorted(session["status"] for session in left) == ["cancelled"] * 4 + ["completed"]


class TestStates:
    def test_whoever_is_inside_waits_or_holds_is_cancelled_too(self, api: Any) -> None:
        states = {"pending": desk.registration(2), "waitlisted": desk.registration(4)}
        states["checked_in"] = desk.registration(6)
        for event_id in (desk.DEVCONF, desk.WAITLIST, desk.OPEN_HOUSE):
            answer = api.post(f"{EVENTS}/{event_id}/cancel", json={"reason": "Storm", "refund": "none"})
            assert answer.status_code == 200
            assert availability(api, event_id)["allocated"] == 0
            assert availability(api, event_id)["waitlisted"] == 0
        for key in states.values():
            shown = api.get(f"{REGISTRATIONS}/{key}").json()
            assert (shown["status"], shown["cancellationReason"]) == ("cancelled", "event cancelled: Storm")
            assert (shown["expiresAt"], shown["waitlistPosition"]) == (None, None)

    def test_nothing_lapses_or_is_promoted_afterwards(self, api: Any) -> None:
        api.post(f"{EVENTS}/{desk.WAITLIST}/cancel", json={"reason": "Storm"})
        before = emitted(api)
        api.advance("P60D")
        later = emitted(api)[len(before) :]
        waiting = (desk.registration(4), desk.registration(17), desk.WAITLIST)
        touched = {key for _, key in told(api)[-len(later) :]} if later else set()
        assert not touched & set(waiting)


class TestMoney:
    def test_what_was_paid_goes_back_unless_it_is_said_otherwise(self, api: Any) -> None:
        url = f"{REGISTRATIONS}/{desk.registration(1)}"
        api.post(f"{EVENTS}/{desk.DEVCONF}/cancel", json={"reason": "Storm"})
        api.advance("PT1M")
        shown = api.get(url).json()
        assert (shown["payment"]["status"], shown["totals"]["refunded"]["amount"]) == ("refunded", "199.00")
        assert ("payment.refunded") in {kind for kind, _ in told(api)}

    def test_no_refund_when_none_is_wanted(self, api: Any) -> None:
        api.post(f"{EVENTS}/{desk.DEVCONF}/cancel", json={"reason": "Storm", "refund": "none"})
        api.advance("PT1M")
        shown = api.get(f"{REGISTRATIONS}/{desk.registration(1)}").json()
        assert (shown["status"], shown["payment"]["status"]) == ("cancelled", "paid")


class TestParts:
    def test_a_draft_part_stays_but_cannot_be_published(self, api: Any) -> None:
        api.post(f"{EVENTS}/{desk.FESTIVAL}/cancel", json={"reason": "Storm"})
        parts = api.get(f"{EVENTS}/{desk.FESTIVAL}/sub-events").json()["data"]
        assert [part["status"] for part in parts] == ["cancelled", "cancelled", "draft"]
        answer = api.post(f"{EVENTS}/{parts[2]['id']}/publish")
        assert answer.json()["error"]["code"] == "EVENT_NOT_PUBLISHABLE"

    def test_a_part_alone_leaves_the_whole(self, api: Any) -> None:
        api.post(f"{EVENTS}/{desk.FESTIVAL_DAY}/cancel", json={"reason": "Storm"})
        assert api.get(f"{EVENTS}/{desk.FESTIVAL}").json()["status"] == "published"
