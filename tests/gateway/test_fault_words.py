"""What is wrong with a body is said so that it can be mended."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Api


def told(api: Api, path: str, body: dict[str, Any]) -> list[tuple[str, str]]:
    answer = api.post(path, json=body)
    assert answer.status_code == 400
    return [(each["target"], each["message"]) for each in answer.json()["error"]["errors"]]


class TestFaultWords:
    def test_where_any_of_several_members_would_do_they_are_named(self, api: Api) -> None:
        assert told(api, "/api/v1/customers", {"givenName": "Mary"}) == [("/", "needs email, or phone")]

    def test_what_is_there_already_is_not_asked_for(self, api: Api) -> None:
        body = {"assignmentId": "c4000000-0000-4000-8000-000000000001"}
        assert told(api, "/api/v1/bookings", body) == [
            ("/", "needs slotId, or offeringId and startsAt, or holdId"),
            ("/", "needs customerId, or customer"),
        ]

    @pytest.mark.parametrize(
        ("export", "target"),
        [
            ({"format": 5}, "/job/export/format"),
            ({"planet": "Mars"}, "/job/export/planet"),
            (7, "/job/export"),
        ],
    )
    def test_what_may_be_null_is_judged_as_what_it_is_otherwise(
        self, api: Api, export: Any, target: str
    ) -> None:
        answer = api.post("/api/v1/batch-schedules", json={"job": {"type": "export", "export": export}})
        found = {each["target"]: each["message"] for each in answer.json()["error"]["errors"]}
        assert "anyOf" not in found[target]
