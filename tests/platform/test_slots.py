"""Slots and holds through the front door."""

from __future__ import annotations

from typing import Any

from tests.conftest import Api
from tests.platform.clinic import (
    CONSULTATION,
    DISABLED,
    ELEVEN,
    FULL,
    GARCIA_LONDON,
    GARCIA_WARSAW,
    NINE,
    NOWAK,
    ONE,
    TEN,
    WEDNESDAY,
    ask,
    book,
    emitted,
    key,
    refused,
    starts,
)

MONDAY: dict[str, Any] = {"from": "2026-11-23T00:00:00Z", "to": "2026-11-24T00:00:00Z", "pageSize": 100}


def slots(api: Api, assignment: str = NOWAK, **query: Any) -> Any:
    return api.get(f"/api/v1/assignments/{assignment}/slots", params={**MONDAY, **query})


def hold(api: Api, starts_at: str, **more: Any) -> Any:
    body = {"assignmentId": NOWAK, "offeringId": CONSULTATION, "startsAt": starts_at, **more}
    return api.post("/api/v1/slot-holds", json=body)


class TestListAssignmentSlots:
    def test_lists_what_is_free(self, clinic: Api) -> None:
        found = starts(slots(clinic, offeringId=CONSULTATION))
        assert NINE in found
        assert not {TEN, ELEVEN, ONE} & set(found)
        assert len(found) == 13

    def test_other_statuses_on_request(self, clinic: Api) -> None:
        answer = slots(clinic, offeringId=CONSULTATION, status="booked,held,blocked")
        assert [(slot["startsAt"], slot["status"]) for slot in answer.json()["data"]] == [
            (TEN, "booked"),
            (ELEVEN, "held"),
            (ONE, "blocked"),
        ]

    def test_a_slot_says_all_that_booking_it_needs(self, clinic: Api) -> None:
        slot = slots(clinic, offeringId=CONSULTATION).json()["data"][0]
        assert slot["localStart"] == "2026-11-23T09:00:00+01:00"
        assert slot["endsAt"] == "2026-11-23T08:30:00.000Z"
        assert slot["price"] == {"amount": "200.00", "currency": "PLN"}
        assert (slot["capacity"], slot["remaining"], slot["status"]) == (1, 1, "free")

    def test_the_local_start_in_another_zone(self, clinic: Api) -> None:
        slot = slots(clinic, offeringId=CONSULTATION, timezone="Asia/Kathmandu").json()["data"][0]
        assert slot["localStart"] == "2026-11-23T13:45:00+05:45"

    def test_cursor_pages_add_up_to_the_whole(self, clinic: Api) -> None:
        whole = slots(clinic).json()["data"]
        pages: list[Any] = []
        cursor = ""
        while cursor is not None:
            page = slots(clinic, pageSize=7, cursor=cursor).json()
            pages += page["data"]
            cursor = page["pagination"]["nextCursor"]
        assert pages == whole
        assert len(whole) > 14

    def test_no_more_a_day_than_asked(self, clinic: Api) -> None:
        week = {"from": "2026-11-23T00:00:00Z", "to": "2026-11-28T00:00:00Z"}
        found = starts(slots(clinic, offeringId=CONSULTATION, limitPerDay=2, **week))
        assert len(found) == 10
        assert len({start[:10] for start in found}) == 5
        paged = slots(clinic, offeringId=CONSULTATION, limitPerDay=2, pageSize=3, cursor="", **week).json()
        cursor = paged["pagination"]["nextCursor"]
        rest = slots(clinic, offeringId=CONSULTATION, limitPerDay=2, cursor=cursor, **week)
        assert [slot["startsAt"] for slot in paged["data"]] + starts(rest) == found

    def test_a_disabled_calendar_is_refused(self, clinic: Api) -> None:
        refused(slots(clinic, DISABLED), 409, "CALENDAR_DISABLED")

    def test_an_unknown_assignment_is_not_found(self, clinic: Api) -> None:
        refused(slots(clinic, key("c4", 99)), 404, "RESOURCE_NOT_FOUND")

    def test_a_fully_booked_fortnight_has_none(self, clinic: Api) -> None:
        fortnight = {"from": "2026-11-18T00:00:00Z", "to": "2026-12-02T00:00:00Z"}
        assert starts(slots(clinic, FULL, **fortnight)) == []
        assert len(slots(clinic, FULL, status="booked", **fortnight).json()["data"]) == 8

    def test_lead_time_and_horizon_bound_what_is_listed(self, clinic: Api) -> None:
        early = {"from": "2026-11-18T00:00:00Z", "to": "2026-11-18T23:00:00Z"}
        assert starts(slots(clinic, offeringId=CONSULTATION, **early))[0] == "2026-11-18T09:00:00.000Z"
        late = {"from": "2027-02-10T00:00:00Z", "to": "2027-03-10T00:00:00Z"}
        assert max(starts(slots(clinic, offeringId=CONSULTATION, **late))) <= "2027-02-16T08:00:00.000Z"

    def test_without_lead_time_what_starts_this_moment_is_listed_and_can_be_had(self, clinic: Api) -> None:
        clinic.patch(f"/api/v1/assignments/{NOWAK}", json={"minLeadMinutes": 0})
        today = {"from": "2026-11-18T00:00:00Z", "to": "2026-11-18T23:00:00Z"}
        first = starts(slots(clinic, offeringId=CONSULTATION, **today))[0]
        assert first == WEDNESDAY
        assert book(clinic, first)["status"] == "confirmed"


