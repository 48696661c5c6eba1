"""Deliveries taken into one's own hands, through the front door."""

import pytest

DISPATCHER = "/sandbox/v1/webhook-dispatcher"
WEBHOOKS = "/api/v1/webhooks"
BINS = "/sandbox/v1/inspector/bins"


@pytest.fixture(name="receiver")
def _receiver(api):
    """A bin, and the one subscription of the workspace, which sends everything there; time stands still."""
    assert api.control.put("/sandbox/v1/clock", json={"mode": "frozen"}).status_code == 200
    api.drop_subscriptions()
    response = {"response": {"sequence": [{"status": 500}, {"status": 200}]}}
    bin_ = api.control.post(BINS, json=response).json()
    body = {"url": bin_["deliveryUrl"], "eventTypes": ["*"], "ordering": "none"}
    return bin_ | {"webhookId": api.post(WEBHOOKS, json=body).json()["id"]}


def captured(api, receiver):
    return api.control.get(f"{BINS}/{receiver['id']}/requests", params={"cursor": ""}).json()["data"]


def ping(api, receiver, count=1):
    for _ in range(count):
        assert api.post(f"{WEBHOOKS}/{receiver['webhookId']}/test").status_code == 202


def set_to(api, **settings):
    answer = api.control.put(DISPATCHER, json=settings)
    assert answer.status_code == 200, answer.text
    return answer.json()


class TestGetDispatcher:
    def test_runs_by_itself_unless_told_otherwise(self, api, receiver):
        answer = api.control.get(DISPATCHER)
        assert answer.json() == {
            "mode": "auto",
            "maxParallel": None,
            "speedFactor": 1,
            "queueDepth": 0,
            "nextDueAt": None,
        }

    def test_tells_what_waits(self, api, receiver):
        set_to(api, mode="paused")
        ping(api, receiver, 2)
        told = api.control.get(DISPATCHER).json()
        assert (told["mode"], told["queueDepth"]) == ("paused", 2)
        assert told["nextDueAt"]

    def test_needs_the_scope(self, api):
        assert api.as_("readonly-demo").put(DISPATCHER, json={"mode": "auto"}).status_code == 403


class TestSetDispatcher:
    @pytest.mark.parametrize(
        "body", [{}, {"mode": "sometimes"}, {"mode": "auto", "maxParallel": 0}, {"mode": "auto", "x": 1}]
    )
    def test_refuses_what_makes_no_sense(self, api, body):
        assert api.control.put(DISPATCHER, json=body).status_code == 400

    def test_paused_nothing_leaves_until_it_is_resumed(self, api, receiver):
        set_to(api, mode="paused")
        ping(api, receiver, 2)
        api.advance("PT1H")
        assert captured(api, receiver) == []
        set_to(api, mode="auto")
        got = api.control.get(f"{BINS}/{receiver['id']}/wait", params={"count": 2, "timeoutMs": 20000})
        assert got.status_code == 200

    def test_a_reset_lets_it_run_again(self, api, receiver):
        set_to(api, mode="paused")
        assert api.control.post("/sandbox/v1/reset", json={}).status_code == 200
        assert api.control.get(DISPATCHER).json()["mode"] == "auto"


class TestRunDispatcher:
    def test_delivers_step_by_step(self, api, receiver):
        set_to(api, mode="manual")
        ping(api, receiver, 3)
        first = api.control.post(f"{DISPATCHER}/run", json={"limit": 1}).json()
        assert (first["delivered"], first["failed"], first["remaining"]) == (0, 1, 2)
        assert first["deliveries"][0]["status"] == "retry_scheduled"
        rest = api.control.post(f"{DISPATCHER}/run").json()
        assert (rest["delivered"], rest["failed"], rest["remaining"]) == (2, 0, 0)
        assert len(captured(api, receiver)) == 3

    def test_what_is_not_yet_due_waits_for_the_clock(self, api, receiver):
        set_to(api, mode="manual")
        ping(api, receiver)
        api.control.post(f"{DISPATCHER}/run")
        api.advance("PT5S")
        assert len(captured(api, receiver)) == 1
        assert api.control.post(f"{DISPATCHER}/run").json()["delivered"] == 1
