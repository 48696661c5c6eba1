"""What bins keep: as it came, searchable, within limits of number, size and age."""

import hashlib
import socket
from urllib.parse import urlsplit

import pytest

from sandbox.webhooks import holding
from tests.control.inspection import BINS, SECRET, address, arrived, new_bin

BOUNDARY = "edge"
MULTIPART = (
    b'--edge\r\nContent-Disposition: form-data; name="note"\r\n\r\nZo\xc3\xab\r\n'
    b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a b.bin"\r\n'
    b"Content-Type: application/octet-stream\r\n\r\n\xff\r\n\r\n--edg\x00\r\n"
    b"--edge--\r\n"
)


@pytest.fixture(name="bin_")
def _bin(api):
    return new_bin(api)


def send_raw(api, bin_, head, body=b""):
    """A request byte for byte; `head` goes on behind the bin's path."""
    target = urlsplit(bin_["url"])
    with socket.create_connection((target.hostname, target.port), timeout=30) as connection:
        connection.sendall(b"POST " + target.path.encode() + head + body)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def search(api, bin_, **query):
    return [got["path"] for got in arrived(api, bin_, **query)]


class TestCapture:
    def test_headers_keep_their_order_and_repeats(self, api, bin_):
        head = b" HTTP/1.1\r\nHost: x\r\nX-B: 1\r\nX-A: 2\r\nX-B: 3\r\nCookie: a=1\r\nCookie: b=2\r\n"
        send_raw(api, bin_, head + b"Content-Length: 0\r\n\r\n")
        [got] = arrived(api, bin_)
        listed = [(each["name"], each["value"]) for each in got["headerList"]]
        assert listed[:4] == [("host", "x"), ("x-b", "1"), ("x-a", "2"), ("x-b", "3")]
        assert (got["headers"]["x-b"], got["headers"]["cookie"]) == ("1, 3", "a=1; b=2")

    def test_the_path_as_it_was_sent_stands_beside_the_one_that_is_meant(self, api, bin_):
        send_raw(api, bin_, b"/a%2Fb%20c/%ff?q=%20 HTTP/1.0\r\nContent-Length: 0\r\n\r\n")
        [got] = arrived(api, bin_)
        assert (got["rawPath"], got["query"], got["httpVersion"]) == ("/a%2Fb%20c/%ff", "q=%20", "1.0")
        assert got["path"].startswith("/a/b c/")

    def test_a_form(self, api, bin_):
        api.anonymous.post(address(bin_), data={"name": "Zoë & Co", "empty": "", "list": ["1", "2"]})
        [got] = arrived(api, bin_)
        assert [(each["name"], each["value"]) for each in got["form"]] == [
            ("name", "Zoë & Co"),
            ("empty", ""),
            ("list", "1"),
            ("list", "2"),
        ]
        assert (got["bodyKind"], got["bodyText"].split("&")[1]) == ("form", "empty=")

    def test_a_form_with_files(self, api, bin_):
        media_type = f"multipart/form-data; boundary={BOUNDARY}"
        api.anonymous.post(address(bin_), content=MULTIPART, headers={"Content-Type": media_type})
        [got] = arrived(api, bin_)
        note, file = got["form"]
        assert (note["name"], note["value"], note["fileName"]) == ("note", "Zoë", None)
        assert (file["value"], file["fileName"], file["contentType"]) == (
            None,
            "a b.bin",
            "application/octet-stream",
        )
        content = b"\xff\r\n\r\n--edg\x00"
        assert (file["bytes"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        assert got["bodyKind"] == "multipart"

    @pytest.mark.parametrize(
        ("media_type", "body"),
        [
            ("multipart/form-data", MULTIPART),
            ("multipart/form-data; boundary=other", MULTIPART),
            ("multipart/form-data; boundary=edge", b"--edge"),
            ("multipart/form-data; boundary=edge", b"--edge\r\n\r\n"),
            ('multipart/form-data; boundary=""', b"--\r\n\r\n"),
            ("application/x-www-form-urlencoded", b"\xff=%ff"),
            ("application/x-www-form-urlencoded", b"a=" + b"&b=" * 5000),
            ("; ; =", b"x"),
        ],
    )
    def test_forms_that_are_none_are_kept_all_the_same(self, api, bin_, media_type, body):
        answer = api.anonymous.post(address(bin_), content=body, headers={"Content-Type": media_type})
        assert answer.status_code == 200
        assert arrived(api, bin_)[0]["bodySha256"] == hashlib.sha256(body).hexdigest()

    @pytest.mark.parametrize(
        ("body", "kind"),
        [(b"", "none"), (b"{}", "json"), (b"null", "text"), (b"hello", "text"), (b"\xff\xfe", "binary")],
    )
    def test_says_what_kind_of_body_it_is(self, api, bin_, body, kind):
        api.anonymous.post(address(bin_), content=body)
        assert arrived(api, bin_)[0]["bodyKind"] == kind

    def test_what_is_not_kept_whole_says_so(self, api):
        bin_ = new_bin(api, maxBodyBytes=1024)
        body = b"x" * 1023 + "ü".encode() + b"y" * 100
        api.anonymous.post(address(bin_), content=body)
        [got] = arrived(api, bin_)
        assert (got["bodyText"], got["bodyBytes"], got["bodyTruncated"]) == ("x" * 1023, len(body), True)
        assert got["bodySha256"] == hashlib.sha256(body).hexdigest()

    def test_events_of_other_senders_are_known_by_their_type(self, api, bin_):
        api.anonymous.post(address(bin_), json={"type": "invoice.paid", "data": {}})
        api.anonymous.post(address(bin_), json={"type": "no event"})
        assert [got["eventType"] for got in arrived(api, bin_)] == ["invoice.paid", None]


class TestSearch:
    @pytest.fixture(autouse=True)
    def _some(self, api, bin_):
        api.control.patch(f"{BINS}/{bin_['id']}", json={"response": {"sequence": [{"status": 503}, {}]}})
        client = api.anonymous
        client.post(
            address(bin_, "/orders/1"), json={"event": "a.b", "total": 5}, headers={"X-Kind": "Big one"}
        )
        api.advance("PT1H")
        correlated = {"X-Correlation-ID": "0a0a0a0a-0000-4000-8000-000000000001", "webhook-id": "m1"}
        client.put(address(bin_, "/orders/2"), content="Plain TEXT", headers=correlated)
        client.get(address(bin_, "/other?find=me"))

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"method": "put"}, ["/orders/2"]),
            ({"path": "/orders/*"}, ["/orders/1", "/orders/2"]),
            ({"path": "/orders"}, []),
            ({"status": 503}, ["/orders/1"]),
            ({"header": "x-kind"}, ["/orders/1"]),
            ({"header": "X-Kind:Big*"}, ["/orders/1"]),
            ({"header": "X-Kind: small"}, []),
            ({"body": "plain text"}, ["/orders/2"]),
            ({"bodyKind": "json"}, ["/orders/1"]),
            ({"eventType": "a.b"}, ["/orders/1"]),
            ({"messageId": "m1"}, ["/orders/2"]),
            ({"correlationId": "0A0A0A0A-0000-4000-8000-000000000001"}, ["/orders/2"]),
            ({"signature": "absent", "method": "GET"}, ["/other"]),
            ({"signature": "valid"}, []),
            ({"q": "FIND=me"}, ["/other"]),
            ({"q": "big ONE"}, ["/orders/1"]),
            ({"q": "total"}, ["/orders/1"]),
            ({"method": "PUT", "body": "total"}, []),
        ],
    )
    def test_by(self, api, bin_, query, found):
        assert search(api, bin_, **query) == found

    def test_by_time(self, api, bin_):
        first, second, third = (got["receivedAt"] for got in arrived(api, bin_))
        assert search(api, bin_, to=first) == ["/orders/1"]
        assert search(api, bin_, **{"from": second}) == ["/orders/2", "/other"]
        assert search(api, bin_, **{"from": first, "to": third}) == ["/orders/1", "/orders/2", "/other"]

    def test_goes_on_from_page_to_page(self, api, bin_):
        seen, cursor = [], ""
        while cursor is not None:
            query = {"cursor": cursor, "pageSize": 1, "path": "/orders/*"}
            page = api.control.get(f"{BINS}/{bin_['id']}/requests", params=query).json()
            seen += [got["path"] for got in page["data"]]
            cursor = page["pagination"].get("nextCursor")
        assert seen == ["/orders/2", "/orders/1"]


