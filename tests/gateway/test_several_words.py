"""Filters by known words: one, or several with commas or repeated, on every list that has such a filter."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.contract.document import load
from tests.conftest import Api

PATHS = load("platform")["paths"]
GROWING = ("/api/v1/slots", "/api/v1/audit-logs")
"""Read with a cursor alone, or longer with every call."""


def filters() -> list[Any]:
    """Path, parameter and its words, for each list that has no parents."""
    return [
        pytest.param(path, each["name"], each["schema"]["items"]["enum"], id=f"{path} {each['name']}")
        for path, item in PATHS.items()
        if "{" not in path and path not in GROWING and "x-pagination" in item.get("get", {})
        for each in item["get"]["parameters"]
        if each.get("in") == "query"
        and "enum" in each["schema"].get("items", {})
        and each["name"] != "include"
    ]


def total(api: Api, path: str, query: str) -> int:
    """How many rows there are."""
    answer = api.get(f"{path}?{query}&page=1&pageSize=1")
    assert answer.status_code == 200, answer.text
    return int(answer.json()["pagination"]["totalItems"])


class TestSeveralWords:
    def test_no_list_takes_only_one(self) -> None:
        alone = [
            (path, each["name"])
            for path, item in PATHS.items()
            if "x-pagination" in item.get("get", {})
            for each in item["get"]["parameters"]
            if each.get("in") == "query" and "enum" in each["schema"] and each["name"] != "format"
        ]
        assert alone == []

    @pytest.mark.parametrize(("path", "name", "words"), filters())
    def test_two_words_find_what_each_finds(self, api: Api, path: str, name: str, words: list[str]) -> None:
        first, *_, last = words
        alone = sum(total(api, path, f"{name}={word}") for word in (first, last))
        assert total(api, path, f"{name}={first},{last}") == alone

    def test_the_audit_log_too(self, api: Api) -> None:
        api.anonymous.get("/api/v1/customers")
        rows = api.get("/api/v1/audit-logs?outcome=denied,failed&pageSize=100").json()["data"]
        assert "denied" in {row["outcome"] for row in rows} <= {"denied", "failed"}

    def test_commas_and_repetition_mean_the_same(self, api: Api) -> None:
        drafts = total(api, "/api/v1/events", "status=draft")
        gone = total(api, "/api/v1/events", "status=cancelled")
        assert min(drafts, gone) > 0
        assert total(api, "/api/v1/events", "status=draft,cancelled") == drafts + gone
        assert total(api, "/api/v1/events", "status=draft&status=cancelled") == drafts + gone

    def test_unknown_words_are_refused(self, api: Api) -> None:
        answer = api.get("/api/v1/events?status=draft,lost")
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_PARAMETER")
