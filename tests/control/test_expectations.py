"""What is expected of a bin: judged as it arrives, at the deadline, or when it is concluded."""

import threading

import pytest

from tests.control.inspection import BINS, address, new_bin


def expect(api, bin_, *requests, **terms):
    body = {"requests": list(requests), "within": "P1D", **terms}
    made = api.control.post(f"{BINS}/{bin_['id']}/expectations", json=body)
    assert made.status_code == 201, made.text
    return made.json()


def event(name, **members):
    return {"eventType": name, **members}


def send(api, bin_, *names):
    for name in names:
        assert api.anonymous.post(address(bin_), json={"event": name}).status_code == 200


def now(api, expectation):
    return api.control.get(path(expectation)).json()


def path(expectation, rest=""):
    return f"{BINS}/{expectation['binId']}/expectations/{expectation['id']}{rest}"


def conclude(api, expectation):
    answer = api.control.post(path(expectation, "/conclude"))
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(name="bin_")
def _bin(api):
    return new_bin(api)


class TestCreate:
    def test_is_pending_with_its_deadline_by_the_workspace(self, api, bin_):
        made = expect(api, bin_, event("a.b"))
        assert (made["status"], made["arrived"], made["decidedAt"]) == ("pending", 0, None)
        assert made["deadline"] > made["createdAt"]
        assert made["results"][0]["reason"] == "did not come"

    def test_what_came_earlier_does_not_count(self, api, bin_):
        send(api, bin_, "a.b")
        assert expect(api, bin_, event("a.b"))["status"] == "pending"

    def test_unless_it_is_to_count(self, api, bin_):
        send(api, bin_, "a.b")
        assert expect(api, bin_, event("a.b"), includeEarlier=True)["status"] == "met"

    def test_or_came_behind_a_request(self, api, bin_):
        send(api, bin_, "a.b", "c.d")
        first = api.control.get(f"{BINS}/{bin_['id']}/wait").json()["data"][0]
        assert expect(api, bin_, event("c.d"), since=first["id"], nothingElse=True)["arrived"] == 1

    def test_a_request_of_another_bin_is_refused(self, api, bin_):
        body = {"requests": [event("a.b")], "since": "req_" + "0" * 24}
        refused = api.control.post(f"{BINS}/{bin_['id']}/expectations", json=body)
        assert (refused.status_code, refused.json()["error"]["target"]) == (422, "/since")

    def test_too_many_are_refused(self, api, bin_):
        body = {"requests": [event("a.b", count=100)] * 3}
        assert api.control.post(f"{BINS}/{bin_['id']}/expectations", json=body).status_code == 422

    def test_an_unknown_bin_is_404(self, api):
        body = {"requests": [event("a.b")]}
        assert api.control.post(f"{BINS}/bin_{'f' * 24}/expectations", json=body).status_code == 404

    @pytest.mark.parametrize("within", ["P", "PT", "30s", "P1Y", "PT1D", "-PT1S"])
    def test_a_time_that_is_none_is_refused(self, api, bin_, within):
        body = {"requests": [event("a.b")], "within": within}
        assert api.control.post(f"{BINS}/{bin_['id']}/expectations", json=body).status_code == 400


