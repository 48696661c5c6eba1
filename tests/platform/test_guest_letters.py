"""Letters to those who registered."""

from __future__ import annotations

from typing import Any

from tests.platform import event_desk as desk
from tests.platform.event_desk import order

LATEST = "/sandbox/v1/outbox?pageSize=100"


def letters(api: Any, about: str) -> list[dict[str, Any]]:
    """Those about a registration, the oldest first."""
    answer = api.control.get(f"{LATEST}&relatedId={about}")
    assert answer.status_code == 200, answer.text
    return list(reversed(answer.json()["data"]))


def registered(api: Any, event_id: str, email: str) -> str:
    answer = api.post("/api/v1/registrations", json=order(event_id, email))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


class TestTickets:
    def test_are_sent_where_that_is_asked_for(self, api: Any) -> None:
        key = registered(api, desk.FREE_MEETUP, "paper@sandbox.example")
        url = f"/api/v1/registrations/{key}/tickets"
        [ticket] = api.post(url, json={}).json()["data"]
        assert letters(api, key) == []
        api.post(url, json={"deliver": "email"})
        [letter] = letters(api, key)
        assert (letter["templateKey"], letter["to"]["email"]) == (
            "registration_confirmation",
            "paper@sandbox.example",
        )
        assert ticket["code"] in letter["text"]

    def test_not_to_who_gets_no_mail(self, api: Any) -> None:
        key = registered(api, desk.FREE_MEETUP, "suppressed+paper@sandbox.example")
        answer = api.post(f"/api/v1/registrations/{key}/tickets", json={"deliver": "email"})
        assert (answer.status_code, letters(api, key)) == (201, [])


class TestConfirmation:
    def test_who_waited_for_approval_is_told(self, api: Any) -> None:
        key = registered(api, desk.APPROVAL, "patient@sandbox.example")
        assert letters(api, key) == []
        api.post(f"/api/v1/registrations/{key}/confirm", json={"method": "complimentary"})
        [letter] = letters(api, key)
        assert letter["templateKey"] == "registration_confirmation"
        assert "Tickets: 1" in letter["text"]


class TestWaitlist:
    def test_who_gets_a_place_is_told(self, api: Any) -> None:
        api.patch(f"/api/v1/events/{desk.WAITLIST}", json={"capacity": 4})
        told = [letter["templateKey"] for letter in letters(api, desk.registration(4))]
        assert sorted(told) == ["registration_confirmation", "waitlist_promoted"]


class TestCancellation:
    def test_of_a_registration_is_told_unless_it_shall_not_be(self, api: Any) -> None:
        told, silent = (registered(api, desk.FREE_MEETUP, f"{n}@sandbox.example") for n in ("told", "silent"))
        api.post(f"/api/v1/registrations/{told}/cancel", json={"reason": "Ill"})
        api.post(f"/api/v1/registrations/{silent}/cancel", json={"reason": "Ill", "notify": False})
        [letter] = letters(api, told)
        assert (letter["templateKey"], "Reason: Ill" in letter["text"]) == ("event_update", True)
        assert letters(api, silent) == []

    def test_of_a_session_is_told_to_its_speakers(self, api: Any) -> None:
        at = f"/api/v1/events/{desk.DEVCONF}/sessions"
        talk = api.post(at, json={"title": "Last minute"}).json()["id"]
        speaker = api.fixture("speaker.keynote")
        api.put(f"{at}/{talk}/speakers/{speaker}", json={"role": "speaker"})
        api.post(f"{at}/{talk}/cancel", json={"reason": "No time"})
        [letter] = letters(api, talk)
        assert (letter["to"]["email"], letter["subject"]) == (
            "speaker@sandbox.example",
            "Session cancelled: Last minute",
        )

    def test_of_an_event_is_told_to_everybody_who_is_registered(self, api: Any) -> None:
        url = f"/api/v1/registrations?eventId={desk.SOLD_OUT}&status=confirmed"
        guests = [each["id"] for each in api.get(url).json()["data"]]
        api.post(f"/api/v1/events/{desk.SOLD_OUT}/cancel", json={"reason": "Storm"})
        assert len(guests) == 3
        for guest in guests:
            [letter] = letters(api, guest)
            assert "Reason: Storm" in letter["text"]
