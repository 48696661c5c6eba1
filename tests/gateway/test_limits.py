"""The three limiters, on a clock of their own and through the front door."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.gateway.limits import Meter, Tier
from sandbox.kernel.errors import BurstLimitExceeded, ConcurrencyLimitExceeded, RateLimitExceeded
from tests.conftest import Api

START = 1_800_000_000.0
"""The first second of a window."""


STRICT = {"limit": 2, "windowSeconds": 60, "burst": 2, "concurrent": 1}


def token(api: Api, client_id: str, secret: str) -> Any:
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    return api.anonymous.post("/oauth/token", data=form)


def served(meter: Meter, now: float) -> None:
    meter.enter(now)
    meter.leave()


class TestMeter:
    def test_the_quota_is_per_minute(self) -> None:
        meter = Meter(Tier(limit=30, burst=100, concurrent=5), START)
        for second in range(30):
            served(meter, START + second)
        with pytest.raises(RateLimitExceeded) as refused:
            served(meter, START + 31)
        assert (29, 0) == (refused.value.retry_after, meter.remaining)
        served(meter, START + 60)
        assert 29 == meter.remaining

    def test_the_burst_refills_at_the_rate_of_the_quota(self) -> None:
        meter = Meter(Tier(limit=30, burst=10, concurrent=5), START)
        for _ in range(10):
            served(meter, START)
        with pytest.raises(BurstLimitExceeded) as refused:
            served(meter, START)
        assert 2 == refused.value.retry_after
        served(meter, START + 2)

    def test_a_machine_whose_clock_was_set_back_goes_on_serving(self) -> None:
        meter = Meter(Tier(limit=30, burst=10, concurrent=5), START)
        served(meter, START)
        for _ in range(9):
            served(meter, START - 3600)
        with pytest.raises(BurstLimitExceeded) as refused:
            served(meter, START - 3600)
        assert 2 == refused.value.retry_after

    def test_an_hour_of_steady_calls_gets_the_whole_quota(self) -> None:
        meter = Meter(Tier(limit=30, burst=10, concurrent=5), START)
        passed = 0
        for half_second in range(7200):
            try:
                served(meter, START + half_second / 2)
                passed += 1
            except (BurstLimitExceeded, RateLimitExceeded):
                continue
        assert 1790 <= passed <= 1810

    def test_requests_under_way_are_counted(self) -> None:
        meter = Meter(Tier(limit=30, burst=10, concurrent=2), START)
        meter.enter(START)
        meter.enter(START)
        with pytest.raises(ConcurrencyLimitExceeded):
            meter.enter(START)
        meter.leave()
        meter.enter(START)

    def test_a_refused_request_costs_nothing(self) -> None:
        meter = Meter(Tier(limit=5, burst=2, concurrent=1), START)
        served(meter, START)
        served(meter, START)
        for _ in range(10):
            with pytest.raises(BurstLimitExceeded):
                served(meter, START)
        assert 3 == meter.remaining


class TestFrontDoor:
    def test_headers_count_down_and_429_says_when_to_come_back(self, api: Api) -> None:
        tier = {"limit": 3, "windowSeconds": 60, "burst": 100, "concurrent": 10}
        changed = api.control.put("/sandbox/v1/rate-limits", json={"tiers": {"partner": tier}})
        assert 200 == changed.status_code, changed.text

        answers = [api.get("/api/v1/locations?pageSize=1") for _ in range(4)]
        remaining = [answer.headers["X-RateLimit-Remaining"] for answer in answers]

        assert [200, 200, 200, 429] == [answer.status_code for answer in answers]
        assert ["2", "1", "0", "0"] == remaining
        assert "RATE_LIMIT_EXCEEDED" == answers[3].json()["error"]["code"]
        assert 1 <= int(answers[3].headers["Retry-After"]) <= 60

    def test_the_control_plane_stays_open(self, api: Api) -> None:
        tier = {"limit": 1, "windowSeconds": 60, "burst": 1, "concurrent": 1}
        api.control.put("/sandbox/v1/rate-limits", json={"tiers": {"internal": tier, "partner": tier}})
        api.get("/api/v1/locations")
        assert 429 == api.get("/api/v1/locations").status_code
        assert 204 == api.control.post("/sandbox/v1/rate-limits/reset").status_code
        assert 200 == api.get("/api/v1/locations").status_code

    def test_limits_can_be_switched_off(self, api: Api) -> None:
        api.control.put("/sandbox/v1/rate-limits", json={"enabled": False})
        assert "X-RateLimit-Limit" not in api.get("/api/v1/locations").headers

    def test_a_client_that_fetches_tokens_is_counted_as_itself(self, api: Api) -> None:
        api.control.put(
            "/sandbox/v1/rate-limits", json={"tiers": {"anonymous": STRICT, "partner": STRICT | {"limit": 3}}}
        )
        names = ["partner-demo", "readonly-demo", "partner-demo", "partner-demo"]
        answers = [token(api, name, f"{name}-secret") for name in names]
        assert [200, 200, 200, 429] == [answer.status_code for answer in answers]
        assert {"3"} == {answer.headers["X-RateLimit-Limit"] for answer in answers}
        used = api.control.get("/sandbox/v1/journal?operationId=issueToken").json()["data"]
        assert all(exchange["credentialId"] for exchange in used)

    def test_who_fails_to_is_counted_as_a_stranger(self, api: Api) -> None:
        api.control.put("/sandbox/v1/rate-limits", json={"tiers": {"anonymous": STRICT}})
        tries = [token(api, "partner-demo", "wrong").status_code for _ in range(3)]
        assert [401, 401, 429] == tries
        assert 429 == token(api, "partner-demo", "partner-demo-secret").status_code