class TestVerdict:
    def test_is_met_as_soon_as_all_came_in_any_order(self, api, bin_):
        made = expect(api, bin_, event("a.b"), event("c.d", count=2))
        send(api, bin_, "c.d", "x.y", "a.b")
        assert now(api, made)["status"] == "pending"
        send(api, bin_, "c.d")
        found = now(api, made)
        assert (found["status"], found["summary"]) == ("met", "met: 3 of 3 expected requests came")
        assert [len(each["requestIds"]) for each in found["results"]] == [1, 2]

    def test_in_order(self, api, bin_):
        made = expect(api, bin_, event("a.b"), event("c.d"), inOrder=True)
        send(api, bin_, "c.d", "a.b")
        found = conclude(api, made)
        assert found["status"] == "failed"
        assert found["results"][1]["reason"] == "came, but not in its turn"

    def test_nothing_else_fails_at_once(self, api, bin_):
        made = expect(api, bin_, event("a.b"), nothingElse=True)
        send(api, bin_, "a.b", "x.y")
        found = now(api, made)
        assert (found["status"], found["unexpected"][0]["reason"]) == ("failed", "fits no expectation")

    def test_nothing_else_is_met_when_time_is_over(self, api, bin_):
        made = expect(api, bin_, event("a.b"), nothingElse=True)
        send(api, bin_, "a.b")
        assert now(api, made)["status"] == "pending"
        api.advance("P1D")
        assert now(api, made)["status"] == "met"

    def test_what_must_not_come(self, api, bin_):
        never = expect(api, bin_, event("refund.*", count=0))
        fine = expect(api, bin_, event("other.*", count=0))
        send(api, bin_, "refund.created")
        assert now(api, never)["unexpected"][0]["reason"] == "must not come"
        assert (now(api, never)["status"], conclude(api, fine)["status"]) == ("failed", "met")

    def test_fails_at_its_deadline_and_names_what_came_nearest(self, api, bin_):
        made = expect(api, bin_, event("a.b", method="PUT", signature="valid"))
        send(api, bin_, "a.b")
        api.advance("P1D")
        [result] = now(api, made)["results"]
        assert now(api, made)["status"] == "failed"
        assert result["nearest"]["differences"] == [
            "the method is POST, not PUT",
            "the signature is absent, not valid",
        ]

    def test_a_message_that_comes_again_is_no_other_message(self, api):
        bin_ = new_bin(api, response={"sequence": [{"status": 500}, {"status": 200}]})
        webhook = api.post(
            "/api/v1/webhooks", json={"url": bin_["deliveryUrl"], "eventTypes": ["webhook.ping"]}
        )
        assert webhook.status_code == 201, webhook.text
        counted = expect(api, bin_, event("webhook.ping", count=2), countRepeats=True)
        made = expect(api, bin_, event("webhook.ping", signature="valid"), nothingElse=True)
        sent = {"event": "webhook.ping", "webhookIds": [webhook.json()["id"]]}
        assert api.control.post("/sandbox/v1/webhook-triggers", json=sent).status_code == 202
        waited = {"count": 1, "timeoutMs": 25000}
        assert api.control.get(f"{BINS}/{bin_['id']}/wait", params=waited).status_code == 200
        api.advance("PT1H")
        assert now(api, counted)["status"] == "met"
        assert len(now(api, made)["repeats"]) == 1
        assert conclude(api, made)["status"] == "met"

    def test_a_verdict_stays(self, api, bin_):
        made = expect(api, bin_, event("a.b"))
        send(api, bin_, "a.b")
        before = now(api, made)
        send(api, bin_, "a.b", "x.y")
        assert now(api, made) == before == conclude(api, made)


class TestWait:
    def test_answers_when_it_is_decided(self, api, bin_):
        made = expect(api, bin_, event("a.b"))
        arriving = threading.Thread(target=send, args=(api, bin_, "a.b"))
        arriving.start()
        answer = api.control.get(path(made, "/wait"), params={"timeoutMs": 25000})
        arriving.join()
        assert (answer.status_code, answer.json()["status"]) == (200, "met")

    def test_says_how_far_it_is_when_it_is_not(self, api, bin_):
        made = expect(api, bin_, event("a.b"))
        answer = api.control.get(path(made, "/wait"), params={"timeoutMs": 1})
        assert (answer.status_code, answer.json()["error"]["code"]) == (408, "WAIT_TIMEOUT")
        assert "0 of 1" in answer.json()["error"]["details"]


class TestOthers:
    def test_are_listed_by_status_and_deleted(self, api, bin_):
        made = expect(api, bin_, event("a.b"))
        done = expect(api, bin_, event("a.b", count=0))
        conclude(api, done)
        listed = api.control.get(f"{BINS}/{bin_['id']}/expectations", params={"status": "met"}).json()["data"]
        assert [each["id"] for each in listed] == [done["id"]]
        assert api.control.delete(path(made)).status_code == 204
        assert api.control.get(path(made)).status_code == 404

    def test_go_with_their_bin(self, api, bin_):
        made = expect(api, bin_, event("a.b"))
        assert api.control.delete(f"{BINS}/{bin_['id']}").status_code == 204
        api.advance("P2D")
        assert api.workspace.store.get("expectation", made["id"]) is None

    def test_of_another_bin_are_404(self, api, bin_):
        made, other = expect(api, bin_, event("a.b")), new_bin(api)
        assert api.control.get(f"{BINS}/{other['id']}/expectations/{made['id']}").status_code == 404
