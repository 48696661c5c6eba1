"""The receiver exam over real sockets: a good receiver passes, and each fault fails its own rule alone."""

import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import pytest

from sandbox.webhooks.exam import RULES
from tests.control.model_receiver import SECRET, ModelReceiver

TESTS = "/sandbox/v1/webhook-tests"
CHECKS = [rule.check for rule in RULES]
REST_ON = {
    "2xx_on_valid": set(CHECKS) - {"reachable", "2xx_on_valid"},
    "reachable": set(CHECKS) - {"reachable"},
    "rejects_bad_signature": {"rejects_tampered_body"},
    "accepts_header_signature": {"accepts_rotated_secret", "rejects_malformed_json"},
}
"""What is skipped where a rule fails, since it would prove nothing."""


def begin(api, **members):
    return api.control.post(TESTS, json={"secret": SECRET, "ackLimitMs": 1000, **members})


def examined(api, **members):
    """The report of an exam; moving the clock waits until it is over."""
    made = begin(api, **members)
    assert made.status_code == 202, made.text
    api.advance("PT0.001S")
    report = api.control.get(made.headers["location"])
    assert report.status_code == 200, report.text
    return report.json()


def verdicts(report):
    return {result["check"]: result["verdict"] for result in report["results"]}


def judged(api, receiver, **members):
    return examined(api, url=f"{receiver.url}/hooks", stateUrl=f"{receiver.url}/state", **members)


class TestVerdicts:
    def test_a_good_receiver_passes_every_rule(self, api):
        with ModelReceiver() as receiver:
            report = judged(api, receiver)
        assert verdicts(report) == dict.fromkeys(CHECKS, "pass"), report["results"]
        assert (report["status"], report["verdict"]) == ("completed", "passed")
        assert report["summary"] == {"passed": len(CHECKS), "failed": 0, "warned": 0, "skipped": 0}

    @pytest.mark.parametrize("without", [check for check in CHECKS if check != "reachable"])
    def test_a_receiver_without_one_defence_fails_exactly_its_rule(self, api, without):
        with ModelReceiver(without) as receiver:
            report = judged(api, receiver)
        skipped = REST_ON.get(without, set())
        wanted = {check: "skipped" if check in skipped else "pass" for check in CHECKS} | {without: "fail"}
        assert verdicts(report) == wanted, [each["reason"] for each in report["results"]]
        assert report["verdict"] == "failed"

    def test_nobody_there_fails_to_be_reached(self, api):
        with ModelReceiver() as receiver:
            url = receiver.url
        report = examined(api, url=url)
        assert verdicts(report) == dict.fromkeys(CHECKS, "skipped") | {"reachable": "fail"}

    def test_without_a_view_of_its_state_three_rules_can_only_warn(self, api):
        with ModelReceiver() as receiver:
            report = examined(api, url=receiver.url)
        warned = {check for check, verdict in verdicts(report).items() if verdict == "warn"}
        assert warned == {"idempotent_on_duplicate", "accepts_retry", "tolerates_out_of_order"}
        assert report["verdict"] == "passed"

    @pytest.mark.parametrize(
        ("scheme", "without"),
        [("standard", "accepts_body_signature"), ("body", "accepts_header_signature")],
    )
    def test_a_receiver_of_one_form_is_not_asked_for_the_other(self, api, scheme, without):
        with ModelReceiver(without) as receiver:
            report = judged(api, receiver, signatureScheme=scheme)
        assert set(verdicts(report).values()) == {"pass", "skipped"}, report["results"]
        assert verdicts(report)[without] == "skipped"

    def test_some_rules_only_with_those_they_rest_on(self, api):
        with ModelReceiver() as receiver:
            report = judged(api, receiver, checks=["rejects_stale_timestamp"])
        assert list(verdicts(report)) == ["reachable", "2xx_on_valid", "rejects_stale_timestamp"]


