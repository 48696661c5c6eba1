"""Random walks: whatever is done in whatever order, only listed steps happen, and exactly their events."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some

from tests.conftest import Server
from tests.platform.event_desk import TERMS
from tests.platform.walks import NUMBERS, REGISTRATIONS, Told, Walk, walking

HOLDING = ("pending", "confirmed", "checked_in")
WALK = settings(max_examples=40, deadline=None, derandomize=True)


class EventModel:
    """The table of an event's life."""

    STEPS = {
        ("draft", "publish"): ("published", "event.published"),
        ("draft", "delete"): (None, None),
        ("draft", "rename"): ("draft", "event.updated"),
        ("draft", "price"): ("draft", "event.updated"),
        ("published", "unpublish"): ("draft", "event.updated"),
        ("published", "cancel"): ("cancelled", "event.cancelled"),
        ("published", "complete"): ("completed", "event.updated"),
        ("published", "end"): ("completed", "event.updated"),
        ("published", "rename"): ("published", "event.updated"),
        ("published", "price"): ("published", "event.updated"),
        ("completed", "rename"): ("completed", "event.updated"),
        ("completed", "price"): ("completed", "event.updated"),
    }

    def __init__(self) -> None:
        self.status: str | None = "draft"
        self.people = 0
        self.over = False

    def step(self, action: str) -> list[str]:
        """What is to be emitted; the status changes as listed."""
        if action == "register":
            return self._register()
        following, event = self.STEPS.get((self.status or "", action), (self.status, None))
        if action in ("unpublish", "delete") and self.people:
            return []
        if action == "publish" and self.over:
            return []
        people = self.people if (self.status, following) == ("published", "cancelled") else 0
        self.over = self.over or action == "end"
        self.status = following
        return [event] * (event is not None) + ["registration.cancelled"] * people

    def _register(self) -> list[str]:
        if self.status != "published":
            return []
        self.people += 1
        return [
            "registration.created",
            "registration.confirmed" if self.people == 1 else "registration.waitlisted",
        ]


def act_on_event(walk: Walk, action: str) -> int:
    """Do it; the status of the answer."""
    api, number = walk.api, next(NUMBERS)
    if action == "end":
        return 200 if api.advance("PT37H") else 0
    if action == "delete":
        return api.delete(walk.url).status_code
    if action == "rename":
        return api.patch(walk.url, json={"name": f"Name {number}"}).status_code
    if action == "price":
        return api.patch(
            f"{walk.url}/ticket-types/{walk.kinds[True]}", json={"description": f"{number}"}
        ).status_code
    if action == "register":
        return register(walk, paid=False).status_code
    body = {"json": {"reason": "Storm"}} if action == "cancel" else {}
    return api.post(f"{walk.url}/{action}", **body).status_code


def register(walk: Walk, paid: bool) -> Any:
    """One more person."""
    contact = {"name": "Wanda Walker", "email": f"walker{next(NUMBERS)}@sandbox.example"}
    items = [{"ticketTypeId": walk.kinds[paid]}]
    body = {"eventId": walk.id, "contact": contact, "items": items, "consents": TERMS}
    return walk.api.post(REGISTRATIONS, json=body)


EVENT_ACTIONS = ("publish", "unpublish", "cancel", "complete", "delete", "rename", "price", "register", "end")


class TestEvents:
    @WALK
    @given(actions=some.lists(some.sampled_from(EVENT_ACTIONS), min_size=3, max_size=12))
    def test_only_listed_steps_happen_and_their_events_follow(
        self, server: Server, actions: list[str]
    ) -> None:
        with walking(server) as walk:
            model = EventModel()
            for action in ["publish", *actions] if len(actions) % 2 else actions:
                if model.over and action in ("register", "end"):
                    continue
                before = model.status
                expected = model.step(action)
                answer = act_on_event(walk, action)
                assert [kind for kind, _ in walk.news()] == expected, (before, action)
                assert walk.status_of("event", walk.id) == model.status, (before, action)
                if model.status is not None:
                    public = walk.api.workspace.store.count("event", {"id": walk.id, "_audience": "public"})
                    assert public == (model.status == "published")
                happened = bool(expected) or model.status != before or action == "end"
                assert (answer < 300) == happened, (before, action, answer)


