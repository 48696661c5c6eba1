"""HTTP archives of a bin and of the journal, held against the specification of the format."""

import base64
import json
from pathlib import Path

import jsonschema
import pytest

from tests.control.inspection import BINS, address, new_bin

SCHEMA = json.loads(Path(__file__).with_name("http_archive.schema.json").read_text(encoding="utf-8"))


def archive(api, path, **query):
    answer = api.control.get(path, params=query)
    assert answer.status_code == 200, answer.text
    jsonschema.Draft7Validator(SCHEMA).validate(answer.json())
    assert answer.headers["content-disposition"].endswith('.har"')
    return answer.json()["log"]["entries"]


class TestBinArchive:
    def entries(self, api, bin_, **query):
        return archive(api, f"{BINS}/{bin_['id']}/http-archive", **query)

    def test_holds_what_arrived_and_what_was_answered(self, api):
        bin_ = new_bin(api, response={"status": 418, "headers": {"X-Tea": "yes"}, "body": "short"})
        sent = {"Content-Type": "text/plain", "Cookie": "a=1; b=2"}
        api.anonymous.post(address(bin_, "/sub%20path?x=1&y="), content="body ünï", headers=sent)
        [entry] = self.entries(api, bin_)
        request, response = entry["request"], entry["response"]
        assert (request["method"], request["url"]) == ("POST", bin_["url"] + "/sub%20path?x=1&y=")
        assert request["queryString"] == [{"name": "x", "value": "1"}, {"name": "y", "value": ""}]
        assert request["cookies"] == [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]
        assert request["postData"] == {"mimeType": "text/plain", "text": "body ünï"}
        assert (response["status"], response["statusText"]) == (418, "I'm a Teapot")
        assert (response["content"]["text"], response["content"]["size"]) == ("short", 5)
        assert {"name": "x-tea", "value": "yes"} in response["headers"]

    def test_bodies_that_are_no_text_or_not_whole(self, api):
        bin_ = new_bin(api, maxBodyBytes=1024)
        api.anonymous.post(address(bin_), content=b"\xff\x00")
        api.anonymous.post(address(bin_), content=b"x" * 1500)
        binary, long = (entry["request"]["postData"] for entry in self.entries(api, bin_))
        assert (base64.b64decode(binary["text"]), binary["_encoding"]) == (b"\xff\x00", "base64")
        assert (len(long["text"]), long["comment"]) == (1024, "the first 1024 of 1500 bytes")

    def test_what_got_no_answer_has_no_status(self, api):
        bin_ = new_bin(api, response={"manner": "reset"})
        sent = {"url": bin_["deliveryUrl"], "eventTypes": ["webhook.ping"]}
        webhook = api.post("/api/v1/webhooks", json=sent).json()["id"]
        trigger = {"event": "webhook.ping", "webhookIds": [webhook]}
        assert api.control.post("/sandbox/v1/webhook-triggers", json=trigger).status_code == 202
        assert api.control.get(f"{BINS}/{bin_['id']}/wait", params={"timeoutMs": 25000}).status_code == 200
        [entry] = self.entries(api, bin_)
        assert (entry["response"]["status"], entry["_manner"]) == (0, "reset")
        assert (entry["_eventType"], entry["_signature"]) == ("webhook.ping", "ok")

    def test_of_a_span_of_time(self, api):
        bin_ = new_bin(api)
        api.anonymous.get(address(bin_, "/first"))
        api.advance("PT1H")
        middle = api.control.get("/sandbox/v1/clock").json()["now"]
        api.advance("PT1H")
        api.anonymous.get(address(bin_, "/second"))
        assert [e["request"]["url"][-6:] for e in self.entries(api, bin_, to=middle)] == ["/first"]
        assert [e["request"]["url"][-7:] for e in self.entries(api, bin_, **{"from": middle})] == ["/second"]

    def test_of_an_unknown_bin_is_404(self, api):
        assert api.control.get(f"{BINS}/bin_{'f' * 24}/http-archive").status_code == 404


class TestJournalArchive:
    def test_holds_what_passed_without_secrets(self, api):
        api.get("/api/v1/locations", params={"pageSize": 1})
        api.post("/api/v1/customers", json={"givenName": "Zoë", "email": "zoe@sandbox.example"})
        entries = archive(api, "/sandbox/v1/http-archive", purpose="api")
        named = {entry["_operationId"]: entry for entry in entries}
        listed, created = named["listLocations"], named["createCustomer"]
        assert listed["request"]["url"] == f"{api.server.url}/api/v1/locations?pageSize=1"
        assert (created["request"]["method"], created["response"]["status"]) == ("POST", 201)
        assert "sk_sandbox_partner_demo" not in json.dumps(entries)

    @pytest.mark.parametrize(("direction", "expected"), [("in", 0), ("out", 1)])
    def test_of_what_went_out(self, api, direction, expected):
        bin_ = new_bin(api)
        api.anonymous.post(address(bin_), content=b"x")
        got = api.control.get(f"{BINS}/{bin_['id']}/wait").json()["data"][0]
        replay = f"{BINS}/{bin_['id']}/requests/{got['id']}/replays"
        assert api.control.post(replay).json()["response"]["statusCode"] == 200
        found = archive(api, "/sandbox/v1/http-archive", purpose="replay", direction=direction)
        assert len(found) == expected
        assert all(entry["request"]["url"] == bin_["deliveryUrl"] for entry in found)
