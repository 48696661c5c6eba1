"""What a subscription says of its health, whom it tells, and the monitor that comes with it."""

from tests.platform.receiving import WEBHOOKS, new_bin, subscribe

MONITORS = "/sandbox/v1/monitors"
OUTBOX = "/sandbox/v1/outbox"
ONCALL = "oncall@clinic.example"
ONCE = {"preset": "none"}


def ping(api, webhook, times=1):
    for _ in range(times):
        sent = api.post(f"{WEBHOOKS}/{webhook['id']}/test")
        assert sent.status_code == 202, sent.text
        api.advance("PT1S")


def now(api, webhook):
    return api.get(f"{WEBHOOKS}/{webhook['id']}").json()


def letters(api):
    found = api.control.get(OUTBOX, params={"template": "webhook_disabled"}).json()["data"]
    return [letter for letter in found if letter["to"]["email"] == ONCALL]


def monitors_of(api, webhook):
    found = api.control.get(MONITORS).json()["data"]
    return [each for each in found if each["target"].get("webhookId") == webhook["id"]]


class TestAlertEmail:
    def test_is_told_when_too_many_deliveries_were_given_up(self, api):
        bin_ = new_bin(api, status=500)
        webhook = subscribe(api, bin_, retryPolicy=ONCE, disableAfterFailures=2, alertEmail=ONCALL)
        ping(api, webhook, 2)
        assert now(api, webhook)["status"] == "auto_disabled"
        [letter] = letters(api)
        assert letter["subject"] == f"Webhook disabled: {bin_['deliveryUrl']}"
        assert letter["related"] == {"type": "webhook", "id": webhook["id"]}

    def test_is_told_when_the_endpoint_is_gone(self, api):
        webhook = subscribe(api, new_bin(api, status=410), alertEmail=ONCALL)
        ping(api, webhook)
        assert "410" in letters(api)[0]["text"]

    def test_is_not_told_of_what_somebody_asked_for(self, api):
        webhook = subscribe(api, new_bin(api), alertEmail=ONCALL)
        assert api.post(f"{WEBHOOKS}/{webhook['id']}/disable").status_code == 200
        api.advance("PT1S")
        assert letters(api) == []

    def test_is_nobody_unless_said(self, api):
        webhook = subscribe(api, new_bin(api, status=410))
        assert webhook["alertEmail"] is None
        ping(api, webhook)
        assert api.control.get(OUTBOX, params={"template": "webhook_disabled"}).json()["data"] == []


class TestSuccessRate:
    def test_is_of_the_last_24_hours(self, api):
        sequence = [{"status": 500}, {"status": 200}, {"status": 200}, {"status": 200}]
        webhook = subscribe(api, new_bin(api, sequence=sequence), "customer.created", retryPolicy=ONCE)
        assert webhook["successRate24h"] is None
        ping(api, webhook)
        assert now(api, webhook)["successRate24h"] == 0
        api.advance("PT12H")
        ping(api, webhook, 3)
        assert now(api, webhook)["successRate24h"] == 0.75
        api.advance("PT13H")
        assert now(api, webhook)["successRate24h"] == 1
        api.advance("P1D")
        assert now(api, webhook)["successRate24h"] is None

    def test_is_shown_of_seeded_subscriptions_too(self, api):
        shown = api.get(WEBHOOKS).json()["data"]
        assert all({"successRate24h", "alertEmail", "autoMonitor"} <= each.keys() for each in shown)


class TestAutoMonitor:
    def test_is_made_with_the_subscription_and_pings_it(self, api):
        webhook = subscribe(api, new_bin(api, status=500), autoMonitor=True, alertEmail=ONCALL)
        api.advance("PT15M")
        [monitor] = monitors_of(api, webhook)
        assert (monitor["status"], monitor["alertEmail"]) == ("alerting", ONCALL)
        assert (monitor["intervalSeconds"], monitor["signed"]) == (300, True)

    def test_is_not_made_unless_asked_for(self, api):
        webhook = subscribe(api, new_bin(api))
        api.advance("PT1S")
        assert monitors_of(api, webhook) == []

    def test_comes_changes_and_goes_with_changes_of_the_subscription(self, api):
        webhook = subscribe(api, new_bin(api))
        path = f"{WEBHOOKS}/{webhook['id']}"
        for body, expected in [
            ({"autoMonitor": True}, [None]),
            ({"alertEmail": ONCALL}, [ONCALL]),
            ({"autoMonitor": False}, []),
            ({"autoMonitor": True}, [ONCALL]),
        ]:
            assert api.patch(path, json=body).status_code == 200
            api.advance("PT1S")
            assert [each["alertEmail"] for each in monitors_of(api, webhook)] == expected

    def test_goes_with_the_subscription(self, api):
        webhook = subscribe(api, new_bin(api), autoMonitor=True)
        api.advance("PT1S")
        assert api.delete(f"{WEBHOOKS}/{webhook['id']}").status_code == 204
        api.advance("PT1S")
        assert monitors_of(api, webhook) == []


class TestAReset:
    def test_that_keeps_subscriptions_keeps_what_is_due_for_them(self, api):
        webhook = subscribe(api, new_bin(api), autoMonitor=True)
        path = f"{WEBHOOKS}/{webhook['id']}"
        assert api.post(f"{path}/rotate-secret", json={"overlapHours": 1}).status_code == 200
        left = api.post("/sandbox/v1/listeners", json={"eventTypes": ["*"], "name": "mine"}).json()
        assert api.control.post("/sandbox/v1/reset", json={"keepWebhooks": True}).status_code == 200
        api.advance("PT2H")
        assert now(api, webhook)["previousSecretValidUntil"] is None
        assert len(monitors_of(api, webhook)) == 1
        again = api.post("/sandbox/v1/listeners", json={"eventTypes": ["*"], "name": "mine"}).json()
        assert again["id"] == left["id"]
        api.advance("P2D")
        assert api.get(f"{WEBHOOKS}/{left['webhookId']}").status_code == 404


class TestTheLimit:
    def test_listeners_do_not_count_and_have_one_of_their_own(self, api):
        bin_, asked = new_bin(api), {"eventTypes": ["customer.created"]}
        free = 20 - len(api.get(WEBHOOKS, params={"limit": 100}).json()["data"])
        assert api.post("/sandbox/v1/listeners", json=asked).status_code == 201
        for _ in range(free):
            subscribe(api, bin_)
        refused = api.post(WEBHOOKS, json={"url": bin_["deliveryUrl"], "eventTypes": ["*"]})
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "WEBHOOK_LIMIT_REACHED")
        made = [api.post("/sandbox/v1/listeners", json=asked).status_code for _ in range(20)]
        assert made == [201] * 19 + [409]
