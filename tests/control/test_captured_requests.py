"""Captured requests sent again, and copied as commands that are really run."""

import base64
import shutil
import subprocess
import sys

import pytest

from tests.control.inspection import BINS, SECRET, address, arrived, new_bin

AWKWARD = 'it\'s "quoted" $HOME `date` \\n %41\nnext line & <tag> ünï🎉'


@pytest.fixture(name="bin_")
def _bin(api):
    return new_bin(api, response={"status": 202, "body": "kept"})


def replay(api, captured, **edits):
    path = f"{BINS}/{captured['binId']}/requests/{captured['id']}/replays"
    return api.control.post(path, json=edits) if edits else api.control.post(path)


def snippets(api, captured, **query):
    answer = api.control.get(f"{BINS}/{captured['binId']}/requests/{captured['id']}/snippets", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def captured_one(api, bin_, rest="", **request):
    method = request.pop("method", "POST")
    answer = api.anonymous.request(method, address(bin_, rest), **request)
    assert answer.status_code == bin_["response"].get("status", 200)
    return arrived(api, bin_)[-1]


def signed_delivery(api, bin_):
    """A delivery of the platform, as the bin got it."""
    made = api.post("/api/v1/webhooks", json={"url": bin_["deliveryUrl"], "eventTypes": ["webhook.ping"]})
    assert made.status_code == 201, made.text
    sent = {"event": "webhook.ping", "webhookIds": [made.json()["id"]]}
    assert api.control.post("/sandbox/v1/webhook-triggers", json=sent).status_code == 202
    waited = api.control.get(f"{BINS}/{bin_['id']}/wait", params={"timeoutMs": 25000})
    return waited.json()["data"][0]


class TestReplay:
    def test_sends_the_same_again(self, api, bin_):
        first = captured_one(api, bin_, "/a%20b?x=1&x=2", content=b"\xff\x00", headers={"X-One": "1"})
        told = replay(api, first).json()
        second = arrived(api, bin_)[-1]
        same = ("method", "path", "rawPath", "query", "bodyBase64", "bodySha256")
        assert [second[name] for name in same] == [first[name] for name in same]
        assert (second["replayOf"], second["headers"]["x-one"]) == (first["id"], "1")
        assert (told["response"]["statusCode"], told["response"]["bodyText"]) == (202, "kept")
        assert (told["binId"], told["requestId"]) == (bin_["id"], second["id"])

    def test_edited(self, api, bin_):
        first = captured_one(api, bin_, "/old?x=1", content=b"old", headers={"X-One": "1", "X-Two": "2"})
        edits = {"method": "put", "path": "/new", "query": "y=2", "body": "new"}
        replay(api, first, **edits, headers={"x-one": None, "X-Two": "22", "X-Three": "3"})
        second = arrived(api, bin_)[-1]
        shown = [second[name] for name in ("method", "path", "query", "bodyText")]
        assert shown == ["PUT", "/new", "y=2", "new"]
        assert "x-one" not in second["headers"]
        assert (second["headers"]["x-two"], second["headers"]["x-three"]) == ("22", "3")

    def test_to_another_bin_over_the_network(self, api, bin_):
        first = captured_one(api, bin_, "/sub", content=b"body")
        other = new_bin(api)
        told = replay(api, first, url=other["url"]).json()
        assert [(got["path"], got["bodyText"]) for got in arrived(api, other)] == [("/sub", "body")]
        assert told["requestId"] == arrived(api, other)[0]["id"]

    def test_signed_anew(self, api, bin_):
        first = signed_delivery(api, bin_)
        assert first["signature"]["valid"] is True
        changed = {**first["bodyJson"], "data": {"changed": True}}
        api.advance("PT1H")
        webhook = {"verifySecret": SECRET}
        assert api.control.patch(f"{BINS}/{bin_['id']}", json=webhook).status_code == 200
        body = base64.b64encode(str(changed).encode()).decode()
        replay(api, first, bodyBase64=body)
        replay(api, first, bodyBase64=body, sign=True)
        replay(api, first, sign=True)
        stale, plain, envelope = (got["signature"] for got in arrived(api, bin_)[1:])
        assert (stale["valid"], plain["valid"], envelope["valid"]) == (False, True, True)
        assert (plain["scheme"], envelope["scheme"]) == ("standard", "both")

    def test_without_a_secret_it_cannot_be_signed(self, api, bin_):
        first = captured_one(api, bin_, content=b"{}")
        assert replay(api, first, sign=True).json()["error"]["target"] == "/sign"

    def test_not_where_nobody_may_send(self, api, bin_):
        first = captured_one(api, bin_)
        refused = replay(api, first, url="http://169.254.169.254/latest")
        assert refused.json()["error"]["code"] == "WEBHOOK_URL_NOT_ALLOWED"

    def test_a_body_that_was_not_kept_whole_is_not_sent_as_if_it_were(self, api):
        bin_ = new_bin(api, maxBodyBytes=1024)
        first = captured_one(api, bin_, content=b"x" * 2000)
        assert (len(first["bodyText"]), first["bodyBytes"], first["bodyTruncated"]) == (1024, 2000, True)
        assert replay(api, first).json()["error"]["target"] == "/body"
        assert replay(api, first, body="short").status_code == 200

    def test_what_goes_wrong_is_told(self, api, bin_):
        first = captured_one(api, bin_)
        broken = new_bin(api, response={"manner": "reset"})
        told = replay(api, first, url=broken["deliveryUrl"]).json()
        assert (told["response"]["statusCode"], told["response"]["error"]) == (None, "reset")

    def test_unknown_requests_are_404(self, api, bin_):
        assert replay(api, {"binId": bin_["id"], "id": "req_" + "0" * 24}).status_code == 404

    def test_headers_that_are_none_are_refused(self, api, bin_):
        first = captured_one(api, bin_)
        assert replay(api, first, headers={"a b": "c"}).json()["error"]["target"] == "/headers"


REQUESTS = {
    "text": {"content": AWKWARD.encode(), "headers": {"Content-Type": "text/plain; charset=utf-8"}},
    "at-sign": {"content": b"@/etc/passwd", "headers": {"X-Quote": 'it\'s "here" $PATH'}},
    "binary": {"content": bytes(range(256)), "headers": {"Content-Type": "image/png"}},
    "large": {"content": b"0123456789abcdef" * 8000},
    "form": {"data": {"name": "Zoë & Co", "empty": ""}},
    "nothing": {"method": "DELETE", "headers": {"X-Empty": ""}},
    "query": {"method": "GET"},
}
RUNNERS = {
    "curl": ["sh", "-s"] if shutil.which("curl") else [],
    "python": [sys.executable, "-"],
    "javascript": ["node", "--input-type=module", "-"] if shutil.which("node") else [],
}


def run(language, *programs):
    """One after the other in one process, for they take their time to start; skips what is not installed."""
    blocks = [f"{{\n{code}}}\n" if language == "javascript" else f"{code}\n" for code in programs]
    text = "".join(blocks)
    if not RUNNERS[language]:
        pytest.skip(f"nothing on this machine runs {language}")
    done = subprocess.run(RUNNERS[language], input=text, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


class TestSnippets:
    @pytest.mark.parametrize("language", RUNNERS)
    def test_do_what_the_request_did(self, api, bin_, language):
        originals = [
            captured_one(api, bin_, f"/{name}/a%2Fb;c[0]?q=%20x&q={{y}}", **dict(request))
            for name, request in REQUESTS.items()
        ]
        run(language, *(snippets(api, original)[language] for original in originals))
        copies = arrived(api, bin_)[len(originals) :]
        for original, copy in zip(originals, copies, strict=True):
            for member in ("method", "rawPath", "query", "bodySha256", "bodyKind"):
                assert copy[member] == original[member], (original["path"], member)
            own = {name: value for name, value in original["headers"].items() if name[:2] == "x-"}
            assert own.items() <= copy["headers"].items()
            assert copy["headers"].get("content-type") == original["headers"].get("content-type") or (
                language == "javascript" and "content-type" not in original["headers"]
            )

    def test_a_shell_adds_nothing_of_its_own(self, api, bin_):
        code = snippets(api, captured_one(api, bin_, content=b"x", headers={"User-Agent": "mine"}))["curl"]
        run("curl", code)
        first, second = (got["headers"] for got in arrived(api, bin_))
        assert second == {**first, "connection": second.get("connection")} or second.keys() <= first.keys()

    def test_for_another_address(self, api, bin_):
        found = snippets(api, captured_one(api, bin_, "/sub?x=1"), url="https://partner.example/hooks?key=1")
        assert found["url"] == "https://partner.example/hooks/sub?key=1&x=1"
        assert all(found["url"] in found[language] for language in RUNNERS)

    def test_says_when_the_body_is_not_whole(self, api):
        bin_ = new_bin(api, maxBodyBytes=1024)
        assert snippets(api, captured_one(api, bin_, content=b"x" * 2000))["isComplete"] is False
