"""Bins that send on what they get: recorded, or answered with what comes back."""

import pytest

from tests.control.inspection import BINS, address, arrived, new_bin


def forwarded(api, bin_):
    """What became of sending it on, once that is known."""
    api.advance("PT1S")
    [got] = arrived(api, bin_)
    return got["forward"]


@pytest.fixture(name="behind")
def _behind(api):
    """Where things are sent on to."""
    return new_bin(api, response={"status": 201, "headers": {"X-Behind": "yes"}, "body": "from behind"})


class TestForward:
    def test_the_same_request_goes_on_and_the_answer_is_recorded(self, api, behind):
        bin_ = new_bin(api, forward={"url": behind["url"]}, response={"status": 202})
        headers = {"X-One": "1", "webhook-id": "m", "webhook-signature": "v1,x"}
        answer = api.anonymous.put(address(bin_, "/sub%20a?x=1"), content=b"\xff\x00", headers=headers)
        assert answer.status_code == 202
        told = forwarded(api, bin_)
        assert (told["status"], told["statusCode"], told["bodyText"]) == ("answered", 201, "from behind")
        [first], [second] = arrived(api, bin_), arrived(api, behind)
        same = ("method", "rawPath", "query", "bodySha256", "messageId")
        assert [second[name] for name in same] == [first[name] for name in same]
        assert (second["headers"]["x-one"], second["headers"]["x-sandbox-hops"]) == ("1", "1")

    def test_the_answer_can_be_that_from_behind(self, api, behind):
        bin_ = new_bin(api, forward={"url": behind["url"], "returnAnswer": True}, response={"status": 500})
        answer = api.anonymous.post(address(bin_), content=b"x")
        assert (answer.status_code, answer.text, answer.headers["x-behind"]) == (201, "from behind", "yes")
        [got] = arrived(api, bin_)
        assert (got["responseStatus"], got["answer"]["status"], got["forward"]["statusCode"]) == (
            201,
            201,
            201,
        )

    def test_an_answer_that_does_not_come_is_a_gateways_error(self, api):
        silent = new_bin(api, response={"manner": "hang"})
        forward = {"url": silent["deliveryUrl"], "returnAnswer": True, "timeoutMs": 50}
        answer = api.anonymous.get(address(new_bin(api, forward=forward)))
        assert (answer.status_code, answer.text.startswith("forwarding failed: timeout")) == (504, True)

    def test_deliveries_of_the_workspace_are_sent_on_and_answered_too(self, api, behind):
        bin_ = new_bin(api, forward={"url": behind["url"], "returnAnswer": True})
        hook = {"url": bin_["deliveryUrl"], "eventTypes": ["webhook.ping"]}
        webhook = api.post("/api/v1/webhooks", json=hook).json()["id"]
        trigger = {"event": "webhook.ping", "webhookIds": [webhook]}
        sent = api.control.post("/sandbox/v1/webhook-triggers", json=trigger).json()["deliveries"][0]["id"]
        waited = {"timeoutMs": 25000}
        assert api.control.get(f"{BINS}/{behind['id']}/wait", params=waited).status_code == 200
        api.advance("PT1S")
        attempts = api.get(f"/api/v1/webhooks/{webhook}/deliveries/{sent}/attempts").json()["data"]
        assert [attempt["statusCode"] for attempt in attempts] == [201]
        [first], [second] = arrived(api, bin_), arrived(api, behind)
        assert (first["signature"]["valid"], first["bodySha256"]) == (True, second["bodySha256"])

    def test_a_delivery_waits_no_longer_than_its_subscription_says(self, api):
        slow = new_bin(api, response={"delayMs": 1200})
        bin_ = new_bin(api, forward={"url": slow["deliveryUrl"], "returnAnswer": True})
        policy = {"timeoutSeconds": 1, "maxAttempts": 1}
        hook = {"url": bin_["deliveryUrl"], "eventTypes": ["webhook.ping"], "retryPolicy": policy}
        made = api.post("/api/v1/webhooks", json=hook)
        assert made.status_code == 201, made.text
        trigger = {"event": "webhook.ping", "webhookIds": [made.json()["id"]]}
        sent = api.control.post("/sandbox/v1/webhook-triggers", json=trigger).json()["deliveries"][0]["id"]
        api.advance("PT1S")
        log = f"/api/v1/webhooks/{made.json()['id']}/deliveries/{sent}/attempts"
        assert [attempt["error"] for attempt in api.get(log).json()["data"]] == ["timeout"]

    def test_bins_that_forward_to_one_another_stop(self, api):
        one = new_bin(api)
        other = new_bin(api, forward={"url": one["url"], "returnAnswer": True})
        forward = {"url": other["url"], "returnAnswer": True}
        assert api.control.patch(f"{BINS}/{one['id']}", json={"forward": forward}).status_code == 200
        answer = api.anonymous.get(address(one))
        assert (answer.status_code, "in circles" in answer.text) == (502, True)
        assert len(arrived(api, one)) + len(arrived(api, other)) == 4

    def test_not_where_nobody_may_send(self, api):
        refused = api.control.post(BINS, json={"forward": {"url": "http://10.0.0.1/hooks"}})
        assert refused.json()["error"]["target"] == "/forward/url"

    def test_not_what_was_not_kept_whole(self, api, behind):
        bin_ = new_bin(api, forward={"url": behind["url"]}, maxBodyBytes=1024)
        api.anonymous.post(address(bin_), content=b"x" * 2000)
        assert "maxBodyBytes" in forwarded(api, bin_)["errorDetail"]
        assert arrived(api, behind) == []

    def test_a_copy_of_the_workspace_sends_nothing_outside_until_told(self, api, behind):
        bin_ = new_bin(api, forward={"url": behind["url"], "returnAnswer": True})
        run = api.control.with_headers(X_Sandbox_Run="forward-fork")
        copied = run.get(f"{BINS}/{bin_['id']}").json()
        assert "copy of a workspace" in api.anonymous.get(address(copied)).text
        again = {"forward": copied["forward"]}
        assert run.patch(f"{BINS}/{bin_['id']}", json=again).status_code == 200
        assert api.anonymous.get(address(copied)).text == "from behind"
        assert len(arrived(api, behind)) == 1

    def test_can_be_switched_off(self, api, behind):
        bin_ = new_bin(api, forward={"url": behind["url"]})
        assert api.control.patch(f"{BINS}/{bin_['id']}", json={"forward": None}).json()["forward"] is None
        api.anonymous.get(address(bin_))
        assert forwarded(api, bin_) is None
        assert arrived(api, behind) == []


