"""Receivers that nobody can reach, served over a connection of their own."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.conftest import Api
from tests.platform.clinic import freeze
from tests.streams import Told, following

URL = "/sandbox/v1/listeners"


@pytest.fixture(autouse=True)
def _frozen(api: Api) -> None:
    """Nothing falls due by itself."""
    freeze(api)


def listener(api: Api, **more: Any) -> Any:
    made = api.post(URL, json={"eventTypes": ["customer.created"], **more})
    assert made.status_code == 201, made.text
    return made.json()


def new_customer(api: Api, name: str = "New") -> str:
    body = {"givenName": name, "email": f"{name.lower()}@sandbox.example"}
    made = api.post("/api/v1/customers", json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def stream_of(made: Any) -> str:
    return f"{URL}/{made['id']}/stream"


def answer(api: Api, made: Any, handed: Told, status: int = 200, **more: Any) -> bool:
    body = {"lease": handed.data["lease"], "status": status, **more}
    told = api.post(f"{URL}/{made['id']}/replies", json=body)
    assert told.status_code == 200, told.text
    return bool(told.json()["accepted"])


def handed(told: Iterator[Told]) -> Told:
    return next(each for each in told if each.name == "delivery")


def log(api: Api, made: Any) -> list[Any]:
    """Deliveries with their attempts, oldest first."""
    at = f"/api/v1/webhooks/{made['webhookId']}/deliveries"
    found = api.get(at).json()["data"]
    return [api.get(f"{at}/{each['id']}").json() for each in reversed(found)]


def settled(api: Api, made: Any, status: str) -> Any:
    """The only delivery, when it has got so far: the answer is taken at once, its log follows."""
    with following(api, "/sandbox/v1/stream", kinds="delivery") as told:
        [now] = log(api, made)
        if now["status"] != status:
            next(each for each in told if each.data["status"] == status)
    [now] = log(api, made)
    return now


class TestCreateListener:
    def test_is_a_webhook_like_any_other(self, api: Api) -> None:
        made = listener(api, description="My machine")
        webhook = api.get(f"/api/v1/webhooks/{made['webhookId']}").json()
        assert (webhook["status"], webhook["description"]) == ("active", "My machine")
        assert webhook["eventTypes"] == made["eventTypes"] == ["customer.created"]
        assert made["secret"].startswith("whsec_")

    def test_takes_up_the_one_of_its_name_with_all_that_waits(self, api: Api) -> None:
        left = listener(api, name="my laptop")
        with following(api, stream_of(left)) as told:
            new_customer(api, "One")
            handed(told)  # and never answered
        new_customer(api, "Two")
        made = listener(api, name="my laptop", eventTypes=["customer.created", "booking.*"])
        assert (made["id"], made["secret"]) == (left["id"], left["secret"])
        assert made["eventTypes"] == ["customer.created", "booking.*"]
        with following(api, stream_of(made)) as told:
            assert len({handed(told).data["lease"] for _ in ("One", "Two")}) == 2
            assert [each["attemptCount"] for each in log(api, made)] == [1, 1]

    def test_a_secret_given_when_it_is_taken_up_is_the_one_from_then_on(self, api: Api) -> None:
        other = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
        left = listener(api, name="my laptop")
        made = listener(api, name="my laptop", secret=other)
        assert (made["id"], made["secret"]) == (left["id"], other)

    def test_without_a_name_or_with_another_it_is_new(self, api: Api) -> None:
        made = [listener(api, **more)["id"] for more in ({}, {}, {"name": "a"}, {"name": "b"})]
        assert len(set(made)) == 4

    def test_refuses_what_names_no_event(self, api: Api) -> None:
        refused = api.post(URL, json={"eventTypes": ["nothing.here"]})
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "UNKNOWN_EVENT_TYPE")


class TestStreamListenerDeliveries:
    def test_hands_over_the_signed_request_and_takes_the_answer(self, api: Api) -> None:
        made = listener(api)
        with following(api, stream_of(made)) as told:
            customer = new_customer(api)
            first = handed(told)
            body = base64.b64decode(first.data["bodyBase64"])
            headers = {name.lower(): value for name, value in first.data["headers"].items()}
            api.control.delete("/sandbox/v1/clock")
            assert Webhook(made["secret"]).verify(body, headers)["data"]["id"] == customer
            content = base64.b64encode(b"thanks").decode()
            assert answer(api, made, first, 202, headers={"X-A": "1"}, bodyBase64=content, durationMs=7)
            done = settled(api, made, "succeeded")
        [attempt] = done["attempts"]
        assert (attempt["statusCode"], attempt["responseBody"], attempt["durationMs"]) == (202, "thanks", 7)
        assert attempt["responseHeaders"] == {"x-a": "1"}

    def test_what_happens_while_nobody_listens_waits_and_spends_no_attempt(self, api: Api) -> None:
        made = listener(api)
        names = [new_customer(api, name) for name in ("One", "Two")]
        api.advance("PT1H")
        assert [(each["status"], each["attemptCount"]) for each in log(api, made)] == [("pending", 0)] * 2
        with following(api, stream_of(made)) as told:
            both = {handed(told).data["lease"] for _ in names}
        assert len(both) == 2

    def test_what_was_not_answered_is_handed_to_the_next_connection_under_the_same_lease(
        self, api: Api
    ) -> None:
        made = listener(api)
        with following(api, stream_of(made)) as told:
            new_customer(api)
            first = handed(told)
        with following(api, stream_of(made)) as told:
            again = handed(told)
            assert again.data == first.data
            assert answer(api, made, again)
            assert not answer(api, made, again)
            assert settled(api, made, "succeeded")["attemptCount"] == 1

    def test_an_answer_that_is_no_success_is_tried_again_by_the_policy(self, api: Api) -> None:
        made = listener(api)
        with following(api, stream_of(made)) as told:
            new_customer(api)
            assert answer(api, made, handed(told), 503)
            waiting = settled(api, made, "retry_scheduled")
            assert waiting["attempts"][0]["nextDelaySeconds"] == 5
        assert waiting["attempts"][0]["statusCode"] == 503

    def test_a_receiver_that_cannot_be_reached_is_told_as_such(self, api: Api) -> None:
        made = listener(api)
        with following(api, stream_of(made)) as told:
            new_customer(api)
            lease = handed(told).data["lease"]
            body = {"lease": lease, "error": "connect", "detail": "refused"}
            assert api.post(f"{URL}/{made['id']}/replies", json=body).json() == {"accepted": True}
            waiting = settled(api, made, "retry_scheduled")
        assert (waiting["attempts"][0]["error"], waiting["attempts"][0]["errorDetail"]) == (
            "connect",
            "refused",
        )

    def test_a_second_connection_ends_the_first(self, api: Api) -> None:
        made = listener(api)
        with following(api, stream_of(made)) as told, following(api, stream_of(made)):
            assert next(told).data["reason"] == "replaced"

    def test_an_unknown_listener_is_not_there(self, api: Api) -> None:
        assert api.get(f"{URL}/lst_{'a' * 24}/stream").status_code == 404


class TestDeleteListener:
    def test_takes_webhook_and_log_along_and_ends_the_stream(self, api: Api) -> None:
        made = listener(api)
        new_customer(api)
        with following(api, stream_of(made)) as told:
            handed(told)
            assert api.delete(f"{URL}/{made['id']}").status_code == 204
            assert next(told).data["reason"] == "listener_deleted"
        assert api.get(f"/api/v1/webhooks/{made['webhookId']}").status_code == 404
        assert api.delete(f"{URL}/{made['id']}").status_code == 404

    def test_one_that_nobody_connects_to_goes_by_itself(self, api: Api) -> None:
        made = listener(api)
        api.advance("PT24H")
        assert api.get(f"/api/v1/webhooks/{made['webhookId']}").status_code == 404

    def test_one_that_is_connected_stays(self, api: Api) -> None:
        made = listener(api)
        with following(api, stream_of(made)) as told:
            new_customer(api)
            assert answer(api, made, handed(told))
            settled(api, made, "succeeded")
            api.advance("PT75H")
        assert api.get(f"/api/v1/webhooks/{made['webhookId']}").status_code == 200
