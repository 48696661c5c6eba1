"""What becomes of a booking: confirmed, declined, moved, cancelled, kept or missed."""

from __future__ import annotations

from typing import Any

from tests.conftest import Api
from tests.platform.clinic import (
    ADA,
    CONSULTATION,
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

TUESDAY = "2026-11-24T10:00:00.000Z"
FUTURE, MANUAL, DONE, MISSED, GONE, PREPAID, RESTLESS, LATE = (
    key("cb", n) for n in (1, 2, 5, 6, 7, 8, 9, 10)
)


def act(api: Api, booking: str, action: str, **body: Any) -> Any:
    return api.post(f"/api/v1/bookings/{booking}/{action}", json=body or None)


class TestConfirmBooking:
    def test_a_pending_one_once(self, clinic: Api) -> None:
        confirmed = act(clinic, MANUAL, "confirm").json()
        assert (confirmed["status"], confirmed["confirmationExpiresAt"]) == ("confirmed", None)
        assert emitted(clinic) == ["booking.confirmed"]
        refused(act(clinic, MANUAL, "confirm"), 409, "INVALID_STATE_TRANSITION")

    def test_needs_the_right_to_manage(self, clinic: Api) -> None:
        refused(act(clinic.as_("readonly-demo"), MANUAL, "confirm"), 403, "INSUFFICIENT_SCOPE")


class TestDeclineBooking:
    def test_gives_the_time_back(self, clinic: Api) -> None:
        declined = act(clinic, MANUAL, "decline", reason="Conference").json()
        assert (declined["status"], declined["cancellationReason"]) == ("declined", "Conference")
        assert emitted(clinic) == ["booking.declined"]
        book(clinic, declined["startsAt"], assignment=key("c4", 2), offering=11)

    def test_the_reason_may_be_left_out(self, clinic: Api) -> None:
        assert clinic.post(f"/api/v1/bookings/{MANUAL}/decline").status_code == 200


class TestRescheduleBooking:
    def test_same_booking_another_time(self, clinic: Api) -> None:
        before = clinic.get(f"/api/v1/bookings/{FUTURE}").json()
        moved = act(clinic, FUTURE, "reschedule", startsAt=TUESDAY, reason="Train strike").json()
        assert (moved["id"], moved["version"], moved["startsAt"]) == (FUTURE, before["version"] + 1, TUESDAY)
        assert moved["rescheduleCount"] == 1
        assert [(time["startsAt"], time["reason"]) for time in moved["previousTimes"]] == [
            (TEN, "Train strike")
        ]
        query = {"from": TEN, "to": "2026-11-23T09:01:00Z", "offeringId": CONSULTATION}
        assert starts(clinic.get("/api/v1/slots", params=query)) == [TEN]
        with clinic.workspace.transaction() as tx:
            event = tx.find("outbox")[-1]
        assert (event["type"], event["extra"]["previous"]["startsAt"]) == ("booking.rescheduled", TEN)

    def test_to_a_time_that_overlaps_its_own(self, clinic: Api) -> None:
        made = book(clinic, "2026-11-23T14:00:00.000Z", offering=2)
        moved = act(
            clinic, made["id"], "reschedule", startsAt="2026-11-23T14:00:00Z", offeringId=CONSULTATION
        )
        assert moved.json()["endsAt"] == "2026-11-23T14:30:00.000Z"

    def test_not_to_a_taken_time(self, clinic: Api) -> None:
        made = book(clinic, NINE)
        refused(act(clinic, made["id"], "reschedule", startsAt=TEN), 409, "SLOT_ALREADY_BOOKED")
        refused(act(clinic, made["id"], "reschedule", startsAt=ONE), 409, "SLOT_UNAVAILABLE")

    def test_to_another_city_for_the_same_service(self, clinic: Api) -> None:
        made = book(clinic, TEN, assignment=GARCIA_WARSAW, offering=12)
        moved = act(clinic, made["id"], "reschedule", startsAt=TUESDAY, assignmentId=GARCIA_LONDON).json()
        assert (moved["assignmentId"], moved["offeringId"]) == (GARCIA_LONDON, key("c5", 13))
        assert moved["price"]["currency"] == "GBP"

    def test_only_to_what_could_be_booked_now(self, clinic: Api) -> None:
        for start, status, code in (
            ("2026-11-18T08:30:00Z", 422, "BOOKING_WINDOW_VIOLATION"),
            ("2027-06-01T08:00:00Z", 422, "BOOKING_WINDOW_VIOLATION"),
            ("2026-11-17T09:00:00Z", 422, "SLOT_IN_PAST"),
            ("2026-11-24T09:10:00Z", 422, "SLOT_NOT_ALIGNED"),
        ):
            refused(act(clinic, FUTURE, "reschedule", startsAt=start), status, code)

    def test_no_more_than_five_times(self, clinic: Api) -> None:
        refused(act(clinic, RESTLESS, "reschedule", startsAt=TUESDAY), 409, "RESCHEDULE_LIMIT_REACHED")

    def test_not_with_money_on_another_account(self, clinic: Api) -> None:
        answer = act(clinic, PREPAID, "reschedule", startsAt=TUESDAY, assignmentId=GARCIA_LONDON)
        refused(answer, 422, "BOOKING_HOLDS_PAYMENT")

    def test_not_once_it_is_over(self, clinic: Api) -> None:
        refused(act(clinic, GONE, "reschedule", startsAt=TUESDAY), 409, "INVALID_STATE_TRANSITION")

    def test_only_the_version_that_was_seen(self, clinic: Api) -> None:
        answer = clinic.post(
            f"/api/v1/bookings/{FUTURE}/reschedule", json={"startsAt": TUESDAY}, headers={"If-Match": '"old"'}
        )
        refused(answer, 412, "PRECONDITION_FAILED")

    def test_needs_a_time_or_a_slot(self, clinic: Api) -> None:
        refused(act(clinic, FUTURE, "reschedule", reason="?"), 400, "VALIDATION_ERROR")


class TestCancelBooking:
    def test_gives_the_time_back(self, clinic: Api) -> None:
        cancelled = act(clinic, FUTURE, "cancel", reason="Better now").json()
        assert (cancelled["status"], cancelled["cancelledBy"]) == ("cancelled", "partner")
        assert emitted(clinic) == ["booking.cancelled"]
        book(clinic, TEN)
        refused(act(clinic, FUTURE, "cancel", reason="Again"), 409, "INVALID_STATE_TRANSITION")

    def test_not_inside_the_window_unless_overridden(self, clinic: Api) -> None:
        refused(act(clinic, LATE, "cancel", reason="Ill"), 409, "CANCELLATION_WINDOW_CLOSED")
        desk = clinic.persona("practitioner")
        cancelled = act(desk, LATE, "cancel", reason="Ill", override=True).json()
        assert (cancelled["status"], cancelled["cancelledBy"]) == ("cancelled", "location")

    def test_money_goes_back_in_time_only_or_if_staff_say_so(self, clinic: Api) -> None:
        act(clinic, PREPAID, "cancel", reason="Moved away", refund="none")
        assert not agenda(clinic, "payment.refund_subject")
        with clinic.workspace.transaction() as tx:
            paid = {"required": True, "status": "paid", "paymentIds": []}
            tx.put("booking", {**tx.need("booking", LATE), "payment": paid})
        act(clinic, LATE, "cancel", reason="Ill", override=True)
        assert not agenda(clinic, "payment.refund_subject")

    def test_needs_a_reason(self, clinic: Api) -> None:
        refused(clinic.post(f"/api/v1/bookings/{FUTURE}/cancel", json={}), 400, "VALIDATION_ERROR")


class TestMarkPresence:
    def presence(self, api: Api, booking: str, presence: str) -> Any:
        return api.put(f"/api/v1/bookings/{booking}/presence", json={"presence": presence})

    def test_absent_then_present(self, clinic: Api) -> None:
        made = book(clinic, NINE)
        refused(self.presence(clinic, made["id"], "absent"), 409, "INVALID_STATE_TRANSITION")
        clinic.control.post("/sandbox/v1/clock/advance", json={"to": "2026-11-23T08:10:00Z"})
        before = len(emitted(clinic))
        missed = self.presence(clinic, made["id"], "absent").json()
        assert (missed["status"], missed["presence"]) == ("no_show", "absent")
        came = self.presence(clinic, made["id"], "present").json()
        assert (came["status"], came["presence"]) == ("completed", "present")
        told = [each for each in emitted(clinic, before) if "presence" in each or each == "booking.completed"]
        assert told == ["booking.presence_marked", "booking.presence_marked", "booking.completed"]
        assert clinic.get(f"/api/v1/customers/{made['customerId']}").json()["isReturning"]

    def test_the_same_again_changes_nothing(self, clinic: Api) -> None:
        assert self.presence(clinic, MISSED, "absent").json()["version"] == 1
        assert emitted(clinic) == []

    def test_never_of_a_cancelled_one(self, clinic: Api) -> None:
        refused(self.presence(clinic, GONE, "present"), 409, "INVALID_STATE_TRANSITION")


class TestTime:
    def test_completes_what_nobody_marked(self, clinic: Api) -> None:
        made = book(clinic, NINE, customerId=ADA)
        clinic.control.post("/sandbox/v1/clock/advance", json={"to": "2026-11-23T08:29:00Z"})
        assert clinic.get(f"/api/v1/bookings/{made['id']}").json()["status"] == "confirmed"
        clinic.control.post("/sandbox/v1/clock/advance", json={"to": "2026-11-23T08:30:00Z"})
        done = clinic.get(f"/api/v1/bookings/{made['id']}").json()
        assert (done["status"], done["presence"]) == ("completed", "unknown")
        assert emitted(clinic)[-1] == "booking.completed"

    def test_a_pending_one_lapses_unconfirmed(self, clinic: Api) -> None:
        made = book(clinic, TEN, assignment=key("c4", 2), offering=11)
        clinic.advance("PT24H")
        assert clinic.get(f"/api/v1/bookings/{made['id']}").json()["status"] == "expired"

    def test_a_moved_booking_ends_at_its_new_time(self, clinic: Api) -> None:
        act(clinic, FUTURE, "reschedule", startsAt=TUESDAY)
        clinic.control.post("/sandbox/v1/clock/advance", json={"to": "2026-11-23T12:00:00Z"})
        assert clinic.get(f"/api/v1/bookings/{FUTURE}").json()["status"] == "confirmed"


class TestNeverTwice:
    def test_no_practitioner_is_in_two_places_after_many_calls(self, clinic: Api) -> None:
        """Whatever was asked for: what stands never overlaps, except the seeded import conflict."""
        hours = [
            f"2026-11-{day}T{hour:02d}:{minute}:00Z"
            for day in (24, 26)
            for hour in (8, 9)
            for minute in ("00", "30")
        ]
        for n, starts_at in enumerate(hours * 3):
            sold = ((NOWAK, 1), (NOWAK, 2), (GARCIA_WARSAW, 12), (GARCIA_LONDON, 13), (NOWAK, 8))[n % 5]
            who = {"givenName": "P", "email": f"p{n}@sandbox.example"}
            body = {
                "assignmentId": sold[0],
                "offeringId": key("c5", sold[1]),
                "startsAt": starts_at,
                "customer": who,
            }
            made = clinic.post("/api/v1/bookings", json=body)
            if made.status_code == 201 and n % 4 == 0:
                act(clinic, made.json()["id"], "reschedule", startsAt=hours[(n * 5 + 3) % len(hours)])
        assert overlaps(clinic) == {(key("cb", 3), key("cb", 4))}


def agenda(api: Api, job: str) -> list[str]:
    """Whom the job is due for."""
    with api.workspace.transaction() as tx:
        return [entry["subject"] for entry in tx.find("agenda", {"job": job})]


def overlaps(api: Api) -> set[tuple[str, str]]:
    """Pairs of bookings that share a practitioner and an instant, group classes apart."""
    with api.workspace.transaction() as tx:
        active = tx.find("booking", {"status": ["pending", "confirmed"]}, order="startsAt")
    return {
        (one["id"], two["id"])
        for n, one in enumerate(active)
        for two in active[n + 1 :]
        if one["practitionerId"] == two["practitionerId"]
        and two["startsAt"] < one["endsAt"]
        and one["offeringId"] != key("c5", 7)
    }


class TestListBookingHistory:
    def test_tells_every_step_in_order(self, clinic: Api) -> None:
        made = book(clinic)
        address = f"/api/v1/bookings/{made['id']}"
        clinic.advance("PT1M")
        clinic.post(
            f"{address}/reschedule", json={"startsAt": "2026-11-23T08:30:00Z", "reason": "earlier bus"}
        )
        clinic.advance("PT1M")
        clinic.patch(address, json={"comment": "by bus"})
        clinic.advance("PT1M")
        clinic.post(f"{address}/cancel", json={"reason": "ill"})
        steps = clinic.get(f"{address}/history").json()["data"]
        names = ["created", "confirmed", "rescheduled", "updated", "cancelled"]
        assert [step["action"] for step in steps] == names
        assert (steps[0]["to"]["startsAt"], steps[0]["by"]) == (NINE, made["bookedBy"])
        assert (steps[2]["from"]["startsAt"], steps[2]["to"]["startsAt"]) == (
            NINE,
            "2026-11-23T08:30:00.000Z",
        )
        assert (steps[2]["reason"], steps[4]["reason"], steps[4]["by"]) == ("earlier bus", "ill", "partner")

    def test_keeps_the_order_when_the_clock_stands_still(self, clinic: Api) -> None:
        address = f"/api/v1/bookings/{book(clinic)['id']}"
        clinic.post(f"{address}/reschedule", json={"startsAt": "2026-11-23T08:30:00Z"})
        clinic.patch(address, json={"comment": "by bus"})
        clinic.post(f"{address}/reschedule", json={"startsAt": NINE})
        clinic.post(f"{address}/cancel", json={"reason": "ill"})
        steps = [step["action"] for step in clinic.get(f"{address}/history").json()["data"]]
        assert steps == ["created", "confirmed", "rescheduled", "updated", "rescheduled", "cancelled"]

    def test_of_fixtures_whose_events_nobody_kept(self, clinic: Api) -> None:
        moved = clinic.get(f"/api/v1/bookings/{key('cb', 9)}/history").json()["data"]
        assert [step["action"] for step in moved] == ["created", *["rescheduled"] * 5]
        missed = clinic.get(f"/api/v1/bookings/{key('cb', 6)}/history").json()["data"]
        assert [step["action"] for step in missed] == ["created", "presence_marked"]

    def test_not_of_what_another_partner_keeps_to_itself(self, clinic: Api) -> None:
        refused(clinic.get(f"/api/v1/bookings/{key('cb', 12)}/history"), 404, "RESOURCE_NOT_FOUND")


class TestClosedLocation:
    def test_cancels_what_has_not_begun(self, clinic: Api) -> None:
        warsaw = f"/api/v1/locations/{key('c1', 1)}"
        assert clinic.patch(warsaw, json={"status": "inactive"}).status_code == 200
        query = {"locationId": key("c1", 1), "from": "2026-11-18T08:00:00Z", "pageSize": 100}
        coming = clinic.as_("internal-demo").get("/api/v1/bookings", params=query).json()["data"]
        assert len(coming) < 100
        assert not [
            b for b in coming if b["status"] in ("pending", "confirmed") and b["startsAt"] > WEDNESDAY
        ]
        closed = [b for b in coming if b["cancellationReason"] == "the location is closed"]
        assert {b["cancelledBy"] for b in closed} == {"location"}
        assert emitted(clinic).count("booking.cancelled") == len(closed)
        refused(clinic.post("/api/v1/bookings", json=ask()), 409, "CALENDAR_DISABLED")

    def test_other_changes_cancel_nothing(self, clinic: Api) -> None:
        clinic.patch(f"/api/v1/locations/{key('c1', 1)}", json={"phone": "+447700900111"})
        assert "booking.cancelled" not in emitted(clinic)
