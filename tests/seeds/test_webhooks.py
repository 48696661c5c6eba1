"""The seeded subscriptions, bins and delivery log."""

from datetime import UTC, datetime

import pytest

from sandbox.seeds.webhooks import SECRET
from sandbox.seeds.world import build_world
from sandbox.webhooks.verification import verify

ANCHOR = datetime(2026, 11, 16, tzinfo=UTC)


@pytest.fixture(scope="module", name="standard")
def _standard():
    return build_world("standard", anchor=ANCHOR)


class TestFixtures:
    def test_four_subscriptions_and_five_bins(self):
        world = build_world("minimal", anchor=ANCHOR)
        assert [webhook["status"] for webhook in world.all("webhook")] == ["active"] * 3 + ["disabled"]
        assert [found["id"] for found in world.all("bin")] == [f"bin_{n:024d}" for n in range(5)]
        assert {"webhook.inspector", "webhook.failing", "webhook.gone", "webhook.disabled"} <= set(
            world.fixtures
        )
        assert world.all("delivery") == []

    def test_none_in_the_empty_world(self):
        assert build_world("empty", anchor=ANCHOR).all("webhook") == []


class TestDeliveryLog:
    def test_has_120_in_order_of_time_before_the_anchor(self, standard):
        made = [delivery["createdAt"] for delivery in standard.all("delivery")]
        assert len(made) == 120
        assert made == sorted(made)
        assert {delivery["status"] for delivery in standard.all("delivery")} == {"succeeded", "exhausted"}

    def test_every_attempt_verifies(self, standard):
        for attempt in standard.all("delivery_attempt"):
            headers = attempt["requestHeaders"]
            now = int(headers["webhook-timestamp"])
            assert verify(SECRET, headers, attempt["requestBody"].encode(), now)["valid"]

    def test_is_what_the_api_shows(self, api):
        webhook = api.fixture("webhook.inspector")
        query = {"pageSize": 100, "status": "succeeded"}  # what happens meanwhile may be under way
        listed = api.get(f"/api/v1/webhooks/{webhook}/deliveries", params=query)
        assert listed.status_code == 200
        newest = listed.json()["data"][0]
        shown = api.get(f"/api/v1/webhooks/{webhook}/deliveries/{newest['id']}").json()
        assert len(shown["attempts"]) == shown["attemptCount"]