class RegistrationModel:
    """The table of a registration's life, with the queue for the places of one event."""

    def __init__(self, event_id: str) -> None:
        self.event_id = event_id
        self.event = "published"
        self.capacity = 1
        self.status: dict[str, str] = {}
        self.paid: dict[str, bool] = {}
        self.holds: list[str] = []
        self.queue: list[str] = []

    def free(self) -> bool:
        return (
            sum(each in ("pending", "confirmed", "checked_in") for each in self.status.values())
            < self.capacity
        )

    def registered(self, key: str, paid: bool) -> Told:
        self.paid[key] = paid
        if not self.free():
            self.queue.append(key)
            return [("registration.created", key), *self.to(key, "waitlisted", "registration.waitlisted")]
        return [("registration.created", key), *self._placed(key)]

    def _placed(self, key: str) -> Told:
        if self.paid[key]:
            self.holds.append(key)
            self.status[key] = "pending"
            return []
        return self.to(key, "confirmed", "registration.confirmed")

    def to(self, key: str, status: str, event: str) -> Told:
        self.status[key] = status
        return [(event, key)]

    def step(self, action: str, key: str) -> Told:
        handler = {"cancel": self.cancel, "confirm": self.confirm, "check-in": self.check_in}
        handler |= {"revert": self.revert, "note": self.note}
        return handler[action](key)

    def cancel(self, key: str) -> Told:
        if self.status[key] not in ("pending", "confirmed", "waitlisted"):
            return []
        for waiting in (self.queue, self.holds):
            if key in waiting:
                waiting.remove(key)
        return [*self.to(key, "cancelled", "registration.cancelled"), *self.promoted()]

    def promoted(self) -> Told:
        told: Told = []
        while self.event == "published" and self.queue and self.free():
            key = self.queue.pop(0)
            told += [("registration.promoted", key), *self._placed(key)]
        return told

    def confirm(self, key: str) -> Told:
        if self.status[key] != "pending":
            return []
        self.holds.remove(key)
        return [("payment.completed", key), *self.to(key, "confirmed", "registration.confirmed")]

    def check_in(self, key: str) -> Told:
        if self.status[key] != "confirmed" or self.event != "published":
            return []
        return self.to(key, "checked_in", "checkin.completed")

    def revert(self, key: str) -> Told:
        return self.to(key, "confirmed", "checkin.reverted") if self.status[key] == "checked_in" else []

    def note(self, key: str) -> Told:
        return [("registration.updated", key)] if self.status[key] != "cancelled" else []

    def lapsed(self) -> Told:
        due, told = list(self.holds), Told()
        for key in due:
            told += self.cancel(key)
        return told

    def grown(self) -> Told:
        self.capacity += 1
        if self.event == "cancelled":
            return []
        return [("event.updated", self.event_id), *self.promoted()]

    def event_cancelled(self) -> Told:
        if self.event != "published":
            return []
        self.event = "cancelled"
        self.queue, self.holds = [], []
        active = sorted(key for key, status in self.status.items() if status != "cancelled")
        self.status = dict.fromkeys(self.status, "cancelled")
        return [("event.cancelled", self.event_id)] + [("registration.cancelled", key) for key in active]

    def event_completed(self) -> Told:
        if self.event != "published":
            return []
        self.event = "completed"
        return [("event.updated", self.event_id)]


def act_on_registration(walk: Walk, action: str, key: str) -> Any:
    """Do it to one of them."""
    url = f"{REGISTRATIONS}/{key}"
    if action == "revert":
        return walk.api.delete(f"{url}/check-in")
    if action == "note":
        return walk.api.patch(url, json={"notes": f"{next(NUMBERS)}"})
    bodies = {"cancel": {"reason": "Ill"}, "confirm": {"method": "offline"}, "check-in": {}}
    return walk.api.post(f"{url}/{action}", json=bodies[action])


def act_on_all(walk: Walk, model: RegistrationModel, action: str) -> Told:
    """What concerns everybody; what is expected of it."""
    if action == "lapse":
        walk.api.advance("PT31M")
        return model.lapsed()
    if action == "grow":
        told = model.grown()
        walk.api.patch(walk.url, json={"capacity": model.capacity})
        return told
    body = {"json": {"reason": "Storm"}} if action == "cancel event" else {}
    walk.api.post(f"{walk.url}/{action.split()[0]}", **body)
    return model.event_cancelled() if action == "cancel event" else model.event_completed()


FOR_ONE = ("cancel", "confirm", "check-in", "revert", "note")
FOR_ALL = ("lapse", "grow", "cancel event", "complete event")
STEPS = some.tuples(
    some.sampled_from(("free", "paid", "free", "paid", *FOR_ONE, *FOR_ONE, *FOR_ALL)), some.integers(0, 7)
)
BEGINNINGS = (
    [("paid", 0), ("free", 0)],
    [("paid", 0), ("free", 0), ("confirm", 0), ("check-in", 0)],
    [("free", 0), ("grow", 0), ("paid", 0), ("free", 0), ("paid", 0)],
)


class TestRegistrations:
    @WALK
    @given(begin=some.sampled_from(BEGINNINGS), steps=some.lists(STEPS, min_size=8, max_size=24))
    def test_only_listed_steps_happen_and_their_events_follow(
        self, server: Server, begin: list[tuple[str, int]], steps: list[tuple[str, int]]
    ) -> None:
        with walking(server) as walk:
            walk.api.post(f"{walk.url}/publish")
            walk.news()
            model = RegistrationModel(walk.id)
            for action, number in [*begin, *steps]:
                expected = self.perform(walk, model, action, number)
                assert walk.news() == expected, action
                stored = {key: walk.status_of("registration", key) for key in model.status}
                assert stored == model.status, action
                self.check_places(walk, model)

    def perform(self, walk: Walk, model: RegistrationModel, action: str, number: int) -> Told:
        if action in ("free", "paid"):
            answer = register(walk, action == "paid")
            assert (answer.status_code == 201) == (model.event == "published"), answer.text
            return (
                model.registered(answer.json()["id"], action == "paid") if answer.status_code == 201 else []
            )
        if action in FOR_ALL:
            return act_on_all(walk, model, action)
        key = list(model.status)[number % len(model.status)]
        expected = model.step(action, key)
        answer = act_on_registration(walk, action, key)
        assert (answer.status_code < 300) == bool(expected), (action, answer.text)
        return expected

    def check_places(self, walk: Walk, model: RegistrationModel) -> None:
        """Never more than there are, and who waits is counted."""
        event = walk.api.workspace.store.get("event", walk.id) or {}
        shown, states = event["availability"], list(model.status.values())
        held = sum(state in HOLDING for state in states)
        assert (shown["allocated"], shown["waitlisted"]) == (held, states.count("waitlisted"))
        assert shown["allocated"] <= event["capacity"]
