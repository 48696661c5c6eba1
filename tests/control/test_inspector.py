"""Bins: capture, answers, verdicts and the wait, through the front door."""

import threading
import time
from hashlib import sha256

import pytest

from sandbox.webhooks.signing import Stamp, sign
from tests.control.inspection import BINS, SECRET, arrived, new_bin
from tests.control.inspection import address as path

ENVELOPE = {"id": "whk_1", "event": "event.created", "timestamp": "t", "version": "1.0", "data": {"id": "e"}}


class TestCapture:
    @pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
    def test_any_method(self, api, method):
        bin_ = new_bin(api)
        assert api.anonymous.request(method, path(bin_)).status_code == 200
        assert [got["method"] for got in arrived(api, bin_)] == [method]

    def test_any_path_and_query(self, api):
        bin_ = new_bin(api)
        api.anonymous.post(path(bin_, "/any/sub/path?a=1&a=2&b="))
        [got] = arrived(api, bin_)
        assert (got["path"], got["query"]) == ("/any/sub/path", "a=1&a=2&b=")

    def test_json_is_shown_as_text_and_parsed(self, api):
        bin_ = new_bin(api)
        api.anonymous.post(path(bin_), content=b'{"event": "x.y", "n": [1, 2.5]}')
        [got] = arrived(api, bin_)
        assert (got["bodyText"], got["bodyJson"]) == (
            '{"event": "x.y", "n": [1, 2.5]}',
            {"event": "x.y", "n": [1, 2.5]},
        )
        assert (got["eventType"], got["bodyBytes"]) == ("x.y", 31)

    def test_binary_is_shown_in_base64(self, api):
        bin_ = new_bin(api)
        api.anonymous.post(path(bin_), content=b"\xff\x00\xfe", headers={"Content-Type": "image/png"})
        [got] = arrived(api, bin_)
        assert (got["bodyText"], got["bodyBase64"], got["headers"]["content-type"]) == (
            None,
            "/wD+",
            "image/png",
        )

    @pytest.mark.parametrize(
        "body", [b"[" * 5000, b"{", b"NaN", b"9" * 400, b'"\\ud800"', b'{"event": 5}', b"[]", b"null"]
    )
    def test_strange_bodies_are_kept_all_the_same(self, api, body):
        bin_ = new_bin(api)
        assert api.anonymous.post(path(bin_), content=body).status_code == 200
        assert arrived(api, bin_)[0]["bodyText"] == body.decode()

    def test_a_body_in_chunks(self, api):
        bin_ = new_bin(api)
        assert api.anonymous.post(path(bin_), content=iter([b"a" * 10, b"b"])).status_code == 200
        assert arrived(api, bin_)[0]["bodyText"] == "a" * 10 + "b"

    def test_head_gets_the_headers_only(self, api):
        bin_ = new_bin(api, response={"body": "hello"})
        answer = api.anonymous.head(path(bin_))
        assert (answer.status_code, answer.content) == (200, b"")

    @pytest.mark.parametrize("status", [204, 304])
    def test_statuses_without_a_body(self, api, status):
        bin_ = new_bin(api, response={"status": status, "body": "ignored"})
        answer = api.anonymous.get(path(bin_))
        assert (answer.status_code, answer.content) == (status, b"")

    def test_a_path_that_is_not_utf8_is_refused_or_kept_but_no_fault_of_the_server(self, api):
        bin_ = new_bin(api)
        assert api.anonymous.get(path(bin_, "/%ff?x=%ff")).status_code in (200, 400, 404)

    @pytest.mark.parametrize("in_pieces", [False, True])
    def test_of_a_large_body_the_beginning_is_kept_with_the_size_and_hash_of_the_whole(self, api, in_pieces):
        bin_, body = new_bin(api, maxBodyBytes=2048), b"x" * 3_000_000
        content = iter([body[:1_000_000], body[1_000_000:]]) if in_pieces else body
        assert api.anonymous.post(path(bin_), content=content).status_code == 200
        [got] = arrived(api, bin_)
        assert (got["bodyText"], got["bodyTruncated"]) == ("x" * 2048, True)
        assert (got["bodyBytes"], got["bodySha256"]) == (len(body), sha256(body).hexdigest())

    @pytest.mark.parametrize("in_pieces", [False, True])
    def test_what_is_beyond_all_reason_is_refused(self, api, in_pieces):
        bin_, body = new_bin(api), b"x" * (16 * 1024 * 1024 + 1)
        content = iter([body[:1_000_000], body[1_000_000:]]) if in_pieces else body
        assert api.anonymous.post(path(bin_), content=content).status_code == 413
        assert arrived(api, bin_) == []

    def test_many_at_once_are_all_kept(self, api):
        bin_ = new_bin(api)
        threads = [threading.Thread(target=lambda: api.anonymous.get(path(bin_))) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(got["sequence"] for got in arrived(api, bin_)) == list(range(1, 21))

    def test_an_unknown_bin_is_404(self, api):
        bin_ = new_bin(api)
        missing = path(bin_)[:-24] + "f" * 24
        assert api.anonymous.post(missing).status_code == 404

    def test_drops_the_oldest_beyond_its_limit(self, api):
        bin_ = new_bin(api, maxRequests=2)
        for number in range(4):
            api.anonymous.get(path(bin_, f"/{number}"))
        assert [got["path"] for got in arrived(api, bin_)] == ["/2", "/3"]


class TestAnswer:
    def test_status_headers_and_body(self, api):
        response = {"status": 418, "headers": {"X-Tea": "yes", "Content-Type": "text/css"}, "body": "short"}
        answer = api.anonymous.get(path(new_bin(api, response=response)))
        assert (answer.status_code, answer.headers["x-tea"], answer.text) == (418, "yes", "short")
        assert answer.headers["content-type"] == "text/css"

    def test_sequence_and_then_its_last(self, api):
        bin_ = new_bin(
            api, response={"body": "b", "sequence": [{"status": 500}, {"status": 500}, {"status": 200}]}
        )
        statuses = [api.anonymous.post(path(bin_)).status_code for _ in range(5)]
        assert statuses == [500, 500, 200, 200, 200]
        assert [got["responseStatus"] for got in arrived(api, bin_)] == statuses

    def test_a_new_answer_begins_its_sequence_anew(self, api):
        bin_ = new_bin(api, response={"status": 500})
        api.anonymous.post(path(bin_))
        changed = api.control.patch(
            f"{BINS}/{bin_['id']}", json={"response": {"sequence": [{"status": 429}, {"status": 204}]}}
        )
        assert changed.status_code == 200, changed.text
        assert [api.anonymous.post(path(bin_)).status_code for _ in range(2)] == [429, 204]

    def test_delay(self, api):
        bin_ = new_bin(api, response={"delayMs": 150})
        started = time.perf_counter()
        api.anonymous.get(path(bin_))
        assert time.perf_counter() - started >= 0.15

    def test_html_cannot_act_as_a_page_of_this_server(self, api):
        bin_ = new_bin(api, response={"headers": {"Content-Type": "text/html"}, "body": "<script>1</script>"})
        answer = api.anonymous.get(path(bin_))
        assert answer.headers["content-security-policy"] == "sandbox"
        assert answer.headers["x-content-type-options"] == "nosniff"

    @pytest.mark.parametrize("name", ["Content-Length", "Transfer-Encoding", "Bad Name", "Set-Cookie"])
    def test_refuses_headers_that_break_the_answer(self, api, name):
        body = {"response": {"sequence": [{"headers": {name: "x"}}]}}
        assert api.control.post(BINS, json=body).status_code == 422


class TestVerdict:
    def signed(self, api, secret=SECRET, body=None):
        now = int(api.workspace.now().timestamp())
        return sign(body or ENVELOPE, [secret], Stamp(now, "0" * 32))

    def verdict(self, api, bin_):
        return arrived(api, bin_)[-1]["signature"]

    def test_a_good_signature(self, api):
        bin_ = new_bin(api, verifySecret=SECRET)
        made = self.signed(api)
        api.anonymous.post(path(bin_), content=made.body, headers=made.headers)
        assert (self.verdict(api, bin_)["scheme"], self.verdict(api, bin_)["valid"]) == ("both", True)

    def test_a_bad_one_shows_where_it_differs(self, api):
        bin_ = new_bin(api, verifySecret=SECRET)
        made = self.signed(api, "whsec_" + "A" * 44)
        api.anonymous.post(path(bin_), content=made.body, headers=made.headers)
        verdict = self.verdict(api, bin_)
        assert (verdict["valid"], verdict["reason"]) == (False, "signature_mismatch")
        standard = verdict["checks"][0]
        assert standard["baseString"].endswith(made.body.decode())
        assert (
            standard["expected"][: standard["firstDifference"]]
            == standard["received"][: standard["firstDifference"]]
        )
        assert standard["expected"] != standard["received"]

    def test_nothing_signed(self, api):
        bin_ = new_bin(api, verifySecret=SECRET)
        api.anonymous.post(path(bin_), content=b"hello")
        assert self.verdict(api, bin_)["reason"] == "no_signature"

    def test_without_a_secret_there_is_no_verdict(self, api):
        bin_ = new_bin(api)
        made = self.signed(api)
        api.anonymous.post(path(bin_), content=made.body, headers=made.headers)
        assert (self.verdict(api, bin_)["present"], self.verdict(api, bin_)["valid"]) == (True, None)

    def test_the_secret_is_never_shown(self, api):
        bin_ = new_bin(api, verifySecret=SECRET)
        shown = api.control.get(f"{BINS}/{bin_['id']}").json()
        assert shown["checksSignature"] is True
        assert "verifySecret" not in shown
        assert SECRET not in api.control.get(BINS).text

    def test_the_secret_can_be_taken_away(self, api):
        bin_ = new_bin(api, verifySecret=SECRET)
        changed = api.control.patch(f"{BINS}/{bin_['id']}", json={"verifySecret": None}).json()
        assert changed["checksSignature"] is False


class TestWait:
    def test_answers_at_once_when_enough_is_there(self, api):
        bin_ = new_bin(api)
        api.anonymous.get(path(bin_))
        assert len(api.control.get(f"{BINS}/{bin_['id']}/wait").json()["data"]) == 1

    def test_wakes_when_the_request_arrives(self, api):
        bin_ = new_bin(api)
        control = api.control
        late = threading.Thread(target=api.anonymous.get, args=(path(bin_, "/late"),))
        late.start()
        answer = control.get(f"{BINS}/{bin_['id']}/wait", params={"timeoutMs": 25000})
        assert [got["path"] for got in answer.json()["data"]] == ["/late"]
        late.join()

    def test_too_few_is_a_timeout_that_says_how_many(self, api):
        bin_ = new_bin(api)
        api.anonymous.get(path(bin_))
        answer = api.control.get(f"{BINS}/{bin_['id']}/wait", params={"count": 2, "timeoutMs": 50})
        assert (answer.status_code, answer.json()["error"]["code"]) == (408, "WAIT_TIMEOUT")
        assert answer.json()["error"]["details"].startswith("1 of 2")

    def test_since_and_event_type_count_only_those(self, api):
        bin_ = new_bin(api)
        for event in ("a.b", "c.d", "a.b"):
            api.anonymous.post(path(bin_), json={"event": event})
        first = arrived(api, bin_)[0]
        answer = api.control.get(
            f"{BINS}/{bin_['id']}/wait", params={"since": first["id"], "eventType": "a.b"}
        )
        assert [got["sequence"] for got in answer.json()["data"]] == [3]

    def test_an_unknown_bin_is_404(self, api):
        assert api.control.get(f"{BINS}/bin_{'f' * 24}/wait").status_code == 404


class TestBins:
    def test_clear_and_delete(self, api):
        bin_ = new_bin(api)
        api.anonymous.get(path(bin_))
        assert api.control.delete(f"{BINS}/{bin_['id']}/requests").status_code == 204
        assert arrived(api, bin_) == []
        assert api.control.delete(f"{BINS}/{bin_['id']}").status_code == 204
        assert api.anonymous.get(path(bin_)).status_code == 404

    def test_fixtures_answer_as_named(self, api):
        statuses = {name: 200 for name in ("ok",)} | {"failing": 500, "gone": 410}
        for name, status in statuses.items():
            bin_ = api.control.get(f"{BINS}/{api.fixture(f'bin.{name}')}").json()
            assert api.anonymous.post(path(bin_)).status_code == status

    def test_lists_with_pages_and_filters(self, api):
        bin_ = new_bin(api)
        for number in range(5):
            api.anonymous.get(path(bin_, f"/page/{number}"))
        first = api.control.get(f"{BINS}/{bin_['id']}/requests", params={"cursor": "", "pageSize": 2}).json()
        assert [got["sequence"] for got in first["data"]] == [5, 4]
        cursor = first["pagination"]["nextCursor"]
        second = api.control.get(
            f"{BINS}/{bin_['id']}/requests", params={"cursor": cursor, "pageSize": 2}
        ).json()
        assert [got["sequence"] for got in second["data"]] == [3, 2]
        found = api.control.get(f"{BINS}/{bin_['id']}/requests", params={"cursor": "", "q": "PAGE/3"}).json()
        assert [got["path"] for got in found["data"]] == ["/page/3"]

    def test_get_one(self, api):
        bin_ = new_bin(api)
        api.anonymous.get(path(bin_))
        [got] = arrived(api, bin_)
        assert api.control.get(f"{BINS}/{bin_['id']}/requests/{got['id']}").json() == got

    def test_a_fork_has_its_own(self, api):
        bin_ = new_bin(api)
        run = api.control.with_headers(X_Sandbox_Run="inspector-fork")
        forked = run.get(f"{BINS}/{bin_['id']}").json()
        assert forked["url"] != bin_["url"]
        api.anonymous.get(path(forked))
        assert arrived(api, bin_) == []
        assert len(run.get(f"{BINS}/{bin_['id']}/wait").json()["data"]) == 1
