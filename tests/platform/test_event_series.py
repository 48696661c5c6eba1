"""Event series: their occurrences, what a change hands on, and their end."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.platform import event_desk as desk
from tests.platform.event_desk import code, emitted, order

SERIES = "/api/v1/event-series"
YOGA, WEBINAR = (f"e2000000-0000-4000-8000-{n:012d}" for n in (1, 2))
WARSAW = ZoneInfo("Europe/Warsaw")


def new_series(**members: Any) -> dict[str, Any]:
    """Four Tuesdays from 1 December 2026."""
    recurrence = {"rrule": "FREQ=WEEKLY;BYDAY=TU;COUNT=4", "startDate": "2026-12-01", "startTime": "18:00"}
    return {
        "name": "Choir",
        "timezone": "Europe/Warsaw",
        "recurrence": {**recurrence, "durationMinutes": 90, **members.pop("recurrence", {})},
        "template": {"format": "in_person", "venue": {"name": "Hall"}, **members.pop("template", {})},
        **members,
    }


def create(api: Any, **members: Any) -> Any:
    """The series made."""
    answer = api.post(SERIES, json=new_series(**members))
    assert answer.status_code == 201, answer.text
    return answer.json()


def generate(api: Any, series_id: str, **wishes: Any) -> Any:
    """The events made of it."""
    answer = api.post(f"{SERIES}/{series_id}/occurrences", json=wishes)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def publish(api: Any, event_id: str) -> None:
    """With a ticket type of its own."""
    api.post(f"/api/v1/events/{event_id}/ticket-types", json={"name": "Entry"})
    assert api.post(f"/api/v1/events/{event_id}/publish").status_code == 200


def hour(at: str) -> int:
    """On the wall in Warsaw."""
    return datetime.fromisoformat(at).astimezone(WARSAW).hour


class TestListEventSeries:
    def test_the_public_sees_those_of_public_events(self, api: Any) -> None:
        create(api, name="Board", template={"visibility": "private"})
        create(api, name="By Link", template={"visibility": "unlisted"})
        names = [series["name"] for series in api.anonymous.get(SERIES).json()["data"]]
        assert names == ["Monthly Webinar", "Morning Run", "Quarterly Town Hall", "Weekly Yoga"]
        assert api.get(SERIES).json()["pagination"]["totalItems"] == 6
        found = api.get(SERIES, params={"q": "yoga", "status": "active"}).json()["data"]
        assert [series["id"] for series in found] == [YOGA]


class TestGetEventSeries:
    def test_a_private_one_is_not_found_without_a_credential(self, api: Any) -> None:
        hidden = create(api, template={"visibility": "private"})
        answer = api.anonymous.get(f"{SERIES}/{hidden['id']}")
        assert code(answer) == (404, "RESOURCE_NOT_FOUND")
        shown = api.anonymous.get(f"{SERIES}/{YOGA}")
        assert (shown.json()["eventCount"], "etag" in shown.headers) == (8, True)


class TestCreateEventSeries:
    def test_it_knows_its_next_date_and_has_no_events(self, api: Any) -> None:
        made = create(api)
        assert (made["status"], made["eventCount"]) == ("active", 0)
        assert made["nextOccurrenceAt"] == "2026-12-01T17:00:00.000Z"
        assert made["recurrence"]["exDates"] == []
        assert made["template"]["registration"]["requiredConsents"] == ["terms"]
        assert emitted(api) == []

    def test_what_is_against_a_rule_is_refused(self, api: Any) -> None:
        endless = new_series(recurrence={"rrule": "FREQ=DAILY"})
        assert code(api.post(SERIES, json=endless)) == (422, "INVALID_RECURRENCE")
        nowhere = new_series(timezone="Europe/Atlantis")
        assert code(api.post(SERIES, json=nowhere))[1] == "INVALID_TIMEZONE"
        money = new_series(template={"currencies": ["XTS"]})
        assert code(api.post(SERIES, json=money)) == (422, "UNSUPPORTED_CURRENCY")
        assert code(api.as_("readonly-demo").post(SERIES, json=new_series()))[0] == 403

    def test_the_next_date_moves_on_and_the_last_ends_it(self, api: Any) -> None:
        made = create(api)
        api.advance("P14D")
        after = api.get(f"{SERIES}/{made['id']}").json()
        assert (after["nextOccurrenceAt"], after["status"]) == ("2026-12-08T17:00:00.000Z", "active")
        api.advance("P30D")
        ended = api.get(f"{SERIES}/{made['id']}").json()
        assert (ended["nextOccurrenceAt"], ended["status"]) == (None, "completed")


class TestGenerateOccurrences:
    def test_each_date_becomes_a_draft_of_its_own(self, api: Any) -> None:
        series = create(api, recurrence={"exDates": ["2026-12-08"]})
        made = generate(api, series["id"])
        assert [event["startsAt"][:10] for event in made] == ["2026-12-01", "2026-12-15", "2026-12-22"]
        assert [event["seriesIndex"] for event in made] == [1, 3, 4]
        assert {event["status"] for event in made} == {"draft"}
        assert {(event["name"], event["seriesId"]) for event in made} == {("Choir", series["id"])}
        assert made[0]["endsAt"] == "2026-12-01T18:30:00.000Z"
        assert emitted(api) == ["event.created"] * 3
        assert api.get(f"{SERIES}/{series['id']}").json()["eventCount"] == 3

    def test_all_that_an_event_says_can_be_common_to_all(self, api: Any) -> None:
        links = [{"label": "Map", "url": "https://map.sandbox.example"}]
        made = create(api, template={"links": links, "allDay": True})
        drafts = api.post(f"{SERIES}/{made['id']}/occurrences", json={"count": 2}).json()["data"]
        assert [(each["links"], each["allDay"]) for each in drafts] == [(links, True)] * 2

    def test_what_is_an_event_already_is_passed_over(self, api: Any) -> None:
        series = create(api)
        assert [event["seriesIndex"] for event in generate(api, series["id"], count=1)] == [1]
        until = {"from": "2026-12-07T00:00:00Z", "to": "2026-12-15T23:00:00Z"}
        assert [event["seriesIndex"] for event in generate(api, series["id"], **until)] == [2, 3]
        assert [event["seriesIndex"] for event in generate(api, series["id"])] == [4]
        assert generate(api, series["id"]) == []

    def test_six_in_the_evening_whatever_the_clocks_do(self, api: Any) -> None:
        generate(api, WEBINAR)
        dates = api.get(f"{SERIES}/{WEBINAR}/events", params={"limit": 50}).json()["data"]
        assert len(dates) == 10  # two of twelve are excluded
        assert {hour(event["startsAt"]) for event in dates} == {18}
        assert len({event["startsAt"][11:] for event in dates}) == 2

    def test_a_deleted_draft_can_be_made_anew(self, api: Any) -> None:
        series = create(api)
        first = generate(api, series["id"])[0]
        assert api.delete(f"/api/v1/events/{first['id']}").status_code == 204
        assert api.get(f"{SERIES}/{series['id']}").json()["eventCount"] == 3
        assert [event["seriesIndex"] for event in generate(api, series["id"])] == [1]

    def test_what_makes_no_sense(self, api: Any) -> None:
        url = f"{SERIES}/{YOGA}/occurrences"
        both = {"to": "2027-01-01T00:00:00Z", "count": 1}
        assert code(api.post(url, json=both)) == (400, "VALIDATION_ERROR")
        backwards = {"from": "2027-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}
        assert code(api.post(url, json=backwards)) == (400, "INVALID_DATE_RANGE")


class TestListSeriesEvents:
    def test_the_public_sees_the_published_ones(self, api: Any) -> None:
        url = f"{SERIES}/{YOGA}/events"
        every = api.get(url).json()["data"]
        assert [event["seriesIndex"] for event in every] == list(range(1, 9))
        assert [event["seriesIndex"] for event in api.anonymous.get(url).json()["data"]] == [5, 6]
        drafts = api.get(url, params={"status": "draft"}).json()["data"]
        assert len(drafts) == 2


class TestUpdateEventSeries:
    def test_a_change_is_handed_on_to_what_is_still_to_come(self, api: Any) -> None:
        series = create(api)
        first, *rest = generate(api, series["id"])
        publish(api, first["id"])
        api.advance("P13DT9H30M")  # the first of them is under way
        answer = api.patch(f"{SERIES}/{series['id']}", json={"template": {"capacity": 16}})
        assert answer.status_code == 200, answer.text
        assert self.capacities(api, series["id"]) == [None, 16, 16, 16]
        assert emitted(api)[-3:] == ["event.updated"] * 3
        api.patch(f"{SERIES}/{series['id']}", json={"template": {"capacity": 18}, "applyTo": "all"})
        assert self.capacities(api, series["id"]) == [18] * 4
        api.patch(f"{SERIES}/{series['id']}", json={"template": {"capacity": 9}, "applyTo": "none"})
        assert self.capacities(api, series["id"]) == [18] * 4
        assert len(rest) == 3

    def test_only_what_differs_is_handed_on(self, api: Any) -> None:
        series = create(api)
        first = generate(api, series["id"])[0]
        api.patch(f"/api/v1/events/{first['id']}", json={"name": "Choir, with a guest", "capacity": 5})
        api.patch(f"{SERIES}/{series['id']}", json={"template": {"summary": "Come and sing."}})
        event = api.get(f"/api/v1/events/{first['id']}").json()
        assert (event["name"], event["capacity"]) == ("Choir, with a guest", 5)
        assert event["summary"] == "Come and sing."

    def test_another_hour_moves_the_events(self, api: Any) -> None:
        series = create(api)
        generate(api, series["id"])
        change = {"recurrence": {"startTime": "19:30", "durationMinutes": 60}}
        changed = api.patch(f"{SERIES}/{series['id']}", json=change).json()
        assert changed["recurrence"]["rrule"] == "FREQ=WEEKLY;BYDAY=TU;COUNT=4"
        assert changed["nextOccurrenceAt"] == "2026-12-01T18:30:00.000Z"
        dates = api.get(f"{SERIES}/{series['id']}/events").json()["data"]
        assert {(event["startsAt"][11:16], event["endsAt"][11:16]) for event in dates} == {("18:30", "19:30")}

    def test_the_second_of_two_writers_is_told(self, api: Any) -> None:
        seen = {"If-Match": api.get(f"{SERIES}/{YOGA}").headers["etag"]}
        assert api.patch(f"{SERIES}/{YOGA}", json={"name": "Yoga"}, headers=seen).status_code == 200
        late = api.patch(f"{SERIES}/{YOGA}", json={"name": "Joga"}, headers=seen)
        assert code(late) == (412, "PRECONDITION_FAILED")

    def test_a_rule_that_cannot_be_used_changes_nothing(self, api: Any) -> None:
        before = api.workspace.state_hash()
        answer = api.patch(f"{SERIES}/{YOGA}", json={"recurrence": {"rrule": "FREQ=YEARLY;COUNT=2"}})
        assert code(answer) == (422, "INVALID_RECURRENCE")
        assert api.workspace.state_hash() == before

    def capacities(self, api: Any, series_id: str) -> list[int | None]:
        return [event["capacity"] for event in api.get(f"{SERIES}/{series_id}/events").json()["data"]]


class TestDeleteEventSeries:
    def test_not_while_there_are_events(self, api: Any) -> None:
        assert code(api.delete(f"{SERIES}/{YOGA}")) == (409, "RESOURCE_IN_USE")
        series = create(api)
        assert api.delete(f"{SERIES}/{series['id']}").status_code == 204
        assert api.get(f"{SERIES}/{series['id']}").status_code == 404


class TestCancelEventSeries:
    def test_its_published_events_and_their_registrations_go_with_it(self, api: Any) -> None:
        series = create(api)
        first, second, *_ = generate(api, series["id"])
        publish(api, first["id"])
        (kind,) = api.get(f"/api/v1/events/{first['id']}/ticket-types").json()["data"]
        body = {**order(desk.FREE_MEETUP), "eventId": first["id"], "items": [{"ticketTypeId": kind["id"]}]}
        made = api.post("/api/v1/registrations", json=body).json()
        before = len(emitted(api))
        answer = api.post(f"{SERIES}/{series['id']}/cancel", json={"reason": "No voice"}).json()
        assert (answer["status"], answer["cancellationReason"]) == ("cancelled", "No voice")
        assert answer["nextOccurrenceAt"] is None
        assert emitted(api)[before:] == ["event.cancelled", "registration.cancelled"]
        assert api.get(f"/api/v1/registrations/{made['id']}").json()["status"] == "cancelled"
        api.post(f"/api/v1/events/{second['id']}/ticket-types", json={"name": "Entry"})
        late = api.post(f"/api/v1/events/{second['id']}/publish")
        assert code(late) == (422, "EVENT_NOT_PUBLISHABLE")

    def test_a_cancelled_series_stays_as_it_is(self, api: Any) -> None:
        url = f"{SERIES}/{YOGA}"
        assert api.post(f"{url}/cancel", json={"reason": "Rest"}).status_code == 200
        again = [
            api.post(f"{url}/cancel", json={"reason": "Rest"}),
            api.post(f"{url}/occurrences", json={}),
            api.patch(url, json={"name": "Yoga"}),
        ]
        assert [code(answer) for answer in again] == [(409, "INVALID_STATE_TRANSITION")] * 3
