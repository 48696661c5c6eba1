"""Three days of retries over real sockets, in the time of one test and in the time of one workspace."""

from datetime import timedelta
from itertools import accumulate

import pytest

from sandbox.kernel.clock import instant, parse_instant
from tests.webhooks.outside import Outside

LADDER = [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
"""Seconds between the ten attempts that Standard Webhooks recommends: 75 hours and a half."""
WEBHOOKS = "/api/v1/webhooks"
CLOCK = "/sandbox/v1/clock"


@pytest.fixture(name="failing")
def _failing():
    outside = Outside(*[500] * 9, 200)
    yield outside
    outside.stop()


@pytest.fixture(name="elsewhere")
def _elsewhere(server):
    """Another workspace with work that is due in an hour, its clock at rest."""
    workspaces = server.sandbox.workspaces
    other = workspaces.fork("ws_default", workspaces.new_workspace_id("elsewhere"))
    with other.transaction() as tx:
        tx.set_clock("frozen", tx.now())
        tx.schedule(tx.now() + timedelta(hours=1), "webhook.secret.expire", "nobody")
    yield other
    workspaces.delete(other.id)


class TestLadder:
    def test_of_75_hours_runs_at_the_exact_times_and_in_its_own_workspace(self, api, failing, elsewhere):
        policy = {"delaysSeconds": LADDER, "maxDelaySeconds": 86400}
        body = {"url": failing.receiver.url(), "eventTypes": ["customer.created"], "retryPolicy": policy}
        webhook = api.post(WEBHOOKS, json=body).json()
        start = parse_instant(api.control.put(CLOCK, json={"mode": "frozen"}).json()["now"])
        before = (elsewhere.now(), elsewhere.generation)
        sent = api.post(f"{WEBHOOKS}/{webhook['id']}/test").json()
        failing.wait(1)

        fired = api.advance("PT80H")

        delivery = api.get(f"{WEBHOOKS}/{webhook['id']}/deliveries/{sent['id']}").json()
        due = [start + timedelta(seconds=after) for after in accumulate([0, *LADDER])]
        assert (delivery["status"], delivery["attemptCount"]) == ("succeeded", 10)
        assert [attempt["at"] for attempt in delivery["attempts"]] == [instant(at) for at in due]
        assert [attempt["statusCode"] for attempt in delivery["attempts"]] == [500] * 9 + [200]
        assert due[-1] - start > timedelta(hours=75)
        assert fired["now"] == instant(start + timedelta(hours=80))

        stamps = [got.headers["webhook-timestamp"] for got in failing.receiver.received]
        assert stamps == [str(int(at.timestamp())) for at in due]
        assert len({got.headers["webhook-id"] for got in failing.receiver.received}) == 1

        assert (elsewhere.now(), elsewhere.generation) == before
        assert elsewhere.store.get("agenda", "webhook.secret.expire:nobody") is not None
