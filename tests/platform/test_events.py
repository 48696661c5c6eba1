"""Events: who sees them, what they refuse, and how they live and end."""

from __future__ import annotations

from typing import Any

from tests.platform import event_desk as desk
from tests.platform.event_desk import availability, code, emitted, new_event, order


class TestListEvents:
    def test_the_public_sees_published_public_events_only(self, api: Any) -> None:
        shown = api.anonymous.get("/api/v1/events", params={"pageSize": 100}).json()["data"]
        assert {(event["status"], event["visibility"]) for event in shown} == {("published", "public")}
        assert len(shown) == 26

    def test_a_partner_sees_drafts_and_private_events(self, api: Any) -> None:
        total = api.get("/api/v1/events").json()["pagination"]["totalItems"]
        drafts = api.get("/api/v1/events", params={"status": "draft"}).json()["pagination"]["totalItems"]
        private = api.get("/api/v1/events", params={"visibility": "private"}).json()["pagination"][
            "totalItems"
        ]
        assert (total, drafts, private) == (46, 8, 1)

    def test_filters_narrow_and_sort_orders(self, api: Any) -> None:
        found = api.get(
            "/api/v1/events", params={"q": "tiny", "sort": "-name", "hasAvailability": "false"}
        ).json()["data"]
        assert [event["name"] for event in found] == ["Tiny Workshop with Waitlist", "Tiny Workshop"]
        assert api.get("/api/v1/events", params={"country": "JP"}).json()["data"][0]["id"] == desk.JPY_GALA
        assert (
            api.get("/api/v1/events", params={"currency": "GBP"}).json()["data"][0]["id"]
            == desk.MULTI_CURRENCY
        )

    def test_an_attendee_does_not_see_drafts(self, api: Any) -> None:
        ada = api.persona("attendee")
        assert ada.get("/api/v1/events", params={"status": "draft"}).json()["data"] == []
        assert ada.get(f"/api/v1/events/{desk.PRIVATE}").status_code == 200


class TestGetEvent:
    def test_private_and_draft_events_are_not_found_without_a_credential(self, api: Any) -> None:
        for hidden in (desk.PRIVATE, desk.DRAFT_READY):
            assert code(api.anonymous.get(f"/api/v1/events/{hidden}")) == (404, "RESOURCE_NOT_FOUND")
        for over in (desk.CANCELLED, desk.COMPLETED):
            assert api.anonymous.get(f"/api/v1/events/{over}").status_code == 200
        assert api.anonymous.get(f"/api/v1/events/{desk.DEVCONF}").status_code == 200


class TestCreateEvent:
    def test_a_new_event_is_a_draft_with_every_default(self, api: Any) -> None:
        answer = api.post("/api/v1/events", json=new_event(capacity=20, checkIn={"allowReentry": True}))
        event = answer.json()
        assert answer.status_code == 201
        assert answer.headers["location"] == f"/api/v1/events/{event['id']}"
        assert event["status"] == "draft"
        assert event["startsAt"] == "2027-06-14T07:00:00.000Z"
        assert event["registration"]["requiredConsents"] == ["terms"]
        assert event["checkIn"] == {"opensMinutesBefore": 120, "allowReentry": True}
        assert event["availability"]["remaining"] == 20
        assert emitted(api)[-1] == "event.created"

    def test_one_need_not_be_described(self, api: Any) -> None:
        answer = api.post("/api/v1/events", json=new_event(description=None))
        assert (answer.status_code, answer.json()["description"]) == (201, None)
        url = f"/api/v1/events/{answer.json()['id']}"
        assert api.get(f"{url}/calendar").status_code == 200
        found = api.get("/api/v1/events?q=Garden&status=draft&pageSize=100").json()["data"]
        assert answer.json()["id"] in [event["id"] for event in found]

    def test_dates_zone_and_currency_must_make_sense(self, api: Any) -> None:
        refused = {
            "INVALID_DATE_RANGE": new_event(endsAt="2027-06-14T01:00:00Z"),
            "INVALID_TIMEZONE": new_event(timezone="Europe/Atlantis"),
            "UNSUPPORTED_CURRENCY": new_event(currencies=["XTS"]),
            "DUPLICATE_RESOURCE": new_event(slug="sandbox-devconf"),
        }
        for expected, body in refused.items():
            assert code(api.post("/api/v1/events", json=body))[1] == expected
        too_long = new_event(endsAt="2027-08-14T01:00:00Z")
        assert code(api.post("/api/v1/events", json=too_long)) == (400, "INVALID_DATE_RANGE")
        window = {"opensAt": "2026-11-25T10:00:00Z", "closesAt": "2026-11-24T10:00:00Z"}
        never_open = api.post("/api/v1/events", json=new_event(registration=window))
        assert code(never_open) == (400, "INVALID_DATE_RANGE")

    def test_a_sub_event_lies_inside_its_parent_and_has_no_parts(self, api: Any) -> None:
        parent = api.get(f"/api/v1/events/{desk.FESTIVAL}").json()
        dates = {"startsAt": parent["startsAt"], "endsAt": parent["endsAt"]}
        inside = api.post("/api/v1/events", json=new_event(parentEventId=desk.FESTIVAL, **dates))
        assert inside.status_code == 201
        outside = api.post("/api/v1/events", json=new_event(parentEventId=desk.FESTIVAL))
        assert code(outside) == (400, "INVALID_DATE_RANGE")
        deeper = api.post("/api/v1/events", json=new_event(parentEventId=desk.FESTIVAL_DAY, **dates))
        assert code(deeper) == (422, "SUBEVENT_DEPTH_EXCEEDED")


