"""How bins answer on a real connection: piece by piece, never, with a reset, or only half."""

import socket
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.control.inspection import BINS, address, arrived, new_bin

PATIENCE = 30
"""Seconds after which a test gives up; nothing here takes that long."""


def connected(api, bin_, method="GET", body=b""):
    """A connection on which a request to the bin was sent, and nothing read."""
    target = urlsplit(bin_["url"])
    connection = socket.create_connection((target.hostname, target.port), timeout=PATIENCE)
    head = f"{method} {target.path} HTTP/1.1\r\nHost: {target.netloc}\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body)
    return connection


def read_to_end(connection):
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


def wait_for(api, bin_, count=1):
    """Until the bin holds so many requests."""
    query = {"count": count, "timeoutMs": 25000}
    answer = api.control.get(f"{BINS}/{bin_['id']}/wait", params=query)
    assert answer.status_code == 200, answer.text


class TestDrip:
    def test_comes_whole_in_pieces_of_their_size(self, api):
        response = {"body": "abcdefgh", "manner": "drip", "dripBytes": 3, "dripIntervalMs": 20}
        bin_ = new_bin(api, response=response)
        with api.anonymous.stream("GET", address(bin_)) as answer:
            pieces = list(answer.iter_raw())
        assert (answer.status_code, answer.headers["content-length"]) == (200, "8")
        assert b"".join(pieces) == b"abcdefgh"
        assert {len(piece) for piece in pieces} <= {3, 6, 8, 2, 5}

    def test_the_beginning_is_there_long_before_the_end(self, api):
        response = {"body": "ab", "manner": "drip", "dripIntervalMs": 10000}
        with connected(api, new_bin(api, response=response)) as connection:
            got = b""
            while not got.endswith(b"\r\n\r\na"):
                got += connection.recv(1)
        assert got.startswith(b"HTTP/1.1 200 ")

    def test_without_pauses_or_body_it_is_an_answer_like_any_other(self, api):
        bin_ = new_bin(
            api,
            response={
                "manner": "drip",
                "sequence": [
                    {"body": "x" * 500, "dripIntervalMs": 0},
                    {"body": ""},
                    {"status": 204, "body": "no"},
                ],
            },
        )
        bodies = [api.anonymous.get(address(bin_)).content for _ in range(3)]
        assert bodies == [b"x" * 500, b"", b""]
        assert api.anonymous.head(address(bin_)).content == b""


class TestHang:
    def test_nothing_comes_until_the_caller_leaves(self, api):
        bin_ = new_bin(api, response={"manner": "hang", "hangMs": 120000})
        with connected(api, bin_) as connection:
            wait_for(api, bin_)
            connection.setblocking(False)
            with pytest.raises(BlockingIOError):
                connection.recv(1)
        [got] = arrived(api, bin_)
        assert (got["responseStatus"], got["answer"]["status"], got["answer"]["manner"]) == (0, 0, "hang")
        assert api.anonymous.get(address(new_bin(api))).status_code == 200

    def test_ends_without_an_answer_after_its_time(self, api):
        with connected(api, new_bin(api, response={"manner": "hang", "hangMs": 1})) as connection:
            assert read_to_end(connection) == b""

    def test_the_journal_shows_that_there_was_no_answer(self, api):
        bin_ = new_bin(api, response={"manner": "hang", "hangMs": 1})
        with pytest.raises(httpx2.RemoteProtocolError):
            api.anonymous.get(address(bin_))
        entries = api.control.get("/sandbox/v1/journal", params={"purpose": "inspector", "cursor": ""}).json()
        assert [entry["status"] for entry in entries["data"]] == [0]


class TestReset:
    def test_the_connection_is_reset(self, api):
        bin_ = new_bin(api, response={"manner": "reset"})
        with connected(api, bin_, "POST", b"body") as connection, pytest.raises(ConnectionResetError):
            read_to_end(connection)

    def test_in_a_sequence_with_others(self, api):
        response = {"sequence": [{"manner": "reset"}, {"status": 503}, {"status": 200}]}
        bin_ = new_bin(api, response=response)
        with pytest.raises(httpx2.TransportError):
            api.anonymous.get(address(bin_))
        assert [api.anonymous.get(address(bin_)).status_code for _ in range(2)] == [503, 200]
        assert [got["responseStatus"] for got in arrived(api, bin_)] == [0, 503, 200]


class TestCut:
    def test_half_of_the_body_comes(self, api):
        response = {"status": 201, "body": "0123456789", "manner": "cut"}
        with connected(api, new_bin(api, response=response)) as connection:
            head, _, body = read_to_end(connection).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 201 ")
        assert (b"content-length: 10" in head, body) == (True, b"01234")


class TestAnswers:
    def test_a_body_that_is_no_text(self, api):
        response = {"bodyBase64": "AP8=", "headers": {"Content-Type": "image/png"}}
        answer = api.anonymous.get(address(new_bin(api, response=response)))
        assert (answer.content, answer.headers["content-type"]) == (b"\x00\xff", "image/png")

    def test_of_a_sequence_replaces_either_form_of_body(self, api):
        bin_ = new_bin(api, response={"bodyBase64": "AP8=", "sequence": [{"body": "text"}, {"status": 201}]})
        assert [api.anonymous.get(address(bin_)).content for _ in range(2)] == [b"text", b"\x00\xff"]

    def test_are_kept_beside_what_they_answer(self, api):
        bin_ = new_bin(api, response={"status": 202, "body": "x" * 5000, "headers": {"X-A": "1"}})
        api.anonymous.get(address(bin_))
        answer = arrived(api, bin_)[0]["answer"]
        assert (answer["status"], answer["headers"]["x-a"], answer["manner"]) == (202, "1", "plain")
        assert (len(answer["bodyText"]), answer["bodyBytes"], answer["bodyTruncated"]) == (4096, 5000, True)

    def test_one_that_hangs_holds_nobody_up(self, api):
        bin_ = new_bin(api, response={"sequence": [{"manner": "hang"}] * 20 + [{"status": 200}]})
        hanging = [connected(api, bin_) for _ in range(20)]
        wait_for(api, bin_, 20)
        assert api.anonymous.get(address(bin_)).status_code == 200
        for connection in hanging:
            connection.close()

    @pytest.mark.parametrize("manner", ["hang", "reset", "cut", "drip"])
    def test_deliveries_inside_see_the_same(self, api, manner):
        response = {"status": 500, "body": "0123456789", "manner": manner, "dripIntervalMs": 1}
        bin_ = new_bin(api, response=response)
        hook = {"url": bin_["deliveryUrl"], "eventTypes": ["webhook.ping"]}
        webhook = api.post("/api/v1/webhooks", json=hook).json()["id"]
        trigger = {"event": "webhook.ping", "webhookIds": [webhook]}
        sent = api.control.post("/sandbox/v1/webhook-triggers", json=trigger).json()["deliveries"][0]["id"]
        api.advance("PT1S")
        attempts = api.get(f"/api/v1/webhooks/{webhook}/deliveries/{sent}/attempts").json()["data"]
        expected = {"hang": "timeout", "reset": "reset", "cut": "reset", "drip": "non_2xx"}
        assert attempts[0]["error"] == expected[manner]
