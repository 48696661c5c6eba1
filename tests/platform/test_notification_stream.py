"""The events of a workspace, followed live and resumed without loss."""

from __future__ import annotations

import socket
from collections.abc import Callable
from itertools import islice
from threading import Event
from typing import Any

import pytest

from sandbox.gateway import streaming
from tests.conftest import Api
from tests.platform.clinic import book, freeze
from tests.streams import following, place, so_far

URL = "/api/v1/notification-stream"
FIRST = "0-00000000"
MANY = 1000
"""Events of ten kilobytes, more than the buffers between two programs hold."""
MADE = ["customer.created", "booking.created", "booking.confirmed"]


def cancel(api: Api, booking: dict[str, Any]) -> None:
    answer = api.post(f"/api/v1/bookings/{booking['id']}/cancel", json={"reason": "ill"})
    assert answer.status_code == 200, answer.text


def wait_until(condition: Callable[[], bool]) -> None:
    """Look again and again, for half a minute at most."""
    pause = Event()
    for _ in range(3000):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it did not come to that")


class TestStreamNotifications:
    def test_tells_what_happens_from_now_on_in_the_form_of_webhooks(self, clinic: Api) -> None:
        with following(clinic, URL) as told:
            made = book(clinic)
            events = [next(told) for _ in MADE]
        assert [event.name for event in events] == MADE
        assert [event.data["event"] for event in events] == MADE
        assert events[1].data["data"]["id"] == made["id"]
        assert set(events[0].data) == {"id", "event", "timestamp", "version", "data"}

    def test_goes_on_behind_the_last_id_without_loss_and_without_repeats(self, clinic: Api) -> None:
        with following(clinic, URL) as told:
            made = book(clinic)
            first = next(told)
        cancel(clinic, made)
        rest = so_far(clinic, URL, first.id)
        assert [event.name for event in rest] == [*MADE[1:], "booking.cancelled"]
        assert so_far(clinic, URL, rest[-1].id) == []
        assert so_far(clinic, URL, lastEventId=rest[1].id) == rest[2:]

    def test_gives_every_event_an_id_of_its_own_in_order(self, clinic: Api) -> None:
        book(clinic)
        numbers = [int(event.id.partition("-")[0]) for event in so_far(clinic, URL, FIRST)]
        assert numbers == sorted(set(numbers))

    def test_tells_families_and_single_events_only_where_asked(self, clinic: Api) -> None:
        start = place(clinic, URL)
        cancel(clinic, book(clinic))
        families = so_far(clinic, URL, start, types="booking.*")
        assert [event.name for event in families] == [*MADE[1:], "booking.cancelled"]
        chosen = so_far(clinic, URL, start, types="customer.created,booking.cancelled")
        assert [event.name for event in chosen] == ["customer.created", "booking.cancelled"]

    def test_refuses_what_names_no_event(self, clinic: Api) -> None:
        answer = clinic.get(URL, params={"types": "nothing.*", "follow": "false"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "UNKNOWN_EVENT_TYPE")

    def test_tells_nobody_what_they_may_not_read(self, clinic: Api) -> None:
        body = {"name": "Reader", "kind": "api_key", "scopes": ["sync:read", "customers:read"]}
        issued = clinic.control.post("/sandbox/v1/credentials", json=body)
        assert issued.status_code == 201, issued.text
        reader = Api(clinic.server, clinic.workspace_id, {"X-API-Key": issued.json()["apiKey"]})
        start = place(clinic, URL)
        book(clinic)
        assert [event.name for event in so_far(reader, URL, start)] == ["customer.created"]

    def test_shows_signs_of_life_that_carry_the_place(self, clinic: Api) -> None:
        with following(clinic, URL, heartbeatSeconds=1, types="payment.*") as told:
            book(clinic)
            beat = next(told)
        assert (beat.name, beat.data) == ("", None)
        assert [event.name for event in so_far(clinic, URL, beat.id)] in ([], MADE)

    def test_refuses_an_id_that_was_never_given(self, clinic: Api) -> None:
        book(clinic)
        last = place(clinic, URL)
        number = int(last.partition("-")[0])
        for unknown in (f"{number}-00000000", f"{number + 7}-00000000"):
            answer = clinic.get(URL, headers={"Last-Event-ID": unknown})
            assert (answer.status_code, answer.json()["error"]["code"]) == (410, "CURSOR_EXPIRED")
        answer = clinic.get(URL, headers={"Last-Event-ID": "yesterday"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_CURSOR")

    def test_ends_with_a_word_when_the_workspace_is_reset_whose_ids_are_others_then(
        self, clinic: Api
    ) -> None:
        with following(clinic, URL) as told:
            book(clinic)
            last = [next(told) for _ in MADE][-1]
            assert clinic.control.post("/sandbox/v1/reset", json={}).status_code == 200
            end = next(told)
            assert (end.name, end.id, end.data["reason"]) == ("end", "", "workspace_reset")
            assert next(told, None) is None
        freeze(clinic, "2026-11-18T09:00:00.000Z")
        book(clinic)
        answer = clinic.get(URL, params={"follow": "false"}, headers={"Last-Event-ID": last.id})
        assert (answer.status_code, answer.json()["error"]["code"]) == (410, "CURSOR_EXPIRED")

    def test_ends_with_a_word_when_the_workspace_is_deleted(self, server: Any, api: Api) -> None:
        other = server.sandbox.workspaces.fork(api.workspace_id, "ws_to_be_deleted")
        with following(Api(server, other.id, {"X-API-Key": api.headers["x-api-key"]}), URL) as told:
            server.sandbox.workspaces.delete(other.id)
            assert next(told).data == {"reason": "workspace_deleted", "lastEventId": None}
            assert next(told, None) is None

    def test_ends_when_the_credential_is_taken_back(self, clinic: Api) -> None:
        body = {"name": "Reader", "kind": "api_key", "scopes": ["sync:read", "bookings:read"]}
        issued = clinic.control.post("/sandbox/v1/credentials", json=body).json()
        reader = Api(clinic.server, clinic.workspace_id, {"X-API-Key": issued["apiKey"]})
        with following(reader, URL) as told:
            gone = clinic.control.delete(f"/sandbox/v1/credentials/{issued['id']}")
            assert gone.status_code in (200, 204), gone.text
            assert next(told).data["reason"] == "credential_refused"

    def test_cuts_off_who_reads_nothing_and_who_comes_back_misses_nothing(
        self, clinic: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(streaming, "PATIENCE", 0.3)
        start = place(clinic, URL)
        with socket.create_connection(("127.0.0.1", clinic.server.settings.port)) as idle:
            idle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            head = f"GET /w/{clinic.workspace_id}{URL} HTTP/1.1\r\nHost: sandbox\r\n"
            idle.sendall(f"{head}X-API-Key: {clinic.headers['x-api-key']}\r\n\r\n".encode())
            wait_until(lambda: clinic.workspace.followers.reading == 1)
            with clinic.workspace.transaction() as tx:
                customer = {**tx.find("customer", limit=1)[0], "note": "x" * 10_000}
                for _ in range(MANY):
                    tx.emit("customer.updated", "customer", customer)
            wait_until(lambda: clinic.workspace.followers.reading == 0)
        monkeypatch.undo()
        with following(clinic, URL, start) as told:
            assert sum(1 for _ in islice(told, MANY)) == MANY

    def test_takes_the_scope_and_a_credential_as_every_call(self, clinic: Api) -> None:
        answer = clinic.anonymous.get(URL)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "AUTHENTICATION_REQUIRED")
        refused = clinic.persona("attendee").get(URL)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "INSUFFICIENT_SCOPE")
        odd = clinic.get(URL, headers={"Accept": "application/json"})
        assert (odd.status_code, odd.json()["error"]["code"]) == (406, "NOT_ACCEPTABLE")

    def test_has_no_body_for_who_asks_for_the_head(self, clinic: Api) -> None:
        answer = clinic.head(URL)
        assert (answer.status_code, answer.content) == (200, b"")