class TestSearchSlots:
    def test_merges_assignments_in_order_of_time(self, clinic: Api) -> None:
        found = clinic.get("/api/v1/slots", params={**MONDAY, "serviceId": key("c2", 1)})
        assert starts(found) == sorted(starts(found))
        assert len({slot["assignmentId"] for slot in found.json()["data"]}) > 3

    def test_narrows_to_a_location_and_a_practitioner(self, clinic: Api) -> None:
        query = {**MONDAY, "locationId": key("c1", 2), "practitionerId": key("c3", 3)}
        found = clinic.get("/api/v1/slots", params=query).json()["data"]
        assert {slot["assignmentId"] for slot in found} == {GARCIA_LONDON}

    def test_a_practitioner_booked_in_one_city_is_not_listed_in_another(self, clinic: Api) -> None:
        query = {**MONDAY, "offeringId": key("c5", 13)}
        assert TEN in starts(clinic.get("/api/v1/slots", params=query))
        book(clinic, TEN, assignment=GARCIA_WARSAW, offering=12)
        assert TEN not in starts(clinic.get("/api/v1/slots", params=query))

    def test_ranges_that_make_no_sense(self, clinic: Api) -> None:
        wrong = {"from": "2026-11-24T00:00:00Z", "to": "2026-11-23T00:00:00Z"}
        refused(clinic.get("/api/v1/slots", params=wrong), 400, "INVALID_DATE_RANGE")
        long = {"from": "2026-11-24T00:00:00Z", "to": "2027-11-23T00:00:00Z"}
        refused(clinic.get("/api/v1/slots", params=long), 400, "DATE_RANGE_TOO_LARGE")
        refused(clinic.get("/api/v1/slots", params={"from": MONDAY["from"]}), 400, "VALIDATION_ERROR")
        refused(clinic.get("/api/v1/slots", params={**MONDAY, "timezone": "CEST"}), 400, "INVALID_TIMEZONE")

    def test_the_ends_of_time_are_no_accident(self, clinic: Api) -> None:
        for begin, end in (("0001-01-01", "0001-03-01"), ("9999-10-01", "9999-12-31")):
            query = {"from": f"{begin}T00:00:00Z", "to": f"{end}T00:00:00Z", "status": "free,past"}
            assert starts(clinic.get("/api/v1/slots", params=query)) == []

    def test_a_forged_cursor_is_refused(self, clinic: Api) -> None:
        refused(clinic.get("/api/v1/slots", params={**MONDAY, "cursor": "abc"}), 400, "INVALID_CURSOR")


class TestGetSlot:
    def test_shows_a_listed_slot_as_it_is_now(self, clinic: Api) -> None:
        slot = slots(clinic, offeringId=CONSULTATION).json()["data"][0]
        assert clinic.get(slot["_links"]["self"]["href"]).json() == slot
        book(clinic, NINE)
        assert clinic.get(slot["_links"]["self"]["href"]).json()["status"] == "booked"

    def test_finds_a_fixture_slot_that_was_never_listed(self, clinic: Api) -> None:
        slot = clinic.get(f"/api/v1/slots/{clinic.fixture('slot.free_next_monday')}").json()
        assert (slot["startsAt"], slot["status"]) == (NINE, "free")
        blocked = clinic.get(f"/api/v1/slots/{clinic.fixture('slot.blocked_by_break')}").json()
        assert blocked["status"] == "blocked"

    def test_an_id_that_stands_for_nothing(self, clinic: Api) -> None:
        refused(clinic.get(f"/api/v1/slots/{key('c4', 1)}"), 404, "RESOURCE_NOT_FOUND")