class TestVerdictThroughBins:
    """A delivery altered on its way: what was written, against what came."""

    @pytest.fixture(name="deliver")
    def _deliver(self, api):
        bin_ = new_bin(api)
        hook = {"url": bin_["deliveryUrl"], "eventTypes": ["webhook.ping"]}
        made = api.post("/api/v1/webhooks", json=hook).json()

        def deliver(**members):
            since = [got["id"] for got in arrived(api, bin_)][-1:]
            trigger = {"event": "webhook.ping", "webhookIds": [made["id"]], **members}
            sent = api.control.post("/sandbox/v1/webhook-triggers", json=trigger)
            assert sent.status_code == 202, sent.text
            query = {"timeoutMs": 25000} | ({"since": since[0]} if since else {})
            return api.control.get(f"{BINS}/{bin_['id']}/wait", params=query).json()["data"][0]

        deliver.webhook, deliver.secret, deliver.bin = made["id"], made["secret"], bin_
        return deliver

    def test_a_changed_body_is_shown_where_it_was_changed(self, deliver):
        verdict = deliver(corrupt="body")["signature"]
        difference = verdict["bodyDifference"]
        shown = (difference["expectedCharacter"], difference["receivedCharacter"])
        assert (verdict["valid"], shown) == (False, ("0", "O"))

    def test_a_changed_signature_leaves_the_body_as_it_was(self, deliver):
        got = deliver(corrupt="signature")
        assert got["signature"]["bodyDifference"] is None
        for check in got["signature"]["checks"]:
            at = check["difference"]["index"]
            assert check["expected"][:at] == check["received"][:at]
            assert check["difference"]["expectedCharacter"] == check["expected"][at]
            assert check["difference"]["receivedByte"] == ord(check["received"][at])

    def test_an_old_timestamp_is_told_in_seconds(self, deliver):
        check = deliver(corrupt="timestamp")["signature"]["checks"][0]
        assert (check["reason"], check["secret"]) == ("timestamp_too_old", "current")
        assert check["skewSeconds"] >= 3600 > check["toleranceSeconds"]

    def test_after_a_rotation_it_says_which_secret_it_was(self, api, deliver):
        rotated = api.post(f"/api/v1/webhooks/{deliver.webhook}/rotate-secret", json={})
        assert rotated.status_code == 200, rotated.text
        assert [check["secret"] for check in deliver()["signature"]["checks"]] == ["current", "current"]
        own = {"verifySecret": deliver.secret}
        assert api.control.patch(f"{BINS}/{deliver.bin['id']}", json=own).status_code == 200
        in_headers, in_body = deliver()["signature"]["checks"]
        assert (in_headers["valid"], in_body["valid"]) == (True, False)
