"""More data on request: by the rules, and the same for the same world."""

from __future__ import annotations

from typing import Any

import pytest

from tests.platform import event_desk as desk

GENERATE = "/sandbox/v1/generate"
COLLECTIONS = {
    "booking": "bookings",
    "customer": "customers",
    "event": "events",
    "location": "locations",
    "practitioner": "practitioners",
    "registration": "registrations",
    "service": "services",
    "speaker": "speakers",
    "user": "users",
}


def generated(api: Any, entity: str, count: int = 3, **members: Any) -> Any:
    """What was made."""
    answer = api.control.post(GENERATE, json={"entity": entity, "count": count, **members})
    assert answer.status_code == 201, answer.text
    return answer.json()


class TestGenerateData:
    @pytest.mark.parametrize("entity", COLLECTIONS)
    def test_of_every_kind(self, api: Any, entity: str) -> None:
        made = generated(api, entity)
        assert (made["entity"], made["created"], len(set(made["ids"]))) == (entity, 3, 3)
        for key in made["ids"]:
            assert api.get(f"/api/v1/{COLLECTIONS[entity]}/{key}").status_code == 200

    def test_events_can_be_registered_for_at_once(self, api: Any) -> None:
        [event] = generated(api, "event", 1)["ids"]
        assert api.anonymous.get(f"/api/v1/events/{event}").json()["status"] == "published"
        assert generated(api, "registration", 2, overrides={"eventId": event})["created"] == 2
        assert api.get(f"/api/v1/events/{event}").json()["availability"]["allocated"] == 2

    def test_bookings_take_free_slots_of_one_assignment(self, api: Any) -> None:
        class_of_eight = "c4000000-0000-4000-8000-000000000008"
        keys = generated(api, "booking", 12, overrides={"assignmentId": class_of_eight})["ids"]
        made = [api.get(f"/api/v1/bookings/{key}").json() for key in keys]
        assert {one["assignmentId"] for one in made} == {class_of_eight}
        assert not any(one["conflict"] for one in made)
        assert len({one["customerId"] for one in made}) == 12

    def test_bookings_do_not_wait_for_partners(self, api: Any) -> None:
        hook = {"url": "http://127.0.0.1:9/nobody", "eventTypes": ["booking.requested"]}
        api.post("/api/v1/webhooks", json={**hook, "blocking": {"enabled": True}})
        assert generated(api, "booking", 2)["created"] == 2

    def test_the_same_world_gives_the_same(self, api: Any) -> None:
        workspaces = api.server.sandbox.workspaces
        twins = [workspaces.fork(api.workspace_id, f"ws_twin_{number}") for number in range(2)]
        try:
            made = []
            for twin in twins:
                there = api.control.with_headers(
                    X_Sandbox_Workspace=twin.id, X_Correlation_ID="3f2b8c1e-0000-4000-8000-000000000001"
                )
                answer = there.post(GENERATE, json={"entity": "customer", "count": 5})
                assert answer.json()["created"] == 5
                made.append([twin.store.get("customer", key) for key in answer.json()["ids"]])
            first, second = ([dict(each, createdAt="", updatedAt="") for each in some] for some in made)
            assert first == second
        finally:
            for twin in twins:
                workspaces.delete(twin.id)

    def test_a_seed_of_ones_own(self, api: Any) -> None:
        names = []
        for _ in range(2):
            keys = generated(api, "customer", seed=7)["ids"]
            names.append([api.get(f"/api/v1/customers/{key}").json()["familyName"] for key in keys])
        assert names[0] == names[1]

    def test_what_all_have_alike(self, api: Any) -> None:
        [key] = generated(api, "location", 1, overrides={"city": "Oslo", "country": "NO"})["ids"]
        assert api.get(f"/api/v1/locations/{key}").json()["city"] == "Oslo"
        refused = api.control.post(
            GENERATE, json={"entity": "location", "count": 1, "overrides": {"country": "Norway"}}
        )
        assert desk.code(refused) == (400, "VALIDATION_ERROR")

    def test_no_more_than_there_is_room(self, api: Any) -> None:
        made = generated(api, "registration", 5, overrides={"eventId": desk.LAST_SEAT})
        assert made["created"] == 1
        full = {"entity": "registration", "count": 1, "overrides": {"eventId": desk.SOLD_OUT}}
        assert desk.code(api.control.post(GENERATE, json=full)) == (409, "EVENT_SOLD_OUT")

    def test_only_for_those_who_operate_the_sandbox(self, api: Any) -> None:
        body = {"entity": "customer", "count": 1}
        assert desk.code(api.as_("readonly-demo").post(GENERATE, json=body))[0] == 403