class TestCheckAvailability:
    def test_says_for_each_what_a_booking_would_be_told(self, clinic: Api) -> None:
        slot = {"assignmentId": NOWAK, "offeringId": CONSULTATION}
        wanted = [{**slot, "startsAt": start} for start in (NINE, TEN, ELEVEN, ONE, "2026-11-23T08:10:00Z")]
        wanted += [{"slotId": clinic.fixture("slot.free_next_monday")}, {"slotId": key("c4", 1)}]
        answer = clinic.post("/api/v1/availability-checks", json={"items": wanted})
        assert answer.status_code == 200, answer.text
        items = answer.json()["items"]
        assert [item["reason"] for item in items] == [
            None,
            "SLOT_ALREADY_BOOKED",
            "SLOT_HELD",
            "SLOT_UNAVAILABLE",
            "SLOT_NOT_ALIGNED",
            None,
            "BUSINESS_RULE_VIOLATION",
        ]
        assert items[0]["slot"]["startsAt"] == items[5]["slot"]["startsAt"] == NINE
        assert len(items[1]["alternatives"]) == 5

    def test_reserves_nothing(self, clinic: Api) -> None:
        wanted = {"assignmentId": NOWAK, "offeringId": CONSULTATION, "startsAt": NINE}
        for _ in range(2):
            answer = clinic.post("/api/v1/availability-checks", json={"items": [wanted]})
            assert answer.json()["items"][0]["available"]

    def test_a_slot_needs_a_name(self, clinic: Api) -> None:
        answer = clinic.post("/api/v1/availability-checks", json={"items": [{"assignmentId": NOWAK}]})
        refused(answer, 400, "VALIDATION_ERROR")


class TestCreateSlotHold:
    def test_takes_the_slot_until_it_expires(self, clinic: Api) -> None:
        made = hold(clinic, NINE).json()
        assert made["status"] == "active"
        assert made["expiresAt"] == "2026-11-18T08:05:00.000Z"
        assert NINE not in starts(slots(clinic, offeringId=CONSULTATION))
        clinic.advance("PT5M")
        assert clinic.get(f"/api/v1/slot-holds/{made['id']}").json()["status"] == "expired"
        assert NINE in starts(slots(clinic, offeringId=CONSULTATION))

    def test_another_credential_must_wait(self, clinic: Api) -> None:
        hold(clinic, NINE, ttlSeconds=90)
        other = clinic.as_("partner-other")
        answer = hold(other, NINE)
        refused(answer, 409, "SLOT_HELD")
        assert 89 <= int(answer.headers["retry-after"]) <= 91
        refused(other.post("/api/v1/bookings", json=ask(NINE)), 409, "SLOT_HELD")

    def test_every_reason_has_its_code(self, clinic: Api) -> None:
        refused(hold(clinic, ONE), 409, "SLOT_UNAVAILABLE")
        refused(hold(clinic, TEN), 409, "SLOT_ALREADY_BOOKED")
        refused(hold(clinic, "2026-11-23T08:10:00Z"), 422, "SLOT_NOT_ALIGNED")
        refused(hold(clinic, "2026-11-17T08:00:00Z"), 422, "SLOT_IN_PAST")
        disabled = {"assignmentId": DISABLED, "offeringId": key("c5", 14)}
        refused(hold(clinic, NINE, **disabled), 409, "CALENDAR_DISABLED")
        refused(hold(clinic, NINE, offeringId=key("c5", 99)), 422, "BUSINESS_RULE_VIOLATION")

    def test_says_so_in_an_event(self, clinic: Api) -> None:
        before = len(emitted(clinic))
        hold(clinic, NINE)
        clinic.advance("PT10M")
        assert emitted(clinic, before) == ["slot.held", "slot.released"]


class TestReleaseSlotHold:
    def test_gives_the_slot_back_at_once_and_only_once(self, clinic: Api) -> None:
        made = hold(clinic, NINE).json()
        for _ in range(2):
            assert clinic.delete(f"/api/v1/slot-holds/{made['id']}").status_code == 204
        assert NINE in starts(slots(clinic, offeringId=CONSULTATION))
        assert clinic.get(f"/api/v1/slot-holds/{made['id']}").json()["status"] == "released"

    def test_only_by_its_owner(self, clinic: Api) -> None:
        refused(clinic.delete(f"/api/v1/slot-holds/{key('c9', 1)}"), 403, "HOLD_NOT_OWNED")
