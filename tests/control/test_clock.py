"""The clock of a workspace is real, shifted or frozen, and past all that falls due on the way."""

from __future__ import annotations

import pytest

from sandbox.control.clock import parse_duration

URL = "/sandbox/v1/clock"
START = "2030-01-01T00:00:00.000Z"


def put(api, **body):
    return api.control.put(URL, json=body)


def code(answer):
    return answer.status_code, answer.json()["error"]["code"]


class TestSetClock:
    def test_a_frozen_clock_stands_still(self, api):
        assert put(api, mode="frozen", now=START).json()["now"] == START
        assert [api.control.get(URL).json()["now"] for _ in range(2)] == [START, START]

    def test_a_shifted_clock_runs(self, api):
        shown = put(api, mode="offset", offsetSeconds=86_400).json()
        assert shown["mode"] == "offset"
        assert shown["offsetSeconds"] == pytest.approx(86_400, abs=1)

    def test_a_shifted_clock_is_as_far_ahead_as_was_said_however_long_the_way_took(self, api, monkeypatch):
        agenda, workspace, late = api.server.sandbox.agenda, api.workspace, [0]
        advance, wall = agenda.advance, workspace.wall

        async def slow(*args, **options):
            late[0] += 60
            return await advance(*args, **options)

        monkeypatch.setattr(workspace, "wall", lambda: wall() + late[0])
        monkeypatch.setattr(agenda, "advance", slow)
        ahead = put(api, mode="offset", offsetSeconds=31_536_000).json()["offsetSeconds"]
        assert ahead == pytest.approx(31_536_000, abs=30)

    def test_freezing_the_present_moment_needs_no_time(self, api):
        assert put(api, mode="frozen").json()["mode"] == "frozen"

    def test_it_goes_back_only_on_request(self, api):
        put(api, mode="frozen", now=START)
        assert code(put(api, mode="frozen", now="2029-01-01T00:00:00Z")) == (422, "CLOCK_CANNOT_GO_BACK")
        assert put(api, mode="frozen", now="2029-01-01T00:00:00Z", allowBackwards=True).status_code == 200
        assert code(put(api, mode="real")) == (422, "CLOCK_CANNOT_GO_BACK")

    @pytest.mark.parametrize(
        "body",
        [
            {"mode": "frozen", "now": START, "offsetSeconds": 1},
            {"mode": "real", "now": START},
            {"mode": "frozen", "now": "2099-01-01T00:00:00Z"},
        ],
        ids=str,
    )
    def test_what_makes_no_sense_is_refused(self, api, body):
        assert code(put(api, **body)) == (422, "BUSINESS_RULE_VIOLATION")


class TestAdvanceClock:
    def test_it_says_what_fired_in_order(self, api):
        put(api, mode="frozen", now=START)
        for hours in (3, 1, 2):
            body = {"name": f"{hours} h", "kind": "api_key", "expiresAt": f"2030-01-01T0{hours}:00:00Z"}
            assert api.post("/sandbox/v1/credentials", json=body).status_code == 201
        result = api.advance("PT2H")
        mine = [work["due"] for work in result["fired"] if work["job"] == "credential.expire"]
        assert mine == ["2030-01-01T01:00:00.000Z", "2030-01-01T02:00:00.000Z"]
        assert result["counts"]["credential.expire"] == 2
        assert result["now"] == "2030-01-01T02:00:00.000Z"

    def test_to_an_instant(self, api):
        put(api, mode="frozen", now=START)
        answer = api.control.post(f"{URL}/advance", json={"to": "2030-01-01T01:30:00+01:00"})
        assert answer.json()["now"] == "2030-01-01T00:30:00.000Z"

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ({}, (422, "BUSINESS_RULE_VIOLATION")),
            ({"duration": "PT1H", "to": START}, (422, "BUSINESS_RULE_VIOLATION")),
            ({"duration": "P9999W"}, (422, "BUSINESS_RULE_VIOLATION")),
            ({"duration": "P99999999999999W"}, (422, "BUSINESS_RULE_VIOLATION")),
            ({"duration": "P1Y"}, (400, "VALIDATION_ERROR")),
            ({"duration": "P"}, (400, "VALIDATION_ERROR")),
            ({"duration": "PT"}, (400, "VALIDATION_ERROR")),
            ({"to": "2001-01-01T00:00:00Z"}, (422, "CLOCK_CANNOT_GO_BACK")),
        ],
        ids=str,
    )
    def test_where_it_cannot_go(self, api, body, expected):
        assert code(api.control.post(f"{URL}/advance", json=body)) == expected


class TestResetClock:
    def test_it_is_real_again(self, api):
        put(api, mode="frozen", now=START)
        assert api.control.delete(URL).status_code == 204
        shown = api.control.get(URL).json()
        assert (shown["mode"], shown["offsetSeconds"]) == ("real", 0)


@pytest.mark.parametrize(
    ("text", "seconds"), [("PT1H", 3600), ("P1DT2M", 86_520), ("P2W", 1_209_600), ("PT0.5S", 0.5)], ids=str
)
def test_durations(text, seconds):
    assert parse_duration(text).total_seconds() == seconds
