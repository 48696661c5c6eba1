"""A clinic's own system joins: it maps everything, follows the queue, and repairs what was replaced."""

from __future__ import annotations

from typing import Any

from tests.conftest import Api
from tests.platform.clinic import NOWAK, book, key


def coverage(clinic: Api) -> dict[str, Any]:
    found: dict[str, Any] = clinic.get("/api/v1/mapping-coverage").json()
    return found


def map_everything(clinic: Api) -> None:
    """As often as the coverage names something that is not mapped yet."""
    while not (now := coverage(clinic))["complete"]:
        for row in now["data"][:5]:
            for platform_id in row["unmappedIds"]:
                kind = row["resourceType"]
                pair = {"platformId": platform_id, "externalId": f"{kind}-{platform_id[-12:]}"}
                answer = clinic.post("/api/v1/mappings", json={"resourceType": kind, **pair})
                assert answer.status_code == 201, answer.text


def drained(clinic: Api) -> list[dict[str, Any]]:
    """Pull and acknowledge until nothing is left."""
    found: list[dict[str, Any]] = []
    while batch := clinic.get("/api/v1/notification-queue", params={"limit": 100}).json()["notifications"]:
        found += batch
        ids = {"ids": [each["id"] for each in batch]}
        assert clinic.post("/api/v1/notification-queue/acknowledgements", json=ids).status_code == 200
    return found


def test_maps_everything_and_follows_what_changes(clinic: Api) -> None:
    platform, desk = clinic, clinic.as_("clinic-demo")
    offering = {"serviceId": key("c2", 9), "durationMinutes": 30, "customName": "Passing"}
    offerings = f"/api/v1/assignments/{NOWAK}/offerings"
    first = platform.post(offerings, json=offering).json()["id"]
    map_everything(desk)
    assert {row["percent"] for row in coverage(desk)["data"][:5]} == {100}
    drained(desk)

    platform.delete(f"{offerings}/{first}")
    second = platform.post(offerings, json=offering).json()["id"]
    told = {each["event"]: each["data"] for each in drained(desk)}
    assert list(told) == ["offering.deleted", "mapping.stale", "offering.created"]
    assert not coverage(desk)["complete"]

    repaired = {"platformId": told["offering.created"]["id"]}
    address = f"/api/v1/mappings/{told['mapping.stale']['id']}"
    assert desk.patch(address, json=repaired).json()["platformId"] == second
    assert coverage(desk)["complete"]

    made = book(platform)
    booked = [each["data"]["id"] for each in drained(desk) if each["event"] == "booking.created"]
    assert booked == [made["id"]]
    pair = {"resourceType": "booking", "platformId": made["id"], "externalId": "visit-1"}
    assert desk.post("/api/v1/mappings", json=pair).status_code == 201
