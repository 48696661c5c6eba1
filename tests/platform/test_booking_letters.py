"""Customers are told of their bookings, unless nobody shall be."""

from __future__ import annotations

from typing import Any

from tests.conftest import Api
from tests.platform.clinic import NINE, ask, book, key

HALF_AN_HOUR = {"channel": "email", "minutesBefore": 30}
MARIA = "maria@sandbox.example"


def letters(api: Api, to: str = MARIA) -> list[dict[str, Any]]:
    """What somebody was sent, oldest first."""
    found = api.control.get("/sandbox/v1/outbox", params={"to": to}).json()["data"]
    return sorted(found, key=lambda letter: letter["createdAt"])


def templates(api: Api) -> list[str]:
    """What they are about."""
    return [letter["templateKey"] for letter in letters(api)]


class TestLetters:
    def test_tell_of_every_step(self, clinic: Api) -> None:
        address = f"/api/v1/bookings/{book(clinic)['id']}"
        clinic.advance("PT1M")
        clinic.post(f"{address}/reschedule", json={"startsAt": "2026-11-23T08:30:00Z"})
        clinic.advance("PT1M")
        clinic.post(f"{address}/cancel", json={"reason": "Ill"})
        assert templates(clinic) == ["booking_confirmation", "booking_rescheduled", "booking_cancelled"]
        confirmed, moved, cancelled = letters(clinic)
        assert "Begins: 2026-11-23 09:00 (Europe/Warsaw)" in confirmed["text"]
        assert "Begins: 2026-11-23 09:30 (Europe/Warsaw)" in moved["text"]
        assert "Reason: Ill" in cancelled["text"]
        assert confirmed["related"] == {"type": "booking", "id": address.rpartition("/")[2]}

    def test_are_not_written_where_nobody_shall_be_told(self, clinic: Api) -> None:
        address = f"/api/v1/bookings/{book(clinic, notify=False)['id']}"
        clinic.post(f"{address}/reschedule", json={"startsAt": "2026-11-23T08:30:00Z", "notify": False})
        clinic.post(f"{address}/cancel", json={"reason": "Ill", "notify": False})
        assert templates(clinic) == []

    def test_are_not_written_to_who_has_no_address(self, clinic: Api) -> None:
        answer = clinic.post("/api/v1/bookings", json=ask(customerId=key("ca", 10)))
        assert answer.status_code == 201, answer.text


class TestReminders:
    def test_come_in_time_and_once(self, clinic: Api) -> None:
        book(clinic, reminders=[HALF_AN_HOUR, {"channel": "sms", "minutesBefore": 60}])
        clinic.control.put("/sandbox/v1/clock", json={"mode": "frozen", "now": "2026-11-23T07:29:00Z"})
        assert templates(clinic) == ["booking_confirmation"]
        clinic.advance("PT5M")
        reminder = letters(clinic)[-1]
        assert (reminder["templateKey"], reminder["createdAt"]) == (
            "booking_reminder",
            "2026-11-23T07:30:00.000Z",
        )
        clinic.advance("PT30M")
        assert templates(clinic).count("booking_reminder") == 1

    def test_follow_the_booking(self, clinic: Api) -> None:
        address = f"/api/v1/bookings/{book(clinic, reminders=[HALF_AN_HOUR])['id']}"
        clinic.post(f"{address}/reschedule", json={"startsAt": "2026-11-23T10:30:00Z"})
        clinic.control.put("/sandbox/v1/clock", json={"mode": "frozen", "now": "2026-11-23T09:59:00Z"})
        assert "booking_reminder" not in templates(clinic)
        clinic.advance("PT1M")
        assert "booking_reminder" in templates(clinic)

    def test_can_be_wished_for_later_and_given_up(self, clinic: Api) -> None:
        address = f"/api/v1/bookings/{book(clinic)['id']}"
        clinic.patch(address, json={"reminders": [HALF_AN_HOUR, {"channel": "email", "minutesBefore": 20}]})
        clinic.patch(address, json={"reminders": [{"channel": "email", "minutesBefore": 20}]})
        clinic.control.put("/sandbox/v1/clock", json={"mode": "frozen", "now": "2026-11-23T07:45:00Z"})
        assert templates(clinic).count("booking_reminder") == 1
        assert letters(clinic)[-1]["createdAt"] == "2026-11-23T07:40:00.000Z"

    def test_of_cancelled_bookings_stay_away(self, clinic: Api) -> None:
        address = f"/api/v1/bookings/{book(clinic, reminders=[HALF_AN_HOUR])['id']}"
        clinic.post(f"{address}/cancel", json={"reason": "Ill"})
        clinic.control.put("/sandbox/v1/clock", json={"mode": "frozen", "now": NINE})
        assert "booking_reminder" not in templates(clinic)
