"""Bookings through the front door: taking a place, and what becomes of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sandbox.platform.settling import booking_due, note_on_booking, settle_booking
from tests.conftest import Api
from tests.platform.clinic import (
    ADA,
    CONSULTATION,
    DISABLED,
    ELEVEN,
    GARCIA_LONDON,
    GARCIA_WARSAW,
    GROUP,
    NINE,
    NOWAK,
    ONE,
    SMITH,
    TEN,
    ask,
    book,
    emitted,
    key,
    money_in,
    refused,
    starts,
)

CLASS = "2026-11-25T17:00:00.000Z"
TUESDAY = "2026-11-24T12:00:00.000Z"


def post(api: Api, **body: Any) -> Any:
    return api.post("/api/v1/bookings", json=ask(**body))


def person(number: int) -> dict[str, str]:
    return {"givenName": f"Person {number}", "email": f"person{number}@sandbox.example"}


class TestCreateBooking:
    def test_is_confirmed_at_once(self, clinic: Api) -> None:
        before = len(emitted(clinic))
        made = book(clinic, NINE, comment="First visit")
        assert (made["status"], made["presence"], made["source"]) == ("confirmed", "unknown", "partner")
        assert (made["startsAt"], made["endsAt"]) == (NINE, "2026-11-23T08:30:00.000Z")
        assert made["price"] == {"amount": "200.00", "currency": "PLN"}
        assert made["payment"] == {"required": False, "status": "not_required", "paymentIds": []}
        assert len(made["code"]) == 8
        assert emitted(clinic, before) == ["customer.created", "booking.created", "booking.confirmed"]
        assert clinic.get(f"/api/v1/bookings/{made['id']}").json() == made

    def test_takes_the_slot_from_the_list(self, clinic: Api) -> None:
        book(clinic, NINE)
        query = {"from": NINE, "to": "2026-11-23T08:01:00Z", "offeringId": CONSULTATION}
        assert starts(clinic.get("/api/v1/slots", params=query)) == []

    def test_by_slot_id(self, clinic: Api) -> None:
        slot = clinic.fixture("slot.free_next_monday")
        answer = clinic.post("/api/v1/bookings", json={"slotId": slot, "customerId": ADA})
        assert answer.status_code == 201, answer.text
        assert (answer.json()["startsAt"], answer.json()["offeringId"]) == (NINE, CONSULTATION)

    def test_manual_confirmation_leaves_it_pending(self, clinic: Api) -> None:
        before = len(emitted(clinic))
        made = book(clinic, TUESDAY, assignment=SMITH, offering=11, customerId=ADA)
        assert made["status"] == "pending"
        assert made["confirmationExpiresAt"] == "2026-11-19T08:00:00.000Z"
        assert emitted(clinic, before) == ["booking.created"]

    def test_the_second_of_two_is_told_where_else(self, clinic: Api) -> None:
        book(clinic, NINE)
        error = refused(post(clinic, starts_at=NINE, customer=person(2)), 409, "SLOT_ALREADY_BOOKED")
        others = error["_links"]["alternatives"]
        assert 1 <= len(others) <= 5
        slot = clinic.get(others[0]["href"]).json()
        assert (slot["status"], slot["startsAt"]) == ("free", others[0]["startsAt"])

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ({"starts_at": ONE}, 409, "SLOT_UNAVAILABLE"),
            ({"starts_at": TEN}, 409, "SLOT_ALREADY_BOOKED"),
            ({"starts_at": TEN, "offering": 2}, 409, "SLOT_UNAVAILABLE"),
            ({"starts_at": ELEVEN}, 409, "SLOT_HELD"),
            ({"starts_at": "2026-11-17T08:00:00Z"}, 422, "SLOT_IN_PAST"),
            ({"starts_at": "2026-11-23T08:10:00Z"}, 422, "SLOT_NOT_ALIGNED"),
            ({"starts_at": "2026-11-22T08:00:00Z"}, 422, "SLOT_NOT_ALIGNED"),
            ({"starts_at": "2026-11-18T08:30:00Z"}, 422, "BOOKING_WINDOW_VIOLATION"),
            ({"starts_at": "2027-03-01T08:00:00Z"}, 422, "BOOKING_WINDOW_VIOLATION"),
            ({"assignment": key("c4", 11), "offering": 19}, 422, "BOOKING_WINDOW_VIOLATION"),
            ({"assignment": DISABLED, "offering": 14}, 409, "CALENDAR_DISABLED"),
            ({"assignment": key("c4", 13), "offering": 21}, 409, "PRACTITIONER_UNAVAILABLE"),
            ({"offering": 6}, 409, "OFFERING_INACTIVE"),
            ({"customerId": key("ca", 2)}, 403, "CUSTOMER_BLOCKED"),
            ({"customerId": key("ca", 7)}, 410, "RESOURCE_GONE"),
            ({"customerId": key("ca", 8)}, 403, "PROCESSING_RESTRICTED"),
            ({"customerId": key("ca", 99)}, 422, "BUSINESS_RULE_VIOLATION"),
            ({"offering": 5, "customerId": key("ca", 3)}, 422, "CUSTOMER_NOT_ELIGIBLE"),
            ({"offering": 4, "customerId": key("ca", 9)}, 422, "CUSTOMER_NOT_ELIGIBLE"),
            ({"customer": {**person(1), "dataPrivacyConsent": False}}, 422, "CONSENT_REQUIRED"),
            ({"customer": {"givenName": "Nobody"}}, 400, "VALIDATION_ERROR"),
            ({"customer": None}, 400, "VALIDATION_ERROR"),
            ({"holdId": key("c9", 1)}, 403, "HOLD_NOT_OWNED"),
            ({"holdId": key("c9", 99)}, 422, "BUSINESS_RULE_VIOLATION"),
            ({"offering": 11}, 422, "BUSINESS_RULE_VIOLATION"),
            ({"assignment": key("c4", 99)}, 422, "BUSINESS_RULE_VIOLATION"),
        ],
        ids=lambda value: str(value) if isinstance(value, str) else None,
    )
    def test_every_reason_has_its_code(self, clinic: Api, body: Any, status: int, code: str) -> None:
        if code == "CUSTOMER_NOT_ELIGIBLE" and body["offering"] == 4:
            with clinic.workspace.transaction() as tx:
                tx.put("customer", {**tx.need("customer", key("ca", 9)), "isReturning": True})
        before = emitted(clinic)
        refused(post(clinic, **body), status, code)
        assert emitted(clinic) == before

    def test_one_customer_cannot_be_in_two_places(self, clinic: Api) -> None:
        book(clinic, NINE, customerId=ADA)
        answer = post(clinic, starts_at=NINE, assignment=GARCIA_WARSAW, offering=12, customerId=ADA)
        refused(answer, 409, "CUSTOMER_OVERLAP")

    def test_a_practitioner_cannot_be_in_two_places(self, clinic: Api) -> None:
        book(clinic, TEN, assignment=GARCIA_WARSAW, offering=12)
        answer = post(clinic, starts_at=TEN, assignment=GARCIA_LONDON, offering=13, customer=person(2))
        refused(answer, 409, "SLOT_UNAVAILABLE")

    def test_buffers_are_kept_free(self, clinic: Api) -> None:
        tight = {"assignment": key("c4", 12), "offering": 20}
        book(clinic, "2026-11-23T10:00:00.000Z", **tight)
        for neighbour in ("2026-11-23T09:30:00.000Z", "2026-11-23T10:30:00.000Z"):
            refused(post(clinic, starts_at=neighbour, customer=person(2), **tight), 409, "SLOT_UNAVAILABLE")
        book(clinic, "2026-11-23T11:00:00.000Z", customer=person(2), **tight)

    def test_the_last_place_of_a_group(self, clinic: Api) -> None:
        made = book(clinic, CLASS, assignment=GROUP, offering=7)
        assert made["status"] == "confirmed"
        answer = post(clinic, starts_at=CLASS, assignment=GROUP, offering=7, customer=person(9))
        refused(answer, 409, "SLOT_ALREADY_BOOKED")

    def test_a_known_person_is_recognised(self, clinic: Api) -> None:
        ada = {"givenName": "Ada", "email": "ADA@sandbox.example"}
        assert book(clinic, NINE, customer=ada)["customerId"] == ADA

    def test_an_external_reference_is_used_once(self, clinic: Api) -> None:
        first = book(clinic, NINE, externalRef="pms-1")
        error = refused(
            post(clinic, starts_at="2026-11-24T08:00:00Z", externalRef="pms-1", customer=person(2)),
            409,
            "DUPLICATE_RESOURCE",
        )
        assert error["_links"]["existing"]["href"].endswith(first["id"])

    def test_a_price_that_must_be_paid_first(self, clinic: Api) -> None:
        made = book(clinic, NINE, offering=3)
        assert made["status"] == "pending"
        assert made["payment"] == {"required": True, "status": "unpaid", "paymentIds": []}
        assert made["confirmationExpiresAt"] == "2026-11-18T08:30:00.000Z"

    def test_twenty_at_once_get_one_slot(self, clinic: Api) -> None:
        with ThreadPoolExecutor(20) as crowd:
            answers = list(crowd.map(lambda n: post(clinic, starts_at=NINE, customer=person(n)), range(20)))
        assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
        lost = [answer for answer in answers if answer.status_code == 409]
        assert {answer.json()["error"]["code"] for answer in lost} == {"SLOT_ALREADY_BOOKED"}
        assert emitted(clinic).count("booking.created") == 1


class TestHolds:
    def hold(self, clinic: Api, starts_at: str = NINE) -> str:
        body = {"assignmentId": NOWAK, "offeringId": CONSULTATION, "startsAt": starts_at}
        return str(clinic.post("/api/v1/slot-holds", json=body).json()["id"])

    def test_a_hold_is_used_up(self, clinic: Api) -> None:
        kept = self.hold(clinic)
        book(clinic, NINE, holdId=kept)
        assert clinic.get(f"/api/v1/slot-holds/{kept}").json()["status"] == "consumed"
        refused(post(clinic, starts_at=NINE, holdId=kept), 409, "HOLD_EXPIRED")

    def test_a_hold_says_which_slot(self, clinic: Api) -> None:
        answer = clinic.post("/api/v1/bookings", json={"holdId": self.hold(clinic), "customerId": ADA})
        assert answer.json()["startsAt"] == NINE

    def test_a_lapsed_hold_gives_the_slot_to_others(self, clinic: Api) -> None:
        kept = self.hold(clinic)
        clinic.advance("PT6M")
        refused(post(clinic, starts_at=NINE, holdId=kept), 409, "HOLD_EXPIRED")
        book(clinic, NINE)

    def test_a_failed_booking_leaves_the_hold_as_it_was(self, clinic: Api) -> None:
        kept = self.hold(clinic)
        refused(post(clinic, starts_at=NINE, holdId=kept, customerId=key("ca", 2)), 403, "CUSTOMER_BLOCKED")
        assert clinic.get(f"/api/v1/slot-holds/{kept}").json()["status"] == "active"


class TestSettling:
    def test_payment_confirms(self, clinic: Api) -> None:
        made = book(clinic, NINE, offering=3)
        refused(clinic.post(f"/api/v1/bookings/{made['id']}/confirm"), 409, "INVALID_STATE_TRANSITION")
        with clinic.workspace.transaction() as tx:
            assert booking_due(tx, made["id"]) == {"amount": "250.00", "currency": "PLN"}
            settle_booking(tx, made["id"], money_in(tx))
            settle_booking(tx, made["id"], money_in(tx))
            assert booking_due(tx, made["id"]) is None
        paid = clinic.get(f"/api/v1/bookings/{made['id']}").json()
        assert (paid["status"], paid["confirmationExpiresAt"]) == ("confirmed", None)
        assert paid["payment"] == {"required": True, "status": "paid", "paymentIds": ["pay-1"]}
        assert emitted(clinic).count("booking.confirmed") == 1

    def test_without_payment_the_time_is_given_back(self, clinic: Api) -> None:
        made = book(clinic, NINE, offering=3)
        clinic.advance("PT31M")
        assert clinic.get(f"/api/v1/bookings/{made['id']}").json()["status"] == "expired"
        assert emitted(clinic)[-1] == "booking.expired"
        book(clinic, NINE, customer=person(2))

    def test_money_that_comes_too_late_revives_nothing(self, clinic: Api) -> None:
        made = book(clinic, NINE, offering=3)
        clinic.advance("PT31M")
        with clinic.workspace.transaction() as tx:
            assert settle_booking(tx, made["id"], money_in(tx))["status"] == "expired"
            note_on_booking(tx, made["id"], money_in(tx, "refunded", "250.00"))
        assert clinic.get(f"/api/v1/bookings/{made['id']}").json()["payment"]["status"] == "refunded"


class TestListBookings:
    def test_in_order_of_time_and_within_a_range(self, clinic: Api) -> None:
        query = {"from": "2026-11-23T00:00:00Z", "to": "2026-11-28T00:00:00Z", "assignmentId": NOWAK}
        found = clinic.get("/api/v1/bookings", params=query).json()["data"]
        assert [booking["id"][-2:] for booking in found] == ["01", "07", "08", "09", "13"]
        assert [booking["startsAt"] for booking in found] == sorted(booking["startsAt"] for booking in found)

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({"conflict": "true"}, 2),
            ({"status": "declined,expired"}, 10),
            ({"paymentStatus": "paid"}, 1),
            ({"source": "import"}, 2),
            ({"offeringId": key("c5", 7)}, 7),
            ({"customerId": ADA}, 3),
            ({"presence": "absent", "pageSize": 100}, 12),
        ],
        ids=str,
    )
    def test_narrowed(self, clinic: Api, query: dict[str, Any], expected: int) -> None:
        assert len(clinic.get("/api/v1/bookings", params=query).json()["data"]) == expected

    def test_a_range_that_ends_before_it_begins(self, clinic: Api) -> None:
        query = {"from": "2026-11-28T00:00:00Z", "to": "2026-11-23T00:00:00Z"}
        refused(clinic.get("/api/v1/bookings", params=query), 400, "INVALID_DATE_RANGE")

    def test_what_another_partner_keeps_to_itself_is_not_there(self, clinic: Api) -> None:
        foreign = key("cb", 12)
        refused(clinic.get(f"/api/v1/bookings/{foreign}"), 404, "RESOURCE_NOT_FOUND")
        refused(clinic.post(f"/api/v1/bookings/{foreign}/confirm"), 404, "RESOURCE_NOT_FOUND")
        query: dict[str, Any] = {"assignmentId": GARCIA_WARSAW, "pageSize": 100}
        assert foreign not in {
            row["id"] for row in clinic.get("/api/v1/bookings", params=query).json()["data"]
        }
        assert clinic.as_("partner-other").get(f"/api/v1/bookings/{foreign}").status_code == 200

    def test_of_one_customer(self, clinic: Api) -> None:
        found = clinic.get(f"/api/v1/customers/{ADA}/bookings").json()["data"]
        assert {booking["customerId"] for booking in found} == {ADA}


class TestLinks:
    @pytest.mark.parametrize(
        ("status", "offered"),
        {
            "pending": {"cancel", "confirm", "reschedule"},
            "confirmed": {"cancel", "reschedule"},
            **dict.fromkeys(("completed", "no_show", "cancelled", "declined", "expired"), set()),
        }.items(),
    )
    def test_lead_only_to_what_the_state_admits(self, clinic: Api, status: str, offered: set[str]) -> None:
        query = {"status": status, "pageSize": 1}
        [booking] = clinic.get("/api/v1/bookings", params=query).json()["data"]
        assert booking["_links"].keys() == {"self", *offered}
        bodies = {"cancel": {"reason": "other"}, "reschedule": {"startsAt": NINE}}
        for action in {"cancel", "confirm", "reschedule"} - offered:
            answer = clinic.post(f"/api/v1/bookings/{booking['id']}/{action}", json=bodies.get(action))
            refused(answer, 409, "INVALID_STATE_TRANSITION")


class TestUpdateBooking:
    def test_changes_what_is_written_on_it(self, clinic: Api) -> None:
        made = book(clinic, NINE)
        changed = clinic.patch(
            f"/api/v1/bookings/{made['id']}", json={"comment": "Late by ten minutes"}
        ).json()
        assert (changed["comment"], changed["version"]) == ("Late by ten minutes", 2)
        assert emitted(clinic)[-1] == "booking.updated"

    def test_not_its_time(self, clinic: Api) -> None:
        made = book(clinic, NINE)
        answer = clinic.patch(f"/api/v1/bookings/{made['id']}", json={"startsAt": TEN})
        refused(answer, 400, "VALIDATION_ERROR")

    def test_not_once_it_is_over(self, clinic: Api) -> None:
        answer = clinic.patch(f"/api/v1/bookings/{key('cb', 7)}", json={"comment": "?"})
        refused(answer, 409, "INVALID_STATE_TRANSITION")

    def test_only_the_version_that_was_seen(self, clinic: Api) -> None:
        made = book(clinic, NINE)
        stale = {"If-Match": '"booking-00000000-v9"'}
        answer = clinic.patch(f"/api/v1/bookings/{made['id']}", json={"comment": "?"}, headers=stale)
        refused(answer, 412, "PRECONDITION_FAILED")

    def test_the_internal_note_is_for_staff(self, clinic: Api) -> None:
        made = book(clinic, NINE, internalNote="Owes us money")
        assert made["internalNote"] == "Owes us money"
        changed = clinic.patch(f"/api/v1/bookings/{made['id']}", json={"internalNote": "Has paid"}).json()
        assert (changed["internalNote"], changed["version"]) == ("Has paid", 2)
        seen = clinic.as_("readonly-demo").get(f"/api/v1/bookings/{made['id']}")
        assert seen.json()["internalNote"] is None

    def test_no_event_carries_the_internal_note(self, clinic: Api) -> None:
        book(clinic, NINE, internalNote="Owes us money")
        with clinic.workspace.transaction() as tx:
            told = [delivery["payload"] for delivery in tx.find("delivery")]
        assert "booking.created" in str(told)
        assert "Owes us money" not in str(told)
