"""A bin and a whole workspace, followed live."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2

from sandbox.control.activity import KEPT
from sandbox.control.activity_tail import ActivityTail
from tests.conftest import Api
from tests.streams import Told, following, place, so_far

ACTIVITY = "/sandbox/v1/stream"
FIRST = "0-00000000"


def new_bin(api: Api) -> tuple[str, str]:
    """Where its stream is, and where things are sent to it."""
    made = api.post("/sandbox/v1/inspector/bins", json={"name": "Followed"})
    assert made.status_code == 201, made.text
    return f"/sandbox/v1/inspector/bins/{made.json()['id']}/stream", made.json()["url"]


def send(url: str, path: str) -> None:
    httpx2.post(f"{url}{path}", json={"event": "test.sent"}, timeout=30)


def paths(items: list[Told]) -> list[str]:
    return [item.data["path"] for item in items]


def until(told: Iterator[Told], name: str, event_type: str | None = None) -> Told:
    """The next one of that name; what falls due meanwhile is passed over."""
    return next(each for each in told if each.name == name and event_type in (None, each.data.get("type")))


def created(items: list[Told]) -> list[Told]:
    return [item for item in items if item.data["type"] == "customer.created"]


def is_mine(each: Told) -> bool:
    return {
        "exchange": lambda data: data["operationId"] == "createCustomer",
        "event": lambda data: data["type"] == "customer.created",
    }.get(each.name, lambda data: True)(each.data)


class TestStreamRequests:
    def test_shows_what_arrives_in_full_and_in_order(self, api: Api) -> None:
        stream, url = new_bin(api)
        with following(api, stream) as told:
            send(url, "/one")
            send(url, "/two")
            first, second = next(told), next(told)
        assert (first.name, paths([first, second])) == ("request", ["/one", "/two"])
        shown = api.get(f"{stream.removesuffix('stream')}requests/{first.data['id']}").json()
        assert first.data == shown

    def test_goes_on_behind_the_last_id_or_behind_a_listed_request(self, api: Api) -> None:
        stream, url = new_bin(api)
        for path in ("/one", "/two", "/three"):
            send(url, path)
        everything = so_far(api, stream, FIRST)
        assert paths(everything) == ["/one", "/two", "/three"]
        assert so_far(api, stream) == []
        assert so_far(api, stream, everything[0].id) == everything[1:]
        assert so_far(api, stream, since=everything[1].data["id"]) == everything[2:]
        assert so_far(api, stream, everything[2].id) == []

    def test_refuses_the_ids_of_another_world(self, api: Api) -> None:
        stream, url = new_bin(api)
        send(url, "/one")
        last = place(api, stream)
        assert last != "1-00000000"
        answer = api.get(stream, headers={"Last-Event-ID": "1-12345678"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (410, "CURSOR_EXPIRED")
        answer = api.get(stream, headers={"Last-Event-ID": "5-00000000"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (410, "CURSOR_EXPIRED")
        answer = api.get(stream, headers={"Last-Event-ID": "one"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_CURSOR")

    def test_what_was_cleared_is_not_sent_and_nothing_is_sent_twice(self, api: Api) -> None:
        stream, url = new_bin(api)
        send(url, "/one")
        before = place(api, stream)
        api.delete(f"{stream.removesuffix('stream')}requests")
        send(url, "/two")
        assert paths(so_far(api, stream, before)) == ["/two"]
        assert paths(so_far(api, stream, FIRST)) == ["/two"]

    def test_ends_with_a_word_when_the_bin_is_deleted(self, api: Api) -> None:
        stream, _ = new_bin(api)
        with following(api, stream) as told:
            assert api.delete(stream.removesuffix("/stream")).status_code == 204
            assert next(told).data["reason"] == "bin_deleted"
            assert next(told, None) is None

    def test_an_unknown_bin_is_not_there(self, api: Api) -> None:
        assert api.get("/sandbox/v1/inspector/bins/bin_aaaaaaaaaaaaaaaaaaaaaaaa/stream").status_code == 404


class TestStreamActivity:
    def test_shows_calls_events_deliveries_attempts_and_captures(self, api: Api) -> None:
        _, url = new_bin(api)
        hook = {"url": url, "eventTypes": ["customer.created"]}
        webhook = api.post("/api/v1/webhooks", json=hook)
        assert webhook.status_code == 201, webhook.text
        with following(api, ACTIVITY) as told:
            made = api.post("/api/v1/customers", json={"givenName": "New", "email": "new@sandbox.example"})
            seen: dict[str, Any] = {}
            while not {"exchange", "event", "delivery", "attempt", "request"} <= seen.keys() or (
                seen["delivery"]["status"] != "succeeded"
            ):
                each = next(told)
                if is_mine(each):
                    seen[each.name] = each.data
        correlation = made.headers["x-correlation-id"]
        assert seen["exchange"]["correlationId"] == seen["event"]["correlationId"] == correlation
        assert (seen["event"]["type"], seen["event"]["resourceId"]) == ("customer.created", made.json()["id"])
        assert seen["attempt"]["deliveryId"] == seen["delivery"]["id"]
        assert seen["request"]["signature"] == {"present": True, "valid": True, "reason": "ok"}

    def test_shows_only_the_kinds_asked_for(self, api: Api) -> None:
        with following(api, ACTIVITY, kinds="event,reset") as told:
            api.post("/api/v1/customers", json={"givenName": "New", "email": "new@sandbox.example"})
            assert until(told, "event", "customer.created")

    def test_goes_on_where_it_broke_off(self, api: Api) -> None:
        with following(api, ACTIVITY, kinds="event") as told:
            for name in ("one", "two", "three"):
                api.post("/api/v1/customers", json={"givenName": name, "email": f"{name}@sandbox.example"})
            first = until(told, "event", "customer.created")
        rest = created(so_far(api, ACTIVITY, first.id, kinds="event"))
        assert len({first.data["resourceId"], *(each.data["resourceId"] for each in rest)}) == 3

    def test_says_that_something_is_missing_where_it_cannot_go_on(self, api: Api) -> None:
        for unknown in ("abc-1", "never given"):
            [gap] = so_far(api, ACTIVITY, unknown, kinds="event")
            assert (gap.name, gap.data) == ("gap", {})

    def test_a_reader_that_is_far_behind_is_told_so(self) -> None:
        class Record:
            name, last = "r", 10

            def after(self, number: int, limit: int) -> list[Any]:
                return [] if number >= KEPT else [type("News", (), {"number": KEPT, "name": "event"})]

        tail: Any = ActivityTail(Record(), "r-1", ("event",))  # type: ignore[arg-type]
        assert [item.name for item in tail.take()] == ["gap"]

    def test_a_reset_is_news_and_the_stream_goes_on(self, api: Api) -> None:
        with following(api, ACTIVITY, kinds="event,reset") as told:
            assert api.control.post("/sandbox/v1/reset", json={}).status_code == 200
            assert until(told, "reset").data == {}
            api.post("/api/v1/customers", json={"givenName": "New", "email": "new@sandbox.example"})
            assert until(told, "event", "customer.created")

    def test_takes_the_scope(self, api: Api) -> None:
        refused = api.persona("attendee").get(ACTIVITY)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "INSUFFICIENT_SCOPE")

    def test_so_many_and_no_more_follow_one_workspace(self, api: Api, monkeypatch: Any) -> None:
        monkeypatch.setattr("sandbox.platform.following.MOST_FOLLOWERS", 1)
        with following(api, ACTIVITY) as told:
            api.get("/api/v1/locations")
            next(told)
            refused = api.get(ACTIVITY)
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "CONCURRENCY_LIMIT_EXCEEDED")
