"""A role that was given for one location reaches no further."""

from __future__ import annotations

import pytest

from tests.conftest import Api
from tests.platform import event_desk as desk
from tests.platform.clinic import NINE, SMITH, ask, book, key, refused

BOOKINGS = "/api/v1/bookings"
WARSAW, LONDON = key("c1", 1), key("c1", 2)
ORGANIZER, STAFF, RECEPTIONIST = key("a1", 2), key("a1", 3), key("a1", 16)
HERE, THERE = desk.OPEN_HOUSE, desk.DEVCONF
TICKET_THERE = "OTHEREVENTTICK23"


def limited(api: Api, persona: str, user: str, event: str = HERE) -> Api:
    """A persona whose role is from now on for one event only, and who may attend any."""
    limit = {"scopeType": "event", "scopeId": event}
    for role, scope in ((persona, limit), ("attendee", {"scopeType": "global"})):
        given = api.persona("admin").put(f"/api/v1/users/{user}/roles/{role}", json=scope)
        assert given.status_code in (200, 201), given.text
    return api.persona(persona)


def elsewhere(api: Api) -> str:
    """A booking in London."""
    rows = api.get(BOOKINGS, params={"locationId": LONDON, "pageSize": 1}).json()["data"]
    return str(rows[0]["id"])


class TestReceptionistOfOneLocation:
    def test_sees_the_bookings_of_the_place(self, clinic: Api) -> None:
        desk = clinic.persona("receptionist")
        rows = desk.get(BOOKINGS, params={"pageSize": 100}).json()["data"]
        assert {row["locationId"] for row in rows} == {WARSAW}
        assert desk.get(BOOKINGS, params={"locationId": LONDON}).json()["data"] == []
        assert desk.get(f"{BOOKINGS}/{key('cb', 1)}").status_code == 200

    def test_those_of_other_places_are_unknown(self, clinic: Api) -> None:
        desk, other = clinic.persona("receptionist"), elsewhere(clinic)
        refused(desk.get(f"{BOOKINGS}/{other}"), 404, "RESOURCE_NOT_FOUND")
        refused(desk.post(f"{BOOKINGS}/{other}/cancel", json={"reason": "?"}), 404, "RESOURCE_NOT_FOUND")
        refused(desk.get(f"{BOOKINGS}/{other}/history"), 404, "RESOURCE_NOT_FOUND")

    def test_books_and_moves_there_only(self, clinic: Api) -> None:
        desk = clinic.persona("receptionist")
        made = book(desk)
        offering = clinic.get(f"/api/v1/assignments/{SMITH}/offerings").json()["data"][0]["id"]
        there = {"assignmentId": SMITH, "offeringId": offering, "startsAt": "2026-11-23T10:00:00Z"}
        refused(desk.post(BOOKINGS, json={**ask(), **there}), 403, "INSUFFICIENT_PERMISSIONS")
        moved = desk.post(f"{BOOKINGS}/{made['id']}/reschedule", json=there)
        refused(moved, 403, "INSUFFICIENT_PERMISSIONS")
        assert clinic.get(f"{BOOKINGS}/{made['id']}").json()["startsAt"] == NINE

    def test_everywhere_once_the_role_is_unlimited(self, clinic: Api) -> None:
        other, admin = elsewhere(clinic), clinic.persona("admin")
        unlimited = admin.put(
            f"/api/v1/users/{RECEPTIONIST}/roles/receptionist", json={"scopeType": "global"}
        )
        assert unlimited.status_code in (200, 201), unlimited.text
        assert clinic.persona("receptionist").get(f"{BOOKINGS}/{other}").status_code == 200

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("PATCH", f"/api/v1/locations/{LONDON}", {"phone": "+48123456789"}),
            ("POST", f"/api/v1/assignments/{SMITH}/calendar/disable", {}),
            ("DELETE", f"/api/v1/assignments/{SMITH}/availability?date=2026-11-30", None),
            (
                "POST",
                f"/api/v1/assignments/{SMITH}/breaks",
                {"startsAt": "2026-11-30T10:00:00Z", "endsAt": "2026-11-30T11:00:00Z"},
            ),
        ],
    )
    def test_reads_the_hours_of_other_places_and_changes_none(
        self, clinic: Api, method: str, path: str, body: object
    ) -> None:
        front = clinic.persona("receptionist")
        refused(front.request(method, path, json=body), 403, "INSUFFICIENT_PERMISSIONS")
        assert front.get(f"/api/v1/assignments/{SMITH}/schedule").status_code == 200
        assert len(front.get("/api/v1/locations").json()["data"]) > 1


