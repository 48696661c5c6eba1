"""Runtime expressions and conditions."""

from __future__ import annotations

import pytest

from scenarios.answers import Answer
from scenarios.conditions import WrongCondition, parse_condition
from scenarios.expressions import Context, Unresolved, expressions_in, is_expression, references


@pytest.fixture
def context() -> Context:
    answer = Answer(
        201,
        {"Location": "/api/v1/bookings/1", "X-Total-Count": "3"},
        {"status": "confirmed", "data": [{"id": 7, "name": "O'Hara"}], "a/b": {"m~n": True}, "price": None},
        "POST",
        "http://server/api/v1/bookings?page=2",
        {"query": {"page": "2"}, "header": {"X-API-Key": "k"}},
        {"startsAt": "2026-03-09T08:00:00Z"},
    )
    return Context({"apiKey": "k"}, {"hold": {"holdId": "h1", "slot": {"id": 5}}}, answer=answer)


class TestExpressions:
    @pytest.mark.parametrize(
        ("expression", "expected"),
        [
            ("$statusCode", 201),
            ("$method", "POST"),
            ("$response.body#/data/0/id", 7),
            ("$response.body#/a~1b/m~0n", True),
            ("$response.header.location", "/api/v1/bookings/1"),
            ("$request.query.page", "2"),
            ("$request.body#/startsAt", "2026-03-09T08:00:00Z"),
            ("$inputs.apiKey", "k"),
            ("$steps.hold.outputs.holdId", "h1"),
            ("$steps.hold.outputs.slot#/id", 5),
        ],
    )
    def test_finds(self, context: Context, expression: str, expected: object) -> None:
        assert is_expression(expression)
        assert expected == context.value(expression)

    @pytest.mark.parametrize(
        "expression",
        [
            "$response.body#/data/1",
            "$response.header.ETag",
            "$steps.other.outputs.x",
            "$inputs.none",
            "$request.path.id",
        ],
    )
    def test_says_what_is_missing(self, context: Context, expression: str) -> None:
        with pytest.raises(Unresolved, match="has no value"):
            context.value(expression)

    def test_fills_a_payload_and_keeps_types(self, context: Context) -> None:
        payload = {
            "id": "$response.body#/data/0/id",
            "auth": "Bearer {$steps.hold.outputs.holdId}",
            "list": ["$x"],
        }
        assert context.fill(payload) == {"id": 7, "auth": "Bearer h1", "list": ["$x"]}

    def test_lists_what_a_payload_asks_for(self) -> None:
        assert expressions_in({"a": ["$inputs.x", "b {$statusCode}"]}) == ["$inputs.x", "$statusCode"]

    def test_names_what_an_expression_points_at(self) -> None:
        assert references("$steps.hold.outputs.holdId").step == "hold"
        assert references("$inputs.apiKey").input == "apiKey"


class TestConditions:
    @pytest.mark.parametrize(
        "text",
        [
            "$statusCode == 201",
            "$statusCode >= 200 && $statusCode < 300",
            "$statusCode == 200 || $response.body#/status == 'confirmed'",
            "$response.body#/status == 'CONFIRMED'",
            "$response.body#/data/0/name == 'O''Hara'",
            "$response.body#/price == null",
            "$response.body#/nothing == null",
            "$response.body#/a~1b/m~0n == true",
            "!($statusCode == 404)",
            "$response.body#/data/0/id != 8",
            "$response.header.X-Total-Count == '3'",
        ],
    )
    def test_met(self, context: Context, text: str) -> None:
        assert parse_condition(text).unmet(context) == ""

    @pytest.mark.parametrize(
        "text",
        [
            "$statusCode == 200",
            "$response.body#/nothing < 3",
            "$response.body#/status < 3",
            "!$statusCode",
            "false",
        ],
    )
    def test_unmet(self, context: Context, text: str) -> None:
        assert parse_condition(text).unmet(context).startswith(text)

    def test_the_reason_says_what_was_there(self, context: Context) -> None:
        reason = parse_condition("$response.body#/status == 'pending'").unmet(context)
        assert (
            reason == "$response.body#/status == 'pending' is not so: $response.body#/status was 'confirmed'"
        )

    @pytest.mark.parametrize(
        "text",
        ["", "$statusCode ==", "$statusCode = 200", "($statusCode == 1", "1 2", "$status == 200", "== 3"],
    )
    def test_unreadable_ones_are_refused(self, text: str) -> None:
        with pytest.raises(WrongCondition):
            parse_condition(text)