class TestUpdateEvent:
    def test_a_nested_change_keeps_the_other_rules(self, api: Any) -> None:
        url = f"/api/v1/events/{desk.DEVCONF}"
        changed = api.patch(url, json={"registration": {"holdMinutes": 10}}).json()
        assert (changed["registration"]["holdMinutes"], changed["version"]) == (10, 2)
        assert changed["registration"]["waitlistEnabled"] is False
        assert emitted(api)[-1] == "event.updated"

    def test_a_published_one_keeps_its_place_and_the_currencies_it_sells_in(self, api: Any) -> None:
        url = f"/api/v1/events/{desk.DEVCONF}"
        for change, refusal in (
            ({"format": "in_person", "venue": None}, "EVENT_NOT_PUBLISHABLE"),
            ({"format": "virtual", "onlineUrl": None}, "EVENT_NOT_PUBLISHABLE"),
            ({"currencies": ["USD"]}, "UNSUPPORTED_CURRENCY"),
        ):
            assert code(api.patch(url, json=change)) == (422, refusal)
        assert api.patch(url, json={"currencies": ["USD", "EUR"]}).status_code == 200

    def test_nobody_loses_a_place_to_a_smaller_capacity(self, api: Any) -> None:
        answer = api.patch(f"/api/v1/events/{desk.LAST_SEAT}", json={"capacity": 8})
        assert code(answer) == (422, "CAPACITY_BELOW_REGISTRATIONS")

    def test_more_capacity_promotes_who_waits_the_longest(self, api: Any) -> None:
        grown = api.patch(f"/api/v1/events/{desk.WAITLIST}", json={"capacity": 4}).json()
        assert grown["availability"] == {
            "capacity": 4, "allocated": 4, "remaining": 0, "waitlisted": 1, "soldOut": True,
        }  # fmt: skip
        assert api.get(f"/api/v1/registrations/{desk.registration(4)}").json()["status"] == "confirmed"
        assert api.get(f"/api/v1/registrations/{desk.registration(17)}").json()["waitlistPosition"] == 1

    def test_the_second_of_two_writers_is_told(self, api: Any) -> None:
        url = f"/api/v1/events/{desk.DEVCONF}"
        seen = {"If-Match": api.get(url).headers["etag"]}
        assert api.patch(url, json={"name": "First"}, headers=seen).status_code == 200
        assert code(api.patch(url, json={"name": "Second"}, headers=seen)) == (412, "PRECONDITION_FAILED")

    def test_a_parent_keeps_its_parts_inside_its_dates(self, api: Any) -> None:
        part = api.get(f"/api/v1/events/{desk.FESTIVAL_DAY}").json()
        url = f"/api/v1/events/{desk.FESTIVAL}"
        assert code(api.patch(url, json={"startsAt": part["endsAt"]})) == (400, "INVALID_DATE_RANGE")
        assert api.patch(url, json={"startsAt": part["startsAt"]}).status_code == 200
        api.post(f"/api/v1/events/{part['id']}/cancel", json={"reason": "Rain"})
        assert api.patch(url, json={"startsAt": part["endsAt"]}).status_code == 200

    def test_a_cancelled_event_stays_as_it_is(self, api: Any) -> None:
        answer = api.patch(f"/api/v1/events/{desk.CANCELLED}", json={"name": "Back again"})
        assert code(answer) == (409, "INVALID_STATE_TRANSITION")