class TestStaffOfOneEvent:
    @pytest.mark.parametrize("rows", ["registrations", "check-ins"])
    def test_sees_the_rows_of_that_event(self, api: Api, rows: str) -> None:
        sam = limited(api, "staff", STAFF)
        listed = sam.get(f"/api/v1/{rows}", params={"pageSize": 100}).json()
        assert {row["eventId"] for row in listed["data"]} == {HERE}
        assert sam.get(f"/api/v1/{rows}", params={"eventId": THERE}).json()["data"] == []

    def test_those_of_others_are_unknown(self, api: Api) -> None:
        sam = limited(api, "staff", STAFF)
        refused(sam.get(f"/api/v1/registrations/{desk.registration(1)}"), 404, "RESOURCE_NOT_FOUND")
        refused(sam.get(f"/api/v1/attendees/{desk.person(5)}"), 404, "RESOURCE_NOT_FOUND")
        refused(sam.get(f"/api/v1/events/{THERE}/attendees"), 403, "INSUFFICIENT_PERMISSIONS")
        assert sam.get(f"/api/v1/events/{THERE}").status_code == 200

    def test_lets_in_there_only(self, api: Api) -> None:
        sam = limited(api, "staff", STAFF)
        elsewhere = sam.post("/api/v1/check-ins", json={"ticketCode": TICKET_THERE})
        refused(elsewhere, 403, "INSUFFICIENT_PERMISSIONS")
        told = sam.post("/api/v1/ticket-validations", json={"code": TICKET_THERE}).json()
        assert (told["valid"], told["reason"], told["attendee"]) == (False, "wrong_event", None)
        made = sam.post("/api/v1/check-ins", json={"ticketCode": "VALIDTICKET23456"})
        assert made.status_code == 201, made.text


class TestOrganizerOfOneEvent:
    def test_changes_that_event_only(self, api: Api) -> None:
        oskar = limited(api, "organizer", ORGANIZER)
        for method, path, body in (
            ("PATCH", f"/api/v1/events/{THERE}", {"summary": "Mine"}),
            ("POST", f"/api/v1/events/{THERE}/cancel", {"reason": "No"}),
            ("POST", f"/api/v1/events/{THERE}/ticket-types", {"name": "Mine"}),
            ("POST", f"/api/v1/events/{THERE}/rooms", {"name": "Mine"}),
            ("POST", f"/api/v1/events/{THERE}/sessions", {"title": "Mine"}),
            ("POST", "/api/v1/events", desk.new_event()),
            ("PATCH", f"/api/v1/event-series/{key('e2', 1)}", {"name": "Mine"}),
            ("PATCH", "/api/v1/promo-codes/EARLY20", {"percent": 99}),
            ("POST", "/api/v1/promo-codes", {"code": "MINE", "percent": 99}),
        ):
            refused(oskar.request(method, path, json=body), 403, "INSUFFICIENT_PERMISSIONS")
        assert oskar.patch(f"/api/v1/events/{HERE}", json={"summary": "Mine"}).status_code == 200

    def test_sees_no_drafts_and_no_figures_of_others(self, api: Api) -> None:
        oskar = limited(api, "organizer", ORGANIZER)
        refused(oskar.get(f"/api/v1/events/{desk.DRAFT_READY}"), 404, "RESOURCE_NOT_FOUND")
        assert oskar.get("/api/v1/events", params={"status": "draft"}).json()["data"] == []
        refused(oskar.get(f"/api/v1/events/{THERE}/statistics"), 403, "INSUFFICIENT_PERMISSIONS")
        assert oskar.get(f"/api/v1/events/{HERE}/statistics").status_code == 200

    def test_attends_others_like_anybody(self, api: Api) -> None:
        oskar = limited(api, "organizer", ORGANIZER)
        made = oskar.post("/api/v1/registrations", json=desk.order(desk.FREE_MEETUP))
        assert made.status_code == 201, made.text
        assert oskar.get(f"/api/v1/registrations/{made.json()['id']}").status_code == 200


class TestFinanceOfOneEvent:
    def test_sees_the_money_of_that_event(self, api: Api) -> None:
        fiona = limited(api, "finance", key("a1", 4), THERE)
        paid = fiona.get("/api/v1/payments", params={"subjectType": "registration"}).json()["data"]
        behind = [api.get(f"/api/v1/registrations/{row['subject']['id']}").json() for row in paid]
        assert {each["eventId"] for each in behind} == {THERE}
        billed = fiona.get("/api/v1/invoices", params={"pageSize": 100}).json()["data"]
        assert 0 < len(billed) < 100
        refused(fiona.get(f"/api/v1/payments/{key('d1', 8)}"), 404, "RESOURCE_NOT_FOUND")
        elsewhere = {"subject": {"bookingId": key("cb", 8)}, "billTo": {"name": "X"}}
        refused(fiona.post("/api/v1/invoices", json=elsewhere), 403, "INSUFFICIENT_PERMISSIONS")
