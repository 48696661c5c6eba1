"""Partners that want to be asked: before a booking, before a move, with the slot held meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.conftest import Api
from tests.platform.clinic import (
    CONSULTATION,
    GROUP,
    NINE,
    NOWAK,
    ask,
    book,
    emitted,
    key,
    refused,
    starts,
)

BINS = "/sandbox/v1/inspector/bins"
LAST_PLACE, CLASS = "2026-11-25T17:00:00.000Z", "2026-12-02T17:00:00.000Z"
HALF_PAST = "2026-11-23T08:30:00.000Z"
NO = '{"errorCode": "NO_ROOM", "message": "the room is being painted"}'


def partner(api: Api, response: dict[str, Any], **blocking: Any) -> tuple[str, str]:
    """A subscription that is asked and answers so; the ids of its bin and its own."""
    bin_id = api.control.post(BINS, json={"name": "partner", "response": response}).json()["id"]
    body = {
        "url": f"https://inspector.sandbox.example/{bin_id}",
        "eventTypes": ["booking.requested", "booking.move_requested"],
        "blocking": {"enabled": True, **blocking},
    }
    answer = api.post("/api/v1/webhooks", json=body)
    assert answer.status_code == 201, answer.text
    return bin_id, answer.json()["id"]


def received(api: Api, bin_id: str) -> list[dict[str, Any]]:
    rows = api.control.get(f"{BINS}/{bin_id}/requests").json()["data"]
    return [row["bodyJson"] for row in rows]


def slots(api: Api, **query: str) -> list[str]:
    when = {"from": NINE, "to": "2026-11-23T09:00:00Z", "offeringId": CONSULTATION, **query}
    return starts(api.get(f"/api/v1/assignments/{NOWAK}/slots", params=when))


def holds(api: Api) -> int:
    with api.workspace.transaction() as tx:
        return sum(hold["status"] == "active" for hold in tx.find("slot_hold"))


class TestBooking:
    def test_goes_on_when_the_partner_agrees(self, clinic: Api) -> None:
        bin_id, webhook = partner(clinic, {"status": 204})
        before = holds(clinic)
        made = book(clinic)
        [asked] = received(clinic, bin_id)
        assert asked["event"] == "booking.requested"
        assert (asked["data"]["id"], asked["data"]["startsAt"]) == (made["id"], NINE)
        assert asked["data"]["customer"]["email"] == "maria@sandbox.example"
        assert asked["data"]["customerId"] is None
        assert holds(clinic) == before
        assert emitted(clinic) == ["customer.created", "booking.created", "booking.confirmed"]
        [row] = clinic.get(f"/api/v1/webhooks/{webhook}/deliveries").json()["data"]
        assert (row["status"], row["eventType"], row["attemptCount"]) == ("succeeded", "booking.requested", 1)

    def test_is_refused_with_the_partners_words(self, clinic: Api) -> None:
        _, webhook = partner(clinic, {"status": 409, "body": NO})
        error = refused(clinic.post("/api/v1/bookings", json=ask()), 409, "BOOKING_REJECTED_BY_PARTNER")
        assert error["details"] == "NO_ROOM: the room is being painted"
        assert NINE in [slot["startsAt"] for slot in error["_links"]["alternatives"]]
        assert slots(clinic) == [NINE, HALF_PAST]
        assert emitted(clinic) == []
        [row] = clinic.get(f"/api/v1/webhooks/{webhook}/deliveries").json()["data"]
        assert (row["status"], row["lastStatusCode"], row["nextAttemptAt"]) == ("exhausted", 409, None)
        clinic.advance("PT1H")
        assert clinic.get(f"/api/v1/webhooks/{webhook}/deliveries").json()["pagination"]["totalItems"] == 1

    def test_silence_is_no_or_yes_as_agreed(self, clinic: Api) -> None:
        _, webhook = partner(clinic, {"status": 200, "delayMs": 3000}, timeoutSeconds=1)
        error = refused(clinic.post("/api/v1/bookings", json=ask()), 504, "PARTNER_TIMEOUT")
        assert error["details"] == "no answer within 1 seconds"
        change = {"blocking": {"enabled": True, "timeoutSeconds": 1, "onTimeout": "accept"}}
        assert clinic.patch(f"/api/v1/webhooks/{webhook}", json=change).status_code == 200
        assert book(clinic)["status"] == "confirmed"

    def test_what_we_refuse_ourselves_nobody_is_asked(self, clinic: Api) -> None:
        bin_id, _ = partner(clinic, {"status": 200})
        taken = ask("2026-11-23T09:00:00Z")
        refused(clinic.post("/api/v1/bookings", json=taken), 409, "SLOT_ALREADY_BOOKED")
        blocked = ask(customerId=key("ca", 2))
        refused(clinic.post("/api/v1/bookings", json=blocked), 403, "CUSTOMER_BLOCKED")
        assert received(clinic, bin_id) == []

    def test_one_no_is_enough(self, clinic: Api) -> None:
        bin_id, _ = partner(clinic, {"status": 200})
        partner(clinic, {"status": 500})
        error = refused(clinic.post("/api/v1/bookings", json=ask()), 409, "BOOKING_REJECTED_BY_PARTNER")
        assert error["details"] == "the partner answered 500"
        assert len(received(clinic, bin_id)) == 1

    def test_the_slot_is_held_meanwhile(self, clinic: Api) -> None:
        bin_id, _ = partner(clinic, {"status": 200, "delayMs": 400})
        other = clinic.as_("partner-other")
        with ThreadPoolExecutor(1) as thread:
            first = thread.submit(clinic.post, "/api/v1/bookings", json=ask())
            waited = clinic.control.get(f"{BINS}/{bin_id}/wait", params={"timeoutMs": 5000})
            assert waited.status_code == 200, waited.text
            assert slots(other) == [HALF_PAST]
            late = {"customer": {"givenName": "Late", "email": "late@sandbox.example"}}
            error = refused(other.post("/api/v1/bookings", json=ask(**late)), 409, "SLOT_HELD")
            assert error["target"] == "/startsAt"
            assert first.result().status_code == 201
        assert slots(other) == [HALF_PAST]

    @pytest.mark.parametrize(
        ("slot", "places"),
        [((NOWAK, 1, NINE), 1), ((GROUP, 7, "2026-11-25T17:00:00.000Z"), 1), ((GROUP, 7, CLASS), 8)],
    )
    def test_many_at_once_get_no_more_places_than_there_are(
        self, clinic: Api, slot: tuple[str, int, str], places: int
    ) -> None:
        partner(clinic, {"status": 200, "delayMs": 50})
        assignment, offering, start = slot

        def call(number: int) -> int:
            who = {"givenName": "P", "email": f"many{number}@sandbox.example"}
            body = ask(start, offering, assignment, customer=who)
            return clinic.post("/api/v1/bookings", json=body).status_code

        with ThreadPoolExecutor(12) as threads:
            statuses = list(threads.map(call, range(12)))
        assert (statuses.count(201), statuses.count(409)) == (places, 12 - places)

    def test_uses_up_a_hold(self, clinic: Api) -> None:
        partner(clinic, {"status": 200})
        slot = {"assignmentId": NOWAK, "offeringId": CONSULTATION, "startsAt": NINE}
        hold = clinic.post("/api/v1/slot-holds", json=slot).json()["id"]
        body = {"holdId": hold, "customer": {"givenName": "Maria", "email": "maria@sandbox.example"}}
        answer = clinic.post("/api/v1/bookings", json=body)
        assert answer.status_code == 201, answer.text
        assert clinic.get(f"/api/v1/slot-holds/{hold}").json()["status"] == "consumed"

    def test_a_refused_one_leaves_the_hold_with_its_owner(self, clinic: Api) -> None:
        partner(clinic, {"status": 500})
        slot = {"assignmentId": NOWAK, "offeringId": CONSULTATION, "startsAt": NINE}
        hold = clinic.post("/api/v1/slot-holds", json=slot).json()["id"]
        body = {"holdId": hold, "customer": {"givenName": "Maria", "email": "maria@sandbox.example"}}
        refused(clinic.post("/api/v1/bookings", json=body), 409, "BOOKING_REJECTED_BY_PARTNER")
        assert clinic.get(f"/api/v1/slot-holds/{hold}").json()["status"] == "active"

    def test_a_repeated_request_asks_once(self, clinic: Api) -> None:
        bin_id, _ = partner(clinic, {"status": 200})
        headers = {"Idempotency-Key": "once-and-only-once"}
        first, second = (clinic.post("/api/v1/bookings", json=ask(), headers=headers) for _ in range(2))
        assert (first.status_code, first.json()["id"]) == (201, second.json()["id"])
        assert len(received(clinic, bin_id)) == 1

    @pytest.mark.parametrize(
        "changes", [{"blocking": {"enabled": False}}, {"filters": {"locationIds": [key("c1", 2)]}}]
    )
    def test_not_by_those_who_do_not_want_it(self, clinic: Api, changes: dict[str, Any]) -> None:
        bin_id, webhook = partner(clinic, {"status": 500})
        answer = clinic.patch(f"/api/v1/webhooks/{webhook}", json=changes)
        assert answer.status_code == 200, answer.text
        assert book(clinic)["status"] == "confirmed"
        assert received(clinic, bin_id) == []


class TestMoving:
    def test_goes_on_when_the_partner_agrees(self, clinic: Api) -> None:
        made = book(clinic)
        bin_id, _ = partner(clinic, {"status": 200})
        answer = clinic.post(f"/api/v1/bookings/{made['id']}/reschedule", json={"startsAt": HALF_PAST})
        assert (answer.status_code, answer.json()["startsAt"]) == (200, HALF_PAST)
        [asked] = received(clinic, bin_id)
        assert asked["event"] == "booking.move_requested"
        assert (asked["data"]["startsAt"], asked["data"]["previous"]["startsAt"]) == (HALF_PAST, NINE)
        assert emitted(clinic)[-1] == "booking.rescheduled"

    def test_stays_where_it_was_when_the_partner_refuses(self, clinic: Api) -> None:
        made = book(clinic)
        partner(clinic, {"status": 422})
        answer = clinic.post(f"/api/v1/bookings/{made['id']}/reschedule", json={"startsAt": HALF_PAST})
        refused(answer, 409, "BOOKING_REJECTED_BY_PARTNER")
        assert clinic.get(f"/api/v1/bookings/{made['id']}").json() == made
        assert slots(clinic) == [HALF_PAST]


class TestBatches:
    @pytest.mark.parametrize(
        ("mode", "outcome", "asked"),
        [("best_effort", ["succeeded", "succeeded"], 2), ("all_or_nothing", ["failed", "skipped"], 0)],
    )
    def test_ask_item_by_item_or_not_at_all(
        self, clinic: Api, mode: str, outcome: list[str], asked: int
    ) -> None:
        bin_id, _ = partner(clinic, {"status": 200})
        items = [
            {
                "op": "create",
                "body": ask(start, customer={"givenName": "B", "email": f"b{n}@sandbox.example"}),
            }
            for n, start in enumerate((NINE, HALF_PAST))
        ]
        answer = clinic.post("/api/v1/batch/bookings", json={"items": items, "mode": mode})
        assert answer.status_code == 202, answer.text
        clinic.advance("PT10S")
        rows = clinic.get(f"/api/v1/batch-jobs/{answer.json()['id']}/results").json()["data"]
        assert [row["status"] for row in rows] == outcome
        assert len(received(clinic, bin_id)) == asked