class TestEvidence:
    def test_shows_what_was_sent_answered_and_signed(self, api):
        with ModelReceiver("rejects_stale_timestamp") as receiver:
            report = judged(api, receiver, checks=["rejects_stale_timestamp"])
        [shown] = report["results"][-1]["evidence"]
        assert shown["expected"] == "reject"
        assert shown["answer"]["status"] == 200
        assert shown["durationMs"] > 0
        assert shown["signature"]["reason"] == "timestamp_too_old"
        [header, _] = shown["signature"]["checks"]
        sent = shown["request"]["headers"]
        assert header["baseString"].startswith(f"{sent['webhook-id']}.{sent['webhook-timestamp']}.{{")
        assert header["expected"] == header["received"] == sent["webhook-signature"]

    def test_never_shows_the_secret_and_forgets_it(self, api):
        with ModelReceiver() as receiver:
            report = judged(api, receiver, checks=["reachable"])
        assert SECRET[6:] not in str(report)
        with api.workspace.transaction() as tx:
            assert tx.get("webhook_test_secret", report["id"]) is None

    def test_deliveries_are_in_the_journal(self, api):
        with ModelReceiver() as receiver:
            judged(api, receiver, checks=["reachable"])
        query = {"direction": "out", "cursor": ""}
        entries = api.control.get("/sandbox/v1/journal", params=query).json()["data"]
        assert "webhook-test" in {entry["purpose"] for entry in entries}


class Outline(HTMLParser):
    """Tags and their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


class TestForms:
    @pytest.fixture(name="report")
    def _report(self, api):
        with ModelReceiver("leaks_nothing") as receiver:
            return judged(api, receiver)

    def form(self, api, report, media):
        answer = api.control.get(f"{TESTS}/{report['id']}", headers={"Accept": media})
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith(media)
        return answer.text

    def test_junit(self, api, report):
        suites = ElementTree.fromstring(self.form(api, report, "application/xml"))
        [suite] = suites
        assert (suite.get("tests"), suite.get("failures")) == (str(len(CHECKS)), "1")
        assert [case.get("name") for case in suite] == CHECKS
        [failed] = [case.get("name") for case in suite if case.find("failure") is not None]
        assert failed == "leaks_nothing"

    def test_html_stands_alone_and_can_be_read_by_all(self, api, report):
        text = self.form(api, report, "text/html")
        tags = Outline(text).tags
        names = [tag for tag, _ in tags]
        assert ("html", {"lang": "en"}) in tags
        assert {"title", "main", "h1", "h2", "caption"} <= set(names)
        assert names.count("h1") == 1
        assert not {"script", "link", "img", "iframe"} & set(names)
        assert not re.search(r"url\(|@import|onclick|src=", text)
        assert all("scope" in attributes for tag, attributes in tags if tag == "th")
        targets = {attributes["id"] for tag, attributes in tags if tag == "section"}
        assert {attributes["href"][1:] for tag, attributes in tags if tag == "a"} == targets == set(CHECKS)
        assert text.count("✗ Failed") == 1

    def test_what_a_receiver_answers_is_never_markup(self, api):
        class Evil(ModelReceiver):
            def take(self, headers, body):
                return 200, "</pre><script>alert(1)</script>\x00\x08"

        with Evil() as receiver:
            report = judged(api, receiver)
        assert "<script" not in self.form(api, report, "text/html")
        ElementTree.fromstring(self.form(api, report, "application/xml"))


class TestCreate:
    def test_answers_at_once_with_where_to_look(self, api):
        with ModelReceiver() as receiver:
            made = begin(api, url=receiver.url, checks=["reachable"])
            api.advance("PT0.001S")
        assert (made.status_code, made.json()["status"]) == (202, "queued")
        assert "secret" not in made.json()
        [listed] = api.control.get(TESTS, params={"verdict": "passed"}).json()["data"]
        assert listed["id"] == made.json()["id"]

    @pytest.mark.parametrize(
        ("members", "code"),
        [
            ({"url": "http://169.254.169.254/"}, "WEBHOOK_URL_NOT_ALLOWED"),
            ({"stateUrl": "http://10.0.0.1/"}, "WEBHOOK_URL_NOT_ALLOWED"),
            ({"checks": ["is_nice"]}, "BUSINESS_RULE_VIOLATION"),
            ({"eventType": "registration.dreamt"}, "UNKNOWN_EVENT_TYPE"),
        ],
    )
    def test_refuses_what_cannot_be_examined(self, api, members, code):
        answer = begin(api, **{"url": "http://127.0.0.1:9/", **members})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)

    def test_needs_the_right_to_write(self, api):
        wish = {"url": "http://127.0.0.1:9/", "secret": SECRET}
        assert api.as_("readonly-demo").post(TESTS, json=wish).status_code == 403
