"""The console's pages of bins: sending again, expecting, archives, and what is told of a signature."""

from __future__ import annotations

import re
from base64 import b64encode
from hmac import digest
from typing import Any

from sandbox.kernel.workspaces import DEFAULT
from tests.conftest import Api
from tests.portal.worlds import BIN, BINS, arrived, send_to_bin, trigger, waited

HTMX = {"HX-Request": "true"}
PARTIAL = HTMX | {"HX-Request-Type": "partial"}
SECRET = b"a-secret-of-the-bin-of-32-bytes!"


def act(api: Api, rest: str, **form: str) -> str:
    answer = api.anonymous.post(f"/console/{api.workspace_id}/act/{rest}", data=form, headers=HTMX)
    assert answer.status_code == 200, answer.text
    return answer.text


def page(api: Api, rest: str, **headers: str) -> str:
    answer = api.anonymous.get(f"/console/{api.workspace_id}/{rest}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.text


def caught(api: Api, request_id: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"{BINS}/{BIN}/requests/{request_id}").json()
    return found


class TestReplay:
    def test_a_request_of_a_stranger_is_sent_again_as_it_came(self, api: Api) -> None:
        send_to_bin(api, "/stranger?a=1", b"line one\r\nline two\n\xff", X_Mine="yes")
        first, *_ = arrived(api)
        told = act(api, f"bins/{BIN}/{first['id']}/replay")
        assert "Answered 200" in told
        again, *_ = arrived(api)
        assert f"/bins/{BIN}/{again['id']}" in told
        assert (again["replayOf"], again["path"], again["query"]) == (first["id"], "/stranger", "a=1")
        assert again["bodySha256"] == first["bodySha256"]
        assert again["headers"]["x-mine"] == "yes"

    def test_what_the_form_leaves_alone_stays_byte_for_byte(self, api: Api) -> None:
        send_to_bin(api, "/", b"one\r\ntwo\nthree")
        first, *_ = arrived(api)
        act(api, f"bins/{BIN}/{first['id']}/replay", method="PUT", edits="1", body="one\r\ntwo\r\nthree")
        again, *_ = arrived(api)
        assert (again["method"], again["bodyText"]) == ("PUT", "one\r\ntwo\nthree")

    def test_it_is_edited(self, api: Api) -> None:
        send_to_bin(api, "/", b"before", X_Old="1")
        first, *_ = arrived(api)
        form = {"edits": "1", "body": "after\r\nthat", "headers": "X-New: a: b\r\nX-Old:\r\n"}
        act(api, f"bins/{BIN}/{first['id']}/replay", **form)
        again, *_ = arrived(api)
        assert again["bodyText"] == "after\nthat"
        assert again["headers"]["x-new"] == "a: b"
        assert "x-old" not in again["headers"]

    def test_a_body_can_be_taken_away(self, api: Api) -> None:
        send_to_bin(api, "/", b"before")
        first, *_ = arrived(api)
        act(api, f"bins/{BIN}/{first['id']}/replay", edits="1", body="")
        assert arrived(api)[0]["bodyBytes"] == 0

    def test_one_that_is_signed_anew_verifies_where_it_arrives(self, api: Api) -> None:
        first = trigger(api)
        body = first["bodyText"].replace('"version":"1.0"', '"version":"1.1"')
        act(api, f"bins/{BIN}/{first['id']}/replay", edits="1", body=body, sign="1")
        again = waited(api, first["sequence"] + 1)
        assert again["bodyJson"]["version"] == "1.1"
        assert again["signature"]["valid"] is True

    def test_one_that_is_edited_and_not_signed_does_not(self, api: Api) -> None:
        first = trigger(api)
        body = first["bodyText"].replace('"version":"1.0"', '"version":"1.1"')
        act(api, f"bins/{BIN}/{first['id']}/replay", edits="1", body=body)
        assert waited(api, first["sequence"] + 1)["signature"]["valid"] is False

    def test_an_address_nobody_may_call_is_refused_in_the_words_of_the_api(self, api: Api) -> None:
        send_to_bin(api, "/")
        first, *_ = arrived(api)
        told = act(api, f"bins/{BIN}/{first['id']}/replay", url="ftp://nowhere")
        assert "That did not work." in told


class TestCapturedPage:
    def test_fields_of_a_form_are_listed_and_stay_text(self, api: Api) -> None:
        parts = (
            b'--B\r\nContent-Disposition: form-data; name="photo"; filename="<b>.png"\r\n'
            b"Content-Type: image/png\r\n\r\n\x89PNG\x00\r\n--B--\r\n"
        )
        send_to_bin(api, "/", parts, Content_Type="multipart/form-data; boundary=B")
        shown = page(api, f"bins/{BIN}/{arrived(api)[0]['id']}")
        assert "photo" in shown
        assert "&lt;b&gt;.png" in shown
        assert "<b>.png" not in shown

    def test_the_altered_byte_of_a_body_is_named_and_marked(self, api: Api) -> None:
        spoiled = trigger(api, corrupt="body")
        difference = spoiled["signature"]["bodyDifference"]
        shown = page(api, f"bins/{BIN}/{spoiled['id']}")
        assert f"byte <strong>{difference['index']}</strong>" in shown
        [raw] = re.findall(r'<pre class="body" id="raw".*?</pre>', shown, re.DOTALL)
        assert f"<mark>{difference['receivedCharacter']}</mark>" in raw

    def test_a_usual_mistake_is_told(self, api: Api) -> None:
        made = api.post(
            BINS, json={"name": "Mine", "verifySecret": "whsec_" + b64encode(SECRET).decode()}
        ).json()
        named = {"webhook-id": "m1", "webhook-timestamp": "1", "webhook-signature": _only_the_body(b"{}")}
        address = f"/w/{api.workspace_id}/inspect/{made['id']}"
        assert api.anonymous.post(address, content=b"{}", headers=named).status_code == 200
        [caught] = api.get(f"{BINS}/{made['id']}/requests").json()["data"]
        assert "message id and the timestamp were left out" in page(api, f"bins/{made['id']}/{caught['id']}")

    def test_repeated_headers_are_shown_as_they_came(self, api: Api) -> None:
        address = f"/w/{api.workspace_id}/inspect/{BIN}/"
        sent = api.anonymous.get(address, headers=[("X-Twice", "first"), ("X-Twice", "second")])
        assert sent.status_code == 200
        shown = page(api, f"bins/{BIN}/{arrived(api)[0]['id']}")
        assert re.findall(r"<dt>x-twice</dt><dd>(\w+)</dd>", shown, re.IGNORECASE) == ["first", "second"]


class TestExpectations:
    def test_one_is_said_and_met_on_the_page(self, api: Api) -> None:
        act(api, f"bins/{BIN}/expectations", events="registration.*\r\n", within="PT5M")
        assert "registration.*" in page(api, f"bins/{BIN}")
        assert "pending" in page(api, f"bins/{BIN}/expectations", **PARTIAL)
        trigger(api)
        shown = page(api, f"bins/{BIN}/expectations", **PARTIAL)
        assert "pending" not in shown
        assert 'class="state met"' in shown
        assert "every 1s" not in shown

    def test_one_that_is_judged_now_says_what_did_not_come(self, api: Api) -> None:
        act(api, f"bins/{BIN}/expectations", events="booking.cancelled", within="PT1H", nothingElse="1")
        trigger(api)
        [said] = api.get(f"{BINS}/{BIN}/expectations").json()["data"]
        if said["status"] == "pending":
            act(api, f"bins/{BIN}/expectations/{said['id']}/conclude")
        shown = page(api, f"bins/{BIN}/expectations", **PARTIAL)
        assert 'class="state failed"' in shown
        assert "not booking.cancelled" in shown


class TestArchives:
    def test_a_bin_as_a_file(self, api: Api) -> None:
        send_to_bin(api, "/kept")
        answer = api.anonymous.get(f"/console/{api.workspace_id}/files/bins/{BIN}")
        assert answer.headers["content-disposition"] == f'attachment; filename="{BIN}.har"'
        assert any("/kept" in each["request"]["url"] for each in answer.json()["log"]["entries"])

    def test_calls_as_a_file_narrowed_as_the_list_is(self, api: Api) -> None:
        assert api.get("/api/v1/locations").status_code == 200
        trigger(api)
        shown = page(api, "calls?purpose=control")
        [link] = re.findall(r'href="([^"]*/files/calls[^"]*)"', shown)
        entries = api.anonymous.get(link.replace("&amp;", "&")).json()["log"]["entries"]
        assert entries
        assert {each["_purpose"] for each in entries} == {"control"}


class TestWorld:
    def test_it_starts_over(self, api: Api) -> None:
        assert api.workspace_id != DEFAULT
        trigger(api)
        api.advance("P1D")
        assert "seeded" in act(api, "reset")
        assert [
            each["eventType"] for each in arrived(api) if each["eventType"] == "registration.confirmed"
        ] == []
        assert api.get("/sandbox/v1/clock").json()["mode"] == "real"


def _only_the_body(body: bytes) -> str:
    return "v1," + b64encode(digest(SECRET, body, "sha256")).decode()
