"""What is wrong with a body is said so that it can be mended."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.contract.bodies import shaper
from sandbox.contract.schemas import Schemas
from sandbox.kernel.errors import ValidationError
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


class TestAllAtOnce:
    def test_what_is_wrong_in_query_body_and_path_is_said_in_one_answer(self, api: Api) -> None:
        body = {"givenNam": "Mary", "email": 5, "metadata": {"note": 5}}
        answer = api.patch("/api/v1/customers/nobody?pagesize=5&nope=1", json=body)
        error = answer.json()["error"]
        assert [(each["code"], each["target"]) for each in error["errors"]] == [
            ("UNKNOWN_PARAMETER", "pagesize"),
            ("UNKNOWN_PARAMETER", "nope"),
            ("VALIDATION_ERROR", "/email"),
            ("VALIDATION_ERROR", "/metadata/note"),
            ("VALIDATION_ERROR", "/givenNam"),
            ("INVALID_PARAMETER", "customerId"),
        ]
        assert (error["code"], error["target"]) == ("UNKNOWN_PARAMETER", "pagesize")
        assert error["details"] == "; ".join(
            f"{each['target']}: {each['message']}" for each in error["errors"]
        )

    def test_of_very_many_the_first_are_told(self, api: Api) -> None:
        error = api.post("/api/v1/customers", json={f"x{each}": 1 for each in range(90)}).json()["error"]
        assert len(error["errors"]) == 50
        assert error["details"].endswith("(and 30 more)")

    @pytest.mark.parametrize(
        ("member", "meant"),
        [
            ("givenNam", "givenName"),
            ("given_name", "givenName"),
            ("GIVENNAME", "givenName"),
            ("famlyName", "familyName"),
            ("planet", ""),
            ("x" * 5000, ""),
        ],
    )
    def test_a_member_that_was_probably_meant_is_named(self, api: Api, member: str, meant: str) -> None:
        found = dict(told(api, "/api/v1/customers", {member: "x"}))
        assert found[f"/{member}"[:300]] == f"unknown member; did you mean {meant}?".removesuffix(
            "; did you mean ?"
        )

    def test_members_of_members_are_guessed_from_their_own_schema(self, api: Api) -> None:
        found = dict(told(api, "/api/v1/bookings", {"customer": {"emial": "a@sandbox.example"}}))
        assert found["/customer/emial"] == "unknown member; did you mean email?"

    def test_parameters_are_guessed_too(self, api: Api) -> None:
        error = api.get(
            "/api/v1/events?pageSise=5&status=nope&page=0", headers={"Accept-Language": "de"}
        ).json()["error"]
        assert [each["target"] for each in error["errors"]] == ["pageSise", "status", "page"]
        assert error["errors"][0]["message"] == "diesen Parameter gibt es nicht; ist pageSize gemeint?"

    def test_a_moment_without_its_offset_is_told_what_it_lacks(self, api: Api) -> None:
        [error] = api.get("/api/v1/customers?updatedSince=2026-12-01T09:00:00").json()["error"]["errors"]
        wanted = "date-time with its offset such as 2027-06-14T09:30:00Z"
        assert error["message"] == f'"2026-12-01T09:00:00" is not a "{wanted}"'

    def test_all_that_would_do_are_listed(self, api: Api) -> None:
        [error] = api.get("/api/v1/events?status=open").json()["error"]["errors"]
        assert error["message"] == '"open" is not one of "draft", "published", "cancelled" or "completed"'

    @pytest.mark.parametrize(
        ("action", "target", "words"),
        [
            ({"type": "respond", "status": 42}, "/status", "42 is less than the minimum of 200"),
            ({"type": "corrupt_signature", "part": "x"}, "/part", '"x" is not one of "signature" or "body"'),
            ({"type": "respnd"}, "", '"respnd" is not one of "respond", "delay", "drop_webhook", "'),
        ],
    )
    def test_one_of_several_kinds_is_judged_by_what_it_says_it_is(
        self, api: Api, action: dict[str, Any], target: str, words: str
    ) -> None:
        [(place, said)] = told(api.control, "/sandbox/v1/faults", {"name": "x", "action": action})
        assert (place, said[: len(words)]) == (f"/action{target}", words)

    def test_who_sends_back_what_was_read_is_told_which_members_to_leave_out(self, api: Api) -> None:
        read = api.get("/api/v1/locations?limit=1").json()["data"][0]
        found = dict(told(api, "/api/v1/locations", {**read, "sise": 1}))
        assert found.pop("/sise") == "unknown member"
        assert {"/id", "/version", "/_links"} < set(found)
        assert set(found.values()) == {"is not set by callers here: leave it out"}

    def test_texts_and_moments_that_cannot_be_kept_are_named(self, api: Api) -> None:
        body = {"givenName": "Ma\0ry", "metadata": {"a": "\x1b"}, "email": "a@sandbox.example"}
        assert {"/givenName", "/metadata/a"} == set(dict(told(api, "/api/v1/customers", body)))
        body = {"offeringId": "c5000000-0000-4000-8000-000000000001", "startsAt": "9999-12-31T23:59:59-10:00"}
        body |= {
            "assignmentId": "c4000000-0000-4000-8000-000000000001",
            "customer": {"givenName": "a", "email": "a@sandbox.example"},
        }
        assert ["/startsAt"] == list(dict(told(api, "/api/v1/bookings", body)))

    def test_a_moment_deep_inside_is_found(self) -> None:
        moments = [{"at": "2026-12-01T00:00:00Z"}, {"at": "9999-12-31T23:59:59-10:00"}]
        schema = {"type": "array", "items": {"properties": {"at": {"type": "string", "format": "date-time"}}}}
        shape = shaper(Schemas({"components": {"schemas": {}}}), {"properties": {"times": schema}})
        assert shape is not None
        with pytest.raises(ValidationError) as refused:
            shape({"times": moments})
        assert refused.value.target == "/times/1/at"
