"""A role that was given for one location reaches no further."""

from __future__ import annotations

from tests.conftest import Api
from tests.platform.clinic import NINE, SMITH, ask, book, key, refused

BOOKINGS = "/api/v1/bookings"
WARSAW, LONDON = key("c1", 1), key("c1", 2)
RECEPTIONIST = key("a1", 16)


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