class TestReplaceEvent:
    def test_members_left_out_go_back_to_their_defaults(self, api: Any) -> None:
        url = f"/api/v1/events/{desk.DEVCONF}"
        body = new_event(format="in_person")
        assert code(api.put(url, json=body)) == (428, "PRECONDITION_REQUIRED")
        replaced = api.put(url, json=body, headers={"If-Match": api.get(url).headers["etag"]}).json()
        assert (replaced["name"], replaced["capacity"], replaced["tags"]) == ("Garden Day", None, [])
        assert (replaced["slug"], replaced["status"]) == ("sandbox-devconf", "published")
        assert replaced["availability"]["remaining"] is None


class TestDeleteEvent:
    def test_only_drafts_can_be_deleted(self, api: Any) -> None:
        assert api.delete(f"/api/v1/events/{desk.DRAFT_READY}").status_code == 204
        assert api.get(f"/api/v1/events/{desk.DRAFT_READY}").status_code == 404
        assert code(api.delete(f"/api/v1/events/{desk.DEVCONF}")) == (409, "EVENT_HAS_REGISTRATIONS")
        assert code(api.delete(f"/api/v1/events/{desk.KWD_FORUM}")) == (409, "INVALID_STATE_TRANSITION")


class TestPublishEvent:
    def test_a_complete_draft_is_published_once(self, api: Any) -> None:
        url = f"/api/v1/events/{desk.DRAFT_READY}/publish"
        published = api.post(url).json()
        assert (published["status"], published["publishedAt"] is not None) == ("published", True)
        assert emitted(api) == ["event.published"]
        assert code(api.post(url)) == (409, "INVALID_STATE_TRANSITION")

    def test_everything_that_is_missing_is_named(self, api: Any) -> None:
        answer = api.post(f"/api/v1/events/{desk.DRAFT_INCOMPLETE}/publish")
        assert code(answer) == (422, "EVENT_NOT_PUBLISHABLE")
        assert {fault["target"] for fault in answer.json()["error"]["errors"]} == {"/venue", "/ticketTypes"}

    def test_an_event_is_completed_when_it_is_over(self, api: Any) -> None:
        api.post(f"/api/v1/events/{desk.DRAFT_READY}/publish")
        api.advance("P60D")
        assert api.get(f"/api/v1/events/{desk.DRAFT_READY}").json()["status"] == "completed"


class TestCancelEvent:
    def test_registrations_tickets_and_parts_go_with_it(self, api: Any) -> None:
        cancelled = api.post(f"/api/v1/events/{desk.LAST_SEAT}/cancel", json={"reason": "Storm"}).json()
        assert (cancelled["status"], cancelled["cancellationReason"]) == ("cancelled", "Storm")
        assert cancelled["availability"]["allocated"] == 0
        assert emitted(api) == ["event.cancelled"] + ["registration.cancelled"] * 9
        assert (
            api.get(
                "/api/v1/registrations", params={"eventId": desk.LAST_SEAT, "status": "confirmed"}
            ).json()["data"]
            == []
        )
        tickets = api.get(f"/api/v1/registrations/{desk.registration(18)}/tickets").json()["data"]
        assert [ticket["status"] for ticket in tickets] == ["revoked"]

    def test_sub_events_are_cancelled_too(self, api: Any) -> None:
        api.post(f"/api/v1/events/{desk.FESTIVAL}/cancel", json={"reason": "Storm"})
        assert api.get(f"/api/v1/events/{desk.FESTIVAL_DAY}").json()["status"] == "cancelled"

    def test_a_draft_cannot_be_cancelled_and_nobody_registers_afterwards(self, api: Any) -> None:
        draft = api.post(f"/api/v1/events/{desk.DRAFT_READY}/cancel", json={"reason": "No"})
        assert code(draft) == (409, "INVALID_STATE_TRANSITION")
        assert code(api.post("/api/v1/registrations", json=order(desk.CANCELLED))) == (409, "EVENT_CANCELLED")


class TestAvailability:
    def test_it_follows_every_registration(self, api: Any) -> None:
        before = availability(api, desk.FREE_MEETUP)["allocated"]
        made = api.post("/api/v1/registrations", json=order(desk.FREE_MEETUP, quantity=3)).json()
        assert availability(api, desk.FREE_MEETUP)["allocated"] == before + 3
        api.post(f"/api/v1/registrations/{made['id']}/cancel", json={"reason": "No time"})
        assert availability(api, desk.FREE_MEETUP)["allocated"] == before
