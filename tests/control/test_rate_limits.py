"""Rate limits are shown, changed and started anew."""

from __future__ import annotations

from sandbox.control.rate_limits import DEFAULT_POLICY

URL = "/sandbox/v1/rate-limits"
TARGET = "/api/v1/locations"
TIGHT = {"limit": 2, "burst": 2, "concurrent": 2}


def test_the_defaults_are_those_of_the_specification():
    tiers = {
        name: (tier["limit"], tier["burst"], tier["concurrent"])
        for name, tier in DEFAULT_POLICY["tiers"].items()
        if name != "control"
    }
    expected = {"anonymous": (30, 10, 5), "user": (60, 20, 10), "partner": (300, 100, 25)}
    assert expected | {"internal": (600, 200, 50)} == tiers


class TestSetRateLimits:
    def test_a_tier_changes_and_the_others_stay(self, api):
        before = api.control.get(URL).json()
        after = api.control.put(URL, json={"tiers": {"partner": TIGHT}}).json()
        assert after["tiers"]["partner"]["limit"] == 2
        assert after["tiers"]["user"] == before["tiers"]["user"]

    def test_it_is_in_force_at_once(self, api):
        api.control.put(URL, json={"tiers": {"partner": TIGHT}})
        assert [api.get(TARGET).status_code for _ in range(3)] == [200, 200, 429]

    def test_limits_can_be_switched_off(self, api):
        api.control.put(URL, json={"enabled": False, "tiers": {"partner": TIGHT}})
        assert {api.get(TARGET).status_code for _ in range(5)} == {200}


class TestResetRateLimitCounters:
    def test_every_caller_starts_anew(self, api):
        api.control.put(URL, json={"tiers": {"partner": TIGHT}})
        assert [api.get(TARGET).status_code for _ in range(3)] == [200, 200, 429]
        assert api.control.post(f"{URL}/reset").status_code == 204
        assert api.get(TARGET).status_code == 200