class TestLimits:
    def test_a_lower_number_drops_the_oldest_at_once(self, api, bin_):
        for number in range(3):
            api.anonymous.get(address(bin_, f"/{number}"))
        api.control.patch(f"{BINS}/{bin_['id']}", json={"maxRequests": 1})
        assert search(api, bin_) == ["/2"]

    def test_bytes_of_all_bins_of_a_workspace(self, api, bin_, monkeypatch):
        other = new_bin(api)
        monkeypatch.setattr(holding, "WORKSPACE_BYTES", 40_000)
        for number in range(4):
            api.anonymous.post(address(bin_, f"/{number}"), content=b"x" * 10_000)
        api.anonymous.post(address(other, "/last"), content=b"y" * 30_000)
        assert search(api, other) == ["/last"]
        assert search(api, bin_) == []
        assert api.anonymous.post(address(bin_, "/again"), content=b"z").status_code == 200
        assert search(api, bin_) == ["/again"]

    def test_age_by_the_workspaces_clock(self, api):
        bin_ = new_bin(api, retentionHours=2)
        api.anonymous.get(address(bin_, "/old"))
        api.advance("PT1H30M")
        api.anonymous.get(address(bin_, "/new"))
        assert search(api, bin_) == ["/old", "/new"]
        api.advance("PT1H")
        assert search(api, bin_) == ["/new"]
        api.advance("PT1H")
        assert search(api, bin_) == []

    def test_age_can_be_said_later_and_taken_back(self, api, bin_):
        api.anonymous.get(address(bin_, "/old"))
        api.control.patch(f"{BINS}/{bin_['id']}", json={"retentionHours": 1})
        api.control.patch(f"{BINS}/{bin_['id']}", json={"retentionHours": None})
        api.advance("PT2H")
        assert search(api, bin_) == ["/old"]
        api.control.patch(f"{BINS}/{bin_['id']}", json={"retentionHours": 1})
        api.advance("PT1S")
        assert search(api, bin_) == []

    def test_a_bin_goes_at_its_time_with_all_it_holds(self, api):
        until = api.control.get("/sandbox/v1/clock").json()["now"].replace("T08:", "T20:")
        bin_ = new_bin(api, expiresAt=until, verifySecret=SECRET)
        api.anonymous.get(address(bin_))
        api.advance("PT11H")
        assert api.anonymous.get(address(bin_)).status_code == 200
        api.advance("PT2H")
        assert api.anonymous.get(address(bin_)).status_code == 404
        with api.workspace.transaction() as tx:
            kinds = ("bin", "bin_secret")
            assert [tx.get(kind, bin_["id"]) for kind in kinds] == [None, None]
            assert tx.find("captured_request", {"binId": bin_["id"]}) == []

    def test_a_time_that_is_over_is_refused(self, api):
        body = {"expiresAt": "2020-01-01T00:00:00Z"}
        assert api.control.post(BINS, json=body).json()["error"]["target"] == "/expiresAt"
